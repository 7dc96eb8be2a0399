from __future__ import annotations

import asyncio
from pathlib import Path
from string import Template

import httpx
import pytest

from nbdoctor.agents import prompting
from nbdoctor.agents.context import build, earlier
from nbdoctor.agents.prompting import VARIABLES, Prompts
from nbdoctor.agents.summarize import summarize
from nbdoctor.errors import ConfigurationError
from nbdoctor.llm.client import ModelClient
from nbdoctor.llm.fake import FakeModel
from nbdoctor.protocol import Cell, Executed, Frame, RaisedError, Report
from nbdoctor.tools import facts
from nbdoctor.tools.inquiry import Inquiry, find_failure

from .helpers import NOTEBOOK, asked, named, report_of

CELL = NOTEBOOK[2]


def variables(report, cell, notebook=(), room=10_000):
    inquiry = Inquiry(report, cell, notebook, [], find_failure(report, cell))
    return build(inquiry, asyncio.run(facts(inquiry)), room=room).variables


def test_the_slice_holds_what_the_cell_uses_and_nothing_else():
    found = "\n".join(earlier(CELL, NOTEBOOK, find_failure(report_of(CELL), CELL)))
    assert found.split("\n") == ["import pandas as pd", NOTEBOOK[1].source.split("\n")[0]]


def test_the_slice_takes_the_last_binding_before_the_cell():
    cells = [Cell("a = 1", "1"), Cell("a = 2", "2"), Cell("print(a)", "3"), Cell("a = 3", "4")]
    assert list(earlier(cells[2], cells, None)) == ["a = 2"]


def test_the_failing_statement_may_have_many_lines():
    cell = Cell("x = 1\ny = f(\n    x,\n    z,\n)\nw = 2", "c")
    failure = find_failure(report_of(cell, "NameError", "z", 4), cell)
    assert (failure.line, failure.first, failure.last) == (4, 2, 5)
    assert failure.text(cell.source).startswith("y = f(")


def test_a_failure_inside_a_block_is_its_statement():
    cell = Cell("for i in range(3):\n    a = i\n    b = a / 0", "c")
    failure = find_failure(report_of(cell, "ZeroDivisionError", "", 3), cell)
    assert (failure.first, failure.last) == (3, 3)


def test_leading_blank_lines_do_not_shift_the_line():
    cell = Cell("\n\nx = 1\ny = x / 0", "c")
    error = RaisedError("ZeroDivisionError", "", frames=[Frame("c", 2, "<module>", "y = x / 0", "cell", "c")])
    assert find_failure(Report("r", cell, [error]), cell).line == 4


def test_the_failing_line_is_unknown_without_a_frame():
    cell = Cell("x = 1\ny = 2", "c")
    report = Report("r", cell, [RaisedError("E", "")])
    assert find_failure(report, cell) is None
    assert variables(report, cell)["traceback"] == "(none)"


def test_frames_of_libraries_are_left_out_but_the_last():
    report = report_of(CELL)
    site = "/x/site-packages/pandas/core/"
    report.errors[0].frames += [Frame(site + f"f{i}.py", i, f"g{i}", "pass", "library") for i in range(5)]
    text = variables(report, CELL)["traceback"]
    assert text.split("\n") == [
        'line 2 of the cell: total = sales["revenu"].sum()  <-- the error comes from here',
        "raised in g4 of pandas/core/f4.py",
    ]


@pytest.mark.parametrize(("ok", "says"), [(True, "was run"), (False, "was not run in this session")])
def test_a_name_that_another_cell_defines_is_a_fact(ok, says):
    cells = [Cell("rate = 1", "a"), Cell("x = rate", "b")]
    report = report_of(cells[1], "NameError", "name 'rate' is not defined", 1, details={"name": "rate"}, names=[])
    report.history = [Executed("a", 1, ok, "")]
    assert (
        f"Another cell of this notebook defines rate; that cell {says}." in variables(report, cells[1], cells)["facts"]
    )


def test_similar_names_and_versions_are_facts():
    cell = Cell("x = pandas.concat(slaes)", "b")
    report = report_of(
        cell, "NameError", "name 'slaes' is not defined", 1, details={"name": "slaes"}, names=["sales", "x"]
    )
    report.versions = {"pandas": "3.1.1", "scipy": "1.0"}
    text = variables(report, cell, [cell])["facts"]
    assert "similar name: sales" in text
    assert "pandas is 3.1.1" in text
    assert "scipy" not in text


def test_everything_fits_the_room():
    cell = Cell("x = 1\n" * 5000, "c")
    report = report_of(cell, "ValueError", "m" * 5000, 1)
    assert sum(map(len, variables(report, cell, NOTEBOOK, room=2000).values())) <= 2000 + 5 * len("(none)")


# ------------------------------------------------------------------ prompts


def test_the_packages_prompts_are_whole():
    prompts = Prompts()
    given = dict.fromkeys(VARIABLES["report"], "-")
    for name, own in VARIABLES.items():
        if name != "report":
            assert "$" not in prompts.messages(name, given, **dict.fromkeys(own, "-"))[1]["content"]


@pytest.mark.parametrize("remark", [{}, {"remark": ""}])
def test_without_a_remark_a_prompt_is_the_report_and_the_instruction(remark):
    folder = Path(prompting.__file__).parent / "prompts"
    given = dict.fromkeys(VARIABLES["report"], "-")
    system, _, report = (folder / "report.md").read_text("utf-8").partition("=== user ===")
    stable = Template(report.strip()).substitute(given)
    for name in [name for name, own in VARIABLES.items() if name not in ("report", "remark", "extract")]:
        own = dict.fromkeys(VARIABLES[name], "o")
        instruction = Template((folder / f"{name}.md").read_text("utf-8").strip()).substitute(given, **own)
        assert Prompts().messages(name, {**given, **remark}, **own) == [
            {"role": "system", "content": system.replace("=== system ===", "").strip()},
            {"role": "user", "content": f"{stable}\n\n{instruction}"},
        ]


def test_a_replaced_prompt_with_a_system_part_of_its_own(tmp_path):
    (tmp_path / "summarize.md").write_text("=== system ===\nBe brief.\n=== user ===\nWhy? $error costs $$5")
    messages = Prompts(str(tmp_path)).messages("summarize", dict.fromkeys(VARIABLES["report"], "E"))
    assert messages[0]["content"] == "Be brief."
    assert messages[1]["content"].endswith("Why? E costs $5")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("summarize", "Why $eror?", r"unknown variable \$eror"),
        ("python", "Fix it.", r"leaves out the variable \$line"),
        ("summarize", "It costs $ 5", "stray \\$ in line 1"),
        ("report", "$error $cell", r"leaves out the variable \$earlier"),
    ],
)
def test_a_bad_prompt_is_found_before_anything_is_sent(tmp_path, name, text, says):
    (tmp_path / f"{name}.md").write_text(text)
    with pytest.raises(ConfigurationError, match=says):
        Prompts(str(tmp_path))
    model = FakeModel()
    events, diagnosis = asked(model, prompts=str(tmp_path))
    assert [trouble.code for trouble in named(events, "trouble")] == ["configuration"]
    assert model.requests == []
    assert diagnosis.headline


def test_prompts_in_jupyter_s_folders_of_configuration(tmp_path, monkeypatch):
    for owner, text in (("user", "Mine."), ("everybody", "The administrator's.")):
        folder = tmp_path / owner / "nbdoctor" / "prompts"
        folder.mkdir(parents=True)
        (folder / "summarize.md").write_text(text)
    (tmp_path / "user" / "nbdoctor" / "prompts" / "categorize.md").write_text("Which kind?")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "user"))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "everybody"))
    given = dict.fromkeys(VARIABLES["report"], "-")
    said = {name: Prompts().messages(name, given)[1]["content"] for name in ("summarize", "categorize")}
    ends = {name: text.rsplit("\n\n", 1)[1] for name, text in said.items()}
    # Who sets JUPYTER_CONFIG_PATH comes first.
    assert ends == {"summarize": "The administrator's.", "categorize": "Which kind?"}


def test_a_folder_that_is_not_there():
    with pytest.raises(ConfigurationError, match="does not exist"):
        Prompts("/nowhere/at/all")


def test_a_variable_that_is_not_given():
    with pytest.raises(ConfigurationError, match="'line'"):
        Prompts().messages("python", dict.fromkeys(VARIABLES["report"], "-"))


# ------------------------------------------------------------------ summaries


class CaseOf:
    def __init__(self, model):
        from nbdoctor.config import NBDoctor

        self.client = ModelClient(NBDoctor(llm_url="http://localhost"), httpx.MockTransport(model)).for_job

    def messages(self, name):
        return [{"role": "user", "content": name}]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("It failed. It did.", "It failed. It did."),
        ("One. Two. Three. Four. Five. Six.", "One. Two. Three. Four."),
        ("It is wrong.\n\n```python\nx = 1\n```", "It is wrong."),
        ("It is wrong. ```x```", "It is wrong. "),
        ("Two things:\n- one\n- two", "Two things:"),
        ("First.\n\nSecond.", "First."),
        ("df.sum() is 3.5 and `x` is 2.", "df.sum() is 3.5 and `x` is 2."),
    ],
)
def test_a_summary_is_a_few_sentences_of_prose(written, shown):
    async def main():
        model = FakeModel()
        model.enqueue(written)
        return "".join([piece async for piece in summarize(CaseOf(model))])

    assert asyncio.run(main()).rstrip() == shown.rstrip()

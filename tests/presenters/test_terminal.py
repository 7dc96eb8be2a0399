"""What a terminal shows of a fix."""

from nbdoctor.presenters.hints import explained, hinted
from nbdoctor.presenters.terminal import TerminalPresenter
from nbdoctor.protocol import Action, Diagnosis, Fix, Rerun


def test_a_fix_of_another_cell_is_shown_against_that_cells_text():
    fix = Fix("f", "Write `mean`", [Action("replace_cell", cell_id="a", new_source="def f(x):\n    return x.mean()")])
    shown = TerminalPresenter(width=80).plan(fix, "f(data)", {"a": "def f(x):\n    return x.men()", "b": "f(data)"})
    assert "-    return x.men()" in shown
    assert "f(data)" not in shown


def test_a_fix_of_the_failing_cell_is_shown_against_its_text():
    fix = Fix("f", "Write `data`", [Action("replace_cell", new_source="print(data)")])
    assert "-print(dta)" in TerminalPresenter(width=80).plan(fix, "print(dta)")


def test_every_line_fits_a_narrow_terminal():
    long = "The column `revenue` of `table` is not there, and the closest of its many columns is `revenues_2024`."
    fix = Fix("f", long, [Action("install", requirement="a-distribution-with-a-rather-long-name>=1.0")])
    told = Diagnosis(
        "r", long, explanation=long, category="python", facts=[long], fixes=[fix], notes=[long],
        rerun=Rerun(safe=False, reasons=[long]),
    )  # fmt: skip
    text = TerminalPresenter(width=40)
    shown = [text.short(told), text.full(told), text.full(explained(told)), text.full(hinted(told)), text.plan(fix, "")]
    lines = "\n".join(shown).splitlines()
    assert len(lines) > 40
    assert max(map(len, lines)) <= 40


def test_escape_sequences_of_others_are_taken_out():
    evil = "\x1b]0;title\x07\x1b[31mred\x1b[2J"
    fix = Fix("f", evil, [Action("replace_cell", new_source=f"print('{evil}')")], by=evil, origin="model")
    told = Diagnosis("r", evil, explanation=evil, facts=[evil], notes=[evil], fixes=[fix])
    text = TerminalPresenter()
    shown = text.short(told) + text.full(told) + text.full(hinted(told)) + text.plan(fix, evil)
    assert "\x1b" not in shown
    assert "red" in shown


def test_colours_are_of_the_difference_too():
    fix = Fix("f", "Write `data`", [Action("replace_cell", new_source="print(data)")])
    assert "\x1b[32m+print(data)\x1b[0m" in TerminalPresenter(colour=True).plan(fix, "print(dta)")
    assert "\x1b" not in TerminalPresenter().plan(fix, "print(dta)")

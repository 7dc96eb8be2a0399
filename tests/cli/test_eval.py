"""``nbdoctor eval`` from the command line."""

from __future__ import annotations

import json

import pytest

from nbdoctor.cli import main
from nbdoctor.evals.results import read, save
from nbdoctor.llm.fake import FakeModel

from ..evals.helpers import OWN, document, result
from ..llm.helpers import serving

pytestmark = pytest.mark.timeout(120)
MISS = {"outcome": "no_fix", "solved": False, "origin": "none"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name at least one file of cases"),
        (["x.jsonl", "--baseline"], "--baseline needs --llm"),
        (["x.jsonl", "--no-rules"], "--no-rules needs --llm"),
        (["x.jsonl", "--categories"], "--categories needs --llm"),
        (["x.jsonl", "--categories", "--llm", "http://h"], "--categories needs --labels"),
        (["x.jsonl", "--jobs", "0"], "--jobs is at least 1"),
        (["x.jsonl", "--diagnose-only", "--install"], "--diagnose-only runs nothing"),
        (["x.jsonl", "--compare", "a", "b"], "take reports, and no cases"),
        (["/no/such/x.jsonl"], "cannot be read"),
        ([str(OWN), "--only", "unheard-of"], "There is no case unheard-of."),
        (["--compare", "/no/a.json", "/no/b.json"], "/no/a.json cannot be read"),
        ([str(OWN), "--llm", "http://127.0.0.1:9/v1", "--only", "typo"], "http://127.0.0.1:9/v1"),
    ],
)
def test_a_wrong_command_line_is_said_and_exits_with_2(arguments, said, capsys):
    assert main(["eval", *arguments]) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_a_run_writes_results_and_report_and_compares_with_its_floor(tmp_path, capsys):
    out, text = tmp_path / "out.json", tmp_path / "report.md"
    arguments = ["eval", str(OWN), "--only", "typo", "--only", "liar", "--json", str(out), "--report", str(text)]
    assert main([*arguments, "--at-least", "51"]) == 1
    shown = capsys.readouterr()
    assert "The fix rate, 50.0 % (1 of 2), IS BELOW the 51 % that are asked for." in shown.out
    assert "2 of 2 cases in" in shown.err
    assert "1 solved of 2 with a known fix, 1 false passes" in shown.err
    assert [r.outcome for r in read(out).cases] == ["solved", "wrong"]
    assert "**false pass**" in text.read_text()
    assert str(tmp_path) not in text.read_text()
    assert main(["eval", str(OWN), "--only", "typo", "--only", "liar", "--resume", str(out), "--at-least", "50"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "is not below the 50 %" in shown.out


def test_the_category_alone_is_asked_for_in_each_order(tmp_path, capsys):
    labels, out = tmp_path / "labels.json", tmp_path / "out.json"
    labels.write_text(json.dumps({"value": "python", "file": "infra"}))
    with serving(FakeModel({"category": "python"})) as url:
        arguments = ["eval", str(OWN), "--llm", url, "--no-rules", "--categories", "--labels", str(labels)]
        assert main([*arguments, "--json", str(out)]) == 0
    found = {r.id: r for r in read(out).cases}
    assert set(found) == {"value", "file"}
    assert found["value"].orders["answers"] == ["python"] * 4
    assert found["value"].orders["flips"] == 0
    assert (found["value"].outcome, found["value"].found_category) == ("diagnosed", "python")
    assert "0 % of the answers flip" in capsys.readouterr().out


def test_reports_are_merged_into_one_table(tmp_path, capsys):
    save(document(result()), tmp_path / "a.json")
    save(document(result(system="model", **MISS)), tmp_path / "b.json")
    arguments = ["--merge", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--json", str(tmp_path / "both.json")]
    assert main(["eval", *arguments]) == 0
    shown = capsys.readouterr().out
    assert "| some | rules | 1 | 1 | 1 |" in shown
    assert "| some | model | 1 | 1 | 0 |" in shown
    assert len(read(tmp_path / "both.json").cases) == 2


def test_two_runs_are_compared(tmp_path, capsys):
    save(document(result(**MISS)), tmp_path / "a.json")
    save(document(result()), tmp_path / "b.json")
    arguments = ["--compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--json", str(tmp_path / "c.json")]
    assert main(["eval", *arguments]) == 0
    assert "B wins 1, B loses 0, exact McNemar p = 1." in capsys.readouterr().out
    assert json.loads((tmp_path / "c.json").read_text())["wins"] == ["some one"]

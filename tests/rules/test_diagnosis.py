"""From findings to what the person is told."""

from __future__ import annotations

from nbdoctor.protocol import Action, Cell, Edit, Finding, Fix, RaisedError, Report
from nbdoctor.rules.diagnosis import materialise, to_diagnosis


def _report(**changes):
    return Report(**{"id": "r", "cell": Cell("print(x)"), "errors": [RaisedError("NameError", "m")], **changes})


def _fix(name, *edits):
    return Fix(name, name, [Action("replace_cell", edits=list(edits)), Action("run_cells")])


def test_edits_become_the_new_source_of_the_authentic_text():
    fix = materialise(_fix("f", Edit(6, 7, "y")), "print(x)")
    assert fix.actions[0].new_source == "print(y)"
    assert fix.actions[1].kind == "run_cells"


def test_a_fix_that_does_not_fit_the_text_is_left_out():
    finding = Finding("k", "python", "h", fixes=[_fix("far", Edit(50, 51, "y")), _fix("near", Edit(6, 7, "y"))])
    assert [fix.id for fix in to_diagnosis(_report(), [finding], "print(x)").fixes] == ["near"]


def test_the_strongest_finding_speaks_and_fixes_of_its_category_follow_once():
    findings = [
        Finding("first", "notebook", "run it", fixes=[_fix("a", Edit(0, 0, ""))]),
        Finding("second", "python", "typo", fixes=[_fix("b", Edit(0, 0, ""))]),
        Finding("third", "notebook", "again", fixes=[_fix("a", Edit(0, 0, "")), _fix("c", Edit(0, 0, ""))]),
    ]
    diagnosis = to_diagnosis(_report(), findings, "print(x)")
    assert (diagnosis.kind, diagnosis.headline, diagnosis.category) == ("first", "run it", "notebook")
    assert [fix.id for fix in diagnosis.fixes] == ["a", "c"]


def test_where_nothing_was_found_it_is_said_and_what_was_looked_at():
    diagnosis = to_diagnosis(_report(), [], "x")
    assert "NameError" in diagnosis.headline
    assert "live variables" in diagnosis.explanation
    assert "live variables" not in to_diagnosis(_report(live=False), [], "x").explanation
    assert diagnosis.kind == ""


def test_what_failed_inside_nbdoctor_is_said():
    (note,) = to_diagnosis(_report(trouble=["keys.missing_key"]), [], "x").notes
    assert "nbdoctor itself failed" in note
    assert "keys.missing_key" in note

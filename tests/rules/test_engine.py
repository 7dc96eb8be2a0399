import logging

import pytest

from nbdoctor.protocol import Action, Cell, Edit, EmptyNamespace, Finding, Fix, RaisedError, Report, Rerun
from nbdoctor.rules import diagnose, diagnose_notebook, merge, registry
from nbdoctor.rules.base import closest, finding, fix
from nbdoctor.rules.engine import passes_guard

from .support import FakeNamespace, report, result


def broken(context):
    raise RuntimeError("no")


def test_a_rule_that_fails_is_skipped_and_named(monkeypatch, caplog):
    monkeypatch.setattr(registry, "RULES", (broken, *registry.RULES))
    made = report("1 / n", "ZeroDivisionError", "division by zero", "1 / n")
    with caplog.at_level(logging.ERROR, "nbdoctor.rules"):
        found = diagnose(made, FakeNamespace())
    assert made.trouble == ["test_engine.broken"]
    assert [f.kind for f in found] == ["zero_division"]
    assert "test_engine.broken" in caplog.text


@pytest.mark.parametrize("name", ["KeyboardInterrupt", "SystemExit"])
def test_an_interruption_is_no_error(name):
    assert diagnose(report("wait()", name, ""), FakeNamespace()) == []


def test_an_unknown_error_gets_no_findings():
    made = report("go()", "HouseSpecialError", "it is Tuesday")
    assert diagnose(made, FakeNamespace()) == []
    assert made.trouble == []


def test_a_report_without_errors_or_frames_is_no_trouble():
    assert diagnose(Report("r", Cell("x"), []), EmptyNamespace()) == []
    made = Report("r", Cell("prnt(1)"), [RaisedError("NameError", "name 'prnt' is not defined")], live=False)
    assert diagnose(made, EmptyNamespace())
    assert made.trouble == []


@pytest.mark.parametrize("rule", registry.RULES + registry.NOTEBOOK_RULES)
@pytest.mark.parametrize("message", ["", "{", "name '' is not defined", "'" * 300, "\ud800", "% {0} {x}"])
def test_no_rule_fails_on_odd_messages(rule, message):
    for name in ("NameError", "TypeError", "KeyError", "ImportError", "SyntaxError", "ValueError", "AttributeError"):
        made = Report("r", Cell("a b\n(", "c"), [RaisedError(name, message)])
        diagnose(made, EmptyNamespace())
        assert made.trouble == []


def test_the_guard_refuses_what_does_not_parse_or_change():
    source = "a = 1"
    assert passes_guard(Fix("", "", [Action("replace_cell", edits=[Edit(4, 5, "2")])]), source)
    assert not passes_guard(Fix("", "", [Action("replace_cell", edits=[Edit(4, 5, "")])]), source)
    assert not passes_guard(Fix("", "", [Action("replace_cell", edits=[Edit(4, 5, "1")])]), source)
    assert not passes_guard(Fix("", "", [Action("replace_cell", edits=[Edit(4, 99, "1")])]), source)
    assert not passes_guard(Fix("", "", []), source)
    assert passes_guard(Fix("", "", [Action("install", requirement="numpy")]), source)


def test_merge_orders_by_confidence_and_drops_repeats():
    low = finding("misspelled_name", "a", 0.5)
    high = finding("cell_not_run", "b", 0.9, fixes=[fix("x", Action("run_cells", cell_ids=["c"]))])
    assert merge([low], [high, finding("cell_not_run", "b", 0.9)]) == [high, low]


def test_a_cell_that_was_not_run_comes_before_a_guess_and_after_a_near_certainty():
    cells = [Cell("revenu = 3", "a"), Cell("print(revenu)", "here")]
    made = report("print(revenu)", "NameError", "name 'revenu' is not defined", "revenu", name="revenu")
    guess = diagnose(made, FakeNamespace({"revenue": None}))
    assert merge(diagnose_notebook(made, cells), guess)[0].kind == "cell_not_run"
    cased = diagnose(made, FakeNamespace({"Revenu": None}))
    assert merge(diagnose_notebook(made, cells), cased)[0].kind == "misspelled_name"


def test_fixes_are_planned_with_the_rerun_of_the_report():
    unsafe = Rerun(False, ["Line 1 adds to `n` in place."], ["n"], 2)
    made = report("n += 1\nprin(n)", "NameError", "name 'prin' is not defined", "prin", name="prin", rerun=unsafe)
    first, second = diagnose(made, FakeNamespace({"n": None}))[0].fixes
    assert [a.kind for a in first.actions] == ["replace_cell"]
    assert [a.kind for a in second.actions] == ["replace_cell", "run_from"]
    assert result(made, first) == "n += 1\nprint(n)"
    assert first.by == "misspelled_name"


def test_nothing_of_a_cell_that_does_not_parse_has_run():
    unsafe = Rerun(False, ["wrong"], [], None)
    made = report(
        "print 'a'", "SyntaxError", "Missing parentheses in call to 'print'. Did you mean print(...)?", rerun=unsafe
    )
    assert [a.kind for a in diagnose(made, FakeNamespace())[0].fixes[0].actions] == ["replace_cell", "run_cells"]


@pytest.mark.parametrize(
    ("wanted", "names", "expected"),
    [
        ("revenu", ["revenue", "cost"], "revenue"),
        ("Total Price", ["total_price"], "total_price"),
        ("naem", ["name"], "name"),
        ("cost", ["price", "weight"], None),
        ("x", ["y"], None),
    ],
)
def test_closest(wanted, names, expected):
    near = closest(wanted, names)
    assert (near.name if near else None) == expected


def test_numbers_tell_names_apart():
    near = closest("sample1", ["sample2"])
    assert near is not None
    assert near.confidence < 0.6


def test_rivals_lower_the_confidence():
    near = closest("colour_a", ["colour_b", "colour_c"])
    assert near is not None
    assert near.others
    assert near.confidence < closest("colour_a", ["colour_b"]).confidence


def test_findings_are_dataclasses_of_the_protocol():
    assert isinstance(finding("memory", "x", 1.0), Finding)
    assert finding("memory", "x", 1.0).category == "infra"

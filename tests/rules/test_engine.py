import logging

import pytest

from nbdoctor.protocol import Action, Cell, Edit, EmptyNamespace, Finding, Fix, RaisedError, Report, Rerun
from nbdoctor.rules import diagnose, diagnose_notebook, engine, merge, registry
from nbdoctor.rules.base import closest, finding, fix
from nbdoctor.rules.guard import granted

from .support import FakeNamespace, report, result


def broken(*given):
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


def proposing(*fixes):
    """A rule that proposes these fixes."""
    return lambda context: finding("zero_division", "Something is zero.", 0.9, fixes=fixes)


def proposed(monkeypatch, source, *fixes, notebook=()):
    monkeypatch.setattr(registry, "RULES", (proposing(*fixes),))
    monkeypatch.setattr(registry, "NOTEBOOK_RULES", ())
    made = report(source, "ZeroDivisionError", "division by zero", source.split("\n")[-1])
    return diagnose(made, FakeNamespace(), notebook)[0].fixes


def replacing(start, end, text, title="Write it"):
    return fix(title, Action("replace_cell", edits=[Edit(start, end, text)]))


@pytest.mark.parametrize(
    "raw",
    [
        replacing(8, 9, ""),
        replacing(8, 9, "0"),
        replacing(8, 99, "1"),
        replacing(0, 9, "try:\n    a = 1 / 0\nexcept ZeroDivisionError:\n    a = 0"),
        replacing(4, 9, "0"),
        fix("Do nothing"),
        fix("Change another cell", Action("replace_cell", "elsewhere", edits=[Edit(0, 1, "b")])),
    ],
)
def test_what_the_guard_refuses_is_never_offered(monkeypatch, raw):
    assert proposed(monkeypatch, "a = 1 / 0", raw) == []


def test_what_the_guard_lets_pass_is_offered(monkeypatch):
    found = proposed(
        monkeypatch, "a = 1 / 0", replacing(8, 9, "2"), fix("Install it", Action("install", requirement="numpy"))
    )
    assert [f.actions[0].kind for f in found] == ["replace_cell", "install"]


def test_what_a_row_allows_is_offered_as_a_plain_fix(monkeypatch):
    raw = replacing(0, 9, "")
    assert proposed(monkeypatch, "a = 1 / 0", raw) == []
    assert [type(f) for f in proposed(monkeypatch, "a = 1 / 0", granted(raw, "removes"))] == [Fix]


def test_a_guard_that_fails_offers_nothing_and_is_named(monkeypatch, caplog):
    monkeypatch.setattr(engine.guard, "objection", broken)
    monkeypatch.setattr(registry, "RULES", (proposing(replacing(8, 9, "2")),))
    made = report("a = 1 / 0", "ZeroDivisionError", "division by zero")
    assert diagnose(made, FakeNamespace())[0].fixes == []
    assert made.trouble == ["guard"]


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

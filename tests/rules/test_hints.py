"""Hints say where to look; what is to be done they leave to whoever learns."""

from __future__ import annotations

import re

import pytest

from nbdoctor.protocol import Cell, Frame, RaisedError, Report
from nbdoctor.rules import kinds, tables
from nbdoctor.rules.diagnosis import to_diagnosis
from nbdoctor.rules.hints import hint, meaning

from .support import first
from .support import report as made

SOURCE = 'rows = 3\ntotal = sales["revenu"].sum()'
_PIECES = r"[\w./-]+|[^\w\s./-]+"


def quoted(text):
    return {piece for code in re.findall(r"`([^`]+)`", text) for piece in re.findall(_PIECES, code)}


def first_words(text):
    return {sentence.split()[0].strip(",") for sentence in re.split(r"(?<=[.?:;]) ", text) if sentence}


#: Verbs that the texts about what to do begin with.
ORDERS = {word for name in kinds.known() for word in first_words(kinds.kind(name).fix) if word[:1].isupper()} - {
    "A", "For", "In", "Look", "To", "Where", "Within",
}  # fmt: skip


# ------------------------------------------------------------------ what a kind means


@pytest.mark.parametrize("name", kinds.known())
def test_what_a_kind_means_does_not_say_what_to_do(name):
    kind, said = kinds.kind(name), meaning(name)
    shown = " ".join([kind.example.cell, *kind.example.cells])
    assert {piece for piece in quoted(said) & quoted(kind.fix) if piece not in shown} == set()
    assert {word.capitalize() for word in first_words(said)} & ORDERS == set()
    assert said.endswith((".", "?"))
    assert len(re.findall(r"[.?](?= |$)", said)) <= 2


def test_words_of_hints_are_of_kinds_that_exist_and_replace_something():
    rows = tables.load("hints")
    assert set(rows) == {"categories", "kinds"}
    assert set(rows["kinds"]) <= set(kinds.known())
    same = [name for name, text in rows["kinds"].items() if text == kinds.kind(name).means]
    assert {kinds.kind(name).category for name in same} <= {"notebook"}  # where the category's sentence would speak


def test_of_the_kernels_state_a_hint_names_the_order():
    assert meaning("cell_not_run") == meaning("made_anew") == tables.load("hints")["categories"]["notebook"]
    assert "order in which the cells ran" in meaning("cell_not_run")
    assert meaning("no_such_kind") == meaning("") == ""


# ------------------------------------------------------------------ where to look


def test_the_failing_expression_is_shown_where_it_is_known():
    report = made(SOURCE, "KeyError", "'revenu'", 'sales["revenu"]', expression='sales["revenu"]')
    assert hint(report, "missing_key") == (
        'Look at line 2, at `sales["revenu"]`. The key was never put in, or is written differently.'
    )


def test_else_the_line_where_it_is_short():
    assert hint(made(SOURCE, "KeyError", "'revenu'"), "missing_key").startswith(
        'Look at line 2: `total = sales["revenu"].sum()`. The key'
    )
    long = f"total = {' + '.join(f'value_{n}' for n in range(20))}"
    assert hint(made(long, "KeyError", "'x'"), "missing_key").startswith("Look at line 1. The key")
    assert hint(made("print `x`", "SyntaxError", "m"), "backquotes") == "Look at line 1. Python 3 has no backquotes."


def test_where_the_parser_stopped_the_line_says_more_than_the_sign():
    report = made("if x:\n    y = 1\nelse if z:\n    y = 2", "SyntaxError", "m", "if z", function="", expression="if")
    assert hint(report, "else_if") == "Look at line 3: `else if z:`. Other languages write it this way."


def test_without_a_kind_it_is_asked_what_was_expected():
    exact = made(SOURCE, "ValueError", "m", "sales", expression="sales")
    assert hint(exact) == "Look at line 2: what did you expect `sales` to be there? It stopped with `ValueError`."
    assert hint(made("run(x)", "ValueError", "m")).startswith("Look at line 1: what did you expect `run(x)` to do?")
    assert hint(made("x = 1  # " + "y" * 80, "ValueError", "m")).startswith(
        "Look at line 1: what did you expect to happen there?"
    )


def test_leading_blank_lines_count():
    report = made("\n\nx = 1\ny = x / 0", "ZeroDivisionError", "m")
    report.errors[0].frames[0].line = 2  # as IPython counts
    assert hint(report, "zero_division").startswith("Look at line 4: `y = x / 0`.")


def test_the_innermost_line_of_the_user_may_stand_elsewhere():
    report = made("use(3)", "KeyError", "'x'")
    frames = report.errors[0].frames
    frames.append(Frame("<cell>", 2, "use", "    return found[n]", "cell", "earlier"))
    frames.append(Frame("pandas/core/frame.py", 9, "get", "raise", "library"))
    assert hint(report, "missing_key").startswith("Look at line 2 of another cell: `return found[n]`. The key")
    frames.append(Frame("helpers.py", 12, "inner", "raise KeyError(n)", "user"))
    assert hint(report, "missing_key").startswith("Look at line 12 of `helpers.py`: `raise KeyError(n)`.")


def test_a_terminals_cells_have_no_ids():
    report = made("use(3)", "KeyError", "'x'", cell_id=None)
    report.errors[0].frames.append(Frame("<cell>", 2, "use", "    return found[n]", "cell"))
    assert hint(report).startswith("Look at line 2 of another cell: ")
    magic = made("!ls", "OSError", "m", cell_id=None)
    magic.errors[0].frames[0].source = "get_ipython().system('ls')"
    assert hint(magic).startswith("Look at line 1: what did you expect `!ls` to do?")


@pytest.mark.parametrize("errors", [[], [RaisedError("Error", "m")], [RaisedError("", "")]])
def test_where_no_line_is_known_the_traceback_is_named(errors):
    said = hint(Report("r", Cell("x"), errors, live=False))
    assert said.startswith("Look at the last line of the traceback that is yours: what did you expect to happen there?")
    assert ("`Error`" in said) == (errors != [] and errors[0].name == "Error")


# ------------------------------------------------------------------ in a diagnosis


def test_every_diagnosis_has_one_that_names_nothing_of_what_was_found():
    report = made("price = 3\nprint(prise)", "NameError", "name 'prise' is not defined", "prise", names=["price"],
                  name="prise", expression="prise")  # fmt: skip
    found = first(report)
    diagnosis = to_diagnosis(report, [found], report.cell.source)
    assert diagnosis.kind == "misspelled_name"
    assert diagnosis.hint == "Look at line 2, at `prise`. Another name is nearly the same."
    assert "price" not in diagnosis.hint
    assert to_diagnosis(report, [], report.cell.source).hint == hint(report)

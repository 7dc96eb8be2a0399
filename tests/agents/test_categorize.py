"""Which kinds of problem the exception leaves open, before a model is asked."""

from __future__ import annotations

import pytest

from nbdoctor.agents.case import Case
from nbdoctor.agents.categorize import guess, plausible
from nbdoctor.agents.context import build
from nbdoctor.agents.prompting import Prompts
from nbdoctor.config import NBDoctor
from nbdoctor.llm.client import ModelClient
from nbdoctor.protocol import CATEGORIES, Cell
from nbdoctor.rules import tables
from nbdoctor.tools.inquiry import Inquiry, find_failure

from .helpers import report_of


def case_of(name, message, source="f(x)", details=None):
    cell = Cell(source, "c")
    report = report_of(cell, name, message, 1, details=details or {})
    inquiry = Inquiry(report, cell, [cell], [], find_failure(report, cell))
    settings = NBDoctor(llm_url="http://h")
    return Case(inquiry, build(inquiry, [], room=5000), Prompts(), ModelClient(settings), settings)


@pytest.mark.parametrize(
    ("name", "message", "kinds", "likely"),
    [
        ("SyntaxError", "invalid syntax", ("python",), "python"),
        ("MemoryError", "", ("infra",), "infra"),
        ("URLError", "<urlopen error [Errno -2] Name or service not known>", ("infra",), "infra"),
        ("WorkerCrashedError", "The worker died unexpectedly.", ("infra",), "infra"),
        ("TimeoutError", "", ("infra", "python"), "infra"),
        ("OSError", "[Errno 28] No space left on device", ("infra",), "infra"),
        ("OSError", "'seaborn-white' is not a valid package style", CATEGORIES, "python"),
        (
            "FileNotFoundError",
            "[Errno 2] No such file or directory: 'a.csv'",
            ("python", "notebook", "infra"),
            "python",
        ),
        # A program that is not installed.
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'dot'", CATEGORIES, "python"),
        ("ValueError", "no such value", CATEGORIES, "python"),
        ("ImportError", "cannot import name 'f'", ("python", "dependency"), "python"),
    ],
)
def test_what_an_exception_leaves_open(name, message, kinds, likely):
    case = case_of(name, message)
    assert (plausible(case), guess(case)) == (kinds, likely)


def test_what_is_missing_in_the_statement_or_in_a_library():
    missing = "module 'numpy' has no attribute 'float'"
    assert plausible(case_of("AttributeError", missing, "np.float(1)")) == ("python", "notebook")
    assert plausible(case_of("AttributeError", missing, "plot(1)")) == CATEGORIES
    removed = "`np.float_` was removed in the NumPy 2.0 release. Use `np.float64` instead."
    assert plausible(case_of("AttributeError", removed, "np.float_(1)")) == ("python", "notebook")


def test_the_table_names_kinds_and_no_type_twice():
    rows = tables.load("open_kinds")
    assert {kind for row in rows for kind in row["kinds"]} <= set(CATEGORIES)
    plain = [error for row in rows if "message" not in row for error in row["errors"]]
    assert len(plain) == len(set(plain))

"""Results and documents made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbdoctor.evals.cases import Case
from nbdoctor.evals.results import Document, Result

DATA = Path(__file__).parents[1] / "data"
OWN = DATA / "own.jsonl"


def case(**fields: Any) -> Case:
    """A NameError of which a fix is known."""
    known: dict[str, Any] = {"fixed_cell": "b", "category": "python", "file": "some"}
    return Case(**{"id": "one", "bad_cell": "a", "error_type": "NameError", "error_message": "no", **known, **fields})


def result(**fields: Any) -> Result:
    """A case that was solved by a rule."""
    known: dict[str, Any] = {"fix_known": True, "outcome": "solved", "solved": True, "origin": "rule", "fixes": 1}
    given = {"id": "one", "file": "some", "system": "rules", "category": "python", "error": "NameError"}
    return Result(**{**given, **known, **fields})


def document(*results: Result, **meta: Any) -> Document:
    """A run."""
    return Document({"version": "1", "cases_digest": "d", "count": len(results), **meta}, list(results))

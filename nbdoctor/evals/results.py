"""What a run found, as the JSON document that ``docs/evaluation.md`` describes. Its keys are stable: add, never rename."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from .cases import CaseError

VERSION = 1

#: What became of a case. The first ran to the end of the question; of the others, ``reason`` says why they did not.
Outcome = Literal[
    "solved",  # the fix is right, as far as can be told
    "no_fix",  # nothing was proposed
    "still_fails",  # the cell fails after the fix
    "wrong",  # the cell runs after the fix, its assertions do not hold
    "wrong_package",  # another distribution than the accepted one, or one where none exists
    "not_run",  # an install, which was not carried out
    "not_applied",  # the fix could not be carried out
    "diagnosed",  # nothing was to be run
    "model_failed",  # nothing was proposed, and the model server had failed
    "did_not_fail",  # the cell that should fail ran
    "setup_failed",  # a cell before it failed, or the kernel did not start
    "kernel_died",
    "timeout",
    "no_environment",  # the case's environment is not there
    "not_runnable",  # the case says so itself
    "harness_failed",  # a failure of nbdoctor eval itself
]
#: Outcomes of cases that were never put to nbdoctor: ``solved`` is None, and no share counts them.
NOT_ASKED: frozenset[Outcome] = frozenset({"did_not_fail", "setup_failed", "no_environment", "not_runnable"})
#: Outcomes that may be others the next time; a resumed run asks these cases again.
AGAIN: frozenset[Outcome] = frozenset({"model_failed", "harness_failed", "no_environment"})


@dataclass
class Result:
    """One case, asked of one system. None stands for what does not apply or is not known."""

    id: str
    file: str
    system: str
    category: str | None
    error: str
    fix_known: bool
    outcome: Outcome = "no_fix"
    reason: str = ""
    solved: bool | None = None
    found_category: str | None = None
    category_right: bool | None = None
    kind: str = ""
    origin: str = "none"
    by: str = ""
    title: str = ""
    fixes: int = 0
    fixed: bool | None = None
    checked: bool | None = None
    rerun: str = ""
    verdict: str | None = None
    verdict_reason: str = ""
    false_pass: bool = False
    false_fail: bool = False
    other_mistake: bool | None = None
    accepted: str | None = None
    distribution: str | None = None
    right: bool | None = None
    invented: bool | None = None
    reproduced: bool | None = None
    live: bool | None = None
    seconds: dict[str, float | None] = field(default_factory=dict)
    tokens: dict[str, dict[str, int]] = field(default_factory=dict)
    calls: int = 0
    headline: str = ""
    explanation: str = ""
    fix: dict[str, Any] | None = None
    error_before: list[str] = field(default_factory=list)
    error_after: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    grades: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, Any] | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from the others of a document."""
        return self.file, self.id, self.system


@dataclass
class Document:
    """A run: how it was made, and its results in the order of the files."""

    meta: dict[str, Any] = field(default_factory=dict)
    cases: list[Result] = field(default_factory=list)


def save(document: Document, path: Path) -> None:
    """Write a document, in one step, so that an interrupted run leaves a whole one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(asdict(document)), indent=1) + b"\n")
    beside.replace(path)


def read(path: Path) -> Document:
    """Read a document.

    Raises:
        CaseError: where it cannot be read or is none.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Document)
    except OSError as error:
        raise CaseError(f"{path} cannot be read: {error}.") from error
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise CaseError(f"{path} is no report of nbdoctor eval: {error}.") from error

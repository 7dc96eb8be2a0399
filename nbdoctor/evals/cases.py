"""Failing cells that were recorded, read from ``CASES.jsonl`` files. ``docs/evaluation.md`` describes the format."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from ..errors import NBDoctorError
from ..text import strip_ansi

#: Seconds that one cell may run, where the case does not say.
CELL_SECONDS = 120.0


class CaseError(NBDoctorError):
    """A file of cases that cannot be read."""

    code = "cases"


@dataclass
class Case:
    """One failing cell. The fields up to ``runnable`` are keys of a line; ``file`` and ``folder`` say where it stood."""

    id: str
    bad_cell: str
    error_type: str
    error_message: str
    cells: list[str] = field(default_factory=list)
    notebook: list[str] | None = None
    not_run: list[int] = field(default_factory=list)
    category: str | None = None
    env: str | None = None
    fixed_cell: str | None = None
    fixed_cells: list[str] | None = None
    fix: Any = None
    check: str | None = None
    files: dict[str, str] | None = None
    data_dir: str | None = None
    traceback: str = ""
    expected_explanation: str | None = None
    timeout: float = CELL_SECONDS
    match: str = "message"
    tags: list[str] = field(default_factory=list)
    runnable: bool = True
    file: str = ""
    folder: str = ""

    @property
    def wants_install(self) -> bool:
        """Whether the label names the distribution to install (or says that there is none)."""
        return isinstance(self.fix, dict) and "install" in self.fix

    @property
    def distribution(self) -> str | None:
        """The accepted distribution; None where none exists, or where the case is not about one."""
        name = self.fix.get("install") if isinstance(self.fix, dict) else None
        return str(name) if name else None

    @property
    def fix_known(self) -> bool:
        """Whether somebody fixed it, so that not fixing it is a miss."""
        return self.fixed_cell is not None or self.fixed_cells is not None or self.wants_install

    @property
    def alone(self) -> bool:
        """Whether it may not run beside others like it: two Ray clusters of one machine find each other."""
        return self.env == "ray" or "ray" in self.tags

    def layout(self) -> tuple[list[str], int, list[int]]:
        """The notebook's cells, the failing one's index, and the indices of those to run before it, in order."""
        if self.notebook is None:
            return [*self.cells, self.bad_cell], len(self.cells), list(range(len(self.cells)))
        last = max((i for i, text in enumerate(self.notebook) if text == self.bad_cell), default=-1)
        cells = [*self.notebook, self.bad_cell] if last < 0 else list(self.notebook)
        failing = len(self.notebook) if last < 0 else last
        return cells, failing, [i for i in range(failing) if i not in self.not_run]

    def reproduced(self, name: str, message: str) -> bool:
        """Whether the recorded error is the one that came."""
        same_type = bare_name(name) == bare_name(self.error_type)
        return same_type and (self.match == "type" or normalised(message) == normalised(self.error_message))


def load(paths: Sequence[Path]) -> list[Case]:
    """Read the cases of some files, in their order.

    Raises:
        CaseError: where a file is missing, a line is no case, or two cases have the same name.
    """
    stems = [path.stem for path in paths]
    cases: list[Case] = []
    for path in paths:
        name = path.stem if stems.count(path.stem) == 1 else str(path.with_suffix(""))
        cases += _read(path, name)
    seen: set[tuple[str, str]] = set()
    for case in cases:
        if (case.file, case.id) in seen:
            raise CaseError(f"The case {case.id} stands twice in {case.file}.")
        seen.add((case.file, case.id))
    return cases


def _read(path: Path, name: str) -> list[Case]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{path} cannot be read: {error}.") from error
    found: list[Case] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                case = msgspec.json.decode(line, type=Case)
            except (msgspec.DecodeError, msgspec.ValidationError) as error:
                raise CaseError(f"{path}, line {number}, is no case: {error}.") from error
            found.append(replace(case, file=name, folder=str(path.parent.resolve())))
    return found


def chosen(cases: Sequence[Case], *, only: Sequence[str] = (), every: int = 0, limit: int = 0) -> list[Case]:
    """Those that are asked for.

    Args:
        cases: all, in order.
        only: their ids; none means all.
        every: the first of every so many cases of a file whose fix is known, and no others; 0 means all cases.
        limit: so many at most, from the front; 0 means all.

    Raises:
        CaseError: where an id is not there.
    """
    missing = sorted(set(only) - {case.id for case in cases})
    if missing:
        raise CaseError(f"There is no case {', '.join(missing)}.")
    found = [case for case in cases if not only or case.id in only]
    if every:
        counts: dict[str, int] = {}
        sample = []
        for case in found:
            if case.fix_known and case.runnable:
                position = counts.setdefault(case.file, 0)
                counts[case.file] += 1
                if position % every == 0:
                    sample.append(case)
        found = sample
    return found[:limit] if limit else found


def fingerprint(cases: Sequence[Case]) -> str:
    """16 hex digits of SHA-256 that change with the cases' texts, so that two reports can tell whether they asked alike."""
    lines = (msgspec.json.encode(replace(case, folder="")) for case in cases)
    return hashlib.sha256(b"\n".join(lines)).hexdigest()[:16]


def bare_name(name: str) -> str:
    """An exception's type without its module; what stands in brackets (Ray's cause) stays."""
    head, bracket, rest = name.partition("(")
    return head.rpartition(".")[2] + bracket + rest


# What differs between two runs of the same cell: colours, addresses, ids, figures, folders, and the name of the cell's file.
_VARIES = (
    (re.compile(r"0x[0-9a-fA-F]+"), "0x"),
    (re.compile(r"<ipython-input-[^>]*>|Cell In ?\[\d+\]|(?:[^\s('\"]*ipykernel_\d+/)?\b\d+\.py\b"), "CELL"),
    (re.compile(r"\b(pid|ip|id|actor_id|node_id|worker_id|namespace)([=:] ?)[\w.:-]+", re.IGNORECASE), r"\1\2_"),
    (re.compile(r"\b[0-9a-f]{16,}\b"), "HEX"),
    (re.compile(r"[/…][^\s'\":()]*/"), "…/"),
    (re.compile(r"\d+\.\d+"), "N"),
    (re.compile(r"\b[\dN]+\s*(?:s|seconds|[KMG]?B|bytes)\b"), "N"),
)


def normalised(message: str) -> str:
    """A message without what differs from run to run and from machine to machine."""
    text = strip_ansi(message or "")
    for pattern, instead in _VARIES:
        text = pattern.sub(instead, text)
    return " ".join(text.split())

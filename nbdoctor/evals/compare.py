"""Two runs of the same cases beside each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from . import baseline
from .cases import CaseError
from .results import Document, Result, read
from .stats import mcnemar

#: What has to be the same in two runs of the same nbdoctor with rules alone.
SAME = ("outcome", "solved", "fixed", "checked", "verdict", "kind", "found_category", "title", "origin", "distribution")


@dataclass
class Comparison:
    """Cases of both runs: those that A alone solved (``losses`` of B) or B alone (``wins``), those in which anything of `SAME`
    differs, and those of one run alone."""

    both: int = 0
    known: int = 0
    solved: tuple[int, int] = (0, 0)
    wins: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)
    alone: tuple[int, int] = (0, 0)
    same_cases: bool = True

    @property
    def p(self) -> float:
        """Two-sided p of McNemar's exact test."""
        return mcnemar(len(self.wins), len(self.losses))


def open_run(name: str) -> tuple[Document, str]:
    """The document and the system that ``FILE[:SYSTEM]`` names; without a system nbdoctor's own.

    Raises:
        CaseError: where there is no such file or system.
    """
    path, system = Path(name), ""
    if not path.exists() and ":" in name:
        file, _, system = name.rpartition(":")
        path = Path(file)
    document = read(path)
    systems = list(dict.fromkeys(result.system for result in document.cases))
    own = [each for each in systems if each != baseline.SYSTEM] or systems
    if system and system not in systems:
        raise CaseError(f"{path} has no results of {system}; it has {', '.join(systems)}.")
    return document, system or (own[0] if own else "")


def compare(first: str, second: str) -> Comparison:
    """Compare two runs, each named as `open_run` says.

    Raises:
        CaseError: where one cannot be read.
    """
    (one, of_one), (two, of_two) = open_run(first), open_run(second)
    a = {(r.file, r.id): r for r in one.cases if r.system == of_one}
    b = {(r.file, r.id): r for r in two.cases if r.system == of_two}
    found = Comparison(same_cases=one.meta.get("cases_digest") == two.meta.get("cases_digest"))
    found.alone = (len(a.keys() - b.keys()), len(b.keys() - a.keys()))
    solved = [0, 0]
    for key, left in a.items():
        if (right := b.get(key)) is None:
            continue
        found.both += 1
        if left.fix_known and left.solved is not None and right.solved is not None:
            found.known += 1
            solved[0] += left.solved
            solved[1] += right.solved
            if left.solved != right.solved:
                (found.wins if right.solved else found.losses).append(f"{key[0]} {key[1]}")
        if different := _different(left, right):
            found.differ.append(f"{key[0]} {key[1]}: {', '.join(different)}")
    found.solved = (solved[0], solved[1])
    return found


def sentences(found: Comparison, first: str, second: str) -> list[str]:
    """The comparison, a line each."""
    lines = [
        f"A {first}",
        f"B {second}",
        f"{found.both} cases in both, {found.known} of them asked of both and with a known fix.",
    ]
    if any(found.alone):
        lines.append(f"{found.alone[0]} cases are in A alone, {found.alone[1]} in B alone.")
    if not found.same_cases:
        lines.append("The two were not asked the same set of cases.")
    lines += [
        f"A solved {found.solved[0]}, B solved {found.solved[1]}.",
        f"B wins {len(found.wins)}, B loses {len(found.losses)}, exact McNemar p = {found.p:.4g}.",
        *(f"  win   {name}" for name in found.wins),
        *(f"  loss  {name}" for name in found.losses),
        f"{len(found.differ)} cases came out differently.",
        *(f"  {name}" for name in found.differ),
    ]
    return lines


def _different(left: Result, right: Result) -> list[str]:
    return [
        f"{name} {getattr(left, name)!r} → {getattr(right, name)!r}"
        for name in SAME
        if getattr(left, name) != getattr(right, name)
    ]

"""Versions and what a distribution asks of another: just enough of PEP 440 and PEP 508, without a library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, Dict, Optional, Tuple

_REQUIREMENT = re.compile(
    r"^\s*([A-Za-z0-9][\w.-]*?)\s*(?:\[[^\]]*\])?\s*\(?\s*((?:[<>=!~]=?=?\s*[\w.*+!-]+\s*,?\s*)*)\)?\s*(?:;\s*(.*))?$"
)
_CLAUSE = re.compile(r"(~=|===?|!=|<=|>=|<|>)\s*([\w.*+!-]+)")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([\w.-]+)['"]""")

Release = Tuple[int, ...]


@dataclass(frozen=True)
class Requirement:
    """What a distribution asks for: ``name``, ``specifier`` (``>=1,<2`` or empty), the extra that it belongs to, and whether
    it holds everywhere (not only on one system, with one Python or for an extra)."""

    name: str
    specifier: str = ""
    extra: str = ""
    always: bool = True


def normal(name: str) -> str:
    """A distribution's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str) -> Optional[Requirement]:
    """Read one line ``Requires-Dist``; None where it has a form that is not understood (an address, say)."""
    match = _REQUIREMENT.match(text)
    if not match:
        return None
    extra = _EXTRA.search(match[3] or "")
    return Requirement(
        normal(match[1]), re.sub(r"\s", "", match[2] or "").strip(","), extra[1] if extra else "", not match[3]
    )


def release(version: str) -> Release:
    """The numbers of a version, without trailing zeros: ``2.10.0rc1`` is ``(2, 10)``."""
    match = re.match(r"v?(?:\d+!)?(\d+(?:\.\d+)*)", version.strip())
    numbers = [int(number) for number in match[1].split(".")] if match else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _compatible(have: Release, wanted: str) -> bool:
    """``~=``: not older, and the same up to the last number but one."""
    numbers = [int(number) for number in re.findall(r"\d+", wanted)]
    padded = [*have, *[0] * len(numbers)]
    return have >= release(wanted) and padded[: len(numbers) - 1] == numbers[:-1]


def _same(have: Release, wanted: str) -> bool:
    if wanted.endswith(".*"):
        numbers = [int(number) for number in re.findall(r"\d+", wanted)]
        return [*have, *[0] * len(numbers)][: len(numbers)] == numbers
    return have == release(wanted)


_TESTS: Dict[str, Callable[[Release, str], bool]] = {
    "==": _same,
    "===": _same,
    "!=": lambda have, wanted: not _same(have, wanted),
    ">=": lambda have, wanted: have >= release(wanted),
    "<=": lambda have, wanted: have <= release(wanted),
    ">": lambda have, wanted: have > release(wanted),
    "<": lambda have, wanted: have < release(wanted),
    "~=": _compatible,
}


def satisfies(version: str, specifier: str) -> bool:
    """Whether a version is one that a specifier allows; only the numbers count (pre-releases do not)."""
    return not violated(version, specifier)


def violated(version: str, specifier: str) -> str:
    """The first clause of a specifier that a version does not meet; empty where it meets all."""
    have = release(version)
    clauses = _CLAUSE.findall(specifier)
    return next((operator + wanted for operator, wanted in clauses if not _TESTS[operator](have, wanted)), "")


def differ(one: str, other: str) -> bool:
    """Whether two versions have other numbers; False where one of them has none."""
    return bool(release(one)) and bool(release(other)) and release(one) != release(other)

"""Results counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .results import NOT_ASKED, Result
from .stats import quantile, wilson


@dataclass
class Share:
    """``part`` of ``whole``, and Wilson's interval of 95 %."""

    part: int
    whole: int

    def __str__(self) -> str:
        if not self.whole:
            return "–"
        low, high = wilson(self.part, self.whole)
        return f"{percent(self.part / self.whole)} ({percent(low, '')}–{percent(high, '')})"


def percent(share: float, sign: str = " %") -> str:
    """A share in whole percent."""
    return f"{100 * share:.0f}{sign}"


@dataclass
class Tally:
    """What some results come to. ``known`` counts those asked whose fix is known; ``others`` those without, of which ``ran``
    ran after the fix. ``checks``: fixed cells whose assertions were run, and those that held."""

    cases: int
    asked: int
    known: int
    solved: int
    others: int
    ran: int
    proposed: int
    checks: Share
    category: Share
    passed: int
    false_passes: int
    other_mistakes: int
    invented: int

    @property
    def rate(self) -> Share:
        """The fix rate."""
        return Share(self.solved, self.known)


def tally(results: Sequence[Result]) -> Tally:
    """Count results."""
    asked = [r for r in results if r.outcome not in NOT_ASKED]
    known = [r for r in asked if r.fix_known]
    others = [r for r in asked if not r.fix_known]
    checked = [r for r in asked if r.checked is not None]
    labelled = [r for r in asked if r.category_right is not None]
    return Tally(
        cases=len(results),
        asked=len(asked),
        known=len(known),
        solved=sum(bool(r.solved) for r in known),
        others=len(others),
        ran=sum(bool(r.fixed) for r in others),
        proposed=sum(r.fixes > 0 for r in asked),
        checks=Share(sum(bool(r.checked) for r in checked), len(checked)),
        category=Share(sum(bool(r.category_right) for r in labelled), len(labelled)),
        passed=sum(r.verdict == "passed" for r in asked),
        false_passes=sum(r.false_pass for r in asked),
        other_mistakes=sum(r.false_pass and r.other_mistake is True for r in asked),
        invented=sum(bool(r.invented) for r in asked),
    )


def grouped(results: Iterable[Result], key: Callable[[Result], str]) -> dict[str, list[Result]]:
    """Results by a key, in the order in which the keys first come."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(key(result), []).append(result)
    return found


def times(results: Iterable[Result], name: str) -> tuple[int, float | None, float | None]:
    """How many results have a time of that name, its median and its 95th percentile, in seconds."""
    values = [seconds for r in results if (seconds := r.seconds.get(name)) is not None]
    return len(values), quantile(values, 0.5), quantile(values, 0.95)

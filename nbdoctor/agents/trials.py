"""The trials of one diagnosis: which fixes are tried, for how long, what is tried after a failure, and what it comes to."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import replace
from typing import Protocol

from ..protocol import Candidate, Cell, Event, Fix, Progress, Status, TrialResult, Verdict
from ..text import clip, plain, same_ends
from .followup import follow_up
from .trace import Trace

_log = logging.getLogger("nbdoctor")

#: Bounds of one round (the rules' fixes, or the model's): trials, their seconds together, and the passes that are enough:
#: a rule's second fix may be another way out, a model's is another wording.
MAX_TRIALS, MAX_SECONDS, ENOUGH, ENOUGH_OF_A_MODEL = 6, 30.0, 2, 1
#: Follow-ups in a diagnosis, and how many may follow one another.
MAX_FOLLOW_UPS, MAX_DEPTH = 2, 2
#: Characters of what a model is told about a failure.
MAX_PROBLEM = 400

SENTENCE = "Checking the fix in a copy of the kernel."
BEING_CHECKED = Verdict("not_tried", "it is being checked now")
NO_TIME = Verdict("not_tried", "there was no time to check it", can_check=True)
ENOUGH_PASSED = Verdict("not_tried", "another fix was checked already", can_check=True)
_OWN_FAILURE = Verdict("not_tried", "nbdoctor itself failed, and its log says more", can_check=True)

_ORDER: tuple[Status, ...] = ("passed", "not_tried", "failed")


class Trier(Protocol):
    """Tries fixes of one error in its kernel."""

    def plan(self, fix: Fix) -> Candidate | Verdict:
        """What a trial would run, or why there is none; known at once."""

    async def __call__(self, fix: Fix) -> TrialResult:
        """Try it. Raises nothing but cancellation."""


class Trials:
    """One round of trials, within its bounds. ``tried`` holds the results of those that were run, by the fix's id."""

    def __init__(
        self, trier: Trier, muted: Collection[str] = (), trace: Trace | None = None, *, enough: int = ENOUGH
    ) -> None:
        self.tried: dict[str, TrialResult] = {}
        self._trier, self._muted, self._trace = trier, muted, trace or Trace()
        self._seconds = MAX_SECONDS
        self._follow_ups = MAX_FOLLOW_UPS
        self._enough = enough

    def another_round(self) -> Trials:
        """The same kernel, the bounds anew, those of a model's fixes."""
        return Trials(self._trier, self._muted, self._trace, enough=ENOUGH_OF_A_MODEL)

    def expected(self, fix: Fix) -> Fix:
        """``fix`` with the verdict that is known before any trial."""
        try:
            planned = self._trier.plan(fix)
        except Exception:
            _log.exception("nbdoctor failed while it planned a trial")
            planned = _OWN_FAILURE
        return replace(fix, verdict=planned if isinstance(planned, Verdict) else BEING_CHECKED)

    def will_try(self, fix: Fix) -> bool:
        """Whether there is anything to try."""
        return self.expected(fix).verdict == BEING_CHECKED

    def problem(self, fixes: Sequence[Fix], source: str) -> str:
        """What those of ``fixes`` that failed made of ``source``, and what they failed with; bounded."""
        failed = [fix for fix in fixes if fix.verdict.status == "failed" and fix.id in self.tried]
        said = [f"{_written(fix, source)}{_said(self.tried[fix.id])}" for fix in failed]
        return clip("; ".join(dict.fromkeys(said)), MAX_PROBLEM)

    async def check(self, fix: Fix) -> Fix:
        """``fix`` with the verdict of its trial; with one that says why there was none where the round has come to its
        bounds."""
        fix = self.expected(fix)
        if fix.verdict != BEING_CHECKED:
            return fix
        if sum(result.verdict.status == "passed" for result in self.tried.values()) >= self._enough:
            return replace(fix, verdict=ENOUGH_PASSED)
        if self._seconds <= 0 or len(self.tried) >= MAX_TRIALS:
            return replace(fix, verdict=NO_TIME)
        began = time.monotonic()
        with self._trace.step("trial") as stage:
            result = await self._result(fix)
            stage.outcome = result.verdict.status
        self._seconds -= time.monotonic() - began
        self.tried[fix.id] = result
        return replace(fix, verdict=result.verdict)

    async def _result(self, fix: Fix) -> TrialResult:
        try:
            return await asyncio.wait_for(self._trier(fix), self._seconds)
        except asyncio.TimeoutError:
            return TrialResult(NO_TIME)
        except Exception:
            _log.exception("nbdoctor failed while it tried a fix")
            return TrialResult(_OWN_FAILURE)

    async def of_rules(self, fixes: Sequence[Fix], cell: Cell) -> AsyncGenerator[Event, None]:
        """Check the rules' fixes, which `expected` has seen, in their order; each verdict is an event ``fix``.

        A fix that failed goes back to the rules: what they say of the error in the copy is checked, and offered unless it
        fails too.
        """
        if any(fix.verdict == BEING_CHECKED for fix in fixes):
            yield "progress", Progress("trial", SENTENCE)
        for fix in fixes:
            if fix.verdict != BEING_CHECKED:
                continue
            checked = await self.check(fix)
            yield "fix", checked
            better = await self._follow(checked, cell)
            if better is not None and all(better.id != known.id for known in fixes):
                yield "fix", better

    async def _follow(self, fix: Fix, cell: Cell) -> Fix | None:
        """The follow-up of a fix that failed, checked; None where there is none, or each failed."""
        for _ in range(MAX_DEPTH):
            result = self.tried.get(fix.id)
            if fix.verdict.status != "failed" or result is None or result.report is None or not self._follow_ups:
                return None
            try:
                following = follow_up(fix, result.report, cell, self._muted)
            except Exception:
                _log.exception("nbdoctor failed while it followed up a trial")
                return None
            if following is None or following.id in self.tried:
                return None
            self._follow_ups -= 1
            fix = await self.check(following)
            if fix.verdict.status != "failed":
                return fix
        return None


def with_fix(fixes: Sequence[Fix], new: Fix) -> list[Fix]:
    """``fixes`` with ``new`` in the place of the one that has its id, else at the end."""
    if any(fix.id == new.id for fix in fixes):
        return [new if fix.id == new.id else fix for fix in fixes]
    return [*fixes, new]


def ordered(fixes: Sequence[Fix]) -> list[Fix]:
    """Those that passed first, those that failed last, the surest of each first."""
    return sorted(fixes, key=lambda fix: (_ORDER.index(fix.verdict.status), -fix.confidence))


def hopeless(fixes: Sequence[Fix]) -> bool:
    """Whether none of ``fixes`` is of use: each failed, or writes the very text that failed and runs nothing. True where
    there are none."""
    failed = {text for fix in fixes if fix.verdict.status == "failed" for text in _texts(fix)}
    return all(fix.verdict.status == "failed" or (_only_writes(fix) and failed >= _texts(fix)) for fix in fixes)


def _written(fix: Fix, source: str) -> str:
    """The lines that a fix wrote anew, to be followed by what became of them; nothing where it wrote none."""
    texts = [action.new_source for action in fix.actions if action.kind == "replace_cell" and action.new_source]
    if not texts:
        return ""
    old, new = source.split("\n"), texts[0].split("\n")
    start, tail = same_ends(old, new)
    return f"`{clip(' '.join(' '.join(new[start : len(new) - tail]).split()), 120)}`: "


def _said(result: TrialResult) -> str:
    if result.report is not None and result.report.errors:
        error = result.report.errors[0]
        return " ".join(f"it fails with {error.name}: {plain(error.message, MAX_PROBLEM)}".split())
    return f"it fails: {result.verdict.reason}"


def _texts(fix: Fix) -> set[tuple[str | None, str | None]]:
    return {(action.cell_id, action.new_source) for action in fix.actions if action.kind == "replace_cell"}


def _only_writes(fix: Fix) -> bool:
    return all(action.kind == "replace_cell" for action in fix.actions)

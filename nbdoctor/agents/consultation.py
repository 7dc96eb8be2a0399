"""One error before the model: the jobs run beside one another, and what they say becomes events and the Diagnosis."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from ..errors import NBDoctorError, OutputInvalid
from ..llm.usage import Call
from ..protocol import Category, Diagnosis, Event, Fix, Progress, Prompt, Trouble, Words
from ..text import first_sentence
from ..together import together
from .case import Case
from .categorize import Judgement, categorize, guess
from .fix import edit_again
from .roster import specialist
from .summarize import summarize
from .trace import Trace
from .trials import SENTENCE, Trials, hopeless
from .turns import Turns

_log = logging.getLogger("nbdoctor")

#: Kinds of problem whose specialist edits the cell, and may be asked for another edit; and how often it is told what its
#: fixes failed with, and asked.
_EDITS: tuple[Category, ...] = ("python", "infra")
_MORE = 2
_WAITING = "Other errors are before the model; this one is next as soon as it can be."


def internal(error: BaseException) -> Trouble:
    """The Trouble of a bug of ours; the bug itself goes to the log."""
    _log.error("nbdoctor failed while it diagnosed an error", exc_info=error)
    return Trouble("internal", f"nbdoctor itself failed ({type(error).__name__}).", "Its log says more.")


class Consultation:
    """Asks the model about one error. ``events`` ends with None; ``diagnosis`` is what is known so far."""

    def __init__(self, diagnosis: Diagnosis, trials: Trials | None = None, trace: Trace | None = None) -> None:
        """``trials`` check what the model proposes before it is shown; without them nothing is tried."""
        self.diagnosis = diagnosis
        self._trials, self._trace = trials, trace or Trace()
        self.events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._read = asyncio.Event()
        self._troubled = False
        self._by_rules = bool(diagnosis.kind)

    async def run(self, prepare: Callable[[], Awaitable[Case]], turns: Turns, patience: float) -> None:
        """Do all jobs. Raises nothing but CancelledError: what goes wrong becomes a ``trouble`` event, once.

        Args:
            prepare: gives the case; it asks the server for its model, and may fail as any request may.
            turns: how many may ask at once.
            patience: seconds without a word after which the person is told that the model is slow.
        """
        try:
            async with turns.turn(lambda: self._say("progress", Progress("summarize", _WAITING))):
                self._say("progress", Progress("summarize", "Asking the model what happened."))
                slow = asyncio.get_running_loop().call_later(patience, self._say_slow, patience)
                try:
                    case = await prepare()
                    await together(self._guarded(self._summarize(case)), self._guarded(self._fix(case)))
                finally:
                    slow.cancel()
        except Exception as error:
            self._fail(error)
        finally:
            self.events.put_nowait(None)

    def _say_slow(self, seconds: float) -> None:
        if not self._read.is_set():
            stands = " What the rules say stands." if self._by_rules else ""
            said = f"The model has not said a word for {seconds:g} seconds; it is still being asked.{stands}"
            self._say("progress", Progress("summarize", said))

    def heard(self, call: Call) -> None:
        """Take in a request to the model, at its end."""
        self._trace.request(call)
        self._say("prompt", Prompt(call.job, call.model, call.messages))

    async def _guarded(self, job: Coroutine[Any, Any, None]) -> None:
        try:
            await job
        except Exception as error:
            self._fail(error)

    async def _summarize(self, case: Case) -> None:
        summary = ""
        pieces = summarize(case)
        try:
            async for piece in pieces:
                summary += piece
                self._say("words", Words(piece))
                self._read.set()
        finally:
            self._read.set()
            await pieces.aclose()
        summary = " ".join(summary.split())
        if not summary:
            return
        known = self.diagnosis
        if self._by_rules:
            self.diagnosis = replace(known, explanation=known.explanation or summary)
            return
        headline = first_sentence(summary)
        rest = summary[len(headline) :].strip()
        self.diagnosis = replace(
            known, headline=headline, explanation=rest, origin="model", by=case.client("summarize").model
        )

    async def _fix(self, case: Case) -> None:
        # All jobs begin with the same report. Once the first word is out the server has read it and keeps it in its
        # prefix cache; asked at the same moment, a slow server would read it three times.
        await self._read.wait()
        guessed = self.diagnosis.category or guess(case)
        # The commonest specialist starts before the category is known; a wrong guess costs a cancelled request.
        early = asyncio.ensure_future(specialist(case.settings, "python")(case)) if guessed == "python" else None
        try:
            category = await self._category(case, guessed)
            self._say("progress", Progress("fix", "Looking for a fix."))
            if early is not None and category != "python":
                early.cancel()  # at once: the right specialist needs the server
            fixes = await (early if early and category == "python" else specialist(case.settings, category)(case))
            if not fixes and early is not None and category not in _EDITS:
                # Nothing to run first, nothing to install: what was likelier to begin with is asked for after all.
                category = "python"
                fixes = await specialist(case.settings, category)(case)
        finally:
            if early is not None:
                early.cancel()
                await asyncio.gather(early, return_exceptions=True)
        proposed = await self._propose(fixes)
        if self._trials is not None and category in _EDITS:
            await self._try_again(case, self._trials, proposed)

    async def _try_again(self, case: Case, trials: Trials, proposed: list[Fix]) -> None:
        """Ask for other edits while all failed, and while there is something new to say about."""
        last = proposed
        for _ in range(_MORE):
            if not last or not hopeless(proposed):
                return
            self._say("progress", Progress("fix", "Looking for another fix."))
            last = await self._propose(await edit_again(case, trials.problem(proposed, case.cell.source)))
            proposed = [*proposed, *last]

    async def _category(self, case: Case, guessed: Category) -> Category:
        try:
            judgement = await categorize(case)
        except OutputInvalid as error:
            _log.warning("the model named no category: %s", error.last_text[:200])
            judgement = Judgement(guessed, 0.0)
        self._say("category", Progress("categorize", judgement.sentence))
        if not self._by_rules:
            self.diagnosis = replace(self.diagnosis, category=judgement.category, confidence=judgement.confidence)
        return judgement.category

    async def _propose(self, fixes: Sequence[Fix]) -> list[Fix]:
        """Show the fixes that are new, each once it was tried; returns them."""
        known = {fix.id for fix in self.diagnosis.fixes}
        new = list({fix.id: fix for fix in fixes if fix.id not in known}.values())
        if self._trials is not None and any(self._trials.will_try(fix) for fix in new):
            self._say("progress", Progress("trial", SENTENCE))
        proposed: list[Fix] = []
        for fix in new:
            checked = fix if self._trials is None else await self._trials.check(fix)
            self.diagnosis = replace(self.diagnosis, fixes=[*self.diagnosis.fixes, checked])
            self._say("fix", checked)
            proposed.append(checked)
        return proposed

    def _fail(self, error: Exception) -> None:
        trouble = error.trouble() if isinstance(error, NBDoctorError) else internal(error)
        if self._troubled:  # the jobs share a server: what stops one stops the other, and is said once
            return
        self._troubled = True
        self.diagnosis = replace(self.diagnosis, notes=[*self.diagnosis.notes, trouble.message])
        self._say("trouble", trouble)

    def _say(self, name: str, what: Any) -> None:
        self.events.put_nowait((name, what))

"""Leads an error through the rules and the model's three jobs, and tells what happens as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Literal

from ..config import JOBS, NBDoctor
from ..errors import ModelError
from ..llm.budget import characters
from ..llm.client import ModelClient
from ..llm.usage import Call
from ..protocol import Category, Cell, Diagnosis, EmptyNamespace, Event, Finding, Report, Trouble
from ..rules import diagnose as diagnose_by_rules
from ..rules import diagnose_notebook, merge
from ..rules.diagnosis import to_diagnosis
from ..rules.plan import with_defining_cells
from ..tools import facts
from ..tools.inquiry import Inquiry, Looker, find_failure
from .case import Case
from .categorize import Judgement, categorize
from .consultation import Consultation, internal
from .context import build, is_current
from .prompting import Prompts
from .trace import Hear, Trace
from .trials import Trials, Trier, hopeless, ordered, with_fix
from .turns import Turns

#: The part of the room that is used: pieces of a text do not have exactly the tokens of the whole.
_MARGIN = 0.95

Ask = Literal["auto", "always", "never"]

MODEL_IS_OFF = "The administrator has turned the model off here."


class Doctor:
    """Diagnoses errors. One object serves many errors at once."""

    def __init__(
        self,
        settings: NBDoctor,
        client: ModelClient | None = None,
        *,
        use_rules: bool = True,
        on_stage: Hear | None = None,
    ) -> None:
        """Nothing is asked of the model before an error comes.

        Args:
            settings: see `config.NBDoctor`.
            client: the models; by default those that the settings name.
            use_rules: False to hear the model alone, as the measurements do.
            on_stage: is told of each step of each diagnosis, also of one that is cancelled.
        """
        self._settings = settings
        self._client = client or ModelClient(settings)
        self._use_rules, self._on_stage = use_rules, on_stage
        self._turns = Turns(settings.llm_parallel)

    async def diagnose(
        self,
        report: Report,
        cell: Cell,
        notebook: Sequence[Cell] = (),
        *,
        model: Ask = "auto",
        remark: str = "",
        notes: Sequence[str] = (),
        trier: Trier | None = None,
        look: Looker | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Yield the events of one diagnosis (see `protocol.Event`); the last one is ``diagnosis``, whatever goes wrong.

        Closing the iterator, or cancelling the task, cancels every request to the model and every trial in flight.

        Args:
            report: the error, redacted.
            cell: the failing cell with its authentic text.
            notebook: all cells, in order.
            model: whether the model is asked: as the settings say, because the user wants it, or not. Where the administrator
                has turned it off, it is not, and a note says so.
            remark: what the user tells the model.
            notes: sentences about nbdoctor's own trouble so far.
            trier: tries fixes in the kernel; without one nothing is tried.
            look: asks the kernel what expressions are; without it the model is told less.
        """
        if model == "always" and self._settings.model_is_off:
            model, notes = "never", [*notes, MODEL_IS_OFF]
        trace = Trace(self._on_stage)
        with trace.step("rules"):
            findings, trouble = self._findings(report, cell, notebook)
        diagnosis = to_diagnosis(report, findings, cell.source)
        said = [*notes, *diagnosis.notes, *([trouble.message] if trouble else [])]
        diagnosis = replace(diagnosis, notes=said)
        trials = Trials(trier, self._settings.muted, trace) if trier is not None else None
        if trials is not None:
            diagnosis = replace(diagnosis, fixes=[trials.expected(fix) for fix in diagnosis.fixes])
        yield "findings", diagnosis
        if trouble is not None:
            yield "trouble", trouble
        if trials is not None:
            async with aclosing(trials.of_rules(diagnosis.fixes, cell)) as checked:
                async for name, what in checked:
                    if name == "fix":
                        diagnosis = replace(diagnosis, fixes=with_fix(diagnosis.fixes, what))
                    yield name, what
        if self._wants_model(diagnosis, model):
            consultation = Consultation(diagnosis, trials.another_round() if trials is not None else None, trace)
            inquiry = Inquiry(report, cell, notebook, findings, find_failure(report, cell), look)
            case = partial(self._case, inquiry, consultation.heard, remark)
            task = asyncio.ensure_future(consultation.run(case, self._turns, self._settings.llm_patience))
            try:
                while (event := await consultation.events.get()) is not None:
                    yield event
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            diagnosis = consultation.diagnosis
        if trials is not None:
            diagnosis = replace(diagnosis, fixes=ordered(diagnosis.fixes))
        yield "diagnosis", replace(diagnosis, stages=trace.stages)

    async def categorize(
        self, report: Report, cell: Cell, notebook: Sequence[Cell], orders: Sequence[Sequence[Category]], look: Looker
    ) -> list[Judgement]:
        """What the model alone says of the kind of problem, the question put in each of these orders. For measurements.

        Raises:
            ModelError: where no usable answer comes.
        """
        inquiry = Inquiry(report, cell, notebook, [], find_failure(report, cell), look)
        case = await self._case(inquiry)
        return [await categorize(case, order) for order in orders]

    async def aclose(self) -> None:
        """Close the connections to the model server."""
        await self._client.aclose()

    def _findings(self, report: Report, cell: Cell, notebook: Sequence[Cell]) -> tuple[list[Finding], Trouble | None]:
        """What the rules say; where a rule breaks, what the kernel's rules said, and the Trouble."""
        if not self._use_rules:
            return [], None
        trouble = None
        try:
            if report.live:
                findings = merge(report.findings, diagnose_notebook(report, notebook))
            else:
                # Without a kernel the report was built on this side: the rules may see the cell's authentic text.
                findings = diagnose_by_rules(replace(report, cell=cell), EmptyNamespace(), notebook)
        except Exception as error:
            findings, trouble = report.findings, internal(error)
        findings = [
            replace(finding, fixes=with_defining_cells(finding.fixes, report, notebook))
            for finding in findings
            if finding.kind not in self._settings.muted
        ]
        return (findings if is_current(report, cell) else [_without_edits(finding) for finding in findings]), trouble

    def _wants_model(self, diagnosis: Diagnosis, model: Ask) -> bool:
        if model == "always":
            return True
        automatic = self._settings.auto == "model" and self._client.configured
        return model == "auto" and automatic and hopeless(diagnosis.fixes)

    async def _case(self, inquiry: Inquiry, hear: Callable[[Call], None] | None = None, remark: str = "") -> Case:
        prompts = Prompts(self._settings.prompts)
        # Half of the context is for the report; the answer repeats the cell, and the instructions take their part.
        limit, told = await self._window() // 2, await facts(inquiry)
        context = build(inquiry, told, room=characters(limit), remark=remark)
        text = "\n".join(context.variables.values())
        # Where it may be too long, or was cut, the model's own tokenizer says how much room there is.
        if len(text) > limit and (count := await self._client.count_tokens(text)):
            context = build(inquiry, told, room=int(_MARGIN * limit * len(text) / count), remark=remark)
        return Case(inquiry, context, prompts, self._client, self._settings, hear)

    async def _window(self) -> int:
        """The smallest context of the models that can be asked: all jobs begin with the same report, cut once.

        Raises:
            ModelError: where none can be asked.
        """
        clients = {client.server: client for client in (self._client.for_job(job) for job in JOBS)}
        windows: list[int] = []
        failed: Exception | None = None
        for client in clients.values():  # without an address a client says so itself
            try:
                windows.append(await client.context_length())
            except ModelError as error:
                failed = failed or error
        if not windows and failed is not None:
            raise failed
        return min(windows)


def _without_edits(finding: Finding) -> Finding:
    """``finding`` for a cell that was changed since it ran: its edits would hit the wrong text."""
    fixes = [fix for fix in finding.fixes if not any(action.kind == "replace_cell" for action in fix.actions)]
    return replace(finding, fixes=fixes)

"""What the server does, without the web: the same for the extension's handlers and for the command line."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import replace
from typing import AsyncIterator, List, Literal, Optional, Sequence, Tuple

import msgspec

from ..agents.categorize import Judgement
from ..agents.doctor import Doctor
from ..agents.trace import Hear
from ..config import NBDoctor
from ..errors import KernelError, KernelNotPython, KernelWithoutBridge, NBDoctorError
from ..llm.client import ModelClient
from ..protocol import (
    PROTOCOL_VERSION,
    Category,
    Cell,
    DeathRequest,
    DiagnosisRequest,
    Done,
    Event,
    KernelStatus,
    PostedError,
    Progress,
    Report,
    ServerStatus,
    TrialRequest,
    Verdict,
    Words,
)
from ..text import digest
from .deaths import account
from .deaths.watch import Death
from .kernel_client import ClientFactory, KernelClient
from .models import states
from .rebuilt import rebuild
from .trial import INSTALL_SILENCE, Trier, not_tried, status_of

log = logging.getLogger("nbdoctor.server")

_BY_TRACEBACK = "This is read from the traceback alone."


class Service:
    """Diagnoses, loads, installs. One for a server; `close` it at the end."""

    def __init__(self, settings: NBDoctor, *, use_rules: bool = True, on_stage: Optional[Hear] = None) -> None:
        """``on_stage`` is told of each step of each diagnosis."""
        self.settings = settings
        self.client = ModelClient(settings)
        self.doctor = Doctor(settings, self.client, use_rules=use_rules, on_stage=on_stage)
        #: For other languages: the rules know Python.
        self._without_rules = Doctor(settings, self.client, use_rules=False, on_stage=on_stage)

    async def close(self) -> None:
        """Close the connection to the model server."""
        await self.client.aclose()

    async def diagnose(self, request: DiagnosisRequest, manager: Optional[ClientFactory]) -> AsyncIterator[Event]:
        """Yield the events of one diagnosis (see `protocol.Event`). Raises nothing but cancellation."""
        report, notes, trouble = await self._report(request, manager)
        doctor = self.doctor
        if isinstance(trouble, KernelNotPython):
            doctor, notes = self._without_rules, [f"{trouble.message} {_BY_TRACEBACK}"]
        elif trouble is not None:
            yield "trouble", trouble.trouble()
        trier = Trier(self.settings, manager, report, request.cell, request.cells)
        asked = doctor.diagnose(
            report,
            request.cell,
            request.cells,
            model=request.model,
            remark=request.remark,
            notes=notes,
            trier=trier,
            look=trier.look,
        )
        try:
            async with aclosing(asked) as events:
                async for event in events:
                    yield event
        finally:
            await trier.aclose()

    async def explain(self, request: DeathRequest, death: Death) -> AsyncIterator[Event]:
        """Yield the events of the diagnosis of a death. Nothing is tried: a kernel has died of that code.

        Raises nothing but cancellation.
        """
        request = account.request_about(request, death)
        report, cell = account.report_of(death, request.cell), request.cell or Cell("")
        asked = self.doctor.diagnose(report, cell, request.cells, model=request.model, remark=request.remark)
        again = account.run_again(request, death)
        async with aclosing(asked) as events:
            async for name, payload in events:
                yield name, account.told(payload, again)

    async def categorize(
        self, request: DiagnosisRequest, manager: ClientFactory, orders: Sequence[Sequence[Category]]
    ) -> List[Judgement]:
        """What the model alone says of the kind of problem, see `Doctor.categorize`. For measurements.

        Raises
        ------
        ModelError
            Where no usable answer comes.
        """
        report, _, _ = await self._report(request, manager)
        trier = Trier(self.settings, manager, report, request.cell, request.cells)
        try:
            return await self.doctor.categorize(report, request.cell, request.cells, orders, trier.look)
        finally:
            await trier.aclose()

    async def check(self, request: TrialRequest, manager: ClientFactory) -> AsyncIterator[Event]:
        """Try one fix, because a person asked for it: yields its verdict, with an installer's output as ``words``."""
        yield "progress", Progress("trial", "Checking the fix in a copy of the kernel.")
        try:
            async with KernelClient.connect(manager) as kernel:
                report = await _asked_for(kernel, request.cell.id)
            if report is None:
                raise KernelError("The kernel has no error of this cell.", hint="Run the cell again.")
        except KernelError as error:
            yield "trouble", error.trouble()
            yield "fix", replace(request.fix, verdict=not_tried(error))
            yield "done", Done(False, error.message)
            return
        trier = Trier(self.settings, manager, report, request.cell, request.cells)
        lines: asyncio.Queue[Optional[str]] = asyncio.Queue()
        task = asyncio.ensure_future(trier(request.fix, clicked=True, on_line=lines.put_nowait))
        task.add_done_callback(lambda _: lines.put_nowait(None))
        try:
            while (line := await lines.get()) is not None:
                yield "words", Words(line)
            verdict = (await task).verdict
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await trier.aclose()
        yield "fix", replace(request.fix, verdict=verdict)
        yield "done", Done(verdict.status == "passed", _sentence(verdict))

    async def load(
        self, manager: ClientFactory, error: Optional[PostedError] = None, cell: Optional[Cell] = None
    ) -> AsyncIterator[Event]:
        """Load nbdoctor into a kernel; where its environment has none, the kernel half is sent.

        ``error`` and the ``cell`` that raised it: looked at once more, if the kernel still has that error.
        """
        yield "progress", Progress("load", "Loading nbdoctor into the kernel.")
        try:
            async with KernelClient.connect(manager) as kernel:
                loaded = await kernel.load(posted=error, cell=cell)
                await kernel.ask("hello")
        except NBDoctorError as trouble:
            yield "trouble", trouble.trouble()
            yield "done", Done(False, trouble.message)
            return
        first = "nbdoctor was sent to the kernel and is loaded." if loaded.sent else "nbdoctor is loaded."
        then = "It has read this error." if loaded.adopted else "Run the cell again for a diagnosis with live facts."
        yield "done", Done(True, f"{first} {then}")

    async def install(self, manager: ClientFactory, requirement: str) -> AsyncIterator[Event]:
        """Install a distribution into a kernel's environment, with the installer's output as ``words``."""
        yield "progress", Progress("install", f"Installing {requirement} into the kernel's environment.")
        try:
            async with KernelClient.connect(manager) as kernel:
                async for name, payload in kernel.converse("install", requirement=requirement, timeout=INSTALL_SILENCE):
                    if name == "line":
                        yield "words", Words(str(payload))
                    else:
                        yield "done", self._with_note(msgspec.convert(payload, Done))
        except (NBDoctorError, msgspec.ValidationError) as error:
            known = (
                error if isinstance(error, NBDoctorError) else KernelError("The kernel's answer was not understood.")
            )
            yield "trouble", known.trouble()
            yield "done", Done(False, known.message)

    def _with_note(self, done: Done) -> Done:
        """Where nothing could be installed, the administrator may have something to say."""
        note = self.settings.install_note
        return done if done.ok or not note else replace(done, sentence=f"{done.sentence} {note}")

    async def status(self, version: str, *, look: bool = True) -> ServerStatus:
        """What the front end wants to know. ``look``: the model servers are asked for their models, and nothing more; without it
        the answer waits for nobody."""
        settings = self.settings
        auto: Literal["off", "rules", "model"] = settings.auto
        models = await states(self.client, look=look)
        status = ServerStatus(
            version,
            PROTOCOL_VERSION,
            auto,
            model_configured=bool(models),
            models=[state for state in models if state.jobs],
            hints=settings.hints,
            trials=settings.trials,
            corrections=settings.corrections,
            locked=list(settings.locked),
        )
        if models:
            status.model_trouble = models[0].trouble
            status.model = models[0].model if status.model_trouble is None else ""
        return status

    async def kernel_status(self, manager: ClientFactory) -> KernelStatus:
        """Who a kernel is and how it confines its trials, or the trouble with it."""
        try:
            async with KernelClient.connect(manager) as kernel:
                return await status_of(kernel)
        except KernelError as error:
            return KernelStatus(trouble=error.trouble())

    async def _report(
        self, request: DiagnosisRequest, manager: Optional[ClientFactory]
    ) -> Tuple[Report, List[str], Optional[NBDoctorError]]:
        """The kernel's own Report, else one rebuilt from the traceback with a note that says why."""
        if manager is None:
            return rebuild(request), ["No kernel is running: this is read from the traceback alone."], None
        try:
            async with KernelClient.connect(manager) as kernel:
                report = await _asked_for(kernel, request.cell.id, request.error.name)
            if report is not None:
                return with_cells(report, request.cells), [], None
            note = "nbdoctor was loaded after this error: run the cell again for a diagnosis with live facts."
            return rebuild(request), [note], None
        except (KernelWithoutBridge, KernelNotPython) as error:
            return rebuild(request), [], error
        except KernelError as error:
            log.warning("no report from the kernel: %s", error)
            return rebuild(request), [f"{error.message} {_BY_TRACEBACK}"], None


def with_cells(report: Report, cells: Sequence[Cell]) -> Report:
    """``report`` with the cells of what ran before nbdoctor was loaded: the kernel knows the count and the text alone."""
    known = {(cell.execution_count, digest(cell.source.rstrip("\n"))): cell.id for cell in cells}
    history = [
        replace(run, cell_id=known.get((run.execution_count, run.digest))) if run.cell_id is None else run
        for run in report.history
    ]
    return replace(report, history=history)


async def _asked_for(kernel: KernelClient, cell_id: Optional[str], name: str = "") -> Optional[Report]:
    """The kernel's Report of the last error of a cell; None where it has none, or with ``name`` another one.

    Raises
    ------
    KernelError
        Where the kernel does not answer, or its answer is not understood.
    """
    answer = await kernel.ask("report", cell_id=cell_id, name=name)
    try:
        return None if answer is None else msgspec.convert(answer, Report)
    except msgspec.ValidationError:
        raise KernelError("The kernel's report was not understood.") from None


def _sentence(verdict: Verdict) -> str:
    """What came of a check."""
    if verdict.status == "passed":
        return "The fix ran in a copy of the kernel."
    word = "failed its check" if verdict.status == "failed" else "was not checked"
    return f"The fix {word}: {verdict.reason}." if verdict.reason else f"The fix {word}."

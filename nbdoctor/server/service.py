"""What the server does, without the web: the same for the extension's handlers and for the command line."""

from __future__ import annotations

import logging
from typing import AsyncIterator, List, Literal, Optional, Tuple

import msgspec

from ..agents.doctor import Doctor
from ..config import NBDoctor
from ..errors import KernelError, KernelWithoutBridge, ModelError, NBDoctorError
from ..llm.client import ModelClient
from ..protocol import PROTOCOL_VERSION, DiagnosisRequest, Done, Event, Progress, Report, ServerStatus, Words
from .kernel_client import ClientFactory, KernelClient
from .rebuilt import rebuild

log = logging.getLogger("nbdoctor.server")

INSTALL_SILENCE = 300.0


class Service:
    """Diagnoses, loads, installs. One for a server; `close` it at the end."""

    def __init__(self, settings: NBDoctor, *, use_rules: bool = True) -> None:
        self.settings = settings
        self.client = ModelClient(settings) if settings.llm_url else None
        self.doctor = Doctor(settings, self.client, use_rules=use_rules)

    async def close(self) -> None:
        """Close the connection to the model server."""
        if self.client is not None:
            await self.client.aclose()

    async def diagnose(self, request: DiagnosisRequest, manager: Optional[ClientFactory]) -> AsyncIterator[Event]:
        """Yield the events of one diagnosis (see `protocol.Event`). Raises nothing but cancellation."""
        report, notes, trouble = await self._report(request, manager)
        if trouble is not None:
            yield "trouble", trouble.trouble()
        async for event in self.doctor.diagnose(report, request.cell, request.cells, model=request.model, notes=notes):
            yield event

    async def load(self, manager: ClientFactory) -> AsyncIterator[Event]:
        """Load nbdoctor into a kernel."""
        yield "progress", Progress("load", "Loading nbdoctor into the kernel.")
        try:
            async with KernelClient.connect(manager) as kernel:
                await kernel.load()
                await kernel.ask("hello")
        except NBDoctorError as error:
            yield "trouble", error.trouble()
            yield "done", Done(False, error.message)
            return
        yield "done", Done(True, "nbdoctor is loaded. Run the cell again for a diagnosis with live facts.")

    async def install(self, manager: ClientFactory, requirement: str) -> AsyncIterator[Event]:
        """Install a distribution into a kernel's environment, with the installer's output as ``words``."""
        yield "progress", Progress("install", f"Installing {requirement} into the kernel's environment.")
        try:
            async with KernelClient.connect(manager) as kernel:
                async for name, payload in kernel.converse("install", requirement=requirement, timeout=INSTALL_SILENCE):
                    if name == "line":
                        yield "words", Words(str(payload))
                    else:
                        yield "done", msgspec.convert(payload, Done)
        except (NBDoctorError, msgspec.ValidationError) as error:
            known = (
                error if isinstance(error, NBDoctorError) else KernelError("The kernel's answer was not understood.")
            )
            yield "trouble", known.trouble()
            yield "done", Done(False, known.message)

    async def status(self, version: str) -> ServerStatus:
        """What the front end wants to know at its start. Asks the model server for its models, nothing more."""
        auto: Literal["off", "rules", "model"] = self.settings.auto
        status = ServerStatus(version, PROTOCOL_VERSION, auto, model_configured=self.client is not None)
        if self.client is not None:
            try:
                status.model = await self.client.resolve_model()
            except (ModelError, NBDoctorError) as error:
                status.model_trouble = error.trouble()
        return status

    async def _report(
        self, request: DiagnosisRequest, manager: Optional[ClientFactory]
    ) -> Tuple[Report, List[str], Optional[NBDoctorError]]:
        """The kernel's own Report, else one rebuilt from the traceback with a note that says why."""
        if manager is None:
            return rebuild(request), ["No kernel is running: this is read from the traceback alone."], None
        try:
            async with KernelClient.connect(manager) as kernel:
                answer = await kernel.ask("report", cell_id=request.cell.id, name=request.error.name)
            if answer is not None:
                return msgspec.convert(answer, Report), [], None
            note = "nbdoctor was loaded after this error: run the cell again for a diagnosis with live facts."
            return rebuild(request), [note], None
        except KernelWithoutBridge as error:
            return rebuild(request), [], error
        except (KernelError, msgspec.ValidationError) as error:
            log.warning("no report from the kernel: %s", error)
            sentence = error.message if isinstance(error, KernelError) else "The kernel's report was not understood."
            return rebuild(request), [f"{sentence} This is read from the traceback alone."], None

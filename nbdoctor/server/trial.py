"""Tries the fixes of one error in the kernel that it came from. What cannot be tried gets a verdict that says why."""

from __future__ import annotations

import logging
import time
from contextlib import AsyncExitStack
from typing import Any, Callable, Dict, Optional, Sequence, Union

import msgspec

from ..config import NBDoctor
from ..errors import KernelError, KernelUnreachable, KernelWithoutBridge
from ..protocol import Candidate, Cell, Confinement, Fix, KernelStatus, Look, Report, TrialResult, Verdict
from ..rules.steps import candidate
from .kernel_client import ClientFactory, KernelClient

log = logging.getLogger("nbdoctor.server")

#: Seconds within which the kernel must begin; later its state may be another.
BEGIN_SECONDS = 10.0
#: Seconds of silence that are borne: a trial ends by itself after 60 s, an installer may be silent for longer.
TRIAL_SILENCE, INSTALL_SILENCE = 75.0, 300.0


class Trier:
    """Tries fixes of one error over one connection, one after another. `aclose` it at the end."""

    def __init__(
        self, settings: NBDoctor, manager: Optional[ClientFactory], report: Report, cell: Cell, cells: Sequence[Cell]
    ) -> None:
        """Nothing is connected before the first trial.

        Parameters
        ----------
        settings : whose ``trials`` may be off.
        manager : of the kernel; None where there is none.
        report : the error, from that kernel.
        cell, cells : the failing cell and all cells, with their authentic texts.
        """
        self._settings, self._manager = settings, manager
        self._report, self._cell, self._cells = report, cell, cells
        self._stack = AsyncExitStack()
        self._kernel: Optional[KernelClient] = None
        self._unreachable: Optional[Verdict] = None

    def plan(self, fix: Fix, *, clicked: bool = False) -> Union[Candidate, Verdict]:
        """What a trial would run, or why there is none; known without asking the kernel."""
        if self._settings.trials == "off":
            return Verdict("not_tried", "trials are switched off")
        if self._manager is None:
            return Verdict("not_tried", "there is no kernel to try it in")
        if not self._report.live:
            return Verdict("not_tried", "the error is known from its traceback alone")
        error = self._report.errors[0] if self._report.errors else None
        missing = error.details.get("name", "") if error and error.name == "ModuleNotFoundError" else ""
        return candidate(fix, self._cell, self._cells, self._report.rerun, module=missing, clicked=clicked)

    async def __call__(
        self, fix: Fix, *, clicked: bool = False, on_line: Optional[Callable[[str], None]] = None
    ) -> TrialResult:
        """Try one fix. Raises nothing but cancellation.

        Parameters
        ----------
        fix : the plan.
        clicked : whether a person asked for it: only then a package is put into a throw-away folder.
        on_line : gets the installer's output.
        """
        planned = self.plan(fix, clicked=clicked)
        if isinstance(planned, Verdict):
            return TrialResult(planned)
        if self._unreachable is not None:
            return TrialResult(self._unreachable)
        try:
            kernel = await self._connected()
            return await self._try(kernel, planned, on_line)
        except Exception as error:
            verdict = not_tried(error)
            if self._kernel is None:
                self._unreachable = verdict  # asking again for each fix would cost seconds each time
        await self.aclose()  # what the connection would say next is not known
        return TrialResult(verdict)

    async def look(self, expressions: Sequence[str]) -> Dict[str, Look]:
        """What expressions are in the kernel now; nothing where it cannot be asked. Not while a trial runs.

        A kernel without this question, or that is busy, leaves the model with fewer facts and no more.
        """
        if self._manager is None or not self._report.live or self._unreachable is not None:
            return {}
        try:
            kernel = await self._connected()
            answer = await kernel.ask("look", expressions=list(expressions))
            return msgspec.convert(answer, Dict[str, Look])
        except Exception as error:
            log.info("the kernel was not looked into: %s", error)
            await self.aclose()
            return {}

    async def aclose(self) -> None:
        """Close the connection, if there is one."""
        self._kernel = None
        stack, self._stack = self._stack, AsyncExitStack()
        await stack.aclose()

    async def _try(
        self, kernel: KernelClient, planned: Candidate, on_line: Optional[Callable[[str], None]]
    ) -> TrialResult:
        silence = TRIAL_SILENCE if planned.requirement is None else INSTALL_SILENCE
        question: Any = {
            "candidate": msgspec.to_builtins(planned),
            "trials": self._settings.trials,
            "deadline": time.time() + BEGIN_SECONDS,
        }
        async for name, payload in kernel.converse("trial", timeout=silence, **question):
            if name == "reply":
                return msgspec.convert(payload, TrialResult)
            if on_line is not None:
                on_line(str(payload))
        raise KernelUnreachable("The kernel did not answer nbdoctor.")

    async def _connected(self) -> KernelClient:
        if self._kernel is None:
            assert self._manager is not None
            kernel = await self._stack.enter_async_context(KernelClient.connect(self._manager))
            # A busy kernel shows in seconds here, and after more than a minute in a trial.
            if (await status_of(kernel)).confinement is None:
                raise _TooOld("The nbdoctor in the kernel does not try fixes.")
            self._kernel = kernel
        return self._kernel


class _TooOld(KernelError):
    pass


async def status_of(kernel: KernelClient) -> KernelStatus:
    """Ask a kernel who it is; ``confinement`` is None where its nbdoctor is older than trials.

    Raises
    ------
    KernelError
        Where it does not answer, or not in a way that is understood.
    """
    answer = await kernel.ask("hello")
    try:
        said = answer.get("confinement")
        return KernelStatus(str(answer.get("python", "")), msgspec.convert(said, Confinement) if said else None)
    except (AttributeError, msgspec.ValidationError):
        raise KernelError("The kernel's answer was not understood.") from None


def not_tried(error: Exception) -> Verdict:
    """The verdict where asking for a trial failed; its reason is a clause."""
    if isinstance(error, KernelWithoutBridge):
        reason = "nbdoctor is not loaded in the kernel"
    elif isinstance(error, KernelUnreachable):
        reason = "the kernel is busy or gone"
    elif isinstance(error, _TooOld):
        return Verdict("not_tried", "the nbdoctor in the kernel does not try fixes")
    elif isinstance(error, KernelError):
        reason = "the kernel could not try it, and its log says more"
    elif isinstance(error, msgspec.ValidationError):
        reason = "the kernel's answer was not understood"
    else:
        log.error("nbdoctor failed while it asked for a trial", exc_info=error)
        return Verdict("not_tried", "nbdoctor itself failed, and the server's log says more", can_check=True)
    log.warning("a fix was not tried: %s", error)
    return Verdict("not_tried", reason, can_check=True)

"""One case in its kernel: its cells are run as a front end runs them, up to the failing one; then fixes are carried out."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat

from ..agents.categorize import Judgement
from ..cli.execution import Execution
from ..errors import KernelError
from ..protocol import Category, Fix, PostedError
from ..rules.steps import reruns, resumes
from ..server.kernel_client import KernelClient
from ..server.service import Service
from ..text import plain
from .cases import Case
from .kernels import START_SECONDS, CaseEnded, environment, put_files, started

#: How often a kernel that says nothing is looked at.
_LOOK_SECONDS = 1.0
MAX_MESSAGE = 300


@dataclass
class Applied:
    """What came of a fix: the error that stands, and how the cell was run again: by the fix's own ``plan``, by running the
    ``cell`` once more, or by a ``restart`` of the kernel and all cells."""

    error: PostedError | None
    rerun: str


@dataclass
class Channels:
    """The two parts of a notebook client that `Execution` uses."""

    km: Any
    kc: Any


class Session(Execution):
    """A case's notebook and its kernel. Use `opened`."""

    def __init__(
        self, case: Case, channels: Channels, service: Service, python: str, variables: dict[str, str]
    ) -> None:
        texts, self.failing, self._before = case.layout()
        cells = [nbformat.v4.new_code_cell(text, id=f"cell-{number}") for number, text in enumerate(texts)]
        super().__init__(nbformat.v4.new_notebook(cells=cells), channels, service)
        self._never_run = {cells[number].id for number in range(self.failing) if number not in self._before}
        self.case, self.python, self.variables = case, python, variables
        self.count: int | None = None

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, case: Case, service: Service, python: str, *, load: bool = True, install: bool = False
    ) -> AsyncIterator[Session]:
        """A fresh folder, a fresh kernel, nbdoctor sent into it.

        Args:
            case: the case.
            service: what diagnoses.
            python: the interpreter.
            load: whether nbdoctor is loaded at all.
            install: whether installs are meant to work.

        Raises:
            CaseEnded: where the case's files or kernel cannot be had.
        """
        with TemporaryDirectory(prefix="case-", ignore_cleanup_errors=True) as outer:
            folder = put_files(case, Path(outer, "work"))
            variables = environment(Path(outer), install=install)
            async with started(python, folder, variables) as manager:
                client = manager.client()
                client.start_channels(stdin=False, hb=False)
                try:
                    self = cls(case, Channels(manager, client), service, python, variables)
                    await self._ready(load=load)
                    yield self
                finally:
                    client.stop_channels()

    async def reach(self) -> PostedError:
        """Run the cells up to the failing one; returns its error.

        Raises:
            CaseEnded: where another cell fails, or the failing one does not.
        """
        for index in self._before:
            error = await self.run(index)
            if error is not None:
                raise CaseEnded("setup_failed", f"cell {index + 1}, which is run before it, fails: {said(error)}")
        error = await self.run(self.failing)
        if error is None:
            raise CaseEnded("did_not_fail", "the cell did not fail")
        return error

    async def categorize(self, error: PostedError, orders: Sequence[Sequence[Category]]) -> list[Judgement]:
        """What the model alone says of the kind of problem, the question put in each of these orders.

        Raises:
            ModelError: where no usable answer comes.
        """
        return await self.service.categorize(self.request(self.failing, error), self.client.km, orders)

    async def run(self, index: int) -> PostedError | None:
        """Run a cell; returns its error.

        Raises:
            CaseEnded: where it does not end in time, or the kernel dies.
        """
        cell = self.notebook.cells[index]
        # The kernel maps tracebacks to cells by this, as it does for JupyterLab.
        self.client.kc.session.metadata = {"cellId": cell.id}
        reply = await self._execute(cell.source)
        cell.execution_count = self.count = reply.get("execution_count")
        return _error(reply)

    async def holds(self, check: str) -> PostedError | None:
        """Run assertions in the kernel, silently; returns the error of one that does not hold. They see the value of the
        last cell as ``_result_``."""
        self.client.kc.session.metadata = {}
        value = f"_result_ = get_ipython().user_ns['_oh'].get({self.count!r})"
        return _error(await self._execute(f"{value}\nexec(compile({check!r}, '<check>', 'exec'))", silent=True))

    async def apply_as_meant(self, fix: Fix, *, rerun_is_safe: bool) -> Applied:
        """Carry out a fix, then do what a person does whose fix does not run the failing cell again: run it, or where that
        would repeat a change restart the kernel and run all.

        Raises:
            CaseEnded, FixConflict, InstallError: where it cannot be carried out.
        """
        failing = self.notebook.cells[self.failing].id
        error = await self.apply(fix, self.failing, _unheard)
        if error is not None or any(reruns(a, failing) or resumes(a, failing) for a in fix.actions):
            return Applied(error, "plan")
        index = self.index(failing)
        if rerun_is_safe and all(action.kind != "restart_kernel" for action in fix.actions):
            return Applied(await self.run(index), "cell")
        return Applied(await self.run_anew(index), "restart")

    async def run_anew(self, index: int) -> PostedError | None:
        """Restart the kernel and run the cells down to one; returns the first error.

        Raises:
            CaseEnded: where a cell does not end in time, or the kernel dies.
        """
        await self.client.km.restart_kernel(now=True)
        await self._ready(load=False)
        for position in range(index + 1):
            if position == index or self.notebook.cells[position].id not in self._never_run:
                error = await self.run(position)
                if error is not None:
                    return error
        return None

    async def _ready(self, *, load: bool) -> None:
        try:
            await self.client.kc.wait_for_ready(timeout=START_SECONDS)
        except (RuntimeError, TimeoutError) as error:
            raise CaseEnded("setup_failed", f"its kernel does not start: {error}") from error
        if load:
            try:
                async with KernelClient.connect(self.client.km) as kernel:
                    await kernel.load()
            except KernelError as error:
                self.load_trouble = error

    async def _execute(self, source: str, *, silent: bool = False) -> dict[str, Any]:
        kernel, loop = self.client.kc, asyncio.get_running_loop()
        sent = kernel.execute(source, silent=silent, store_history=not silent, allow_stdin=False, stop_on_error=False)
        deadline = loop.time() + self.case.timeout
        while True:
            left = deadline - loop.time()
            if left <= 0:
                raise CaseEnded("timeout", f"a cell ran for more than {self.case.timeout:.0f} s")
            try:
                message = await kernel.get_shell_msg(timeout=min(_LOOK_SECONDS, left))
            except queue.Empty:
                if not await self.client.km.is_alive():
                    raise CaseEnded("kernel_died", "the kernel died") from None
                continue
            if message["parent_header"].get("msg_id") == sent:
                content: dict[str, Any] = message["content"]
                return content


def _unheard(_line: str) -> None:
    """What an installer prints; the verdict and the rerun say what came of it."""


def said(error: PostedError) -> str:
    """An error in one line."""
    lines = plain(error.value, MAX_MESSAGE).split("\n")
    return f"{error.name}: {lines[0]}".rstrip(": ")


def _error(reply: dict[str, Any]) -> PostedError | None:
    if reply.get("status") == "ok":
        return None
    return PostedError(str(reply.get("ename", "")), str(reply.get("evalue", "")), list(reply.get("traceback", ())))

"""Talks to the bridge in a kernel: a comm over a client of our own, on a subshell where the kernel has them.

Shared by the Jupyter server and the command line; knows jupyter_client, no web.
"""

from __future__ import annotations

import asyncio
import queue
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, AsyncIterator, Dict, Optional, Protocol, Tuple
from uuid import uuid4

from jupyter_client.session import Session

from ..errors import KernelError, KernelNotPython, KernelUnreachable, KernelWithoutBridge
from ..protocol import COMM_TARGET, Cell, PostedError
from ..text import plain
from .send import ANSWER, answer, archive, expression

#: Seconds for the kernel to say that it has heard, and to answer a question.
HEAR_SECONDS = 3.0
ANSWER_SECONDS = 5.0

#: Seconds for the kernel to come to rest and load.
LOAD_SECONDS = 30.0


class ClientFactory(Protocol):
    """A kernel manager: what can make a client."""

    session: Session

    def client(self, **kwargs: Any) -> Any: ...


@dataclass(frozen=True)
class Loaded:
    """``sent``: the kernel's environment has no nbdoctor of this version, and the kernel half was sent. ``adopted``: the
    kernel has a Report of the error that it was told of."""

    sent: bool = False
    adopted: bool = False


class KernelClient:
    """One connection to one kernel, for one conversation at a time. Use `connect`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._subshell: Optional[str] = None

    @classmethod
    @asynccontextmanager
    async def connect(cls, manager: ClientFactory) -> AsyncIterator[KernelClient]:
        """Connect to the kernel of ``manager``.

        Raises
        ------
        KernelUnreachable
            Where the kernel does not answer on its control channel.
        KernelNotPython
            Where it runs another language.
        """
        # Known without asking: a kernel of another language may not answer on its control channel.
        spec = getattr(getattr(manager, "provisioner", None), "kernel_spec", None)
        _require_python(getattr(spec, "language", None))
        # A session of our own: one that two clients share drops what both receive as a replay.
        session = Session(config=manager.session.config, key=manager.session.key)
        client = manager.client(session=session)
        client.start_channels(stdin=False, hb=False)
        self = cls(client)
        try:
            await self._hear()
            yield self
        finally:
            try:
                await self._drop_subshell()
            finally:
                client.stop_channels()

    async def ask(self, operation: str, **data: Any) -> Any:
        """Ask the bridge one question and return the reply.

        Raises
        ------
        KernelWithoutBridge
            Where nbdoctor is not loaded in the kernel.
        KernelUnreachable
            Where the kernel is busy or gone.
        KernelError
            Where the bridge itself failed; the message is its sentence.
        """
        async for name, payload in self.converse(operation, **data):
            if name == "reply":
                return payload
        raise KernelUnreachable("The kernel did not answer nbdoctor.")

    async def converse(
        self, operation: str, *, timeout: float = ANSWER_SECONDS, **data: Any
    ) -> AsyncIterator[Tuple[str, Any]]:
        """Ask a question whose answer comes in pieces: yields ``("line", text)`` and at last ``("reply", value)``.

        ``timeout``: seconds of silence that are borne.
        """
        comm_id = uuid4().hex
        content = {"comm_id": comm_id, "target_name": COMM_TARGET, "data": {"op": operation, **data}}
        self._send("comm_open", content)
        answered = False
        try:
            while not answered:
                kind, answer = await self._next_iopub(comm_id, timeout)
                answered = kind == "comm_close" or "reply" in answer
                if kind == "comm_close":
                    raise KernelWithoutBridge("nbdoctor is not loaded in this kernel.")
                if "line" in answer:
                    yield "line", answer["line"]
                elif "reply" in answer:
                    if answer["reply"] is None and answer.get("error"):
                        raise KernelError(answer["error"])
                    yield "reply", answer["reply"]
        finally:
            if not answered:  # nobody waits any more: a trial that runs is to end
                self._send("comm_close", {"comm_id": comm_id, "data": {}})

    def _send(self, kind: str, content: Dict[str, Any]) -> None:
        message = self._client.session.msg(kind, content)
        if self._subshell:
            message["header"]["subshell_id"] = self._subshell
        self._client.shell_channel.send(message)

    async def load(
        self, send: bool = True, posted: Optional[PostedError] = None, cell: Optional[Cell] = None
    ) -> Loaded:
        """Load nbdoctor into the kernel: the one of its environment, or else our kernel half, which is sent.

        Parameters
        ----------
        send : whether it may be sent.
        posted, cell : an error that the kernel is to look at once more, and the cell that raised it.

        Raises
        ------
        KernelUnreachable
            Where the kernel is busy.
        KernelError
            Where nbdoctor cannot be loaded; the message says why.
        """
        said = await self._evaluate(expression("", posted, cell))
        if said.get("missing") and send:
            said = await self._evaluate(expression(archive(), posted, cell))
        if said.get("missing"):
            raise KernelError(
                "nbdoctor could not be loaded: the kernel's environment has no nbdoctor of this version.",
                hint="Install it there: %pip install nbdoctor",
            )
        if not said.get("package"):
            raise KernelError(f"nbdoctor could not be loaded into this kernel: {plain(said.get('trouble'), 300)}.")
        return Loaded(bool(said.get("sent")), bool(said.get("adopted")))

    async def _evaluate(self, code: str) -> Dict[str, Any]:
        """Have an expression of `send` evaluated on the kernel's main thread, between two cells."""
        content = {
            "code": "",
            "silent": True,
            "store_history": False,
            "user_expressions": {ANSWER: code},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        for _ in range(3):
            message = self._client.session.msg("execute_request", content)
            self._client.shell_channel.send(message)
            reply = await self._reply(self._client.get_shell_msg, message, LOAD_SECONDS)
            if reply is None:
                break
            if reply["content"].get("status") != "aborted":
                return answer(reply["content"])
            await asyncio.sleep(0.2)  # a cell failed, and what waited behind it was dropped
        raise KernelUnreachable("The kernel is busy; nbdoctor was not loaded.")

    async def _hear(self) -> None:
        """Make sure that the kernel lives, and open a subshell, so that a running cell does not keep us waiting."""
        info = self._client.session.msg("kernel_info_request", {})
        self._client.control_channel.send(info)
        reply = await self._reply(self._client.get_control_msg, info, HEAR_SECONDS)
        if reply is None:
            raise KernelUnreachable("The kernel does not answer.")
        _require_python(reply["content"].get("language_info", {}).get("name"))
        # Our subscription to iopub is in force once a message of our own request has come through.
        await self._await_iopub()
        if "kernel subshells" in reply["content"].get("supported_features", ()):
            create = self._client.session.msg("create_subshell_request", {})
            self._client.control_channel.send(create)
            created = await self._reply(self._client.get_control_msg, create, HEAR_SECONDS)
            self._subshell = created["content"].get("subshell_id") if created else None

    async def _await_iopub(self) -> None:
        for _ in range(10):
            try:
                await self._client.get_iopub_msg(timeout=0.3)
                return
            except queue.Empty:  # the subscription came too late for that message; ask again
                self._client.control_channel.send(self._client.session.msg("kernel_info_request", {}))
        raise KernelUnreachable("The kernel does not publish its messages.")

    async def _drop_subshell(self) -> None:
        if self._subshell:
            message = self._client.session.msg("delete_subshell_request", {"subshell_id": self._subshell})
            self._client.control_channel.send(message)
            await self._reply(self._client.get_control_msg, message, 1.0)

    async def _next_iopub(self, comm_id: str, timeout: float) -> Tuple[str, Dict[str, Any]]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while (left := deadline - loop.time()) > 0:
            try:
                message = await self._client.get_iopub_msg(timeout=left)
            except queue.Empty:
                break
            if message["content"].get("comm_id") == comm_id and message["header"]["msg_type"].startswith("comm_"):
                return message["header"]["msg_type"], message["content"].get("data") or {}
        raise KernelUnreachable("The kernel is busy and did not answer nbdoctor in time.")

    async def _reply(self, receive: Any, request: Dict[str, Any], timeout: float) -> Optional[Dict[str, Any]]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while (left := deadline - loop.time()) > 0:
            try:
                message: Dict[str, Any] = await receive(timeout=left)
            except queue.Empty:
                return None
            if message["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                return message
        return None


def _require_python(language: Optional[str]) -> None:
    """Raise KernelNotPython for another language; one that is not told passes."""
    if language and language.lower() != "python":
        raise KernelNotPython(f"nbdoctor looks into Python kernels, and this one runs {plain(language, 40)}.")

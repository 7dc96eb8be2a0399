"""A kernel of its own with nbdoctor loaded, for the commands that measure trials in one."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from nbdoctor.server.kernel_client import KernelClient

ROOT = Path(__file__).parents[1]


@dataclass
class Tried:
    """A trial's verdict, and the seconds from the request to the result."""

    status: str
    reason: str
    wall: float
    seconds: float | None


class Kernel:
    """A real kernel. Use `start`. ``tier``: how it confines its trials."""

    def __init__(self, client: Any, nbdoctor: KernelClient) -> None:
        self._client, self._nbdoctor = client, nbdoctor
        self.tier = ""

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, python: str = sys.executable, **environment: str) -> AsyncIterator[Kernel]:
        """Start a kernel of ``python``, which need not have nbdoctor, and load nbdoctor there."""
        with tempfile.TemporaryDirectory(prefix="nbdoctor-") as folder:
            _specify(Path(folder, "measured"), python)
            manager = AsyncKernelManager(
                kernel_name="measured",
                kernel_spec_manager=KernelSpecManager(kernel_dirs=[folder], ensure_native_kernel=False),
                transport="ipc",
                ip=str(Path(folder, "ipc")),
            )
            await manager.start_kernel(env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, cwd=folder)
            client = manager.client()
            client.start_channels(stdin=False, hb=False)
            try:
                await client.wait_for_ready(timeout=60)
                async with KernelClient.connect(manager) as nbdoctor:
                    self = cls(client, nbdoctor)
                    await self.run("%load_ext nbdoctor")
                    self.tier = (await nbdoctor.ask("hello"))["confinement"]["tier"]
                    yield self
            finally:
                client.stop_channels()
                await manager.shutdown_kernel(now=True)

    async def run(self, source: str, seconds: float = 120.0) -> float:
        """Run a cell and return the seconds from the request to the reply.

        Raises
        ------
        RuntimeError
            Where the cell fails, or does not end in time.
        """
        started = time.perf_counter()
        content = (await self._execute(source, seconds))["content"]
        if content["status"] != "ok":
            message = f"{content.get('ename')}: {content.get('evalue')}, in\n{source}"
            raise RuntimeError(message)
        return time.perf_counter() - started

    async def value(self, expression: str) -> Any:
        """The value of an expression that is made of literals."""
        reply = await self._execute("", 60.0, {"value": expression})
        return ast.literal_eval(reply["content"]["user_expressions"]["value"]["data"]["text/plain"])

    async def trial(self, source: str) -> Tried:
        """Try a cell, as the server does."""
        started = time.perf_counter()
        question: Any = {"candidate": {"steps": [{"source": source}]}, "deadline": time.time() + 10}
        async for name, answer in self._nbdoctor.converse("trial", timeout=75, **question):
            if name == "reply":
                verdict = answer["verdict"]
                wall = time.perf_counter() - started
                return Tried(verdict["status"], verdict["reason"], wall, verdict["seconds"])
        raise AssertionError

    async def _execute(self, source: str, seconds: float, expressions: dict[str, str] | None = None) -> Any:
        identity = self._client.execute(source, user_expressions=expressions, allow_stdin=False)
        deadline = time.monotonic() + seconds
        while True:
            try:
                reply = await self._client.get_shell_msg(timeout=max(0.0, deadline - time.monotonic()))
            except Exception as error:  # queue.Empty
                message = f"no reply in {seconds:.0f} s to\n{source}"
                raise RuntimeError(message) from error
            if reply["parent_header"].get("msg_id") == identity:
                return reply


def _specify(folder: Path, python: str) -> None:
    folder.mkdir()
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": folder.name}))

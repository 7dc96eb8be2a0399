"""Environments for kernels that have no nbdoctor, and kernels in them."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from nbdoctor.protocol import PostedError
from nbdoctor.server.kernel_client import KernelClient

#: Further interpreters to test with, each with ipykernel and without nbdoctor: paths, separated as in PATH.
PYTHONS = [path for path in os.environ.get("KERNEL_PYTHONS", "").split(os.pathsep) if path]


def bare_python(folder: Path) -> str:
    """The Python of a fresh environment with all that this one has but nbdoctor: links to each package."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = str(folder / "bin" / "python")
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.run([python, "-c", where], capture_output=True, text=True, check=True).stdout.strip())
    for source in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in Path(source).iterdir():
            if "nbdoctor" not in entry.name and entry.suffix != ".pth" and not (site / entry.name).exists():
                (site / entry.name).symlink_to(entry)
    found = subprocess.run([python, "-c", "import nbdoctor"], cwd=folder, env=environment(folder), capture_output=True)
    assert b"No module named 'nbdoctor'" in found.stderr
    return python


def environment(folder: Path, **more: str) -> dict:
    """The environment variables of a kernel that finds nothing of ours, and whose temporary files are below ``folder``."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NBDOCTOR_", "PYTHON", "JPY_"))}
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    return {**kept, "HOME": str(folder), "IPYTHONDIR": str(folder / "ipython"), "TMPDIR": str(temporary), **more}


def specify(kernels: Path, name: str, *argv: str, language: str = "python") -> None:
    """Write a kernelspec."""
    (kernels / name).mkdir(parents=True)
    spec = {"argv": [*argv, "-f", "{connection_file}"], "display_name": name, "language": language}
    (kernels / name / "kernel.json").write_text(json.dumps(spec))


class Kernel:
    """A kernel as a front end sees it. ``manager`` makes our server's clients; ``heard``: all messages but ``status``."""

    def __init__(self, manager, client, folder):
        self.manager, self.client, self.folder = manager, client, folder
        self.heard = []

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, folder: Path, *argv: str, language: str = "python", **more: str):
        argv = argv if len(argv) > 1 else (*argv, "-m", "ipykernel_launcher")
        specify(folder / "kernels", "tested", *argv, language=language)
        work = folder / "work"
        work.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="nbdoctor-") as sockets:  # a short path
            manager = AsyncKernelManager(
                kernel_name="tested",
                kernel_spec_manager=KernelSpecManager(
                    kernel_dirs=[str(folder / "kernels")], ensure_native_kernel=False
                ),
                transport="ipc",
                ip=str(Path(sockets, "ipc")),
            )
            await manager.start_kernel(env=environment(folder, **more), cwd=str(work))
            client = manager.client()
            client.start_channels(stdin=False, hb=False)
            try:
                await client.wait_for_ready(timeout=60)
                yield cls(manager, client, folder)
            finally:
                client.stop_channels()
                await manager.shutdown_kernel()

    @property
    def temporary(self) -> list:
        """What lies in the kernel's folder for temporary files of ours."""
        return sorted(path for path in (self.folder / "tmp").iterdir() if path.name.startswith("nbdoctor"))

    async def run(self, source, cell_id=None, **options):
        """Run a cell; returns its error, if it failed."""
        self.client.session.metadata = {"cellId": cell_id} if cell_id else {}
        reply = await self.client.execute_interactive(
            source, timeout=60, allow_stdin=False, output_hook=self._hear, **options
        )
        content = reply["content"]
        if content["status"] == "ok":
            return None
        return PostedError(content["ename"], content["evalue"], content["traceback"])

    async def value(self, expression):
        """The value of an expression made of literals; looking at it changes nothing."""
        reply = await self.client.execute_interactive(
            "", silent=True, user_expressions={"x": f"repr({expression})"}, timeout=60, output_hook=self._hear
        )
        found = reply["content"]["user_expressions"]["x"]
        assert found["status"] == "ok", found
        return ast.literal_eval(ast.literal_eval(found["data"]["text/plain"]))

    async def load(self, **options):
        async with KernelClient.connect(self.manager) as kernel:
            return await kernel.load(**options)

    async def ask(self, operation, **data):
        async with KernelClient.connect(self.manager) as kernel:
            return await kernel.ask(operation, **data)

    def _hear(self, message):
        if message["msg_type"] != "status":
            self.heard.append(message)


async def collect(events) -> list:
    """All events of one of the service's streams."""
    return [event async for event in events]


#: A cell that fails, after those that `fail` runs before it.
SOURCE = "items.append(2)\nprint(revenu)"


async def fail(kernel: Kernel) -> PostedError:
    """Run a few cells, the last of which fails."""
    await kernel.run("revenue = 3\nitems = [1]", "a")
    await kernel.run("revenue", "b")
    return await kernel.run(SOURCE, "c")

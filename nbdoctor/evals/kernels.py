"""A fresh kernel for one case: its environment's Python, a fresh folder with its files, nothing of the caller's settings."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets.config import Config

from ..cli.execution import transport
from .cases import Case

START_SECONDS = 120.0
#: Settings of the caller that would change what a cell does, or that a cell must not see (the model server's key).
_PRIVATE = ("PYTHON", "IPYTHON", "JUPYTER", "JPY_", "NBDOCTOR_", "PIP_", "VIRTUAL_ENV", "CONDA_", "XDG_", "MPL", "RAY_")


class CaseEnded(Exception):
    """A case cannot go on: its outcome and the reason, a clause."""

    def __init__(self, outcome: str, reason: str) -> None:
        super().__init__(reason)
        self.outcome, self.reason = outcome, reason


def python_of(case: Case, envs: Path) -> str:
    """The interpreter of a case: ``ENVS/NAME/bin/python``; this one where the case names no environment.

    Raises:
        CaseEnded: where the environment is not there.
    """
    if not case.env:
        return sys.executable
    for place in ("bin/python", "Scripts/python.exe"):
        if (envs / case.env / place).exists():
            return str(envs / case.env / place)
    raise CaseEnded("no_environment", f"there is no environment {case.env} in {envs}")


def put_files(case: Case, folder: Path) -> Path:
    """Make the case's folder, with its files in it, and return it.

    Raises:
        CaseEnded: where its ``data_dir`` is not there.
    """
    folder.mkdir()
    if case.data_dir:
        source = Path(case.folder, case.data_dir)
        if not source.is_dir():
            raise CaseEnded("setup_failed", f"its data_dir {case.data_dir} is not there")
        shutil.copytree(source, folder, dirs_exist_ok=True)
    for name, text in (case.files or {}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def environment(folder: Path, *, install: bool) -> dict[str, str]:
    """Environment variables of a case's kernel; the same in each run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}
    fixed = {
        "HOME": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "MPLBACKEND": "Agg",
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    if install:  # the caller's index and cache
        kept |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    else:  # what a cell installs would stay in the environment and change the next case
        fixed["PIP_NO_INDEX"] = "1"
    return {**kept, **fixed}


@asynccontextmanager
async def started(python: str, folder: Path, variables: Mapping[str, str]) -> AsyncIterator[AsyncKernelManager]:
    """Start a kernel, and end it with all that it started.

    Args:
        python: the interpreter.
        folder: where the cells run.
        variables: all environment variables of the kernel.

    Raises:
        CaseEnded: where it does not start.
    """
    with TemporaryDirectory(prefix="nbdoctor-") as own:
        manager = _manager(python, Path(own))
        # A library that writes to the kernel's own output would write into ours.
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        try:
            await manager.start_kernel(env=dict(variables), cwd=str(folder), **quiet)
        except OSError as error:
            raise CaseEnded("setup_failed", f"its kernel does not start: {error}") from error
        try:
            yield manager
        finally:
            await _end(manager)


def _manager(python: str, folder: Path) -> AsyncKernelManager:
    spec = folder / "specs" / "case"
    spec.mkdir(parents=True)
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "case", "language": "python"}))
    return AsyncKernelManager(
        kernel_name="case",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(spec.parent)], ensure_native_kernel=False),
        connection_file=str(folder / "connection.json"),
        config=Config(KernelManager=transport(str(folder))),
    )


async def _end(manager: AsyncKernelManager) -> None:
    """End a kernel: asked first, so that what it started ends too, then killed."""
    with suppress(Exception):
        await asyncio.wait_for(manager.shutdown_kernel(), 15.0)
    if await manager.is_alive():
        with suppress(Exception):
            await manager.shutdown_kernel(now=True)

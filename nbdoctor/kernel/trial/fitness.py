"""Whether this kernel can be copied now, and how a copy of it would be confined."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import threading
from typing import Any

from ...protocol import Confinement
from . import confine, limits

_OWN_THREADS = ("ipykernel", "IPython", "debugpy", "_pydevd_bundle", "pydevd", "zmq", "tqdm", "tornado", "nbdoctor")
_LIBRARY = re.compile(rf"[/\\\\]({'|'.join(_OWN_THREADS)}|jupyter_client|asyncio)[/\\\\]")
_GPU = "the kernel uses a GPU, which a copy of it cannot"
_GPU_DEVICES = ("/dev/nvidia", "/dev/kfd")


def lacking() -> str:
    """Why no copy of this kernel can be made now, as a clause; empty where one can."""
    if threading.current_thread() is not threading.main_thread():
        return "the kernel runs its cells on a thread that cannot be copied"
    short = "memory is short" if limits.free_memory() < limits.MIN_FREE else ""
    return confine.missing() or gpu_in_use() or short


def gpu_in_use() -> str:
    """A clause where this process uses a GPU: its driver keeps state in the process, and a copy of that is none (CUDA C++
    Programming Guide, on fork)."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and getattr(cuda, "is_initialized", bool)():
        return _GPU
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # closed meanwhile
            if os.readlink(f"/proc/self/fd/{name}").startswith(_GPU_DEVICES):
                return _GPU
    return ""


def script_magics(shell: Any) -> Any:
    """IPython's object behind ``%%bash``: it keeps an event loop in a thread, which no copy has. None before its first use."""
    registry = getattr(getattr(shell, "magics_manager", None), "registry", {})
    return next((found for name, found in registry.items() if name == "ScriptMagics"), None)


def users_threads(shell: Any) -> int:
    """How many threads the user's code has started: neither their class nor what they run is of the kernel's libraries."""
    script_loop = getattr(script_magics(shell), "event_loop", None)
    others = (thread for thread in threading.enumerate() if _runs(thread) is None or _runs(thread) is not script_loop)
    return sum(_is_users(thread) for thread in others)


def _runs(thread: threading.Thread) -> Any:
    """The object whose method a thread runs."""
    return getattr(getattr(thread, "_target", None), "__self__", None)


def users_tasks() -> int:
    """How many tasks the user's code has put on the event loop that runs here: of coroutines that are written in no file of the
    kernel's libraries."""
    try:
        coroutines = [task.get_coro() for task in asyncio.all_tasks()]
    except RuntimeError:  # no loop runs here
        return 0
    codes = [getattr(coroutine, "cr_code", None) for coroutine in coroutines]
    return sum(code is not None and not _LIBRARY.search(code.co_filename) for code in codes)


def _is_users(thread: threading.Thread) -> bool:
    if thread is threading.main_thread() or thread.name.startswith("nbdoctor"):
        return False
    homes = (type(thread).__module__, getattr(getattr(thread, "_target", None), "__module__", None) or "")
    return not any(home.partition(".")[0] in _OWN_THREADS for home in homes)


def probe(basic: bool) -> Confinement:
    """Find out, in a process of its own, how trials are confined on this system; takes some 0.1 s.

    ``basic``: namespaces are not wanted.
    """
    reason = confine.missing()
    if reason:
        return confine.describe("none", reason)
    package = __name__.rpartition(".")[0]
    code = f"import sys; sys.path[:] = {sys.path!r}; from {package}.probe import main; main({basic})"
    command = [sys.executable, "-c", code]
    try:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=4, check=False, text=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        answer = ""
    tier, _, reason = answer.strip().partition(" ")
    if tier in ("full", "basic"):
        return confine.describe(tier)
    return confine.describe("none", reason or "it could not be found out what this system allows")

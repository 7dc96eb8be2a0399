"""Whether this kernel can be copied now, and how a copy of it would be confined."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading

from ...protocol import Confinement
from . import confine, limits

_OWN_THREADS = ("ipykernel", "IPython", "debugpy", "_pydevd_bundle", "pydevd", "zmq", "tqdm", "tornado", "nbdoctor")
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


def users_threads() -> int:
    """How many threads the user's code has started: neither their class nor what they run is of the kernel's libraries."""
    return sum(_is_users(thread) for thread in threading.enumerate())


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

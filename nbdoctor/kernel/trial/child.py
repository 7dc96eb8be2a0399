"""What the forked child does: let itself be confined, run the steps as the kernel would, tell the outcome, and end.

Nothing here returns to the caller's stack, and nothing of the kernel's is closed in order: the child ends by `os._exit`.
"""

from __future__ import annotations

import contextlib
import errno
import inspect
import json
import os
import re
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, List, NoReturn, Optional

from ...protocol import Step
from ...text import plain
from . import confine, descriptors, limits, mappings, pools, quiet

if TYPE_CHECKING:
    from ..watch import Watch

#: Errors that confinement itself may cause.
OWN_ERRNOS = frozenset({
    errno.EACCES, errno.EPERM, errno.EROFS, errno.EBADF, errno.ENOSPC, errno.EOVERFLOW, errno.EXDEV, errno.ENETUNREACH,
    errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.ENOSYS, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.EAGAIN,
})  # fmt: skip

#: Seconds that a program which the cell has ended may take to be gone.
_REST = 0.05


@dataclass
class Job:
    """What a trial runs. ``folder`` holds a distribution that is not installed; ``modules`` are imported from it first.
    ``basic``: leave the namespaces out. ``seconds``: how long the failing cell took. ``given_up``: nobody waits for it."""

    steps: List[Step]
    seconds: float = 0.0
    basic: bool = False
    folder: str = ""
    modules: List[str] = field(default_factory=list)
    given_up: threading.Event = field(default_factory=threading.Event)


def live(watch: Watch, job: Job, bounds: limits.Limits, output: int, control: socket.socket) -> NoReturn:
    """The child's life. Messages to the parent are JSON objects: ``pid``, ``refused``, ``ready`` (with the listener's
    descriptor) and at last ``outcome``."""
    line = _Line(control)
    try:
        _live(watch, job, bounds, output, line)
    except confine.NoNamespaces as reason:
        line.send({"refused": str(reason), "without_namespaces": True})
    except (mappings.CannotCopy, confine.NoConfinement) as reason:
        line.send({"refused": str(reason)})
    except BaseException as error:
        # Before the candidate ran: a bug of ours, or a system that behaves like none we know.
        said = plain(str(error), 200)
        line.send({"refused": f"nbdoctor could not prepare the check ({type(error).__name__}: {said})"})
    finally:
        os._exit(0)


class _Line:
    """The way to the parent."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end

    def send(self, message: Dict[str, Any], *descriptors: int) -> None:
        """Send a message, and descriptors with it."""
        with contextlib.suppress(OSError):  # the parent has given up
            socket.send_fds(self.end, [json.dumps(message).encode()], list(descriptors))


def _live(watch: Watch, job: Job, bounds: limits.Limits, output: int, line: _Line) -> None:
    mappings.make_private()
    writable = confine.separate(job.basic, lambda pid: line.send({"pid": pid}))
    files = descriptors.written_files(watch.shell.user_ns)
    highest, kept = descriptors.bury(output, line.end.fileno(), files)
    line.end.detach()
    line.end = socket.socket(fileno=kept)
    refused: List[str] = []
    loop = quiet.silence(watch, refused)
    pools.limit_to_one_thread()
    limits.lower(bounds)
    walls = confine.Walls(writable is not None, writable or [])
    listener = confine.close_in(walls, highest)
    line.send({"ready": "full" if walls.full else "basic", "writable": walls.writable, "inherited": highest}, listener)
    os.close(listener)
    if line.end.recv(16) != b"go":  # the parent listens
        os._exit(1)
    process, started = os.getpid(), time.perf_counter()
    try:
        outcome = loop.run_until_complete(_run(watch, job))
    except BaseException as error:
        outcome = {"error": _describe(error)}
    if os.getpid() != process:
        os._exit(0)  # a process that the cell made, and that left the cell
    seconds = time.perf_counter() - started
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the cell's own, or closed
            stream.flush()
    descriptors.flush(files)
    outcome.update(seconds=seconds, refused=[*refused, *limits.reached(bounds, walls.writable), *_left(walls.full)])
    line.send({"outcome": outcome})


def _left(full: bool) -> List[str]:
    """Whether a program that the cell started still runs: what it would be denied is not known yet."""
    if not full or os.readlink("/proc/self") != "1":
        return []
    end = time.monotonic() + _REST
    while any(_runs(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"):
        if time.monotonic() > end:
            return ["left"]
        time.sleep(_REST / 10)
    return []


def _runs(process: str) -> bool:
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:
            command = file.read()
    except OSError:
        return False
    # A zombie has no command line. Python's own helpers stay for as long as the process that uses them.
    return bool(command) and b"from multiprocessing.resource_tracker" not in command


async def _run(watch: Watch, job: Job) -> Dict[str, Any]:
    if job.folder:
        sys.path.insert(0, job.folder)
    for name in job.modules:
        try:
            __import__(name)
        except Exception as error:
            return {"error": _describe(error), "module": name}
    for number, step in enumerate(job.steps):
        existing = frozenset(watch.shell.user_ns)
        result = await _run_cell(watch.shell, step)
        raised = result.error_before_exec or result.error_in_exec
        if raised is not None:
            last = number == len(job.steps) - 1
            report = _report(watch, result, raised, existing) if last else None
            return {"error": _describe(raised), "step": number, "report": report}
    return {"returned": True}


async def _run_cell(shell: Any, step: Step) -> Any:
    """Run a cell as ipykernel does: in a running event loop, transformed first, with the events that follow a cell."""
    transformed, trouble = step.source, None
    try:
        transformed = shell.transform_cell(step.source)
    except Exception:
        trouble = sys.exc_info()
    options: Dict[str, Any] = {"transformed_cell": transformed, "preprocessing_exc_tuple": trouble}
    if "cell_id" in inspect.signature(shell.run_cell_async).parameters:  # IPython 8.3 and later
        options["cell_id"] = step.cell_id
    result = await shell.run_cell_async(step.source, store_history=False, **options)
    shell.events.trigger("post_execute")
    shell.events.trigger("post_run_cell", result)
    return result


def _describe(error: BaseException) -> Dict[str, Any]:
    from ..capture import runs_no_user_code

    message = plain(str(error), 500) if runs_no_user_code(error) else ""
    return {"name": type(error).__name__, "message": message, "own": _may_be_ours(error)}


def _may_be_ours(error: Optional[BaseException]) -> bool:
    """Whether the confinement may have caused the error, or one that led to it."""
    for _ in range(10):
        if error is None:
            return False
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in OWN_ERRNOS):
            return True
        # A future of the kernel's own event loop, which does not run in the copy.
        if isinstance(error, (RuntimeError, ValueError)) and re.search("different (event )?loop", str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def _report(watch: Watch, result: Any, error: BaseException, existing: Any) -> Optional[Dict[str, Any]]:
    """What the rules say of the second error, in the copy's live namespace."""
    from ..capture import build_report
    from ..outgoing import outgoing

    try:
        cell_id, source = getattr(result.info, "cell_id", None), result.info.raw_cell
        history = [*watch.history, (cell_id, result.execution_count, False, source)]
        return outgoing(build_report(watch.shell, result.info, error, history, existing, failures=watch.failures))
    except Exception:
        return None  # the verdict stands without it

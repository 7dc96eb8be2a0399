"""What the forked child does: let itself be confined, run the steps as the kernel would, tell the outcome, and end.

Nothing here returns to the caller's stack, and nothing of the kernel's is closed in order: the child ends by `os._exit`.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
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
    writable = confine.separate(job.basic, lambda pid: line.send({"pid": pid}))
    mappings.make_private()
    highest, kept = descriptors.bury(output, line.end.fileno())
    line.end.detach()
    line.end = socket.socket(fileno=kept)
    refused: List[str] = []
    loop = quiet.silence(watch, refused)
    pools.limit_to_one_thread()
    limits.lower(bounds)
    walls = confine.Walls(writable is not None, writable or [])
    listener = confine.close_in(walls, highest)
    line.send({"ready": "full" if walls.full else "basic", "writable": walls.writable}, listener)
    os.close(listener)
    line.end.recv(16)  # the parent listens
    process, started = os.getpid(), time.perf_counter()
    try:
        outcome = loop.run_until_complete(_run(watch, job))
    except BaseException as error:
        outcome = {"error": _describe(error)}
    if os.getpid() != process:
        os._exit(0)  # a process that the cell made, and that left the cell
    sys.stdout.flush()
    sys.stderr.flush()
    outcome.update(seconds=time.perf_counter() - started, refused=refused)
    line.send({"outcome": outcome})


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
    """Run a cell as ipykernel does: in a running event loop, transformed first."""
    transformed, trouble = step.source, None
    try:
        transformed = shell.transform_cell(step.source)
    except Exception:
        trouble = sys.exc_info()
    return await shell.run_cell_async(
        step.source,
        store_history=False,
        transformed_cell=transformed,
        preprocessing_exc_tuple=trouble,
        cell_id=step.cell_id,
    )


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
        if isinstance(error, RuntimeError) and "different loop" in str(error):
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
        return outgoing(build_report(watch.shell, result.info, error, history, existing))
    except Exception:
        return None  # the verdict stands without it

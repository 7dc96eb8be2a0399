"""The parent's side of a running trial: hears it, holds it to its limits, ends it, and leaves nothing behind.

Runs in a thread of its own; the kernel's main thread only forks, and may `Trial.stop` it at any time.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import signal
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Optional

from . import seccomp
from .confine import DEVICES, TERMINALS
from .limits import Limits, free_memory, own_memory

#: Seconds for the child to be confined, before its own time begins.
PREPARE = 10.0
_LARGEST_MESSAGE = 256 * 1024
_CHECK_MEMORY, _CHECK_PROCESSES = 0.1, 0.02
#: Threads that one process of a trial may have at a time.
THREADS = 256
#: Seconds that a child which hung up gets to end by itself, so that its status tells how it ended.
_FAREWELL = 0.2
_TERMINALS = ("/dev/ptm", "/dev/pty", "/dev/tty")


@dataclass
class Outcome:
    """How a trial ended, in facts; `judge` makes a Verdict of it.

    ``denied``: what the candidate asked for and was refused, as (need, detail). ``stopped``: why the parent ended it:
    ``time``, ``memory``, ``processes``, ``threads``, or a reason of the caller's. ``without_namespaces``: it may go without them.
    """

    tier: str = ""
    said: Optional[Dict[str, Any]] = None
    refused: str = ""
    without_namespaces: bool = False
    denied: List[Any] = field(default_factory=list)
    stopped: str = ""
    status: Optional[int] = None
    output: str = ""
    seconds: float = 0.0


class Trial:
    """One forked child."""

    def __init__(self, pid: int, control: socket.socket, output: int, limits: Limits) -> None:
        self.pid = pid
        self.limits = limits
        self._control = control
        self._output = output
        self._inner_pid: Optional[int] = None  # process 1 of the namespaces, and a descriptor of it
        self._inner: Optional[int] = None
        self._listener: Optional[seccomp.Listener] = None
        self._begun = False  # the candidate runs
        self._writable: List[str] = []
        self._printed = bytearray()
        self._outcome = Outcome()
        self._lock = threading.Lock()
        self._gone = False
        self._free = free_memory()

    def stop(self, why: str) -> None:
        """End the trial now, from any thread; returns at once. Does nothing where it has ended."""
        with self._lock:
            if self._gone or self._outcome.stopped:
                return
            self._outcome.stopped = why
            self._kill()

    def watch(self) -> Outcome:
        """Hear the trial to its end and return what came of it. Blocks for as long as the limits allow."""
        started = time.monotonic()
        deadline, next_look = started + PREPARE, started + _CHECK_MEMORY
        try:
            poll = select.poll()
            for descriptor in (self._control.fileno(), self._output):
                poll.register(descriptor, select.POLLIN)
            while self._outcome.said is None and not self._outcome.refused:
                now = time.monotonic()
                if now >= deadline:
                    self.stop("time")
                if now >= next_look:
                    cost = self._look_at_memory()
                    next_look = now + max(_CHECK_MEMORY, 20 * cost)
                # Killed processes hang up, which ends the wait too.
                wait = min(deadline, next_look) - now
                if self._begun and self._outcome.tier == "full":
                    self._look_at_processes()
                    wait = min(wait, _CHECK_PROCESSES)
                events = poll.poll(1000 * max(0.0, wait) + 1)
                for descriptor, event in events:
                    if descriptor == self._output:
                        self._read_output(poll, event)
                    elif descriptor == self._control.fileno():
                        if not self._hear(poll):
                            return self._outcome
                        if self._outcome.tier and deadline == started + PREPARE:
                            deadline = time.monotonic() + self.limits.seconds
                    elif self._listener is not None:
                        self._answer(event, poll)
        finally:
            self._clean_up(started)
        return self._outcome

    # ------------------------------------------------------------------ what comes in

    def _hear(self, poll: select.poll) -> bool:
        """Take one message; False where the child is gone."""
        try:
            flags = socket.MSG_CMSG_CLOEXEC
            data, descriptors, _, _ = socket.recv_fds(self._control, _LARGEST_MESSAGE, 1, flags)
        except OSError:
            data, descriptors = b"", []
        if not data:
            return False
        if self._begun:
            # The candidate could say anything here: nothing that would be acted upon is taken from it.
            for descriptor in descriptors:
                os.close(descriptor)
            self._outcome.said = _outcome(data)
            return True
        message = json.loads(data)
        if "pid" in message:
            with self._lock:
                self._inner_pid = int(message["pid"])
                self._inner = os.pidfd_open(self._inner_pid)
        elif "refused" in message:
            self._outcome.refused = str(message["refused"])
            self._outcome.without_namespaces = bool(message.get("without_namespaces"))
        elif "ready" in message and descriptors:
            full = message["ready"] == "full"
            self._outcome.tier = message["ready"]
            self._writable = [str(folder) for folder in message["writable"]]
            self._listener = seccomp.Listener(
                descriptors[0], full=full, pid=1 if full else self.pid, inherited=message["inherited"]
            )
            poll.register(descriptors[0], select.POLLIN)
        if self._listener is not None and (self._inner is not None or self._outcome.tier == "basic"):
            self._begun = True
            with contextlib.suppress(OSError):  # it was stopped just now
                self._control.send(b"go")
        return True

    def _read_output(self, poll: select.poll, event: int) -> None:
        data = os.read(self._output, 65536) if event & select.POLLIN else b""
        if not data:
            poll.unregister(self._output)
        self._printed += data
        del self._printed[: -self.limits.output]

    def _answer(self, event: int, poll: select.poll) -> None:
        assert self._listener is not None
        calls = self._listener.receive() if event & select.POLLIN else []
        if not calls:
            if event & (select.POLLHUP | select.POLLERR):
                poll.unregister(self._listener.descriptor)
            return
        refused = next((call for call in calls if not self._may(call)), None)
        if refused is not None and self._is_absent(refused):
            # As without a trial: whoever looks a user's name up asks a name service first, if there is one.
            self._listener.answer(refused, allow=False, error=errno.ENOENT)
            return
        if refused is not None:
            # A terminal of its own is what IPython opens to run a command.
            need = "program" if (refused.path or "").startswith(_TERMINALS) else refused.rule.need
            detail = refused.path or refused.rule.name
            if (need, detail) not in self._outcome.denied and len(self._outcome.denied) < 20:
                self._outcome.denied.append((need, detail))
        self._listener.answer(refused or calls[0], allow=refused is None)

    def _may(self, call: seccomp.Call) -> bool:
        """Whether a held call may go on: what it does stays inside, and a second wall stands behind."""
        rule, full = call.rule.rule, self._outcome.tier == "full"
        if call.new_thread:
            if _number(call.pid, "Threads") >= THREADS:
                self.stop("threads")
                return False
            return True
        if call.rule.need == "inherited":
            # The numbers mean something else in a program that was started afresh.
            return not _is_tombstone(call.pid, call.argument)
        if rule in ("inside", "own"):
            return self._inside(call)
        if rule == "only":
            return full and call.rule.need == "attributes" and self._is_writable(call.path or "", *TERMINALS)
        if call.rule.need != "file" or call.path is None:
            return False
        if call.path in DEVICES or (full and _beneath(call.path, TERMINALS)):
            return rule == "open"
        if _beneath(call.path, ["/dev/shm"]) and not call.exclusive and os.path.lexists(call.path):
            return False  # made outside, by a process that shares it
        return self._is_writable(call.path)

    def _is_absent(self, call: seccomp.Call) -> bool:
        """Whether a call would talk to a socket that is not there."""
        root = f"/proc/{self._inner_pid or self.pid}/root"
        return call.rule.rule == "address" and call.path is not None and not os.path.lexists(root + call.path)

    def _is_writable(self, path: str, *more: str) -> bool:
        return _beneath(path, more) or (_beneath(path, self._writable) and self._is_own(path))

    def _is_own(self, path: str) -> bool:
        """Whether the file and the folders that it is in belong to this user: an overlay copies them when the file is changed,
        and a copy that belongs to anyone else cannot be made (EOVERFLOW)."""
        while path not in self._writable:  # those were copied beforehand
            with contextlib.suppress(OSError):
                status = os.lstat(f"/proc/{self._inner_pid}/root{path}")
                if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
                    return False
            path = os.path.dirname(path)
        return True

    def _inside(self, call: seccomp.Call) -> bool:
        """Whether the process, group or thread that is meant is one of the trial's."""
        if self._outcome.tier == "basic":
            return os.path.exists(f"/proc/{self.pid}/task/{call.argument}")
        if call.argument in (0, -1):
            return call.rule.need == "process"  # any child; a signal would go to all that there are
        if call.argument == 1 and call.rule.need == "signal":
            # Process 1 is deaf to what would end any other.
            number = call.values[1 if call.rule.name in ("kill", "tkill", "rt_sigqueueinfo") else 2]
            if _ends(self._inner_pid or self.pid, number):
                self.stop(f"the copy of the kernel died (signal {number})")
                return False
        # No other process has a number there.
        return os.path.exists(f"/proc/{self._inner_pid}/root/proc/{abs(call.argument)}")

    # ------------------------------------------------------------------ limits and the end

    def _look_at_memory(self) -> float:
        """End the trial where it takes too much; returns the seconds that looking took."""
        started = time.monotonic()
        used = own_memory(self._inner_pid or self.pid) or 0
        if max(used, self._free - free_memory()) > self.limits.memory:
            self.stop("memory")
        return time.monotonic() - started

    def _look_at_processes(self) -> None:
        """End the trial where it has too many beside the copy itself."""
        with contextlib.suppress(OSError):  # it has ended
            names = os.listdir(f"/proc/{self._inner_pid}/root/proc")
            if sum(name.isdigit() for name in names) > 1 + self.limits.processes:
                self.stop("processes")

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self._inner is not None:
                signal.pidfd_send_signal(self._inner, signal.SIGKILL)
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self.pid, signal.SIGKILL)

    def _clean_up(self, started: float) -> None:
        ended = bool(self._outcome.stopped) or _await_end(self.pid, _FAREWELL)
        with self._lock:  # held for an instant only: the main thread may want to stop the trial
            self._kill()
            self._gone = True
            if self._inner is not None:
                os.close(self._inner)
                self._inner = None
        with contextlib.suppress(ChildProcessError):  # the user's code waits for any child, and got it
            _, status = os.waitpid(self.pid, 0)
            self._outcome.status = status if ended else None
        self._drain()
        self._control.close()
        os.close(self._output)
        if self._listener is not None:
            self._listener.close()
        self._outcome.seconds = time.monotonic() - started
        self._outcome.output = self._printed.decode("utf-8", "replace")

    def _drain(self) -> None:
        """What was printed and not read yet; the writers are dead."""
        os.set_blocking(self._output, False)
        try:
            while data := os.read(self._output, 65536):
                self._printed += data
        except BlockingIOError:
            pass
        del self._printed[: -self.limits.output]


def _await_end(pid: int, seconds: float) -> bool:
    """Wait until a child has ended, at most ``seconds``, and leave its status to be had; whether it has."""
    end = time.monotonic() + seconds
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < end:
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return True
            time.sleep(0.002)
    return False


def _outcome(data: bytes) -> Dict[str, Any]:
    try:
        said = json.loads(data)["outcome"]
    except (ValueError, KeyError, TypeError):
        said = None
    return said if isinstance(said, dict) else {}


def _beneath(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _number(process: int, field_name: str, base: int = 10) -> int:
    """A number that the system tells of a process (proc_pid_status(5)); 0 where it has ended."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii", errors="replace") as file:
            return next((int(line.split()[1], base) for line in file if line.startswith(f"{field_name}:")), 0)
    except OSError:
        return 0


def _ends(process: int, number: int) -> bool:
    """Whether a signal ends or stops a process: it is neither caught nor ignored, by itself or by its nature (signal(7))."""
    heard = _number(process, "SigCgt", 16) | _number(process, "SigIgn", 16)
    harmless = (0, signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH)
    return number not in harmless and not heard >> (number - 1) & 1


def _is_tombstone(process: int, descriptor: int) -> bool:
    """Whether a descriptor is one of those that `descriptors.bury` left: a place in the root that can be neither read nor
    written. Where the process or the descriptor is gone, the call fails by itself."""
    try:
        with open(f"/proc/{process}/fdinfo/{descriptor}", encoding="ascii") as file:
            flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
        return bool(flags & os.O_PATH) and os.readlink(f"/proc/{process}/fd/{descriptor}") == "/"
    except (OSError, StopIteration):
        return False

"""What the system says of a kernel's process while it lives: Linux' ``/proc`` and control groups. Elsewhere: nothing.

Files are read, in some tenths of a millisecond, and nothing of it happens in the kernel's own process. Their meaning:
``proc(5)``, and the kernel's ``Documentation/admin-guide/cgroup-v2.rst`` and ``cgroup-v1/memory.rst``.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Optional, Tuple

from ...rules.infra.machine import Group, groups

_FIELD = re.compile(r"^(\w+(?:\(\w+\))?):\s+(\d+) kB", re.MULTILINE)
_ADDRESS = re.compile(r"^Max address space\s+(\d+)", re.MULTILINE)
#: How often a process of the group was killed for memory, and how often the group was at its limit, by version.
_EVENTS = (("memory.events", r"^oom_kill (\d+)", r"^oom (\d+)"), ("memory.oom_control", r"^oom_kill (\d+)", ""))


@dataclass(frozen=True)
class Counts:
    """What a control group has counted: processes ``killed`` for memory, and how often its own limit was ``hit``; None where the
    system does not count it."""

    killed: Optional[int] = None
    hit: Optional[int] = None


@dataclass(frozen=True)
class Machine:
    """The machine's memory in bytes, 0 where unknown, and how many processes it has killed for it; None: it does not say."""

    available: int = 0
    total: int = 0
    killed: Optional[int] = None


@dataclass(frozen=True)
class Sample:
    """One look at a process. Bytes, 0 where unknown; ``time`` is `time.monotonic`.

    Attributes
    ----------
    resident, peak : memory of the process now, and the most that it had.
    mapped : the most address space that it had. ``address_limit``: how much it may have (``ulimit -v``); 0: as much as it likes.
    machine : what all processes share.
    groups : control groups with a limit, the outermost first, each with its counts.
    """

    time: float
    resident: int
    peak: int = 0
    mapped: int = 0
    address_limit: int = 0
    machine: Machine = Machine()
    groups: Tuple[Tuple[Group, Counts], ...] = field(default=())


def sample(process: int, machine: Machine, root: str = "/") -> Optional[Sample]:
    """Look at a process; None where it is gone, or where the system does not say. ``machine``: as `machine_now` has just said."""
    base = Path(root)
    status = _numbers(base / "proc" / str(process) / "status")
    if not status.get("VmRSS"):  # a process that has ended and was not waited for yet has no memory
        return None
    limit = _ADDRESS.search(_text(base / "proc" / str(process) / "limits"))
    return Sample(
        time=time.monotonic(),
        resident=status["VmRSS"],
        peak=status.get("VmHWM", 0),
        mapped=status.get("VmPeak", 0),
        address_limit=int(limit[1]) if limit else 0,
        machine=machine,
        groups=tuple((group, counts(group.folder)) for group in groups(base, str(process))),
    )


def machine_now(root: str = "/") -> Machine:
    """Look at the machine. It counts the processes that it kills from Linux 4.13 on."""
    base = Path(root)
    memory = _numbers(base / "proc/meminfo")
    killed = _number(r"^oom_kill (\d+)", _text(base / "proc/vmstat"))
    return Machine(memory.get("MemAvailable", 0), memory.get("MemTotal", 0), killed)


def counts(folder: Path) -> Counts:
    """What the control group of a folder has counted so far."""
    for name, killed, hit in _EVENTS:
        text = _text(folder / name)
        if text:
            hits = _number(hit, text) if hit else _number(r"^(\d+)", _text(folder / "memory.failcnt"))
            return Counts(_number(killed, text), hits)
    return Counts()


def _number(pattern: str, text: str) -> Optional[int]:
    match = re.search(pattern, text, re.MULTILINE)
    return int(match[1]) if match else None


def _numbers(path: Path) -> Dict[str, int]:
    """The amounts of a file of lines like ``VmRSS:   1234 kB``, in bytes."""
    return {name: int(number) * 1024 for name, number in _FIELD.findall(_text(path))}


def _text(path: Path) -> str:
    try:
        return path.read_bytes()[:100_000].decode("utf-8", "replace")
    except OSError:
        return ""

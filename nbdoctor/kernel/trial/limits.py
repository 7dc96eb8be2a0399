"""What a trial may use of the machine, and whether there is enough for one."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence

SECONDS, MOST_SECONDS = 10.0, 60.0
OUTPUT = 64 * 1024
PROCESSES = 64
#: Memory below which no trial is made, and the part of what is free that one may take.
MIN_FREE = 256 * 1024 * 1024
SHARE = 0.5
#: So near to a limit, a trial was probably told of it.
_NEAR_MEMORY, _NEAR_SPACE = 64 * 1024 * 1024, 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Limits of one trial: seconds of wall time, bytes of memory on top of what is shared with the kernel."""

    seconds: float = SECONDS
    memory: int = 2 * 1024**3
    processes: int = PROCESSES
    output: int = OUTPUT


def for_cell(seconds: float, free: int) -> Limits:
    """The limits for a cell that took ``seconds`` until it failed, where ``free`` bytes of memory are."""
    return Limits(min(max(SECONDS, 3 * seconds), MOST_SECONDS), int(free * SHARE))


def free_memory() -> int:
    """Bytes that can be had without swapping: of the machine, or of the control group where that is less."""
    found = [_meminfo().get("MemAvailable", 0)]
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        most, now = _number(limit), _number(used)
        if most is not None and now is not None:
            found.append(max(0, most - now + _reclaimable(os.path.dirname(limit))))
    return min(found)


def own_memory(pid: int) -> Optional[int]:
    """Bytes of memory that a process shares with no other (proc_pid_smaps(5)): of a forked child, what it has made or
    changed since."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return sum(1024 * int(line.split()[1]) for line in file if line.startswith("Private_"))
    except (OSError, ValueError):
        return None


def lower(limits: Limits) -> None:
    """Put this process, and all that it starts, under the limits. Whatever dies for want of memory, it dies first."""
    os.nice(19)
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")
    except OSError:
        pass
    with open("/proc/self/statm", encoding="ascii") as file:
        present = int(file.read().split()[0]) * resource.getpagesize()
    for kind, value in (
        (resource.RLIMIT_AS, present + limits.memory),
        (resource.RLIMIT_CPU, int(limits.seconds) * (os.cpu_count() or 1) + 5),
        # core(5): 0 would not keep a program that takes core dumps from a pipe from being started; 1 does.
        (resource.RLIMIT_CORE, 1),
        (resource.RLIMIT_FSIZE, limits.memory),
    ):
        hard = resource.getrlimit(kind)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))


def reached(limits: Limits, writable: Sequence[str]) -> List[str]:
    """Which limits this process has come up to, as needs: where it was told of one, the cell may have swallowed that."""
    found = []
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        peak = next((1024 * int(line.split()[1]) for line in file if line.startswith("VmPeak:")), 0)
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most != resource.RLIM_INFINITY and most - peak < min(_NEAR_MEMORY, limits.memory // 8):
        found.append("memory")
    for folder in writable[-1:]:  # all lie on the same file system
        status = os.statvfs(folder)
        if status.f_bavail * status.f_bsize < _NEAR_SPACE:
            found.append("space")
    return found


def _meminfo() -> Dict[str, int]:
    with open("/proc/meminfo", encoding="ascii") as file:
        rows = (line.split() for line in file)
        return {row[0].rstrip(":"): int(row[1]) * 1024 for row in rows}


def _number(path: str) -> Optional[int]:
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):  # "max": no limit
        return None


def _reclaimable(group: str) -> int:
    """Bytes of page cache that a control group would give back."""
    try:
        with open(f"{group}/memory.stat", encoding="ascii") as file:
            rows = dict(line.split() for line in file)
        return int(rows.get("inactive_file") or 0)
    except (OSError, ValueError):
        return 0

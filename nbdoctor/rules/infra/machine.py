"""What this machine allows and has left: memory, disk, the network's way out. Small files of the system are read, no more.

Only where the rules run in the kernel do these answers belong to it: ask only with a live namespace.
"""

from __future__ import annotations

import re
import shutil
import stat
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Tuple

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_UNIT = re.compile(r"^\s*([\d,.]+) ?([KMGTPE]?)(i?)(B|b|ytes|bytes)?\s*$")


class Group(NamedTuple):
    """A control group with a limit on memory: the folder of its files, and bytes that it may use and uses."""

    folder: Path
    limit: int
    used: int


def size(number: float) -> str:
    """A number of bytes in words: ``1.50 GiB``."""
    unit = 0
    while number >= 1024 and unit < len(_UNITS) - 1:
        number, unit = number / 1024, unit + 1
    # Between 999.5 and 1024 three digits would be written as 1e+03.
    return f"{number:.0f} {_UNITS[unit]}" if unit < 2 or 999.5 <= number < 1024 else f"{number:.3g} {_UNITS[unit]}"


def bytes_of(text: str) -> float:
    """A size in words as a number of bytes; 0 where it is none."""
    match = _UNIT.match(text)
    if not match:
        return 0.0
    return float(match[1].replace(",", "").rstrip(".") or 0) * 1024.0 ** " KMGTPE".index(match[2] or " ")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")[:100_000]
    except OSError:
        return ""


def memory_limit(root: str = "/") -> Optional[Tuple[int, str]]:
    """The bytes that the kernel may use at most and who says so: its container, or the machine; None where unknown."""
    base = Path(root)
    found = [int(m[1]) for m in [re.search(r"MemTotal:\s+(\d+) kB", _read(base / "proc/meminfo"))] if m]
    machine = found[0] * 1024 if found else None
    limits = [group.limit for group in groups(base)]
    least = min(limits, default=None)
    if least is not None and (machine is None or least < machine):
        return least, "its container"
    return (machine, "the machine") if machine is not None else None


def memory_left(root: str = "/") -> Optional[int]:
    """The bytes that are still free for the kernel: the least of the machine's and its container's."""
    base = Path(root)
    match = re.search(r"MemAvailable:\s+(\d+) kB", _read(base / "proc/meminfo"))
    left = [int(match[1]) * 1024] if match else []
    left += [max(group.limit - group.used, 0) for group in groups(base) if group.used]
    return min(left, default=None)


def groups(base: Path, process: str = "self") -> List[Group]:
    """Each control group around a process that has a limit, the outermost first: of version 2, and of version 1."""
    found = []
    for line in _read(base / "proc" / process / "cgroup").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers not in ("", "memory") and "memory" not in controllers.split(","):
            continue
        mount = base / "sys/fs/cgroup" / ("memory" if controllers else "")
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes") if controllers else ("memory.max", "memory.current")
        parts = path.strip("/").split("/") if path.strip("/") else []
        for depth in range(len(parts) + 1):
            folder = mount.joinpath(*parts[:depth])
            limit, used = (_read(folder / name).strip() for name in names)
            if limit.isdigit() and int(limit) < 1 << 60:
                found.append(Group(folder, int(limit), int(used) if used.isdigit() else 0))
    return found


def disk(path: str) -> Optional[Tuple[str, int, int]]:
    """The nearest folder of ``path`` that exists, and the free and all bytes of its disk."""
    try:
        folder = Path(path or ".").absolute()
        while not folder.is_dir() and folder.parent != folder:
            folder = folder.parent
        usage = shutil.disk_usage(folder)
    except (OSError, ValueError):
        return None
    return str(folder), usage.free, usage.total


def owner(path: str) -> str:
    """Whose file or folder it is, and what its permissions are, as ``ls`` shows them; empty where that is unknown."""
    try:
        mode = stat.filemode(Path(path).stat().st_mode)
        return f"{Path(path).owner()} ({mode})"
    except (OSError, KeyError, ValueError, NotImplementedError):
        return ""


def has_way_out(root: str = "/") -> Optional[bool]:
    """Whether the routing tables of Linux know a way to other networks; None where there are none to read."""
    old, new = _read(Path(root) / "proc/net/route"), _read(Path(root) / "proc/net/ipv6_route")
    if not old and not new:
        return None
    fields = [line.split() for line in old.splitlines()[1:]]
    if any(len(part) > 7 and part[1] == part[7] == "00000000" for part in fields):
        return True
    six = [line.split() for line in new.splitlines()]
    return any(len(p) > 9 and p[0] == "0" * 32 and p[1] == "00" and p[9] != "lo" for p in six)


def proxies(environment: Dict[str, str]) -> List[str]:
    """Names of the environment variables that send requests through a proxy; never their values, which hold secrets."""
    return sorted(name for name, value in environment.items() if name.lower() in _PROXIES and value)


_PROXIES = ("http_proxy", "https_proxy", "all_proxy")

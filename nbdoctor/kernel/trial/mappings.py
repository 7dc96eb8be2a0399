"""Memory that the kernel shares with a file or another process becomes the trial's own.

A fork copies private memory; what is mapped shared (an ``np.memmap`` that may be written, ``multiprocessing.shared_memory``)
stays shared, and no rule about files keeps a process from writing into its memory. So each such mapping is replaced, in
place, by a private one with the same content (proc_pid_maps(5), mmap(2), mremap(2)).
"""

from __future__ import annotations

import ctypes
import os
import re
from typing import Iterator, NamedTuple, Optional

from . import libc

#: Bytes of shared memory that are copied where there is no file to map again.
MAX_COPIED = 512 * 1024 * 1024

_LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (....) ([0-9a-f]+) ([0-9a-f]+):([0-9a-f]+) (\d+) *(.*)")


class Mapping(NamedTuple):
    """One shared mapping."""

    start: int
    length: int
    protection: int
    offset: int
    device: int
    inode: int
    path: str


class CannotCopy(Exception):
    """The memory cannot be made private; the message says why, as a clause."""


def shared(maps: str) -> Iterator[Mapping]:
    """The shared mappings in the text of /proc/self/maps."""
    for line in maps.splitlines():
        match = _LINE.fullmatch(line)
        if match and match[3][3] == "s":
            start, end = int(match[1], 16), int(match[2], 16)
            protection = libc.PROT_READ * (match[3][0] == "r") | libc.PROT_WRITE * (match[3][1] == "w")
            device = os.makedev(int(match[5], 16), int(match[6], 16))
            yield Mapping(start, end - start, protection, int(match[4], 16), device, int(match[7]), match[8])


def make_private() -> None:
    """Replace all shared mappings of this process.

    Raises
    ------
    CannotCopy
        Where one belongs to a device or is too large.
    """
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
        found = list(shared(file.read()))
    copied = 0
    for mapping in found:
        if mapping.path.startswith("/dev/") and not mapping.path.startswith(("/dev/shm/", "/dev/zero")):
            raise CannotCopy(f"the kernel has memory of the device {mapping.path}")
        if not _from_file(mapping):
            copied += mapping.length
            if copied > MAX_COPIED:
                raise CannotCopy("the kernel shares too much memory with other processes")
            _copy(mapping)


def _from_file(mapping: Mapping) -> bool:
    """Map the file again, privately; False where the path is no longer that file."""
    descriptor: Optional[int] = None
    try:
        descriptor = os.open(mapping.path, os.O_RDONLY | os.O_CLOEXEC)
        status = os.fstat(descriptor)
        if (status.st_dev, status.st_ino) != (mapping.device, mapping.inode):
            return False
        flags = libc.MAP_PRIVATE | libc.MAP_FIXED
        libc.mmap(
            mapping.start, mapping.length, mapping.protection, flags, descriptor=descriptor, offset=mapping.offset
        )
    except OSError:
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return True


def _copy(mapping: Mapping) -> None:
    anonymous = libc.MAP_PRIVATE | libc.MAP_ANONYMOUS
    if not mapping.protection & libc.PROT_READ:
        libc.mmap(mapping.start, mapping.length, mapping.protection, anonymous | libc.MAP_FIXED)
        return
    fresh = libc.mmap(None, mapping.length, libc.PROT_READ | libc.PROT_WRITE, anonymous)
    ctypes.memmove(fresh, mapping.start, mapping.length)
    libc.mremap(fresh, mapping.length, mapping.start)

"""Landlock: a process gives up, for good, the right to change files outside of the folders that it names (landlock(7)).

Needs no privilege, and holds for all that the process starts. Also keeps it from tracing, and on newer kernels from
signalling, processes outside.
"""

from __future__ import annotations

import ctypes
import os
from typing import Iterable

from . import libc

# linux/landlock.h, LANDLOCK_ACCESS_FS_*: WRITE_FILE, REMOVE_DIR, REMOVE_FILE and the seven MAKE_* since ABI 1.
_WRITE_FILE = 1 << 1
_CHANGES = _WRITE_FILE | sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15  # ABI 2, 3, 5
_BIND_TCP, _CONNECT_TCP = 1, 2  # ABI 4
_ABSTRACT_UNIX_SOCKET, _SIGNAL = 1, 2  # ABI 6
_PATH_BENEATH = 1
_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION


class _RulesetAttributes(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("access", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def abi() -> int:
    """The version of Landlock that the kernel speaks; 0 where there is none."""
    try:
        return libc.syscall(libc.LANDLOCK_CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def restrict(folders: Iterable[str], devices: Iterable[str], *, network: bool = True, signals: bool = True) -> None:
    """From here on, this process changes files beneath ``folders`` alone, and writes to the files ``devices``.

    Raises OSError where the kernel refuses. ``PR_SET_NO_NEW_PRIVS`` must be set already.
    """
    version = abi()
    changes = _CHANGES
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        changes |= right if version >= since else 0
    attributes = _RulesetAttributes(changes, 0, 0)
    size = 8
    if version >= 4:
        attributes.net, size = (_BIND_TCP | _CONNECT_TCP) if network else 0, 16
    if version >= 6:
        attributes.scoped, size = _ABSTRACT_UNIX_SOCKET | (_SIGNAL if signals else 0), 24
    ruleset = libc.syscall(libc.LANDLOCK_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    try:
        for folder in folders:
            _allow(ruleset, folder, changes)
        for device in devices:
            _allow(ruleset, device, _WRITE_FILE | (changes & (_TRUNCATE | _IOCTL_DEV)))
        libc.syscall(libc.LANDLOCK_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not there: nothing to allow
    try:
        if not os.path.isdir(path):
            access &= _WRITE_FILE | _TRUNCATE | _IOCTL_DEV  # the others mean nothing for a file and are refused
        rule = _PathBeneath(access, descriptor)
        libc.syscall(libc.LANDLOCK_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)

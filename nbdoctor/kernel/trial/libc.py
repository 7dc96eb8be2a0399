"""The system calls that confinement needs and Python's standard library does not have, by ctypes. Linux only.

Each function names its man page. All raise OSError with the errno where the system says no.
"""

from __future__ import annotations

import collections
import contextlib
import ctypes
import itertools
import operator
import os
import platform
import sys
from typing import Any, Optional

_libc: Any = ctypes.CDLL(None, use_errno=True)

_call: Any = operator.methodcaller("__call__")
_fork: Any = ctypes.PyDLL(None).fork  # it keeps the lock of the interpreter
_before_fork: Any = ctypes.pythonapi.PyOS_BeforeFork
_after_fork_in_child: Any = ctypes.pythonapi.PyOS_AfterFork_Child
_after_fork_in_parent: Any = ctypes.pythonapi.PyOS_AfterFork_Parent
for _step in (_before_fork, _after_fork_in_child, _after_fork_in_parent):
    _step.restype = None

#: The same numbers on every architecture that has them (syscalls(2)).
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
MOUNT_SETATTR = 442
SECCOMP = {"x86_64": 317, "aarch64": 277}

# prctl(2)
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, PR_CAP_AMBIENT = 1, 4, 38, 24, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

# clone(2), unshare(2)
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip

# mount(2), umount2(2)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_NOATIME = 1, 2, 4, 8, 32, 1024
MS_NODIRATIME, MS_BIND, MS_REC, MS_PRIVATE, MS_RELATIME = 2048, 4096, 16384, 1 << 18, 1 << 21
MNT_DETACH = 2
_AT_FDCWD, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY = -100, 0x8000, 1  # mount_setattr(2)

# mmap(2), mremap(2)
PROT_READ, PROT_WRITE = 1, 2
MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS = 2, 16, 32
MREMAP_MAYMOVE, MREMAP_FIXED = 1, 2


def machine() -> str:
    """The architecture as the tables call it, such as ``x86_64``."""
    return platform.machine()


def _checked(result: int) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def syscall(number: int, *arguments: Any) -> int:
    """syscall(2). Integers are passed as long, None as a null pointer."""
    passed = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    _libc.syscall.restype = ctypes.c_long
    return _checked(_libc.syscall(ctypes.c_long(number), *passed))


def prctl(option: int, value: int = 0) -> None:
    """prctl(2)."""
    _checked(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def unshare(flags: int) -> None:
    """unshare(2): leave the named namespaces for new ones."""
    _checked(_libc.unshare(flags))


def mount(source: Optional[str], target: str, kind: Optional[str] = None, flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    _checked(
        _libc.mount(
            os.fsencode(source) if source else None,
            os.fsencode(target),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            os.fsencode(options) if options else None,
        )
    )


def make_readonly(target: str) -> None:
    """mount_setattr(2): nothing is changed by way of this mount and those below it any more."""
    attributes = (ctypes.c_uint64 * 4)(_MOUNT_ATTR_RDONLY, 0, 0, 0)
    path = ctypes.c_char_p(os.fsencode(target))
    syscall(MOUNT_SETATTR, _AT_FDCWD, path, _AT_RECURSIVE, ctypes.byref(attributes), ctypes.sizeof(attributes))


def umount(target: str) -> None:
    """umount2(2), lazily: the mount is gone from sight at once."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH))


def pivot_root(new: str, old: str) -> None:
    """pivot_root(2)."""
    numbers = {"x86_64": 155, "aarch64": 41}
    syscall(numbers[machine()], ctypes.c_char_p(os.fsencode(new)), ctypes.c_char_p(os.fsencode(old)))


def drop_capabilities() -> None:
    """capset(2): none effective, permitted or inheritable; the ambient set empty (capabilities(7))."""
    with contextlib.suppress(OSError):  # a kernel without ambient capabilities
        _checked(_libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    sets = (ctypes.c_uint32 * 6)()
    _checked(_libc.capset(header, sets))


def mmap(
    address: Optional[int], length: int, protection: int, flags: int, *, descriptor: int = -1, offset: int = 0
) -> int:
    """mmap(2): returns the address."""
    _libc.mmap.restype = ctypes.c_void_p
    found = _libc.mmap(
        ctypes.c_void_p(address), ctypes.c_size_t(length), protection, flags, descriptor, ctypes.c_long(offset)
    )
    if found == ctypes.c_void_p(-1).value:
        _checked(-1)
    return int(found or 0)


def mremap(address: int, length: int, target: int) -> None:
    """mremap(2): move a mapping to ``target``, over what is there."""
    _libc.mremap.restype = ctypes.c_void_p
    found = _libc.mremap(
        ctypes.c_void_p(address), ctypes.c_size_t(length), ctypes.c_size_t(length),
        MREMAP_MAYMOVE | MREMAP_FIXED, ctypes.c_void_p(target),
    )  # fmt: skip
    if found == ctypes.c_void_p(-1).value:
        _checked(-1)


def fork() -> int:
    """fork(2) with all that CPython does around it, and without the warning that `os.fork` gives from 3.12 on where other
    threads run: it would appear in the user's cell, and the child here is made for that case."""
    # One call from C to C. Were a line of Python to run between the three steps, it could give way to a thread that the child
    # does not have, and wait for it forever; or, in the kernel, to one that waits for a lock which is held meanwhile.
    random = sys.modules.get("random")
    state = random.getstate() if random is not None else None
    pids, again = itertools.tee(itertools.islice(map(_call, (_before_fork, _fork)), 1, None))
    afterwards = map({0: _after_fork_in_child}.get, pids, itertools.repeat(_after_fork_in_parent))
    collections.deque(map(_call, afterwards), maxlen=0)
    pid: int = next(again)
    if pid == 0 and random is not None:
        random.setstate(state)  # Python seeds it anew after a fork, but a copy is to be what the original is
    if pid < 0:
        raise OSError(0, "the system could not make another process")
    return pid

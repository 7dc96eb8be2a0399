"""Puts a forked child under confinement, with every layer that the system has, and says which tier that is.

``full``: Landlock, seccomp and namespaces with an overlay. ``basic``: Landlock and seccomp. Where either of these two is
missing there is no confinement, and no trial.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field
from typing import Callable, List, Optional

from ...protocol import Confinement
from . import landlock, libc, namespaces, seccomp

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
#: Terminals of the trial's own, where it has namespaces: IPython runs ``!command`` in one.
TERMINALS = ("/dev/ptmx", "/dev/pts", "/dev/tty")

SENTENCES = {
    "full": "Fixes are tried in a copy of the kernel that sees a copy of the file system, no network and no other process.",
    "basic": "Fixes are tried in a copy of the kernel that may read files, and may not write any, start programs or use the "
    "network. What needs one of these is not checked.",
    "none": "Fixes are not tried here: {}.",
}


class NoConfinement(Exception):
    """The system lacks what a trial needs; the message says what, as a clause."""


class NoNamespaces(Exception):
    """The namespaces could not be built to the end. The process is no use any more; another may do without them."""


@dataclass
class Walls:
    """What stands around a trial. ``writable``: the folders of the overlay."""

    full: bool
    writable: List[str] = field(default_factory=list)


def missing() -> str:
    """What the system lacks for any confinement, as a clause; empty where nothing is lacking that can be told beforehand."""
    if not sys.platform.startswith("linux"):
        return "only Linux has the means to confine a copy of the kernel"
    if not seccomp.supported():
        return f"nbdoctor does not know the system calls of {libc.machine()}"
    if landlock.abi() < 1:
        return "this Linux kernel has no Landlock, or a container hides it"
    return ""


def separate(basic: bool, tell: Callable[[int], None]) -> Optional[List[str]]:
    """First half, in the child: a process group of its own and, unless ``basic`` is wanted, namespaces.

    Returns the writable folders of the copied file system; None without one. With namespaces it returns in a child of
    the calling process, which ``tell``s that child's pid, waits for it and ends as it did.

    Raises
    ------
    NoNamespaces
        Where the system allows some of it, but not all.
    """
    os.setsid()
    _die_with_parent()
    if basic:
        return None
    user, group = os.geteuid(), os.getegid()
    try:
        namespaces.leave()
    except OSError:
        return None
    try:
        namespaces.keep_user(user, group)
    except OSError as error:
        # Some systems allow the namespaces, and nothing in them. A process that is in them cannot start a thread any more.
        raise NoNamespaces(str(error)) from error
    pid = os.getpid()
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))  # the child's new root hides it from here too
    child = libc.fork()
    if child:
        tell(child)
        os.closerange(0, highest + 1)  # others wait for the end of what is inherited here
        _wait_for(child)
    _die_with_parent()
    if os.getppid() not in (0, pid):
        os._exit(1)
    try:
        return namespaces.change_root()
    except OSError as error:
        raise NoNamespaces(str(error)) from error


def close_in(walls: Walls, inherited: int) -> int:
    """Second half: give up all rights. Returns the listener for held system calls.

    Raises
    ------
    NoConfinement
        Where the system lacks Landlock or seccomp's listeners. Nothing of the candidate may run then.
    """
    try:
        libc.drop_capabilities()
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        landlock.restrict(walls.writable, (*DEVICES, *TERMINALS) if walls.full else DEVICES)
        return seccomp.install(full=walls.full, inherited=inherited)
    except OSError as error:
        raise NoConfinement(f"the system refused to confine it ({error.strerror})") from error


def describe(tier: str, reason: str = "") -> Confinement:
    """The tier in words."""
    return Confinement(tier, SENTENCES[tier].format(reason))  # type: ignore[arg-type]


def _die_with_parent() -> None:
    """prctl(2), PR_SET_PDEATHSIG: when the kernel dies, so does the trial."""
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait_for(child: int) -> None:
    """What is left to do for the parent of process 1: end as it does."""
    _, status = os.waitpid(child, 0)
    os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))

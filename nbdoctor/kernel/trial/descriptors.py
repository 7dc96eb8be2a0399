"""Descriptors of a trial: none of the kernel's is left, and using one that was there shows.

A closed number would be given to the next file that the cell opens, and an old object that still holds the number would
write into it. So every number up to the highest in use is occupied by a tombstone, and the seccomp filter reports
whoever uses one.
"""

from __future__ import annotations

import os
import resource
from typing import Tuple


def bury(output: int, control: int) -> Tuple[int, int]:
    """Make ``output`` the standard output and error, let standard input be empty, and bury the rest.

    Returns the highest buried number, and the number that ``control`` has now, which is above it.
    """
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = highest + 1024 if hard == resource.RLIM_INFINITY else min(hard, highest + 1024)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, room), hard))
    kept = os.dup2(control, highest + 1, inheritable=False)
    os.dup2(output, 1)
    os.dup2(output, 2)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    # A descriptor that only names a place (O_PATH in open(2)): it can be neither read nor written.
    tombstone = os.open("/", os.O_PATH)
    for number in range(3, highest + 1):
        if number != tombstone:
            os.dup2(tombstone, number, inheritable=False)
    for number in (nothing, tombstone):
        if number > kept:
            os.close(number)
    return highest, kept

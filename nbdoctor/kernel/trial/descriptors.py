"""Descriptors of a trial: none of the kernel's is left, and using one that was there shows.

A closed number would be given to the next file that the cell opens, and an old object that still holds the number would
write into it. So every number up to the highest in use is occupied by a tombstone, and the seccomp filter reports
whoever uses one.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
from typing import Any, Dict, List, Sequence, Tuple


def written_files(namespace: Dict[str, Any]) -> List[Any]:
    """The files among the user's variables that are open to be written alone. What is written to them may stay in a buffer,
    and shows when that is emptied."""
    # Exact types: a class of the user's own would run his code. A file that is read too moves when it is flushed.
    files = [value for value in namespace.values() if type(value) in (io.TextIOWrapper, io.BufferedWriter)]
    return [file for file in files if not file.closed and not file.readable()]


def flush(files: Sequence[Any]) -> None:
    """Empty the files' buffers."""
    for file in files:
        with contextlib.suppress(OSError, ValueError):
            file.flush()


def bury(output: int, control: int, files: Sequence[Any] = ()) -> Tuple[int, int]:
    """Make ``output`` the standard output and error, let standard input be empty, and bury the rest. What is in the buffers of
    ``files`` is the kernel's to write, and is dropped.

    Returns the highest buried number, and the number that ``control`` has now, which is above it.
    """
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = highest + 1024 if hard == resource.RLIM_INFINITY else min(hard, highest + 1024)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, room), hard))
    kept = os.dup2(control, highest + 1, inheritable=False)
    os.dup2(output, 1)
    os.dup2(output, 2)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    for file in files:
        os.dup2(nothing, file.fileno(), inheritable=False)
    flush(files)
    # A descriptor that only names a place (O_PATH in open(2)): it can be neither read nor written.
    tombstone = os.open("/", os.O_PATH)
    for number in range(3, highest + 1):
        if number != tombstone:
            os.dup2(tombstone, number, inheritable=False)
    for number in (nothing, tombstone):
        if number > kept:
            os.close(number)
    return highest, kept

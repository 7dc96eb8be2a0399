"""What the tests look at from within the kernel: its whole state, before and after a trial; and system calls by name."""

from __future__ import annotations

import csv
import ctypes
import faulthandler
import gc
import hashlib
import json
import os
import platform
import random
import resource
import signal
import sqlite3
import sys
import threading
from pathlib import Path

import nbdoctor.kernel.trial

_TABLE = Path(nbdoctor.kernel.trial.__file__).with_name("syscalls.csv")
# Those that no rule names.
_MORE = {
    "x86_64": {"getpid": 39, "memfd_create": 319, "socketpair": 53, "pidfd_open": 434, "mq_timedreceive": 243},
    "aarch64": {"getpid": 172, "memfd_create": 279, "socketpair": 199, "pidfd_open": 434, "mq_timedreceive": 183},
}
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def raw(name, *arguments):
    """A system call, past every wrapper of Python's and the C library's."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        numbers = {row["name"]: row[platform.machine()] for row in csv.DictReader(file)}
    number = numbers.get(name) or _MORE[platform.machine()][name]
    passed = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = _libc.syscall(ctypes.c_long(int(number)), *passed)
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
    return result


def prctl(option, value=0):
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        error = ctypes.get_errno()
        raise OSError(error, f"prctl: {os.strerror(error)}")


def snapshot():
    """The kernel's state, as JSON."""
    from IPython import get_ipython

    shell = get_ipython()
    for thread in threading.enumerate():
        if thread.name.startswith("nbdoctor-trial"):  # has answered, and is about to end
            thread.join()
    hidden = {"In", "Out", "get_ipython", "exit", "quit"}
    names = {k: v for k, v in shell.user_ns.items() if not k.startswith("_") and k not in hidden}
    files, events = descriptors()
    state = {
        "names": {name: [id(value), type(value).__name__, _content(value)] for name, value in names.items()},
        "In": list(shell.user_ns["In"]),
        "Out": {str(k): repr(v) for k, v in shell.user_ns["Out"].items()},
        "underscores": [repr(shell.user_ns.get(name)) for name in ("_", "__", "_i", "_ii")],
        "count": shell.execution_count,
        "history": _history(shell.history_manager),
        "modules": sorted(sys.modules),
        "path": list(sys.path),
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "status": _status(),
        "signals": [repr(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
        "threads": sorted(t.name for t in threading.enumerate() if t.name != "IPythonHistorySavingThread"),  # comes late
        "files": files,
        "events": events,
        "rlimits": {name: resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_")},
        "nice": os.nice(0),
        "processors": sorted(os.sched_getaffinity(0)),
        "oom": Path("/proc/self/oom_score_adj").read_text(),
        "mounts": Path("/proc/self/mountinfo").read_text(),
        "random": hashlib.sha256(repr(random.getstate()).encode()).hexdigest(),
        "objects": [
            id(thing)
            for thing in (
                sys.stdout, sys.stderr, sys.__stdout__, shell.display_pub, shell.displayhook, shell.showtraceback.__func__,
                shell.kernel.session.send.__func__, input, sys.gettrace(), shell.events,
            )
        ],
        "hooks": {event: [repr(callback) for callback in found] for event, found in shell.events.callbacks.items()},
        "faults": faulthandler.is_enabled(),
        "frozen": gc.get_freeze_count(),
        "collects": gc.isenabled(),
        "bytecode": sys.dont_write_bytecode,
    }  # fmt: skip
    return json.dumps(state)


def descriptors():
    """What each open descriptor is, sorted, and how many eventfds there are: ipykernel keeps one for each thread that has
    sent a message, until it looks, every 10 s, which threads have ended."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            continue  # that of the listing itself
    events = [link for link in found if link == "anon_inode:[eventfd]"]
    # IPython's thread that saves the history opens its own when it writes.
    return sorted(link for link in found if link not in events and "/history.sqlite" not in link), len(events)


def _content(value):
    if isinstance(value, (bytes, bytearray, memoryview)):
        return hashlib.sha256(bytes(value)).hexdigest()
    plain = (str, int, float, bool, list, dict, tuple, set, type(None))
    return repr(value) if isinstance(value, plain) else ""


def _history(manager):
    manager.writeout_cache()
    with sqlite3.connect(manager.hist_file) as database:
        rows = database.execute("SELECT COUNT(*), MAX(session), MAX(line) FROM history").fetchone()
    database.close()
    return [rows, len(manager.input_hist_raw), len(manager.input_hist_parsed), manager.enabled, manager.session_number]


def _status():
    wanted = ("Umask", "Uid", "Gid", "Groups", "SigBlk", "SigIgn", "SigCgt", "Cap", "NoNewPrivs", "Seccomp", "NSpid")
    return [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(wanted)]

"""The filter, interpreted here: which calls are held, which are let through, on both architectures and at both tiers."""

from __future__ import annotations

import csv
import errno
import os
from pathlib import Path

import pytest

from nbdoctor.kernel.trial import libc, seccomp

ALLOW, ASK, NOSYS = 0x7FFF0000, 0x7FC00000, 0x00050000 | errno.ENOSYS
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PID, INHERITED = 77, 40
ROWS = list(csv.DictReader((Path(seccomp.__file__).parent / "syscalls.csv").read_text().splitlines()))


def run(code, number, arguments=(), architecture=0xC000003E):
    """Run a classic BPF program over a ``struct seccomp_data``; returns what it returns."""
    words = {0: number, 4: architecture}
    for i in range(6):
        value = (arguments[i] if i < len(arguments) else 0) & 0xFFFFFFFFFFFFFFFF
        words[16 + 8 * i], words[20 + 8 * i] = value & 0xFFFFFFFF, value >> 32
    accumulator = counter = 0
    while True:
        operation, yes, no, operand = code[counter]
        counter += 1
        if operation == 0x06:
            return operand
        if operation == 0x20:
            accumulator = words[operand]
        else:
            holds = {0x15: accumulator == operand, 0x25: accumulator > operand, 0x45: bool(accumulator & operand)}[
                operation
            ]
            counter += yes if holds else no


@pytest.fixture(params=sorted(ARCHITECTURES))
def machine(request, monkeypatch):
    monkeypatch.setattr(libc, "machine", lambda: request.param)
    seccomp.table.cache_clear()
    yield request.param
    seccomp.table.cache_clear()


@pytest.fixture()
def decide(machine):
    """decide(name, *arguments, full=…) -> what the filter says."""

    def decide(name, *arguments, full=False):
        number = {row["name"]: row[machine] for row in ROWS}[name]
        if not number:
            pytest.skip(f"{machine} has no {name}")
        code = seccomp.program(seccomp.table(full), PID, INHERITED)
        assert len(code) < 4096  # BPF_MAXINSNS
        return run(code, int(number), arguments, ARCHITECTURES[machine])

    return decide


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    ("name", "arguments", "verdict"),
    [
        ("openat", (-100, 0, os.O_RDONLY | os.O_CLOEXEC), ALLOW),
        ("openat", (-100, 0, os.O_WRONLY), ASK),
        ("openat", (-100, 0, os.O_RDWR), ASK),
        ("openat", (-100, 0, os.O_RDONLY | os.O_CREAT), ASK),
        ("openat", (-100, 0, os.O_RDONLY | os.O_TRUNC), ASK),
        ("open", (0, os.O_RDONLY), ALLOW),
        ("open", (0, os.O_WRONLY | os.O_APPEND), ASK),
        ("openat2", (), NOSYS),
        ("clone3", (), NOSYS),
        ("io_uring_setup", (), ASK),
        ("read", (0,), ALLOW),
        ("write", (1,), ALLOW),
        ("write", (2,), ALLOW),
        ("write", (3,), ASK),
        ("write", (INHERITED,), ASK),
        ("write", (INHERITED + 1,), ALLOW),
        ("close", (3,), ASK),
        ("close", (INHERITED + 1,), ALLOW),
        ("mmap", (0, 4096, 3, 0x22, -1, 0), ALLOW),
        ("mmap", (0, 4096, 3, 1, 7, 0), ASK),
        ("socket", (2, 1, 0), ASK),
        ("connect", (50,), ASK),
        ("unlinkat", (), ASK),
        ("renameat2", (), ASK),
        ("clone", (0x00010000 | 0x100,), ASK),
        ("clone", (17,), ASK),
        ("ptrace", (), ASK),
        ("process_vm_writev", (), ASK),
        ("pidfd_getfd", (), ASK),
        ("prlimit64", (0,), ALLOW),
        ("prlimit64", (PID,), ALLOW),
        ("prlimit64", (PID + 1,), ASK),
        ("setpriority", (0, 0), ALLOW),
        ("setpriority", (2, 0), ASK),  # PRIO_USER: all of the user's processes
        ("prctl", (1,), ASK),  # PR_SET_PDEATHSIG
        ("prctl", (15,), ALLOW),  # PR_SET_NAME
        ("mount", (), ASK),
        ("unshare", (), ASK),
        ("bpf", (), ASK),
        ("setxattr", (), ASK),
        ("shmget", (), ASK),
    ],
)
def test_at_both_tiers(decide, name, arguments, verdict, full):
    assert decide(name, *arguments, full=full) == verdict


@pytest.mark.parametrize(
    ("name", "arguments", "basic", "full"),
    [
        ("execve", (), ASK, ALLOW),
        ("setsid", (), ASK, ALLOW),
        ("kill", (PID,), ALLOW, ASK),  # with namespaces the parent looks who is meant
        ("kill", (0,), ALLOW, ASK),
        ("kill", (PID + 1,), ASK, ASK),
        ("kill", (-1,), ASK, ASK),
        ("tkill", (PID,), ASK, ASK),
    ],
)
def test_where_the_tiers_differ(decide, name, arguments, basic, full):
    assert decide(name, *arguments) == basic
    assert decide(name, *arguments, full=True) == full


@pytest.mark.parametrize("full", [False, True])
def test_what_the_table_does_not_know_is_not_there(machine, full):
    code = seccomp.program(seccomp.table(full), PID, INHERITED)
    own, other = ARCHITECTURES[machine], ARCHITECTURES["aarch64" if machine == "x86_64" else "x86_64"]
    assert run(code, 5000, (), own) == NOSYS
    assert run(code, 0x40000000, (), own) == NOSYS  # x32
    assert run(code, 39, (), other) == NOSYS
    assert run(code, 172 if machine == "aarch64" else 39, (), own) == ALLOW  # getpid


def test_the_table_says_each_thing_once_and_well():
    seen = [(row["name"], row["tier"], row["rule"]) for row in ROWS]
    assert len(seen) == len(set(seen))
    for row in ROWS:
        assert row["tier"] in ("all", "basic", "full"), row
        assert row["x86_64"] or row["aarch64"], row
        kind = row["rule"].partition(":")[0]
        assert kind in (
            "nosys",
            "open",
            "path",
            "deny",
            "thread",
            "count",
            "own",
            "fd",
            "close",
            "value",
            "file",
            "inside",
            "only",
        ), row
        assert row["need"] in seccomp.ERRNO or kind in ("nosys", "close"), row


@pytest.mark.parametrize(
    ("name", "x86_64", "aarch64"),
    [("openat", 257, 56), ("execve", 59, 221), ("socket", 41, 198), ("kill", 62, 129), ("ptrace", 101, 117), ("mount", 165, 40),
     ("unlinkat", 263, 35), ("renameat2", 316, 276), ("clone", 56, 220), ("mmap", 9, 222), ("write", 1, 64), ("close", 3, 57),
     ("prctl", 157, 167), ("setpriority", 141, 140), ("prlimit64", 302, 261), ("openat2", 437, 437), ("io_uring_setup", 425, 425)],
)  # fmt: skip
def test_numbers_of_the_table(name, x86_64, aarch64):
    row = next(row for row in ROWS if row["name"] == name)
    assert (int(row["x86_64"]), int(row["aarch64"])) == (x86_64, aarch64)

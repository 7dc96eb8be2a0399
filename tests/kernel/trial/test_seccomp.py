"""The filter, interpreted here: which calls are held, which are let through, on both architectures and at both tiers."""

from __future__ import annotations

import csv
import errno
import os
import random
import re
from pathlib import Path

import pytest

from nbdoctor.kernel.trial import libc, seccomp
from nbdoctor.kernel.trial.judge import NEEDS

ALLOW, ASK, NOSYS = 0x7FFF0000, 0x7FC00000, 0x00050000 | errno.ENOSYS
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PID, INHERITED = 77, 40
KINDS = ("nosys", "deny", "open", "path", "file", "address", "fd", "thread", "fork", "own", "inside", "value", "only")
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
    """decide(name, *arguments, full=…) -> what the filter says; None where the architecture has no such call."""

    def decide(name, *arguments, full=False):
        number = {row["name"]: row[machine] for row in ROWS}[name]
        if not number:
            return None
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
        ("io_setup", (), ASK),
        ("read", (0,), ALLOW),
        ("write", (1,), ALLOW),
        ("write", (2,), ALLOW),
        ("write", (3,), ASK),
        ("write", (INHERITED,), ASK),
        ("write", (INHERITED + 1,), ALLOW),
        ("mmap", (0, 4096, 3, 0x22, -1, 0), ALLOW),
        ("mmap", (0, 4096, 3, 1, 7, 0), ASK),
        ("socket", (2, 1, 0), ASK),
        ("socket", (1, 1, 0), ALLOW),
        ("socket", (1, 1 | 0o4000 | 0o2000000, 0), ALLOW),
        ("socket", (1, 2, 0), ASK),
        ("socket", (1, 3, 0), ASK),
        ("socket", (16, 1, 0), ASK),
        ("connect", (9, 0, 0), ASK),
        ("connect", (50,), ASK),
        ("unlinkat", (), ASK),
        ("renameat2", (), ASK),
        ("clone", (0x00010000 | 0x100,), ASK),  # a thread: they are counted
        ("openat", (3, 0, os.O_RDONLY), ASK),  # below a folder that the kernel has open
        ("openat", (INHERITED + 1, 0, os.O_RDONLY), ALLOW),
        ("readlinkat", (INHERITED, 0), ASK),
        ("epoll_ctl", (INHERITED + 1, 1, INHERITED), ASK),
        ("ioctl", (INHERITED + 1, 0x5413), ALLOW),  # TIOCGWINSZ
        ("ioctl", (INHERITED + 1, 0x5412), ASK),  # TIOCSTI
        ("ioctl", (INHERITED + 1, 0x40086602), ASK),  # FS_IOC_SETFLAGS
        ("ioctl", (4, 0x5413), ASK),
        ("fcntl", (INHERITED + 1, 3), ALLOW),  # F_GETFL
        ("fcntl", (INHERITED + 1, 8), ASK),  # F_SETOWN: who gets signals
        ("fcntl", (INHERITED + 1, 1024), ASK),  # F_SETLEASE
        ("socketpair", (1, 1, 0), ALLOW),
        ("socketpair", (1, 1 | 0x80000 | 0x800, 0), ALLOW),
        ("socketpair", (1, 5, 0), ALLOW),
        ("socketpair", (1, 2, 0), ASK),  # datagrams go to whoever is named
        ("socketpair", (1, 3, 0), ASK),  # the same by another name
        ("mq_timedreceive", (), ASK),
        ("fchmod", (INHERITED + 1, 0), ASK),
        # Only the lower half of an argument counts, as the kernel reads it.
        ("setpriority", (2**32 + 2, 0), ASK),
        ("prlimit64", (2**32,), ALLOW),
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
    assert decide(name, *arguments, full=full) in (verdict, None)
    assert decide("openat", full=full) is not None


@pytest.mark.parametrize(
    ("name", "arguments", "basic", "full"),
    [
        ("execve", (), ASK, ALLOW),
        ("clone", (17,), ASK, ALLOW),
        ("clone", (17 | 0x10000000,), ASK, ASK),  # a user namespace
        ("setsid", (), ASK, ALLOW),
        ("kill", (PID,), ALLOW, ASK),  # with namespaces the parent looks who is meant
        ("kill", (0,), ALLOW, ASK),
        ("kill", (PID + 1,), ASK, ASK),
        ("kill", (-1,), ASK, ASK),
        ("tkill", (PID,), ASK, ASK),
        ("wait4", (-1,), ASK, ASK),
        ("waitid", (), ASK, ALLOW),
        ("pidfd_open", (1,), ASK, ASK),
        ("pidfd_send_signal", (50,), ASK, ALLOW),
        ("flock", (INHERITED + 1, 2 | 4), ASK, ALLOW),  # exclusive
        ("flock", (INHERITED + 1, 1), ALLOW, ALLOW),
    ],
)
def test_where_the_tiers_differ(decide, name, arguments, basic, full):
    assert decide(name, *arguments) == basic
    assert decide(name, *arguments, full=True) == full


@pytest.mark.parametrize("full", [False, True])
def test_the_parent_finds_the_rules_that_hold_a_call(machine, full):
    """`holds`, by which the parent tells why it is asked, says the same as the filter."""
    chance = random.Random(1)
    rules = seccomp.table(full)
    code = seccomp.program(rules, PID, INHERITED)
    values = [0, 1, 2, 3, 5, 6, 8, PID, PID + 1, INHERITED, INHERITED + 1, os.O_WRONLY, os.O_CREAT, 0x5413, 0x40086602]
    values += [2**64 - 100, 2**64 - 1, 2**32 - 1, 2**32, 2**32 + 3, 1024, 0x10000]
    for number in sorted({rule.number for rule in rules}):
        mine = [rule for rule in rules if rule.number == number]
        for _ in range(40):
            arguments = [chance.choice(values) for _ in range(6)]
            held = any(seccomp.holds(rule, arguments, PID, INHERITED) for rule in mine)
            answer = NOSYS if any(rule.rule == "nosys" for rule in mine) else ASK if held else ALLOW
            assert run(code, number, arguments, ARCHITECTURES[machine]) == answer, (mine, arguments)


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
        assert kind in KINDS, row
        assert kind == "nosys" or (row["need"] in seccomp.ERRNO and row["need"] in NEEDS), row


@pytest.mark.parametrize(
    ("name", "x86_64", "aarch64"),
    [("openat", 257, 56), ("execve", 59, 221), ("socket", 41, 198), ("kill", 62, 129), ("ptrace", 101, 117), ("mount", 165, 40),
     ("unlinkat", 263, 35), ("renameat2", 316, 276), ("clone", 56, 220), ("mmap", 9, 222), ("write", 1, 64), ("read", 0, 63),
     ("prctl", 157, 167), ("setpriority", 141, 140), ("prlimit64", 302, 261), ("openat2", 437, 437), ("io_uring_setup", 425, 425)],
)  # fmt: skip
def test_numbers_of_the_table(name, x86_64, aarch64):
    row = next(row for row in ROWS if row["name"] == name)
    assert (int(row["x86_64"]), int(row["aarch64"])) == (x86_64, aarch64)


@pytest.mark.parametrize(
    ("column", "headers"),
    [
        ("x86_64", ["/usr/include/asm/unistd_64.h", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"]),
        ("aarch64", ["/usr/include/asm-generic/unistd.h"]),
    ],
)
def test_numbers_of_the_table_are_those_of_the_systems_headers(column, headers):
    """Where the headers are there, and as far as they are new enough; some numbers stand above in any case."""
    text = "".join(Path(path).read_text() for path in headers if Path(path).exists())
    known = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", text)}
    # The older name of one, and those that are defined by way of another name there.
    known = {{"fstatat": "newfstatat", "sync_file_range2": "sync_file_range"}.get(k, k): v for k, v in known.items()}
    wrong = [row for row in ROWS if row[column] and row["name"] in known and int(row[column]) != known[row["name"]]]
    assert wrong == []


@pytest.fixture()
def root(tmp_path):
    (tmp_path / "home" / "data").mkdir(parents=True)
    (tmp_path / "proc").mkdir()
    (tmp_path / "home" / "devices").symlink_to("/dev")
    (tmp_path / "home" / "up").symlink_to("../home/data")
    (tmp_path / "home" / "round").symlink_to("round")
    (tmp_path / "home" / "settings").symlink_to("/proc/sys")
    (tmp_path / "home" / "data" / "link").symlink_to("new.txt")
    return str(tmp_path)


@pytest.mark.parametrize(
    ("path", "follow", "resolved"),
    [
        ("/home/data/x", True, "/home/data/x"),
        ("//home/./data//x/", True, "/home/data/x"),
        ("/home/devices/null", True, "/dev/null"),
        ("/home/devices", False, "/home/devices"),
        ("/home/devices", True, "/dev"),
        ("/home/up/x", True, "/home/data/x"),
        ("/home/up/../x", True, "/home/x"),  # the parent of where the link leads
        ("/../../home/data", True, "/home/data"),
        ("/home/data/link", True, "/home/data/new.txt"),
        ("/home/data/link", False, "/home/data/link"),
        ("/home/settings/kernel", True, "/proc/sys/kernel"),
        ("/proc/self/root/home/x", True, "/proc/self/root/home/x"),
        ("/proc/self/../../home", True, "/home"),
        ("/absent/folder/x", True, "/absent/folder/x"),
        ("/", True, "/"),
    ],
)
def test_paths_are_resolved_as_the_caller_sees_them(root, path, follow, resolved):
    assert seccomp.resolve(root, path, follow) == resolved


def test_a_link_to_itself_ends(root):
    assert seccomp.resolve(root, "/home/round/x", True).startswith("/home/round")

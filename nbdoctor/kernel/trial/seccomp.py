"""Seccomp: system calls that could reach outside are held, and the parent is asked (seccomp(2), seccomp_unotify(2)).

``syscalls.csv`` says which calls those are. That the parent hears of each is what makes a verdict honest: a call that was
denied counts also where the cell swallowed the error. What may be answered with "go on" is held back a second time by
Landlock or the namespaces, so nothing hangs on an argument that another thread could change meanwhile.

Rules of the table: ``deny``; ``nosys`` (there is no such call: the caller falls back to one that can be checked);
``open:P:F`` (path in argument P, flags that write in F); ``path:P`` (changes the file at path P); ``file:N`` (changes the file
that is open as argument N); ``address:P`` (talks to what the socket address in argument P names); ``fd:N`` (argument N is a
descriptor that the kernel had open before); ``thread:N`` (clone flags: threads alone, which are counted); ``fork:N`` (the same,
and processes, which are not held, but in no namespaces of their own); ``own:N`` (argument N is 0 or the process itself);
``inside:N`` (argument N is a process of the trial's); ``value:N:V`` (argument N is V); ``only:N:V:W`` (argument N is none of
V, W). A call may have several: each must allow it.

No new process is held: a shell's would fail with EINTR where a process before it ends meanwhile. The watcher counts them.
"""

from __future__ import annotations

import contextlib
import csv
import ctypes
import errno
import fcntl
import os
import re
import socket
import struct
from dataclasses import dataclass
from functools import cache
from typing import List, Optional, Sequence, Tuple

from . import libc

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # linux/audit.h
_LAST_KNOWN = 469  # a later call is unknown to the table
_X32 = 0x40000000

# linux/filter.h, linux/seccomp.h
_LOAD, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_ALLOW, _ASK, _ERRNO = 0x7FFF0000, 0x7FC00000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_SET_MODE_FILTER, _NEW_LISTENER = 1, 1 << 3
# Since Linux 5.19. Without it a signal ends a held call with EINTR, also one that knows no such end.
_WAIT_KILLABLE = 1 << 5
_RECEIVE, _SEND, _GO_ON = 0xC0502100, 0xC0182101, 1

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CLONE_THREAD = 0x00010000
_NEW_NAMESPACES = 0x7E020080

#: What the caller is told, by what it needed.
ERRNO = {
    "file": errno.EACCES, "attributes": errno.EACCES, "network": errno.EACCES, "shared": errno.EACCES,
    "inherited": errno.EBADF, "program": errno.EPERM, "signal": errno.EPERM, "process": errno.EPERM, "system": errno.EPERM,
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """A row of the table, for this machine."""

    name: str
    number: int
    rule: str
    arguments: Tuple[int, ...]
    need: str


@dataclass(frozen=True)
class Call:
    """A call that was held, for one of the rules that hold it. ``path`` is that of the file in question, links resolved, as the
    caller sees it; None where there is none or it cannot be read."""

    id: int
    pid: int
    rule: Rule
    values: Tuple[int, ...]
    path: Optional[str] = None

    @property
    def argument(self) -> int:
        """What the rule looks at, as the signed 32-bit number that descriptors and processes are."""
        return ctypes.c_int32(self.values[self.rule.arguments[0]]).value if self.rule.arguments else 0

    @property
    def new_thread(self) -> bool:
        """Whether it starts a thread of the same process."""
        return self.rule.name == "clone" and bool(self.values[0] & _CLONE_THREAD)

    @property
    def exclusive(self) -> bool:
        """Whether a file is opened that must not exist yet."""
        both = os.O_CREAT | os.O_EXCL
        return self.rule.rule == "open" and self.values[self.rule.arguments[1]] & both == both


@cache
def table(full: bool) -> Tuple[Rule, ...]:
    """The rules for this machine, those of tier ``full`` or of tier ``basic``."""
    found: List[Rule] = []
    path = os.path.join(os.path.dirname(__file__), "syscalls.csv")
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number = row.get(libc.machine())
            if number and row["tier"] in ("all", "full" if full else "basic"):
                rule, *arguments = row["rule"].split(":")
                found.append(Rule(row["name"], int(number), rule, tuple(map(int, arguments)), row["need"]))
    return tuple(found)


def supported() -> bool:
    """Whether the table knows this architecture. Whether the kernel has listeners shows when one is asked for."""
    return libc.machine() in _ARCHITECTURES


def install(*, full: bool, inherited: int) -> int:
    """Put this process under the filter and return the listener's descriptor.

    Parameters
    ----------
    full : whether namespaces hold the rest, so that processes and files may be made.
    inherited : the highest descriptor that the kernel had open; all above it are the trial's own.
    """
    code = program(table(full), os.getpid(), inherited)
    packed = b"".join(struct.pack("<HBBI", *instruction) for instruction in code)
    buffer = ctypes.create_string_buffer(packed, len(packed))
    header = struct.pack("@HxxxxxxP" if struct.calcsize("P") == 8 else "@HxxP", len(code), ctypes.addressof(buffer))
    number = libc.SECCOMP[libc.machine()]
    for flags in (_NEW_LISTENER | _WAIT_KILLABLE, _NEW_LISTENER):
        try:
            return libc.syscall(number, _SET_MODE_FILTER, flags, ctypes.c_char_p(header))
        except OSError as error:
            if error.errno != errno.EINVAL or flags == _NEW_LISTENER:
                raise
    raise AssertionError("not reached")


Instruction = Tuple[int, int, int, int]


def program(rules: Tuple[Rule, ...], pid: int, inherited: int) -> List[Instruction]:
    """The rules as a classic BPF program (bpf(4)): instructions of code, jump if true, jump if false, operand."""
    nosys = (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)
    code: List[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[libc.machine()]),
        nosys,
        (_LOAD, 0, 0, _NUMBER),
        (_GREATER, 0, 1, _LAST_KNOWN),  # x32 numbers are greater too
        nosys,
    ]
    for rule in rules:
        block = _block(rule, pid, inherited)
        code += [(_EQUAL, 0, len(block), rule.number), *block]
    return [*code, (_RETURN, 0, 0, _ALLOW)]


def _block(rule: Rule, pid: int, inherited: int) -> List[Instruction]:
    """What follows once the number has matched; where its condition does not hold, the number is loaded again."""
    ask: Instruction = (_RETURN, 0, 0, _ASK)
    again: Instruction = (_LOAD, 0, 0, _NUMBER)
    if rule.rule == "nosys":
        return [(_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    if rule.rule in ("deny", "path", "file", "address", "thread", "inside"):
        return [ask]
    looked_at = rule.arguments[1 if rule.rule == "open" else 0]
    load: Instruction = (_LOAD, 0, 0, _ARGUMENTS + 8 * looked_at)  # the lower half, on little-endian machines
    if rule.rule == "open":
        return [load, (_ANY_BIT, 0, 1, _WRITES), ask, again]
    if rule.rule == "fork":
        return [load, (_ANY_BIT, 0, 1, _CLONE_THREAD | _NEW_NAMESPACES), ask, again]
    if rule.rule == "own":
        return [load, (_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, pid), ask, again]
    if rule.rule == "value":
        return [load, (_EQUAL, 0, 1, rule.arguments[1]), ask, again]
    if rule.rule == "only":
        allowed = rule.arguments[1:]
        return [load, *((_EQUAL, len(allowed) - i, 0, value) for i, value in enumerate(allowed)), ask, again]
    return [load, (_GREATER, 0, 2, 2), (_GREATER, 1, 0, inherited), ask, again]


def holds(rule: Rule, values: Sequence[int], pid: int, inherited: int) -> bool:
    """Whether a rule holds a call with these arguments: what `_block` says in instructions."""
    low = [value & 0xFFFFFFFF for value in values]
    if rule.rule in ("nosys", "deny", "path", "file", "address", "thread", "inside"):
        return rule.rule != "nosys"
    looked_at = low[rule.arguments[1 if rule.rule == "open" else 0]]
    if rule.rule == "open":
        return bool(looked_at & _WRITES)
    if rule.rule == "fork":
        return bool(looked_at & (_CLONE_THREAD | _NEW_NAMESPACES))
    if rule.rule == "own":
        return looked_at not in (0, pid)
    if rule.rule == "value":
        return looked_at == rule.arguments[1]
    if rule.rule == "only":
        return looked_at not in rule.arguments[1:]
    return 2 < looked_at <= inherited


class Listener:
    """The parent's end: hears of held calls and answers them. ``pid``: of the confined process, as it sees itself."""

    def __init__(self, descriptor: int, *, full: bool, pid: int, inherited: int) -> None:
        self.descriptor = descriptor
        self._full = full
        self._pid, self._inherited = pid, inherited

    def receive(self) -> List[Call]:
        """The next held call, once for each rule that holds it; empty where the caller is gone already."""
        buffer = bytearray(80)
        try:
            fcntl.ioctl(self.descriptor, _RECEIVE, buffer)
        except OSError:
            return []
        identity, pid, _flags, number, _arch, _pointer, *values = struct.unpack("<QIIiIQ6Q", buffer)
        rules = [rule for rule in table(self._full) if rule.number == number]
        held = [rule for rule in rules if holds(rule, values, self._pid, self._inherited)]
        held = held or [Rule("", number, "deny", (), "system")]
        return [Call(identity, pid, rule, tuple(values), _path(pid, rule, values)) for rule in held]

    def answer(self, call: Call, *, allow: bool, error: int = 0) -> None:
        """Let the call go on, or fail with ``error``, where none is given the errno of what it needed."""
        number = 0 if allow else -(error or ERRNO[call.rule.need])
        reply = bytearray(struct.pack("<QqiI", call.id, 0, number, _GO_ON if allow else 0))
        with contextlib.suppress(OSError):  # the caller died meanwhile
            fcntl.ioctl(self.descriptor, _SEND, reply)

    def close(self) -> None:
        """Held calls fail from now on."""
        os.close(self.descriptor)


# Calls that change a link, where their path ends in one, and not what it leads to.
_NOT_FOLLOWED = re.compile(r"(unlink|rename|link|symlink|mkdir|rmdir|mknod)|lchown$")
_MAX_LINKS = 40


def _path(pid: int, rule: Rule, values: Sequence[int]) -> Optional[str]:
    try:
        if rule.rule in ("file", "only"):
            return os.readlink(f"/proc/{pid}/fd/{ctypes.c_int32(values[0]).value}")
        if rule.rule not in ("open", "path", "address"):
            return None
        index = rule.arguments[0]
        has_folder = index > 0 and re.search(r"at2?$", rule.name) is not None
        folder = ctypes.c_int32(values[index - 1]).value if has_folder else -100  # AT_FDCWD
        start = f"/proc/{pid}/cwd" if folder == -100 else f"/proc/{pid}/fd/{folder}"
        if values[index] == 0 and has_folder:
            return os.readlink(start)  # the descriptor's own file
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            memory.seek(values[index])
            read = memory.read(4096)
        if rule.rule == "address":
            (family,) = struct.unpack_from("@H", read)
            if family != socket.AF_UNIX or values[index + 1] <= 2 or read[2] == 0:  # unnamed or abstract: unix(7)
                return None
            read = read[2 : values[index + 1]]
        path = os.fsdecode(read.split(b"\0", 1)[0])
        flags = values[rule.arguments[1]] if rule.rule == "open" else 0
        follow = not (flags & os.O_NOFOLLOW or _NOT_FOLLOWED.match(rule.name))
        return resolve(f"/proc/{pid}/root", path if path.startswith("/") else f"{os.readlink(start)}/{path}", follow)
    except (OSError, ValueError, OverflowError):
        return None


def resolve(root: str, path: str, follow: bool) -> str:
    """``path`` without links, as it is below ``root``; ``follow``: the last part too. What /proc holds is not followed: who
    asks there decides what it says."""
    done, left, links = "", path.split("/")[::-1], 0
    while left:
        part = left.pop()
        if part in ("", "."):
            continue
        if part == "..":
            done = done.rpartition("/")[0]
            continue
        there = f"{done}/{part}"
        if there == "/proc":
            return os.path.normpath("/".join([there, *left[::-1]]))
        target = ""
        if left or follow:
            with contextlib.suppress(OSError):
                target = os.readlink(root + there)
        links += bool(target)
        if not target or links > _MAX_LINKS:
            done = there
            continue
        done = "" if target.startswith("/") else done
        left += target.split("/")[::-1]
    return done or "/"

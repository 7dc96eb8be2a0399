"""The walls, one by one: in processes of their own, and in words."""

from __future__ import annotations

import codecs
import contextlib
import mmap
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from nbdoctor.kernel.trial import (
    confine,
    descriptors,
    fitness,
    landlock,
    libc,
    limits,
    mappings,
    probe,
    seccomp,
    watcher,
)
from nbdoctor.kernel.trial.limits import Limits

from .conftest import without_confinement
from .kernels import NOBODY


@pytest.fixture()
def confined():
    """A test that needs Landlock and seccomp."""
    if confine.missing():
        without_confinement(confine.missing())


def in_child(function, *, user=None):
    """What ``function`` returns, as text, in a forked child."""
    reading, writing = os.pipe()
    pid = libc.fork()
    if pid == 0:
        try:
            os.close(reading)
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
                libc.prctl(libc.PR_SET_DUMPABLE, 1)  # as a program has it that this user has started
            os.write(writing, str(function()).encode())
        except BaseException as error:
            os.write(writing, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as file:
        said = file.read()
    os.waitpid(pid, 0)
    return said


# ---------------------------------------------------------------------- fork


def test_a_fork_beside_busy_threads_does_not_hang():
    """Other threads ask for the interpreter all the time: a child that gave way to them would wait forever."""
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            sum(range(50))

    threads = [threading.Thread(target=busy) for _ in range(3)]
    kept = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for _ in range(40):
            pid = libc.fork()
            if pid == 0:
                sum(range(50))
                os._exit(7)
            end = time.monotonic() + 20
            while (found := os.waitpid(pid, os.WNOHANG))[0] == 0:
                if time.monotonic() > end:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                    pytest.fail("the child hangs")
                time.sleep(0.001)
            assert os.WEXITSTATUS(found[1]) == 7
    finally:
        sys.setswitchinterval(kept)
        stop.set()
        for thread in threads:
            thread.join()


def test_a_fork_warns_nobody_and_runs_what_is_registered(recwarn):
    code = (
        "import os, threading, warnings, sys\n"
        "warnings.simplefilter('error')\n"
        "from nbdoctor.kernel.trial import libc\n"
        "seen = []\n"
        "os.register_at_fork(before=lambda: seen.append('b'), after_in_parent=lambda: seen.append('p'),"
        " after_in_child=lambda: seen.append('c'))\n"
        "stop = threading.Event()\nthread = threading.Thread(target=stop.wait)\nthread.start()\n"
        "pid = libc.fork()\n"
        "if pid == 0:\n    os._exit(seen != ['b', 'c'] or threading.active_count() != 1)\n"
        "print(os.waitpid(pid, 0)[1], seen)\nstop.set()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("0 ['b', 'p']\n", "")


def test_no_process_no_pid(monkeypatch):
    monkeypatch.setattr(libc, "_fork", lambda: -1)
    with pytest.raises(OSError, match="another process"):
        libc.fork()


# ---------------------------------------------------------------------- which tier


@pytest.mark.parametrize(
    ("platform", "machine", "version", "said"),
    [
        ("linux", "x86_64", 3, ""),
        ("linux", "aarch64", 1, ""),
        ("darwin", "arm64", 0, "only Linux"),
        ("win32", "AMD64", 0, "only Linux"),
        ("linux", "riscv64", 3, "system calls of riscv64"),
        ("linux", "x86_64", 0, "no Landlock"),
    ],
)
def test_what_is_missing_is_said(monkeypatch, platform, machine, version, said):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(libc, "machine", lambda: machine)
    monkeypatch.setattr(landlock, "abi", lambda: version)
    found = confine.missing()
    assert said in found
    assert bool(found) is bool(said)
    if said:
        confinement = fitness.probe(False)
        assert (confinement.tier, found in confinement.sentence) == ("none", True)


def test_where_there_is_no_landlock_its_version_is_none(monkeypatch):
    def refuse(*_):
        raise OSError(38, "not there")

    monkeypatch.setattr(libc, "syscall", refuse)
    assert landlock.abi() == 0


@pytest.mark.parametrize("basic", [True, False])
def test_the_probe_says_what_a_child_found(confined, capfd, basic):
    assert in_child(lambda: probe.main(basic)) == "None"
    tier = capfd.readouterr().out.strip()
    assert tier in (("basic",) if basic else ("full", "basic"))
    assert fitness.probe(basic).tier == tier


@pytest.mark.parametrize("where", ["keep_user", "change_root"])
def test_the_probe_goes_on_without_namespaces(confined, capfd, monkeypatch, where):
    def refuse(*_):
        raise OSError(1, "no")

    for step in ("leave", "keep_user"):
        monkeypatch.setattr(confine.namespaces, step, lambda *_: None)
    monkeypatch.setattr(confine.namespaces, where, refuse)
    in_child(lambda: probe.main(False))
    assert capfd.readouterr().out == "basic\n"


def test_the_probe_says_why_there_is_no_confinement(confined, capfd, monkeypatch):
    def refuse(*_, **__):
        raise OSError(1, "not permitted")

    monkeypatch.setattr(confine.landlock, "restrict", refuse)
    in_child(lambda: probe.main(True))
    assert capfd.readouterr().out == "none the system refused to confine it (not permitted)\n"


# ---------------------------------------------------------------------- what stands around a child


def confined_child(function, *, basic):
    """``function`` behind the walls; nobody answers the filter, so that what it would ask for fails."""

    def inside():
        writable = confine.separate(basic, lambda _: None)
        os.close(confine.close_in(confine.Walls(writable is not None, writable or []), 0))
        return f"{'basic' if writable is None else 'full'} {function()}"

    return inside


USERS = [None, *([NOBODY] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])]


@pytest.mark.parametrize("user", USERS, ids=["ourselves", "nobody"][: len(USERS)])
@pytest.mark.parametrize("basic", [True, False], ids=["basic", "full"])
def test_both_tiers_stand_without_the_parent(confined, tmp_path, basic, user):
    target = tmp_path / "file"
    target.write_text("kept")
    target.chmod(0o666)

    # What a child of another user's imports may lie where that user cannot read.
    codecs.lookup("ascii")

    def tries():
        found = []
        for code in (
            lambda: open(target, "w"),  # noqa: SIM115
            lambda: os.unlink(target),
            lambda: os.kill(os.getppid() or 1 << 20, 0),
            lambda: os.setuid(0),
            lambda: libc.unshare(libc.CLONE_NEWUSER),
        ):
            try:
                code()
                found.append("done")
            except OSError:
                found.append("no")
        return " ".join(found)

    tier, _, found = in_child(confined_child(tries, basic=basic), user=user).partition(" ")
    if tier != "full" and not basic:
        without_confinement("tier full: this system allows no namespaces")
    assert found == "no no no no no"
    assert target.read_text() == "kept"


def test_no_right_is_left(confined):
    def look():
        with open("/proc/self/status", encoding="ascii") as file:
            return [
                line.split()[1]
                for line in file
                if line.startswith(("CapPrm", "CapEff", "CapInh", "NoNewPrivs", "Seccomp:"))
            ]

    found = in_child(confined_child(look, basic=True))
    assert found == f"basic {['0' * 16] * 3 + ['1', '2']}"


# ---------------------------------------------------------------------- descriptors and memory


def test_nothing_of_the_kernels_descriptors_is_left(tmp_path):
    kept = open(tmp_path / "kept", "w")  # noqa: SIM115
    kept.write("in the buffer")
    reader = open(tmp_path / "kept")  # noqa: SIM115
    output, printed = os.pipe()
    control, end = os.pipe()

    def inside():
        files = descriptors.written_files({"kept": kept, "reader": reader, "x": 1, "closed": _closed(tmp_path)})
        highest, moved = descriptors.bury(printed, end, files)
        os.write(1, b"out")
        os.write(2, b"err")
        os.write(moved, b"control")
        assert files == [kept]
        assert moved == highest + 1
        assert os.read(0, 1) == b""
        kept.flush()  # empty: what was in it is not the copy's
        kept.write("more")
        refused = []
        for number in range(3, highest + 1):
            try:
                os.write(number, b"x")
            except OSError:
                refused.append(number)
        assert refused == list(range(3, highest + 1))
        try:
            kept.flush()
        except OSError as error:
            return error.errno
        return "written"

    try:
        reading, writing = os.pipe()  # bury takes the way that `in_child` answers by: another
        pid = libc.fork()
        if pid == 0:
            try:
                said = str(inside())
            except BaseException as error:
                said = repr(error)
            os.write(1, b" " + said.encode())
            os._exit(0)
        os.close(writing)
        os.waitpid(pid, 0)
        assert os.read(output, 100) == b"outerr 9"
        assert os.read(control, 100) == b"control"
        assert (tmp_path / "kept").read_text() == ""
    finally:
        kept.close()
        reader.close()
        for number in (output, printed, control, end, reading):
            os.close(number)


def _closed(folder):
    with open(folder / "closed", "w") as file:
        return file


def test_shared_memory_becomes_the_copys_own(tmp_path):
    (tmp_path / "file").write_bytes(b"a" * 8192)
    with open(tmp_path / "file", "r+b") as file:
        of_a_file, second_page = mmap.mmap(file.fileno(), 0), mmap.mmap(file.fileno(), 4096, offset=4096)
    gone = tmp_path / "gone"
    gone.write_bytes(b"b" * 4096)
    with open(gone, "r+b") as file:
        of_no_file = mmap.mmap(file.fileno(), 0)
    gone.unlink()
    nameless = mmap.mmap(-1, 4096)
    nameless[:1] = b"c"
    maps = [of_a_file, second_page, of_no_file, nameless]

    def inside():
        mappings.make_private()
        before = b"".join(bytes(m[:1]) for m in maps)
        for m in maps:
            m[:1] = b"z"
        return before, b"".join(bytes(m[:1]) for m in maps)

    assert in_child(inside) == str((b"aabc", b"zzzz"))
    assert [bytes(m[:1]) for m in maps] == [b"a", b"a", b"b", b"c"]
    for m in maps:
        m.close()


@pytest.mark.parametrize(
    ("path", "length", "said"),
    [
        ("/dev/nvidia0", 4096, "the kernel has memory of the device /dev/nvidia0"),
        ("/dev/dri/renderD128", 4096, "the kernel has memory of the device /dev/dri/renderD128"),
        ("/memfd:x (deleted)", 600 << 20, "the kernel shares too much memory with other processes"),
    ],
)
def test_memory_that_cannot_be_copied_is_no_reason_to_guess(monkeypatch, path, length, said):
    mapping = mappings.Mapping(0, length, 3, 0, 0, 1, path)
    monkeypatch.setattr(mappings, "shared", lambda _: [mapping])
    with pytest.raises(mappings.CannotCopy, match=said):
        mappings.make_private()


# ---------------------------------------------------------------------- limits


def test_limits_are_put_on_a_process_and_what_reaches_them_shows():
    def inside():
        limits.lower(Limits(seconds=10, memory=256 << 20))
        before = limits.reached(Limits(memory=256 << 20), [])
        kept = []
        with contextlib.suppress(MemoryError):
            while True:
                kept.append(bytearray(8 << 20))
        del kept
        return before, limits.reached(Limits(memory=256 << 20), [])

    assert in_child(inside) == str(([], ["memory"]))


@pytest.mark.parametrize(("free", "found"), [(0, ["space"]), (100, ["space"]), (1 << 20, [])])
def test_a_full_disk_shows(monkeypatch, free, found):
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result((4096, 4096, 0, 0, free, 0, 0, 0, 0, 0)))
    assert limits.reached(Limits(), ["/copy"]) == found


@pytest.mark.parametrize(
    ("machine", "most", "used", "free"),
    [
        (8 << 30, None, None, 8 << 30),
        (8 << 30, 2 << 30, 1 << 30, (1 << 30) + 5),
        (1 << 30, 4 << 30, 0, 1 << 30),
        (8 << 30, 1 << 30, 2 << 30, 0),
    ],
)
def test_free_memory_is_that_of_the_machine_or_of_the_group(monkeypatch, machine, most, used, free):
    numbers = {"/sys/fs/cgroup/memory.max": most, "/sys/fs/cgroup/memory.current": used}
    monkeypatch.setattr(limits, "_meminfo", lambda: {"MemAvailable": machine})
    monkeypatch.setattr(limits, "_number", numbers.get)
    monkeypatch.setattr(limits, "_reclaimable", lambda group: 5)
    assert limits.free_memory() == free


# ---------------------------------------------------------------------- what the parent answers


@pytest.fixture()
def trial(monkeypatch, tmp_path):
    """A running trial of the tier that is asked for, without a child: its process is this one."""

    def make(tier):
        trial = watcher.Trial.__new__(watcher.Trial)
        trial.pid, trial._inner_pid = os.getpid(), os.getpid() if tier == "full" else None
        trial.limits = Limits(processes=2)
        trial._outcome = watcher.Outcome(tier=tier)
        trial._writable = ["/dev/shm", str(tmp_path)] if tier == "full" else []
        trial.stop = lambda why: setattr(trial._outcome, "stopped", why)
        return trial

    return make


def call(name, rule, need, *values, path=None):
    kind, *arguments = rule.split(":")
    found = seccomp.Rule(name, 0, kind, tuple(map(int, arguments)), need)
    return seccomp.Call(1, os.getpid(), found, (*values, *[0] * (6 - len(values))), path)


@pytest.mark.parametrize(
    ("what", "path", "basic", "full"),
    [
        (("openat", "open:1:2", "file"), "{tmp}/x", False, True),
        (("openat", "open:1:2", "file"), "{tmp}", False, True),
        (("openat", "open:1:2", "file"), "{tmp}x/y", False, False),
        (("openat", "open:1:2", "file"), "/etc/x", False, False),
        (("openat", "open:1:2", "file"), "/dev/null", True, True),
        (("openat", "open:1:2", "file"), "/dev/pts/3", False, True),
        (("openat", "open:1:2", "file"), "/dev/ptmx", False, True),
        (("openat", "open:1:2", "file"), "/dev/sda", False, False),
        (("openat", "open:1:2", "file"), None, False, False),
        (("chmod", "path:0", "file"), "/dev/null", False, False),
        (("chmod", "path:0", "file"), "/dev/pts/3", False, False),
        (("chmod", "path:0", "file"), "{tmp}/x", False, True),
        (("fchmod", "file:0", "file"), "{tmp}/x", False, True),
        (("ioctl", "only:1:5", "attributes"), "{tmp}/x", False, True),
        (("ioctl", "only:1:5", "attributes"), "/dev/pts/3", False, True),
        (("ioctl", "only:1:5", "attributes"), "/dev/sda", False, False),
        (("ioctl", "only:1:5", "attributes"), "socket:[7]", False, False),
        (("fcntl", "only:1:5", "signal"), "{tmp}/x", False, False),
        (("socketpair", "only:1:5", "network"), "socket:[7]", False, False),
        (("setxattr", "deny", "attributes"), None, False, False),
        (("connect", "deny", "network"), None, False, False),
    ],
)
def test_what_may_be_done_to_files(trial, tmp_path, what, path, basic, full):
    (tmp_path / "x").touch()
    held = call(*what, path=path and path.format(tmp=tmp_path))
    assert trial("basic")._may(held) is basic
    assert trial("full")._may(held) is full


def test_what_is_outside_in_shared_memory_is_left_alone(trial, monkeypatch):
    monkeypatch.setattr(os.path, "lexists", lambda path: path == "/dev/shm/there")
    for flags, there, new in (
        (os.O_RDWR, False, True),
        (os.O_CREAT, False, True),
        (os.O_CREAT | os.O_EXCL, True, True),
    ):
        for path, allowed in (("/dev/shm/there", there), ("/dev/shm/new-of-a-trial", new)):
            assert trial("full")._may(call("openat", "open:1:2", "file", 0, 0, flags, path=path)) is allowed
    assert not trial("full")._may(call("unlink", "path:0", "file", path="/dev/shm/there"))


def test_other_peoples_files_cannot_be_copied(trial, tmp_path, monkeypatch):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "x").touch()
    mine, true = trial("full"), os.lstat

    def lstat(path):
        found = true(path)
        return os.stat_result((*found[:4], 4711, *found[5:10])) if path.endswith("/theirs") else found

    monkeypatch.setattr(os, "lstat", lstat)
    assert mine._may(call("openat", "open:1:2", "file", path=f"{tmp_path}/x"))
    assert not mine._may(call("openat", "open:1:2", "file", path=f"{tmp_path}/theirs"))
    assert not mine._may(call("openat", "open:1:2", "file", path=f"{tmp_path}/theirs/x"))


def test_processes_get_no_namespaces(trial):
    assert not trial("full")._may(call("clone", "fork:0", "program", 17 | libc.CLONE_NEWUSER))
    assert not trial("basic")._may(call("clone", "thread:0", "program", 17))


@pytest.mark.parametrize(("numbers", "stopped"), [(range(1, 4), ""), (range(1, 5), "processes")])
def test_processes_are_counted(trial, monkeypatch, numbers, stopped):
    mine = trial("full")
    monkeypatch.setattr(os, "listdir", lambda path: ["self", "sys", *map(str, numbers)])
    mine._look_at_processes()
    assert mine._outcome.stopped == stopped


def test_processes_of_a_trial_that_ended_are_none(trial, monkeypatch):
    mine = trial("full")
    mine._inner_pid = 2**22
    mine._look_at_processes()
    assert mine._outcome.stopped == ""


@pytest.mark.parametrize("tier", ["full", "basic"])
def test_threads_are_counted(trial, tier, monkeypatch):
    mine, thread = trial(tier), call("clone", "fork:0", "program", 0x10000)
    assert mine._may(thread)
    monkeypatch.setattr(watcher, "THREADS", 1)
    assert not mine._may(thread)
    assert mine._outcome.stopped == "threads"


@pytest.mark.parametrize(
    ("what", "number", "allowed"),
    [
        (("kill", "inside:0", "signal"), 0, False),
        (("kill", "inside:0", "signal"), -1, False),
        (("kill", "inside:0", "signal"), 1 << 22, False),
        (("kill", "inside:0", "signal"), -(1 << 22), False),
        (("kill", "inside:0", "signal"), None, True),
        (("wait4", "inside:0", "process"), -1, True),
        (("wait4", "inside:0", "process"), 1 << 22, False),
        (("prlimit64", "own:0", "process"), 1 << 22, False),
        (("prlimit64", "own:0", "process"), None, True),
    ],
)
def test_only_processes_of_the_trial_are_meant(trial, what, number, allowed):
    held = call(*what, (os.getpid() if number is None else number) & 0xFFFFFFFFFFFFFFFF)
    assert trial("full")._may(held) is allowed


def test_in_basic_a_process_means_itself_and_its_threads(trial):
    mine = trial("basic")
    assert mine._may(call("sched_setaffinity", "own:0", "process", threading.get_native_id()))
    assert not mine._may(call("sched_setaffinity", "own:0", "process", os.getppid()))
    assert not mine._may(call("kill", "own:0", "signal", 2**64 - 1))


@pytest.mark.parametrize(
    ("number", "ends"),
    [(0, False), (signal.SIGCHLD, False), (signal.SIGINT, False), (signal.SIGUSR1, True), (signal.SIGKILL, True), (signal.SIGPIPE, False)],
)  # fmt: skip
def test_a_signal_that_would_end_the_kernel_ends_the_trial(trial, number, ends):
    # pytest's process catches SIGINT and ignores SIGPIPE, as a kernel does.
    assert watcher._ends(os.getpid(), number) is ends
    mine = trial("full")
    mine._inside(call("kill", "inside:0", "signal", 1, int(number)))
    assert mine._outcome.stopped == (f"the copy of the kernel died (signal {int(number)})" if ends else "")


def test_a_tombstone_is_known(tmp_path):
    tombstone, folder, file = os.open("/", os.O_PATH), os.open("/", os.O_RDONLY), os.open(tmp_path, os.O_PATH)
    try:
        found = [watcher._is_tombstone(os.getpid(), number) for number in (tombstone, folder, file, 9999)]
    finally:
        for number in (tombstone, folder, file):
            os.close(number)
    assert found == [True, False, False, False]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"outcome": {"returned": true}}', {"returned": True}),
        (b'{"outcome": [1]}', {}),
        (b'{"pid": 1}', {}),
        (b"[1]", {}),
        (b"nonsense", {}),
        (b"\xff", {}),
    ],
)
def test_what_the_candidate_says_is_taken_as_an_outcome_or_nothing(data, said):
    assert watcher._outcome(data) == said

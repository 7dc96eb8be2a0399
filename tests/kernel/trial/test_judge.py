"""What an outcome comes to: ``passed`` is said of nothing but a plan that ran to its end and was denied nothing."""

from __future__ import annotations

import os

import pytest

from nbdoctor.kernel.trial import child, limits, mappings, namespaces
from nbdoctor.kernel.trial.judge import judge
from nbdoctor.kernel.trial.limits import Limits
from nbdoctor.kernel.trial.request import ANOTHER_CELL, GIVEN_UP
from nbdoctor.kernel.trial.watcher import Outcome

GOOD = {"returned": True, "seconds": 0.25, "refused": []}
BAD = {"error": {"name": "KeyError", "message": "'x'", "own": False}, "seconds": 0.25, "refused": []}


def verdict(others=0, **facts):
    return judge(Outcome(tier="full", **facts), Limits(), others)


def test_what_ran_to_its_end_has_passed():
    found = verdict(said=GOOD, output="hello\n")
    assert (found.status, found.reason, found.seconds, found.output) == ("passed", "", 0.25, "hello\n")


def test_an_error_of_the_cell_has_failed():
    found = verdict(said=BAD)
    assert (found.status, found.reason) == ("failed", "KeyError: 'x'")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"said": None, "status": 11}, "died (signal 11)"),
        ({"said": None, "status": (128 + 11) << 8}, "died (signal 11)"),
        ({"said": None, "status": 0}, "ended the copy"),
        ({"said": None, "status": None}, "ended the copy"),
        ({"said": {"seconds": 1, "refused": []}}, "did not learn how it ended"),
        ({"said": GOOD, "refused": "the kernel has memory of the device /dev/x"}, "the device /dev/x"),
        ({"said": GOOD, "stopped": "time"}, "did not end within 10 s"),
        ({"said": GOOD, "stopped": "memory"}, "more memory"),
        ({"said": GOOD, "stopped": "processes"}, "64 processes"),
        ({"said": GOOD, "stopped": ANOTHER_CELL}, ANOTHER_CELL),
        ({"said": GOOD, "denied": [("network", "socket")]}, "uses the network"),
        ({"said": GOOD, "denied": [("file", "/etc/passwd")]}, "writes to /etc/passwd"),
        ({"said": GOOD, "denied": [("something new", "")]}, "does not allow"),
        ({"said": BAD, "denied": [("program", "execve"), ("network", "socket")]}, "uses the network"),
        ({"said": {**GOOD, "refused": ["input"]}}, "asks for input"),
        ({"said": {**BAD, "error": {**BAD["error"], "own": True}}}, "may have caused"),
        ({"said": {**BAD, "error": {"name": "MemoryError", "own": True}}}, "more memory"),
        ({"said": BAD, "others": 1}, "runs threads"),
    ],
)
def test_all_else_is_not_tried(facts, said):
    found = verdict(**facts)
    assert found.status == "not_tried"
    assert said in found.reason
    assert found.seconds is None


def test_asking_again_helps_only_where_the_kernel_was_in_the_way():
    assert verdict(stopped=ANOTHER_CELL).can_check
    assert verdict(stopped=GIVEN_UP).can_check
    assert not verdict(stopped="time").can_check
    assert not verdict(said=GOOD, denied=[("network", "")]).can_check


def test_threads_of_the_kernel_do_not_spoil_a_pass():
    assert verdict(others=3, said=GOOD).status == "passed"


def test_secrets_are_taken_out_of_what_is_told(monkeypatch):
    monkeypatch.setenv("MY_API_TOKEN", "hunter2hunter2hunter2")
    told = verdict(
        said={**BAD, "error": {**BAD["error"], "message": "hunter2hunter2hunter2"}}, output="hunter2hunter2hunter2"
    )
    assert "hunter2" not in told.reason + told.output


def test_a_paths_own_folder_is_left_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert verdict(denied=[("file", str(tmp_path / "out.csv"))]).reason == "it writes to out.csv"


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (PermissionError(13, "no"), True),
        (OSError(28, "full"), True),
        (FileNotFoundError(2, "no"), False),
        (MemoryError(), True),
        (ValueError("x"), False),
        (RuntimeError("Task got Future attached to a different loop"), True),
        (RuntimeError("<asyncio.locks.Lock> is bound to a different event loop"), True),
        (ValueError("The future belongs to a different loop than the one specified"), True),
    ],
)
def test_errors_that_a_trial_may_cause_by_itself(error, ours):
    assert child._may_be_ours(error) is ours
    wrapped = ValueError("wrapped")
    wrapped.__cause__ = error
    assert child._may_be_ours(wrapped) is ours


@pytest.mark.parametrize(("seconds", "limit"), [(0.0, 10.0), (3.0, 10.0), (5.0, 15.0), (100.0, 60.0)])
def test_the_time_follows_from_the_cells_own(seconds, limit):
    found = limits.for_cell(seconds, 8 * 1024**3)
    assert found.seconds == limit
    assert found.memory == 4 * 1024**3


def test_memory_is_looked_at():
    assert 0 < limits.free_memory() < 2**50
    assert limits.own_memory(os.getpid()) > 1_000_000
    assert limits.own_memory(2**22) is None


MAPS = """\
7f0000000000-7f0000002000 rw-s 00001000 fe:00 1234                       /data/my file.bin
7f0000002000-7f0000003000 r--p 00000000 fe:00 1235                       /usr/lib/x.so
7f0000003000-7f0000004000 rw-s 00000000 00:01 99                         /dev/zero (deleted)
7f0000004000-7f0000005000 r--s 00000000 00:05 7                          /dev/nvidia0
7ffff0000000-7ffff0001000 rw-p 00000000 00:00 0
"""


def test_shared_mappings_are_found():
    first, second, third = mappings.shared(MAPS)
    assert (first.start, first.length, first.offset, first.inode, first.path) == (
        0x7F0000000000, 0x2000, 0x1000, 1234, "/data/my file.bin",
    )  # fmt: skip
    assert (first.protection, third.protection) == (3, 1)
    assert second.path == "/dev/zero (deleted)"


def test_mount_points_are_found():
    text = "22 1 254:0 / / rw - ext4 /dev/vda rw\n30 22 0:5 / /dev rw - devtmpfs x rw\n31 22 0:9 / /home/a\\040b rw - nfs x rw\n"
    assert namespaces.mount_points(text) == ["/dev", "/home/a b"]

"""Of what a kernel died, told from looks that are made up: what no test can bring about in a real kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbdoctor.protocol import Cell, DeathRequest, Diagnosis, Fix, Verdict
from nbdoctor.rules.infra.machine import Group
from nbdoctor.server.deaths import account, fault, proc
from nbdoctor.server.deaths.cause import error_of
from nbdoctor.server.deaths.watch import Death

GB = 1024**3
FOLDER = Path("/sys/fs/cgroup/pod")


def dead(status=-9, used=3.9, killed=(0, 1), hit=(0, 1), machine=(0, 0), available=10.0, **more):
    """A death in a group that may use 4 GiB, on a machine of 16 GiB: what was counted before and after."""
    group = (Group(FOLDER, 4 * GB, int(used * GB)), proc.Counts(killed[0], hit[0]))
    held = int(used * GB)
    around = proc.Machine(int(available * GB), 16 * GB, machine[0])
    samples = (proc.Sample(1.0, GB, GB), proc.Sample(9.0, held, held, machine=around, groups=(group,), **more))
    return Death("d", status, samples, counted=((FOLDER, proc.Counts(killed[1], hit[1])),), killed=machine[1])


@pytest.mark.parametrize(
    ("death", "message"),
    [
        (dead(), "out of memory (limit): signal SIGKILL"),
        (dead(used=1.0), "out of memory (limit): signal SIGKILL"),  # it grew between two looks
        (dead(used=1.0, hit=(2, 2)), "out of memory (machine): signal SIGKILL"),
        (dead(used=1.0, killed=(0, 0), machine=(4, 5), available=1.0), "out of memory (machine): signal SIGKILL"),
        (dead(used=1.0, killed=(0, 0), machine=(4, 5)), "signal SIGKILL"),  # another pod's process
        (dead(killed=(None, None)), "probably out of memory (limit): signal SIGKILL"),
        (
            dead(used=3.0, killed=(None, None), machine=(None, None), available=0.5),
            "probably out of memory (machine): signal SIGKILL",
        ),
        (dead(killed=(0, 0)), "signal SIGKILL"),  # near its limit, and yet killed by somebody
        (dead(status=-15), "signal SIGTERM"),
        (dead(status=-11), "signal SIGSEGV"),
        (
            dead(status=-6, mapped=int(7.5 * GB), address_limit=8 * GB),
            "probably out of memory (address space): signal SIGABRT",
        ),
        (dead(status=0), "exit code 0"),
        (dead(status=None), "unknown"),
        (Death("d", -9), "signal SIGKILL"),
        (Death("d", -40), "signal signal 40"),
    ],
)
def test_the_cause(death, message):
    assert error_of(death).message == message


def test_the_facts():
    notes = error_of(dead(), running=False).notes
    assert notes[0] == "When nbdoctor last looked, the kernel used 3.9 GiB of memory, and 3.9 GiB at most before."
    assert "In the 8 seconds before, it had grown from 1 GiB." in notes
    assert "Its container allows 4 GiB, of which 3.9 GiB were in use." in notes
    assert notes[-1] == "No cell of this notebook was running."
    assert "was not loaded" in error_of(Death("d", -11)).notes[0]
    assert error_of(Death("d", 1, number=3)).notes == ["It is the third time that this kernel died."]


# ---------------------------------------------------------------------- what faulthandler wrote

WRITTEN = """Fatal Python error: Aborted

Thread 0x00007f4b63fff6c0 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 1002 in _bootstrap

Current thread 0x00007f4b6d5c2b80 [MainThread] (most recent call first):
  File "/env/lib/python3.11/site-packages/numpy/linalg/_linalg.py", line 90 in solve
  File "/tmp/ipykernel_7/222.py", line 4 in helper
  File "/tmp/ipykernel_7/111.py", line 2 in <module>
  File "/env/lib/python3.11/site-packages/IPython/core/interactiveshell.py", line 3823 in run_code

Extension modules: numpy (total: 1)
"""


def test_the_frames_begin_with_the_cell_and_tell_cells_apart():
    child = WRITTEN.replace("numpy", "scipy")
    found = fault.frames(child + WRITTEN, "c")
    assert [(frame.where, frame.cell_id, frame.line) for frame in found] == [
        ("cell", "c", 2),
        ("cell", "", 4),
        ("library", None, 90),
    ]
    assert "numpy" in found[-1].file
    assert fault.frames("nothing of the kind") == []
    thread = WRITTEN.replace("/tmp/ipykernel_7/", "/home/me/")
    assert [frame.where for frame in fault.frames(thread, "c")] == ["library", "user", "user", "library"]


def test_files_of_other_processes_are_removed(tmp_path):
    connection = str(tmp_path / "kernel-[1].json")
    for process in (1, 12):
        fault.path_of(connection, process).write_text("text")
    fault.remove(connection, keep=12)
    assert [path.name[-2:] for path in tmp_path.iterdir()] == ["12"]
    assert fault.read(fault.path_of(connection, 12), 2) == "xt"
    fault.remove(connection)
    assert list(tmp_path.iterdir()) == []
    assert fault.read(fault.path_of(connection, 12)) == ""


# ---------------------------------------------------------------------- /proc


def written(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(root)


def test_a_sample_of_version_2(tmp_path):
    root = written(
        tmp_path,
        {
            "proc/7/status": "VmPeak:\t  900 kB\nVmHWM:\t  300 kB\nVmRSS:\t  200 kB\n",
            "proc/7/limits": "Max address space         1048576              unlimited            bytes\n",
            "proc/7/cgroup": "0::/pod\n",
            "proc/meminfo": "MemTotal:  16000 kB\nMemAvailable:  8000 kB\nActive(anon):  5 kB\n",
            "proc/vmstat": "oom_kill 3\n",
            "sys/fs/cgroup/pod/memory.max": "409600\n",
            "sys/fs/cgroup/pod/memory.current": "204800\n",
            "sys/fs/cgroup/pod/memory.events": "low 0\nhigh 0\nmax 9\noom 2\noom_kill 1\n",
        },
    )
    seen = proc.sample(7, proc.machine_now(root), root)
    assert (seen.resident, seen.peak, seen.mapped) == (200 * 1024, 300 * 1024, 900 * 1024)
    assert (seen.address_limit, seen.machine) == (1048576, proc.Machine(8000 * 1024, 16000 * 1024, 3))
    [(group, counts)] = seen.groups
    assert (group.limit, group.used, counts) == (409600, 204800, proc.Counts(1, 2))


def test_what_is_not_there_is_not_known(tmp_path):
    assert proc.machine_now(str(tmp_path)) == proc.Machine()
    assert proc.sample(7, proc.Machine(), str(tmp_path)) is None
    zombie = written(tmp_path, {"proc/7/status": "Name:\tpython\nState:\tZ (zombie)\n"})
    assert proc.sample(7, proc.Machine(), zombie) is None
    assert proc.counts(tmp_path) == proc.Counts()


# ---------------------------------------------------------------------- the account


def test_cells_are_offered_in_the_order_in_which_they_ran():
    cells = [Cell("a", "a"), Cell("", "empty"), Cell("# text", "m", kind="markdown"), Cell("b", "b"), Cell("c", "c")]
    request = DeathRequest(cells[4], cells, ran=["b", "empty", "m", "a", "b", "c", "gone"])
    [fix] = account.run_again(request, Death("d", 3))
    assert (fix.title, fix.actions[0].cell_ids) == ("Run the 2 cells that were run before", ["b", "a"])
    [idle] = account.run_again(DeathRequest(None, cells, ran=["c"]), Death("d", 3))
    assert (idle.title, idle.actions[0].cell_ids) == ("Run the cell that was run before", ["c"])
    assert account.run_again(DeathRequest(cells[4], cells, ran=["c"]), Death("d", 3)) == []


def test_a_cell_that_asked_the_kernel_to_end_is_the_one_it_died_of():
    cells = [Cell("a", "a"), Cell("exit()", "b")]
    request = DeathRequest(None, cells, ran=["a", "b"])
    assert account.request_about(request, Death("d", 0)).cell == cells[1]
    assert account.request_about(request, Death("d", -9)).cell is None
    assert account.request_about(DeathRequest(None, cells, ran=["b", "a"]), Death("d", 0)).cell is None


def test_no_fix_of_a_death_has_passed():
    fix = Fix("f", "Write", [], verdict=Verdict("passed"))
    again = [Fix("again", "Run", [], verdict=account.ON_REQUEST)]
    told = account.told(Diagnosis("d", "It died.", fixes=[fix]), again)
    assert [(fix.id, fix.verdict.status) for fix in told.fixes] == [("f", "not_tried"), ("again", "not_tried")]
    assert account.told(fix, again).verdict.status == "not_tried"
    assert account.told("words", again) == "words"

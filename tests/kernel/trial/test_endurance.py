"""Two hundred trials in a row in one kernel with 1 GB: nothing grows."""

from __future__ import annotations

import os

import pytest

from ...waiting import wait_until
from .conftest import without_confinement
from .kernels import RealKernel

TRIALS = 200
#: Resident memory that malloc and Python's caches may keep, and descriptors that ipykernel frees later.
SLACK_MEMORY, SLACK_DESCRIPTORS = 30_000_000, 8


def _resident(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


@pytest.mark.timeout(180)
def test_nothing_grows(tmp_path):
    kernel = RealKernel(tmp_path / "kernel")
    try:
        if kernel.confinement["tier"] == "none":
            without_confinement(kernel.confinement["sentence"])
        kernel.run("import gc\nimport numpy as np\ngigabyte = np.ones(1 << 27)")
        for _ in range(20):  # caches fill
            assert kernel.trial("len(gigabyte)").verdict.status == "passed"
        kernel.run("gc.collect()")
        before = _resident(kernel.pid), _descriptors(kernel.pid), len(kernel.processes())
        verdicts = [kernel.trial("gigabyte[5] = 7\nprint(len(gigabyte))").verdict for _ in range(TRIALS)]
        assert {(verdict.status, verdict.reason) for verdict in verdicts} == {("passed", "")}
        kernel.run("gc.collect()\nassert gigabyte[5] == 1")
        assert _resident(kernel.pid) < before[0] + SLACK_MEMORY
        # ipykernel looks every 10 s which threads have ended, and closes what it had opened for them.
        assert wait_until(lambda: _descriptors(kernel.pid) <= before[1] + SLACK_DESCRIPTORS, 25)
        assert len(kernel.processes()) == before[2]
        assert kernel.run("assert gigabyte.sum() == 1 << 27").error == ""
    finally:
        kernel.close()

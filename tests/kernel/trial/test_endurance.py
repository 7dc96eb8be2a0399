"""Two hundred trials in a row in one kernel with 1 GB: nothing grows."""

from __future__ import annotations

import os

import pytest

from .conftest import without_confinement
from .kernels import RealKernel

TRIALS = 200
#: Resident memory that malloc and Python's caches may keep, and descriptors that ipykernel frees later.
SLACK_MEMORY, SLACK_DESCRIPTORS = 30_000_000, 8


def _resident(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.timeout(180)
def test_nothing_grows(tmp_path):
    kernel = RealKernel(tmp_path / "kernel")
    try:
        if kernel.confinement["tier"] == "none":
            without_confinement(kernel.confinement["sentence"])
        kernel.run(
            "import gc\ngigabyte = bytearray(1 << 30)\nfor i in range(0, len(gigabyte), 4096):\n    gigabyte[i] = 1"
        )
        for _ in range(20):  # caches fill
            assert kernel.trial("len(gigabyte)").verdict.status == "passed"
        kernel.run("gc.collect()")
        before = _resident(kernel.pid), len(os.listdir(f"/proc/{kernel.pid}/fd")), len(kernel.processes())
        verdicts = [kernel.trial("gigabyte[5] = 7\nprint(len(gigabyte))").verdict for _ in range(TRIALS)]
        assert {(verdict.status, verdict.reason) for verdict in verdicts} == {("passed", "")}
        kernel.run("gc.collect()\nassert gigabyte[5] == 0")
        after = _resident(kernel.pid), len(os.listdir(f"/proc/{kernel.pid}/fd")), len(kernel.processes())
        assert after[0] < before[0] + SLACK_MEMORY
        assert after[1] <= before[1] + SLACK_DESCRIPTORS
        assert after[2] == before[2]
        assert kernel.run("sum(gigabyte) == 262144").error == ""
    finally:
        kernel.close()

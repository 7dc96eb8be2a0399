"""``%%bash`` keeps an event loop in a thread of the kernel: it is not the user's, and a copy makes one of its own."""

from __future__ import annotations

import pytest

from .conftest import without_confinement
from .kernels import RealKernel


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    kernel = RealKernel(tmp_path_factory.mktemp("scripts") / "kernel")
    kernel.run("import asyncio\n", silent=True)
    kernel.run("%%bash\necho hello")
    yield kernel
    kernel.close()


def test_a_script_after_another(kernel):
    if kernel.confinement["tier"] != "full":
        without_confinement(kernel.confinement["sentence"])
    verdict = kernel.trial("%%bash\necho again").verdict
    assert (verdict.status, verdict.reason, verdict.output) == ("passed", "", "again\n")
    assert kernel.run("%%bash\necho still").printed == "still\n"


def test_its_thread_is_not_the_users(kernel):
    verdict = kernel.trial("1 / 0").verdict
    assert (verdict.status, verdict.reason) == ("failed", "ZeroDivisionError: division by zero")


def test_a_task_of_the_users_makes_a_failure_uncertain(kernel):
    kernel.run("async def later():\n    await asyncio.sleep(30)\ntask = asyncio.create_task(later())")
    verdict = kernel.trial("assert task.done()").verdict
    kernel.run("task.cancel()")
    assert (verdict.status, "threads or tasks" in verdict.reason) == ("not_tried", True)

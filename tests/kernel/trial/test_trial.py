"""How trials behave in a real kernel: what passes, what fails, what is not tried, and that the user comes first."""

from __future__ import annotations

import asyncio
import time

import pytest

from nbdoctor.server.kernel_client import KernelClient

from .conftest import without_confinement
from .kernels import RealKernel


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    kernel = RealKernel(
        tmp_path_factory.mktemp("trial") / "kernel", environment={"MY_API_TOKEN": "hunter2hunter2hunter2"}
    )
    if kernel.confinement["tier"] != "full":
        kernel.close()
        without_confinement(kernel.confinement["sentence"])
    kernel.run("import random, asyncio, threading, time, logging\nvalues = [1, 2, 3]\nrevenue = 5")
    yield kernel
    kernel.close()


@pytest.mark.parametrize(
    "cell",
    [
        "sum(values)",
        "values.append(4)\nassert values == [1, 2, 3, 4]",
        "import asyncio\nawait asyncio.sleep(0.01)",
        "asyncio.create_task(asyncio.sleep(0))",
        "%time sum(values)",
        "%%timeit -n1 -r1\nsum(values)",
        "!echo hello",
        "found = !echo hello\nassert found == ['hello']",
        "from IPython.display import display\ndisplay(values)",
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    pass",
        "import subprocess\nsubprocess.run(['true'], check=True)",
        "import multiprocessing as m\np = m.get_context('fork').Process(target=print)\np.start()\np.join()\nassert p.exitcode == 0",
        "t = threading.Thread(target=values.clear)\nt.start()\nt.join()\nassert not values",
        "open('made.txt', 'w').write('x')\nassert open('made.txt').read() == 'x'",
        "import os\nif os.fork() == 0:\n    os._exit(0)\nos.wait()",
        "print('x' * 10_000_000)",
        "",
        "# nothing",
    ],
)
def test_passes(kernel, cell):
    verdict = kernel.trial(cell).verdict
    assert (verdict.status, verdict.reason) == ("passed", "")
    assert kernel.run("print(values)").printed == "[1, 2, 3]\n"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("nope", "NameError: name 'nope' is not defined"),
        ("def f(:", "SyntaxError"),
        ("raise SystemExit", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("await asyncio.sleep(0)\n1 / 0", "ZeroDivisionError"),
        ("%nosuchmagic", "UsageError: Line magic function `%nosuchmagic` not found."),
        ("open('/no/such/file')", "FileNotFoundError"),
        ("class E(Exception):\n    def __str__(self):\n        raise ValueError\nraise E", "E"),
    ],
)
def test_fails(kernel, cell, reason):
    verdict = kernel.trial(cell).verdict
    assert verdict.status == "failed"
    assert verdict.reason.startswith(reason)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("input('? ')", "it asks for input"),
        ("import getpass\ngetpass.getpass()", "it asks for input"),
        ("try:\n    input()\nexcept EOFError:\n    pass", "it asks for input"),
        (
            "import socket\ntry:\n    socket.create_connection(('127.0.0.1', 9))\nexcept OSError:\n    pass",
            "it uses the network",
        ),
        ("import os\nos._exit(0)", "the cell ended the copy of the kernel"),
        ("import ctypes\nctypes.string_at(0)", "the copy of the kernel died (signal 11)"),
    ],
)
def test_is_not_tried(kernel, cell, reason):
    verdict = kernel.trial(cell).verdict
    assert (verdict.status, verdict.reason) == ("not_tried", reason)


def test_an_error_in_the_copy_comes_with_what_the_rules_say_of_it(kernel):
    result = kernel.trial("print(revenu)")
    assert result.verdict.status == "failed"
    (finding, *_) = result.report["findings"]
    assert "revenue" in finding["headline"]


def test_an_error_before_the_last_cell_is_the_plans(kernel):
    result = kernel.trial("1 / 0", "print(1)")
    assert (result.verdict.status, result.report) == ("failed", None)


def test_later_cells_see_what_earlier_ones_made(kernel):
    assert kernel.trial("made = 7", "assert made == 7").verdict.status == "passed"
    assert kernel.run("made", fails=True).status == "error"


def test_only_the_end_of_the_output_is_told(kernel):
    told = kernel.trial("for i in range(100_000):\n    print(i)").verdict.output
    assert len(told) <= 2_000
    assert told.endswith("99999\n")


def test_secrets_in_the_output_are_taken_out(kernel):
    told = kernel.trial("import os\nprint(os.environ['MY_API_TOKEN'])").verdict
    assert told.status == "passed"
    assert "hunter2" not in told.output


def test_chance_is_the_kernels_own(kernel):
    kernel.run("random.seed(1)")
    told = kernel.trial("print(random.random())").verdict.output
    assert kernel.run("print(random.random())").printed == told


def test_an_old_handler_of_the_log_prints_in_the_copy(kernel):
    kernel.run("logging.getLogger('old').addHandler(logging.StreamHandler())")
    verdict = kernel.trial("logging.getLogger('old').warning('heard')").verdict
    assert (verdict.status, verdict.output) == ("passed", "heard\n")


def test_the_users_own_callbacks_are_called_in_the_copy_alone(kernel):
    kernel.run("calls = []\nhook = lambda *a: calls.append(1)\nget_ipython().events.register('pre_run_cell', hook)")
    try:
        before = kernel.run("print(len(calls))").printed
        assert kernel.trial(f"assert len(calls) == {int(before)} + 1").verdict.status == "passed"
        assert int(kernel.run("print(len(calls))").printed) == int(before) + 1
    finally:
        kernel.run("get_ipython().events.unregister('pre_run_cell', hook)")


def test_with_threads_of_the_user_a_failure_is_not_certain(kernel):
    kernel.run("stop = threading.Event()\nthread = threading.Thread(target=stop.wait)\nthread.start()")
    try:
        assert kernel.trial("sum(values)").verdict.status == "passed"
        verdict = kernel.trial("assert thread.is_alive()").verdict
        assert (verdict.status, "runs threads" in verdict.reason) == ("not_tried", True)
    finally:
        kernel.run("stop.set(); thread.join()")


def test_a_task_of_the_kernels_loop_does_not_run_in_the_copy(kernel):
    kernel.run("task = asyncio.create_task(asyncio.sleep(0.5, 'done'))")
    assert kernel.trial("await task").verdict.status == "not_tried"
    assert kernel.run("print(await task)").printed == "done\n"


def test_a_busy_kernel_is_not_waited_for(kernel):
    async def work():
        cell = asyncio.ensure_future(kernel.running("time.sleep(2)"))
        await asyncio.sleep(0.7)
        started = time.monotonic()
        verdict = (await kernel.trying("sum(values)")).verdict
        waited = time.monotonic() - started
        await cell
        return verdict, waited

    verdict, waited = kernel.loop.run_until_complete(work())
    assert (verdict.status, verdict.reason, verdict.can_check) == ("not_tried", "the kernel is busy", True)
    assert waited < 1.2


@pytest.mark.parametrize("silent", [False, True])
def test_a_cell_of_the_user_ends_the_trial(kernel, silent):
    async def work():
        trial = asyncio.ensure_future(kernel.trying("time.sleep(30)"))
        for _ in range(100):
            await asyncio.sleep(0.05)
            if len(kernel.processes()) > 1:
                break
        await asyncio.sleep(0.3)
        ran = await kernel.running("print('mine')", silent=silent)
        return (await asyncio.wait_for(trial, 5)).verdict, ran

    verdict, ran = kernel.loop.run_until_complete(work())
    assert (verdict.status, verdict.reason, verdict.can_check) == ("not_tried", "you ran another cell", True)
    assert ran.printed == "mine\n"
    assert len(kernel.processes()) == 1


def test_two_that_are_asked_for_at_once_are_both_answered(kernel):
    async def work():
        async with KernelClient.connect(kernel) as other:
            return await asyncio.gather(kernel.trying("time.sleep(0.3)"), kernel.trying("sum(values)", bridge=other))

    assert [result.verdict.status for result in kernel.loop.run_until_complete(work())] == ["passed", "passed"]


def test_who_comes_too_late_is_told_so(kernel):
    verdict = kernel.trial("sum(values)", patience=-1.0).verdict
    assert (verdict.reason, verdict.can_check) == ("the kernel is busy", True)


def test_a_question_that_is_given_up_ends_its_trial(kernel):
    async def work():
        question = kernel.bridge.converse(
            "trial", timeout=1.0, candidate={"steps": [{"source": "time.sleep(30)"}]}, deadline=time.time() + 5
        )
        with pytest.raises(Exception, match="busy"):
            async for _ in question:
                pass
        for _ in range(100):
            if len(kernel.processes()) == 1:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("the trial goes on")

    kernel.loop.run_until_complete(work())
    assert kernel.trial("sum(values)").verdict.status == "passed"


def test_what_does_not_end_is_ended(kernel):
    kernel.run("import nbdoctor.kernel.trial.limits as limits\nseconds, limits.SECONDS = limits.SECONDS, 1.0")
    try:
        verdict = kernel.trial("while True:\n    pass").verdict
    finally:
        kernel.run("limits.SECONDS = seconds\ndel limits, seconds")
    assert (verdict.status, verdict.reason) == ("not_tried", "it did not end within 1 s")


def test_switched_off(kernel):
    kernel.run("%config NBDoctor.trials = 'off'")
    try:
        assert kernel.trial("sum(values)").verdict.reason == "trials are switched off"
    finally:
        kernel.run("%config NBDoctor.trials = 'auto'")


def test_a_gpu_in_use_is_not_copied(kernel):
    fake = "import sys, types\nsys.modules['torch'] = types.SimpleNamespace(cuda=types.SimpleNamespace(is_initialized=lambda: True))"
    kernel.run(fake)
    try:
        verdict = kernel.trial("sum(values)").verdict
    finally:
        kernel.run("del sys.modules['torch']")
    assert (verdict.status, verdict.reason) == ("not_tried", "the kernel uses a GPU, which a copy of it cannot")

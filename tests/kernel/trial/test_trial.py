"""How a trial behaves: what it runs, when it is made, how it ends, and what is said of it."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest

from nbdoctor.errors import KernelUnreachable
from nbdoctor.server.kernel_client import KernelClient

from ...waiting import wait_until
from .conftest import without_confinement
from .kernels import RealKernel

SECRET = "hunter2-" + "correct-horse-battery"
BUSY, ANOTHER = "the kernel is busy", "you ran another cell"


@pytest.fixture(scope="module")
def kernels():
    """Kernels by tier, made once."""
    made, folders = {}, []

    def get(tier):
        if tier not in made:
            folders.append(Path(tempfile.mkdtemp(prefix="nbdoctor-kernel-")))
            made[tier] = RealKernel(
                folders[-1] / "kernel", basic=tier == "basic", environment={"NBDOCTOR_TEST_PASSWORD": SECRET}
            )
            made[tier].run("import asyncio, logging, os, random, sys, threading, time\nimport numpy as np")
        return made[tier]

    yield get
    for kernel in made.values():
        kernel.close()
    for folder in folders:
        shutil.rmtree(folder)


@pytest.fixture(params=["full", "basic"])
def tier(request, kernels):
    found = kernels(request.param).confinement
    if found["tier"] != request.param:
        without_confinement(f"tier {request.param}: {found['sentence']}")
    return request.param


@pytest.fixture()
def kernel(kernels, tier):
    """A kernel of each tier; what a test has left behind there is an error."""
    kernel = kernels(tier)
    before = kernel.processes()
    yield kernel
    assert wait_until(lambda: kernel.processes() == before), kernel.processes()
    assert kernel.run("print('next')").printed == "next\n"


def said(result):
    return f"{result.verdict.status}: {result.verdict.reason}"


def heard_nothing(kernel):
    return kernel.run("pass").heard == []


# ---------------------------------------------------------------------- what is run


def test_what_works_passes_and_tells_what_it_printed(kernel):
    result = kernel.trial("total = 6 * 7\nprint(total)")
    assert (said(result), result.verdict.output, result.report) == ("passed: ", "42\n", None)
    assert 0 <= result.verdict.seconds < 10
    assert not result.verdict.can_check
    assert kernel.run("print('total' in globals())").printed == "False\n"
    assert heard_nothing(kernel)


def test_what_fails_brings_a_report_with_what_the_rules_say_of_the_copy(kernel):
    result = kernel.trial("fresh = {'alpha': 1}\nfresh['alpa']")
    assert said(result) == "failed: KeyError: 'alpa'"
    assert result.report["errors"][0]["name"] == "KeyError"
    assert result.report["cell"]["source"] == "fresh = {'alpha': 1}\nfresh['alpa']"
    # Only the copy has the name: the rule looked there.
    assert any("alpha" in fix["title"] for finding in result.report["findings"] for fix in finding["fixes"])
    assert heard_nothing(kernel)
    assert kernel.run("print(get_ipython().user_ns.get('fresh'))").printed == "None\n"


def test_the_kernel_remembers_no_error_of_a_trial(kernel):
    kernel.run("undefined_here", fails=True)
    kernel.trial("1/0")
    report = kernel.loop.run_until_complete(kernel.bridge.ask("report"))
    assert report["errors"][0]["name"] == "NameError"
    assert kernel.run("print(sys.last_type.__name__, len(get_ipython().user_ns['In']) > 0)").printed.startswith(
        "NameError"
    )


def test_steps_run_in_order_and_only_the_last_ones_error_is_reported(kernel):
    assert said(kernel.trial("first = 1", "second = first + 1", "assert second == 2")) == "passed: "
    result = kernel.trial("absent_name", "print('not reached')")
    assert said(result) == "failed: NameError: name 'absent_name' is not defined"
    assert (result.report, result.verdict.output) == (None, "")


def test_a_cell_that_does_not_parse_fails(kernel):
    assert said(kernel.trial("if True print(1)")).startswith("failed: SyntaxError")
    assert said(kernel.trial("  x = 1\n y = 2")).startswith("failed: IndentationError")


def test_modules_are_imported_first(kernel):
    assert said(kernel.trial("import wave", modules=["wave"])) == "passed: "
    assert said(kernel.trial("1", modules=["no_such_module"])).startswith(
        "failed: import no_such_module fails: ModuleNotFound"
    )


CELLS = [
    "import asyncio\nawait asyncio.sleep(0)\nprint('slept')",
    "async def numbers():\n    yield 1\nasync for n in numbers(): print(n)",
    "asyncio.run(asyncio.sleep(0))",  # fails in a kernel, whose loop runs
    "%time print(1)",
    "%%capture caught\nprint('caught')",
    "%timeit -n1 -r1 1",
    "os.chdir('/')\nprint(os.getcwd())",
    "%env LANG=C",
    "%no_such_magic",
    "?print",
    "print(_, __name__, get_ipython().execution_count > 0)",
    "1;",
    "from IPython.display import display\ndisplay(1)",
    "raise ValueError('x')",
    "exec('1/0')",
    "print(input.__name__ is not None)",
    "import concurrent.futures\nwith concurrent.futures.ThreadPoolExecutor(2) as pool: print(list(pool.map(abs, [-1])))",
    "np.random.default_rng(1).random(1000).reshape(10, 100) @ np.ones((100, 10))\nprint('product')",
]


@pytest.mark.parametrize("cell", CELLS, ids=range(len(CELLS)))
def test_a_cell_ends_in_a_trial_as_it_ends_in_the_kernel(kernel, cell):
    result = kernel.trial(cell)
    kernel.run("here = os.getcwd()")
    ran = kernel.run(cell, fails=True)
    kernel.run("os.chdir(here)")
    expected = "passed" if ran.status == "ok" else "failed"
    assert result.verdict.status == expected, (said(result), ran)
    if expected == "failed":
        assert result.verdict.reason.startswith(ran.error.partition(":")[0])


def test_an_error_that_cannot_be_printed_fails_too(kernel):
    odd = "class Odd(Exception):\n    def __str__(self): raise RuntimeError\nraise Odd"
    assert said(kernel.trial(odd)) == "failed: Odd"


def test_shell_commands(kernel, tier):
    result = kernel.trial("!echo hi\nout = !echo there\nprint(out)")
    expected = ("passed: ", "hi\n['there']\n") if tier == "full" else ("not_tried: it starts a program", "")
    assert (said(result), result.verdict.output.replace("\r", "")) == expected
    result = kernel.trial("%%bash\necho a | tr a b")
    assert said(result) == ("passed: " if tier == "full" else "not_tried: it starts a program")
    assert heard_nothing(kernel)


def test_a_file_that_is_written_can_be_read_again(kernel, tier):
    result = kernel.trial("%%writefile out.txt\nwritten", "print(open('out.txt').read())\nos.remove('out.txt')")
    assert said(result) == ("passed: " if tier == "full" else "not_tried: it writes to out.txt")
    assert not list(kernel.folder.rglob("out.txt"))


def test_random_numbers_are_those_that_the_kernel_would_get(kernel):
    kernel.run("random.seed(1)\nnp.random.seed(1)")
    cell = "print(random.random(), np.random.rand())"
    results = [kernel.trial(cell).verdict.output for _ in range(2)]
    assert results == [kernel.run(cell).printed] * 2


def test_the_users_callbacks_run_in_the_copy_alone(kernel):
    kernel.run(
        "calls = []\ndef note(*_): calls.append(1)\n"
        "for event in ('pre_run_cell', 'post_run_cell'): get_ipython().events.register(event, note)"
    )
    result = kernel.trial("print(len(calls))", "print(len(calls))")
    ran = kernel.run(
        "print(len(calls))\nfor event in ('pre_run_cell', 'post_run_cell'): get_ipython().events.unregister(event, note)"
    )
    # after the cell that registered them, and before the one that looks
    assert (result.verdict.output, ran.printed) == ("2\n4\n", "2\n")


def test_finalizers_run_in_the_copy_alone(kernel, tier, tmp_path):
    kernel.run(
        f"path = {str(tmp_path / 'final')!r}\n"
        "class Last:\n    def __del__(self):\n        with open(path, 'w') as file: file.write('x')\n"
        "last, ring = Last(), [Last()]\nring.append(ring)\nimport atexit, gc\natexit.register(print, 'at exit')"
    )
    assert said(kernel.trial("gc.collect()\nx = [[] for _ in range(10_000)]")) == "passed: "
    result = kernel.trial("del last")
    assert said(result) == ("passed: " if tier == "full" else "not_tried: it writes to " + str(tmp_path / "final"))
    assert "at exit" not in result.verdict.output
    assert not (tmp_path / "final").exists()
    kernel.run("atexit.unregister(print)\npath = os.devnull\ndel last, ring\ngc.collect()")


# ---------------------------------------------------------------------- what it prints and asks


@pytest.mark.parametrize("cell", ["input('Name? ')", "import getpass\ngetpass.getpass()", "ask()", "ask_secretly()"])
def test_input_fails_at_once(kernel, cell):
    kernel.run("from getpass import getpass as ask_secretly\nask = input")
    for swallowed in (cell, "try:\n    " + cell.replace("\n", "\n    ") + "\nexcept Exception: pass"):
        started = time.monotonic()
        assert said(kernel.trial(swallowed)) == "not_tried: it asks for input"
        assert time.monotonic() - started < 5  # the limit is 10 s
    assert heard_nothing(kernel)


def test_only_the_end_of_the_output_is_told(kernel):
    result = kernel.trial("for i in range(30_000): print('line', i)\nprint('é' * 10)")
    assert said(result) == "passed: "
    assert len(result.verdict.output) <= 2_000
    assert result.verdict.output.endswith("line 29999\n" + "é" * 10 + "\n")
    kept = kernel.run(
        "from nbdoctor.kernel.trial import watcher\nseen = []\nold = watcher.Trial._clean_up\n"
        "watcher.Trial._clean_up = lambda self, started: (old(self, started), seen.append(len(self._printed)))[0]"
    )
    assert kept.status == "ok"
    kernel.trial("print('x' * 1_000_000)")
    assert kernel.run("print(seen)\nwatcher.Trial._clean_up = old").printed == "[65536]\n"


def test_secrets_are_not_told(kernel):
    token = "ghp_" + "a1B2c3D4e5" * 4
    cell = f"import os\nprint(os.environ['NBDOCTOR_TEST_PASSWORD'], {token!r})\nraise ValueError(os.environ['NBDOCTOR_TEST_PASSWORD'])"
    result = kernel.trial(cell)
    assert said(result).startswith("failed: ValueError: ")
    for text in (result.verdict.output, result.verdict.reason, str(result.report)):
        assert SECRET not in text
        assert token not in text


def test_a_librarys_logging_writes_to_the_trials_output(kernel):
    kernel.run("handler = logging.StreamHandler()\nlibrary = logging.getLogger('library')\nlibrary.addHandler(handler)")
    assert kernel.trial("library.warning('seen')").verdict.output == "seen\n"
    assert heard_nothing(kernel)
    ran = kernel.run("library.warning('heard')\nlibrary.removeHandler(handler)")
    assert ran.printed == "heard\n"


# ---------------------------------------------------------------------- when it is made


def together(kernel, *awaitables):
    async def gathered():
        return await asyncio.gather(*awaitables)

    return kernel.loop.run_until_complete(gathered())


async def later(seconds, awaitable):
    await asyncio.sleep(seconds)
    return await awaitable


def test_a_trial_waits_for_a_short_cell(kernel):
    ran, result = together(
        kernel, kernel.running("time.sleep(0.8)\nprint('done')"), later(0.3, kernel.trying("print(1)"))
    )
    assert (said(result), ran.printed) == ("passed: ", "done\n")


def test_a_kernel_that_stays_busy_is_left_alone(kernel):
    async def twice():
        first = await kernel.trying("print(1)")
        started = time.monotonic()
        return first, await kernel.trying("print(1)"), time.monotonic() - started

    ran, (first, second, seconds) = together(
        kernel, kernel.running("time.sleep(4)\nprint('done')"), later(0.3, twice())
    )
    for result in (first, second):
        assert (said(result), result.verdict.can_check, ran.printed) == (f"not_tried: {BUSY}", True, "done\n")
    assert seconds < 1, "what was waited for in vain is not waited for again"
    assert said(kernel.trial("print(1)")) == "passed: "


async def cell_during_a_trial(kernel, alone, **options):
    """Run a cell once a trial runs; returns what it said, and the seconds until nothing is left of the trial."""
    while len(kernel.processes()) == alone:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    started = time.monotonic()
    ran = await kernel.running("print(6 * 7)", **options)
    while len(kernel.processes()) > alone:
        await asyncio.sleep(0.005)
    return ran, time.monotonic() - started


@pytest.mark.parametrize("silent", [False, True])
def test_a_cell_ends_the_trial_that_runs_which_begins_anew(kernel, silent):
    async def second():
        async with KernelClient.connect(kernel) as bridge:
            return await kernel.trying("print(1)", bridge=bridge)

    alone = len(kernel.processes())
    first, other, (ran, seconds) = together(
        kernel,
        kernel.trying("print('begun')\ntime.sleep(1.5)"),
        later(0.1, second()),
        cell_during_a_trial(kernel, alone, silent=silent),
    )
    assert (said(first), first.verdict.output, said(other)) == ("passed: ", "begun\n", "passed: ")
    assert ran.printed == "42\n"
    assert ran.heard == []
    assert seconds < 0.5


def test_a_trial_that_cells_end_again_and_again_is_given_up(kernel):
    async def cells():
        return [await cell_during_a_trial(kernel, alone) for _ in range(3)]

    alone = len(kernel.processes())
    result, _ = together(kernel, kernel.trying("time.sleep(60)"), cells())
    assert (said(result), result.verdict.can_check) == (f"not_tried: {ANOTHER}", True)


def test_the_trial_that_was_asked_for_last_waits(kernel):
    async def in_turn():
        async with KernelClient.connect(kernel) as bridge:
            cell = "print(time.monotonic())\ntime.sleep(0.3)\nprint(time.monotonic())"
            return await asyncio.gather(kernel.trying(cell), kernel.trying(cell, bridge=bridge))

    def overlap(results):
        (begun, ended), (other_begun, other_ended) = (map(float, r.verdict.output.split()) for r in results)
        return max(begun, other_begun) < min(ended, other_ended)

    patch = "import os\nfrom nbdoctor.kernel.trial import trials\nkept = os.cpu_count, trials._FOR_TWO\n"
    kernel.run(patch + "trials._FOR_TWO = 1 << 62")
    assert not overlap(kernel.loop.run_until_complete(in_turn()))
    kernel.run("os.cpu_count, trials._FOR_TWO = lambda: 4, 0")
    assert overlap(kernel.loop.run_until_complete(in_turn()))
    kernel.run("os.cpu_count, trials._FOR_TWO = kept")


def test_a_question_that_is_given_up_ends_its_trial(kernel):
    async def ask():
        plan = {"steps": [{"source": "time.sleep(60)"}]}
        with pytest.raises(KernelUnreachable):
            async for _ in kernel.bridge.converse("trial", timeout=0.7, candidate=plan, deadline=time.time() + 5):
                pass

    alone = kernel.processes()
    kernel.loop.run_until_complete(ask())
    assert wait_until(lambda: kernel.processes() == alone)
    assert said(kernel.trial("print(1)")) == "passed: "


def test_nobody_waits_for_a_trial_that_comes_too_late(kernel):
    result = kernel.trial("print(1)", patience=-1)
    assert (said(result), result.verdict.can_check) == (f"not_tried: {BUSY}", True)


def test_trials_can_be_switched_off(kernel, tier):
    kernel.run("%config NBDoctor.trials = 'off'")
    assert said(kernel.trial("1")) == "not_tried: trials are switched off"
    kernel.run(f"%config NBDoctor.trials = {'auto' if tier == 'full' else 'basic'!r}")
    assert said(kernel.trial("1")) == "passed: "


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("from nbdoctor.kernel.trial import limits\nkept, limits.MIN_FREE = limits.MIN_FREE, 1 << 62", "limits.MIN_FREE = kept", "memory is short"),
        (
            "import types\nsys.modules['torch'] = types.SimpleNamespace(cuda=types.SimpleNamespace(is_initialized=lambda: True))",
            "del sys.modules['torch']",
            "the kernel uses a GPU, which a copy of it cannot",
        ),
        ("import mmap\nlarge = mmap.mmap(-1, 600 << 20)", "large.close()", "the kernel shares too much memory with other processes"),
        (
            "from nbdoctor.kernel.trial import landlock\nkept = landlock.restrict\ndef refuse(*a): raise OSError(38, 'not there')\nlandlock.restrict = refuse",
            "landlock.restrict = kept",
            "the system refused to confine it (not there)",
        ),
        (
            "from nbdoctor.kernel.trial import libc\nkept = libc.fork\ndef refuse(): raise OSError(11, 'no room')\nlibc.fork = refuse",
            "libc.fork = kept",
            "the system allows no copy of the kernel (no room)",
        ),
    ],
    ids=["memory", "device", "shared", "unconfined", "fork"],
)  # fmt: skip
def test_no_trial_where_it_would_say_nothing(kernel, before, after, reason):
    kernel.run(before)
    files = kernel.snapshot()["files"]
    try:
        assert said(kernel.trial("print(1)")) == f"not_tried: {reason}"
        assert set(kernel.snapshot()["files"]) <= set(files)
    finally:
        kernel.run(after)
    assert said(kernel.trial("print(1)")) == "passed: "


def test_a_large_file_that_is_mapped_to_be_read_is_no_hindrance(kernel, tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(700 << 20)
    kernel.run(f"large = np.memmap({str(tmp_path / 'large')!r}, dtype='u1', mode='r')")
    assert said(kernel.trial("print(large[-1])")) == "passed: "
    kernel.run("del large")


@pytest.mark.parametrize("where", ["leave", "keep_user", "change_root"])
def test_without_namespaces_it_is_tried_with_less(kernels, where):
    kernel = kernels("full")
    if kernel.confinement["tier"] != "full":
        without_confinement("tier full")
    kernel.run(
        f"from nbdoctor.kernel.trial import namespaces\nkept = namespaces.{where}\ndef refuse(*_): raise OSError(1, 'no')\n"
        f"namespaces.{where} = refuse"
    )
    try:
        assert said(kernel.trial("t = threading.Thread(target=print)\nt.start()\nt.join()")) == "passed: "
        assert said(kernel.trial("open('out.txt', 'w')")) == "not_tried: it writes to out.txt"
        assert heard_nothing(kernel)
    finally:
        kernel.run(f"namespaces.{where} = kept")
    assert said(kernel.trial("open('out.txt', 'w').close()")) == "passed: "


# ---------------------------------------------------------------------- what the kernel does meanwhile


def test_an_error_beside_threads_of_the_users_is_not_certain(kernel):
    kernel.run("stop = threading.Event()\nthread = threading.Thread(target=stop.wait)\nthread.start()")
    assert said(kernel.trial("print(1)")) == "passed: "
    assert said(kernel.trial("1/0")) == (
        "not_tried: it ended with ZeroDivisionError, and the kernel runs threads or tasks, which a copy does not have"
    )
    kernel.run("stop.set()\nthread.join()")
    assert said(kernel.trial("1/0")) == "failed: ZeroDivisionError: division by zero"


def test_tasks_of_the_kernels_loop_do_not_run_in_the_copy(kernel):
    kernel.run(
        "ticks = []\nasync def tick():\n    while True:\n        ticks.append(1)\n        await asyncio.sleep(0.01)\ntask = asyncio.create_task(tick())"
    )
    result = kernel.trial("before = len(ticks)\nawait asyncio.sleep(0.1)\nassert len(ticks) == before")
    assert said(result) == "passed: "
    assert said(kernel.trial("await task")).startswith("not_tried: it ended with RuntimeError")
    kernel.run("task.cancel()")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import signal\nkept = signal.signal(signal.SIGCHLD, signal.SIG_IGN)", "signal.signal(signal.SIGCHLD, kept)"),
        (
            "import contextlib\nstop = threading.Event()\ndef reap():\n    while not stop.wait(0.001):\n        with contextlib.suppress(ChildProcessError): os.waitpid(-1, os.WNOHANG)\n"
            "thread = threading.Thread(target=reap)\nthread.start()",
            "stop.set()\nthread.join()",
        ),
    ],
    ids=["ignored", "reaped"],
)
def test_somebody_else_may_take_note_of_the_childs_end(kernel, before, after):
    kernel.run(before)
    assert [said(kernel.trial("print(1)")) for _ in range(5)] == ["passed: "] * 5
    kernel.run(after)


def test_what_a_trial_may_use(kernel):
    cell = "import resource as r\nprint(r.getrlimit(r.RLIMIT_CORE), os.nice(0), r.getrlimit(r.RLIMIT_AS)[0] > 0, open('/proc/self/oom_score_adj').read())"
    # A core limit of 1, where it may be set: the system starts no program that takes a core dump (core(5)).
    assert kernel.trial(cell).verdict.output in ("(1, 1) 19 True 1000\n\n", "(0, 0) 19 True 1000\n\n")


def test_when_the_kernel_dies_so_does_the_trial(tier, tmp_path):
    kernel = RealKernel(tmp_path / "kernel", basic=tier == "basic")
    try:

        async def begin():
            with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the client says of a kernel that is gone
                await kernel.trying(
                    "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nimport time\ntime.sleep(60)"
                )

        async def kill():
            while len(kernel.processes()) < (3 if tier == "full" else 2):
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            kernel.process.send_signal(signal.SIGKILL)
            kernel.process.wait()

        async def both():
            trial = asyncio.create_task(begin())
            await kill()
            trial.cancel()

        kernel.loop.run_until_complete(both())
        assert wait_until(lambda: not kernel.processes())
    finally:
        kernel.close()

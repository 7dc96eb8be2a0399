"""The server's side of a trial: what is asked of the kernel, and what its answers and silences come to."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from dataclasses import asdict

import pytest

from nbdoctor.config import NBDoctor
from nbdoctor.errors import KernelError, KernelUnreachable, KernelWithoutBridge
from nbdoctor.protocol import (
    Action,
    Cell,
    Confinement,
    DiagnosisRequest,
    Edit,
    Finding,
    Fix,
    PostedError,
    RaisedError,
    Report,
    Rerun,
    TrialRequest,
    TrialResult,
    Verdict,
)
from nbdoctor.server.kernel_client import KernelClient
from nbdoctor.server.service import Service
from nbdoctor.server.trial import Trier

from .conftest import events

CELL = Cell("print(valu)", "c")
FIX = Fix("f", "Write value", [Action("replace_cell", new_source="print(value)"), Action("run_cells")])
INSTALL = Fix("i", "Install it", [Action("install", requirement="it"), Action("run_cells")])
PASSED = asdict(TrialResult(Verdict("passed", seconds=0.1, output="3")))


class FakeKernel:
    """A kernel of which the test says all. ``asked``: (operation, data); ``open``: connections that are."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.hello = {"protocol": 1, "python": "3.11.7", "confinement": {"tier": "full", "sentence": "All."}}
        self.report = asdict(
            Report(
                "r1",
                CELL,
                [RaisedError("NameError", "m", details={"name": "valu"})],
                findings=[Finding("typo", "python", "It is `value`.", confidence=0.9, fixes=[_rule_fix()])],
            )
        )
        self.asked, self.connected, self.open = [], 0, 0
        self.hangs = False

    @asynccontextmanager
    async def connect(self, manager):
        if isinstance(self.hello, Exception):
            raise self.hello
        self.connected += 1
        self.open += 1
        try:
            yield self
        finally:
            self.open -= 1

    async def ask(self, operation, **data):
        self.asked.append((operation, data))
        answer = getattr(self, operation)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def converse(self, operation, *, timeout, **data):
        self.asked.append((operation, {**data, "timeout": timeout}))
        if self.hangs:
            await asyncio.sleep(30)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        for line in ("pip install it\n", "Successfully installed it\n") if data["candidate"]["requirement"] else ():
            yield "line", line
        yield "reply", answer

    def trials(self):
        return [data for operation, data in self.asked if operation == "trial"]


def _rule_fix():
    return Fix("f", "Write value", [Action("replace_cell", edits=[Edit(10, 10, "e")]), Action("run_cells")])


@pytest.fixture()
def put(monkeypatch):
    """Put a kernel behind every connection."""

    def use(kernel):
        monkeypatch.setattr(KernelClient, "connect", kernel.connect)
        return kernel

    return use


def _trier(report=None, manager="a manager", **settings):
    made = report or Report("r1", CELL, [RaisedError("NameError", "m", details={"name": "valu"})])
    return Trier(NBDoctor(**settings), manager, made, CELL, [CELL])


# ------------------------------------------------------------------ Trier


async def test_the_kernel_is_asked_for_the_plan_and_its_word_is_the_verdict(put):
    kernel = put(FakeKernel(PASSED))
    trier = _trier()
    assert await trier(FIX) == TrialResult(Verdict("passed", seconds=0.1, output="3"))
    (asked,) = kernel.trials()
    assert asked["candidate"]["steps"] == [{"source": "print(value)", "cell_id": "c"}]
    assert asked["trials"] == "auto"
    assert 0 < asked["deadline"] - time.time() <= 10
    assert asked["timeout"] == 75
    assert kernel.open == 1
    await trier.aclose()
    assert kernel.open == 0


async def test_one_connection_serves_a_diagnosis(put):
    kernel = put(FakeKernel(PASSED, PASSED, PASSED))
    trier = _trier()
    for _ in range(3):
        await trier(FIX)
    await trier.aclose()
    await trier.aclose()
    assert (kernel.connected, kernel.open) == (1, 0)


async def test_the_report_of_a_failure_comes_along(put):
    report = Report("copy", CELL, [RaisedError("KeyError", "'x'")], rerun=Rerun(False, ["twice"]))
    put(FakeKernel(asdict(TrialResult(Verdict("failed", "KeyError: 'x'"), report))))
    trier = _trier()
    assert await trier(FIX) == TrialResult(Verdict("failed", "KeyError: 'x'"), report)
    await trier.aclose()


@pytest.mark.parametrize(
    ("trier", "reason"),
    [
        (_trier(trials="off"), "trials are switched off"),
        (_trier(manager=None), "there is no kernel to try it in"),
        (_trier(Report("r", CELL, [RaisedError("E", "m")], live=False)), "the error is known from its traceback alone"),
        (_trier(Report("r", CELL, [], rerun=Rerun(False, ["Line 1 adds."], ["n"]))), "running the cell again would do a "
         "change twice: line 1 adds"),
    ],
)  # fmt: skip
async def test_what_is_not_tried_costs_no_question(put, trier, reason):
    kernel = put(FakeKernel())
    assert (await trier(FIX)).verdict == Verdict("not_tried", reason)
    await trier.aclose()
    assert kernel.connected == 0


async def test_an_install_waits_for_a_click_and_its_lines_come_through(put):
    kernel = put(FakeKernel(PASSED))
    missing = Report("r", CELL, [RaisedError("ModuleNotFoundError", "m", details={"name": "it.part"})])
    trier = _trier(missing)
    assert (await trier(INSTALL)).verdict.can_check
    assert kernel.asked == []
    lines = []
    assert (await trier(INSTALL, clicked=True, on_line=lines.append)).verdict.status == "passed"
    assert [line.split()[0] for line in lines] == ["pip", "Successfully"]
    (asked,) = kernel.trials()
    assert (asked["candidate"]["requirement"], asked["candidate"]["modules"]) == ("it", ["it.part"])
    assert asked["timeout"] == 300
    await trier.aclose()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KernelWithoutBridge("No."), "nbdoctor is not loaded in the kernel"),
        (KernelUnreachable("Busy."), "the kernel is busy or gone"),
        (KernelError("No."), "the kernel could not try it, and its log says more"),
        (ZeroDivisionError(), "nbdoctor itself failed, and the server's log says more"),
    ],
)
async def test_a_kernel_that_does_not_answer_is_asked_once(put, error, reason):
    kernel = FakeKernel()
    kernel.hello = error
    put(kernel)
    trier = _trier()
    for _ in range(2):
        assert (await trier(FIX)).verdict == Verdict("not_tried", reason, can_check=True)
    await trier.aclose()
    assert kernel.open == 0


@pytest.mark.parametrize("broken", ["hello", "look"])
@pytest.mark.parametrize("error", [KernelUnreachable("Busy."), ZeroDivisionError(), {"x": "no look"}])
async def test_a_kernel_that_cannot_be_looked_into_tells_nothing_and_loses_nothing(put, broken, error):
    kernel = FakeKernel()
    setattr(kernel, broken, error)
    put(kernel)
    trier = _trier()
    assert await trier.look(["x"]) == {}
    await trier.aclose()
    assert kernel.open == 0


async def test_a_kernel_that_does_not_answer_hello_is_let_go(put):
    kernel = put(FakeKernel())

    async def silent(operation, **data):
        raise KernelUnreachable("Busy.")

    kernel.ask = silent
    assert (await _trier()(FIX)).verdict.reason == "the kernel is busy or gone"
    assert (kernel.connected, kernel.open) == (1, 0)


async def test_a_trial_that_breaks_off_costs_the_connection_and_the_next_is_tried(put):
    kernel = put(FakeKernel(KernelUnreachable("Gone."), {"verdict": {"status": "maybe"}}, PASSED))
    trier = _trier()
    assert (await trier(FIX)).verdict == Verdict("not_tried", "the kernel is busy or gone", can_check=True)
    assert (await trier(FIX)).verdict.reason == "the kernel's answer was not understood"
    assert (await trier(FIX)).verdict.status == "passed"
    assert (kernel.connected, kernel.open) == (3, 1)
    await trier.aclose()
    assert kernel.open == 0


async def test_an_older_nbdoctor_in_the_kernel_does_not_try(put):
    kernel = put(FakeKernel())
    kernel.hello = {"protocol": 1, "python": "3.9.1"}
    trier = _trier()
    assert (await trier(FIX)).verdict == Verdict("not_tried", "the nbdoctor in the kernel does not try fixes")
    assert kernel.trials() == []


# ------------------------------------------------------------------ Service


def _request(**fields):
    return DiagnosisRequest("k", CELL, PostedError("NameError", "m"), [CELL], **fields)


async def _all(stream):
    return [event async for event in stream]


async def test_a_diagnosis_tries_its_fixes_and_closes_the_connection(put):
    kernel = put(FakeKernel(PASSED))
    got = await _all(Service(NBDoctor()).diagnose(_request(), "a manager"))
    assert [name for name, _ in got] == ["findings", "progress", "fix", "diagnosis"]
    assert got[-1][1].fixes[0].verdict.status == "passed"
    assert kernel.open == 0


async def test_a_diagnosis_that_is_let_go_lets_its_trial_go(put):
    kernel = put(FakeKernel())
    kernel.hangs = True
    stream = Service(NBDoctor()).diagnose(_request(), "a manager")
    assert [(await stream.__anext__())[0] for _ in range(2)] == ["findings", "progress"]
    step = asyncio.ensure_future(stream.__anext__())
    async with asyncio.timeout(5):
        while not kernel.trials():
            await asyncio.sleep(0.005)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    await stream.aclose()
    assert kernel.open == 0


async def test_a_check_streams_the_installer_and_ends_with_the_verdict(put):
    kernel = put(FakeKernel(PASSED))
    got = await _all(Service(NBDoctor()).check(TrialRequest(INSTALL, CELL, [CELL]), "a manager"))
    assert [name for name, _ in got] == ["progress", "words", "words", "fix", "done"]
    assert got[0][1].stage == "trial"
    assert (got[3][1].id, got[3][1].verdict.status) == ("i", "passed")
    assert (got[4][1].ok, got[4][1].sentence) == (True, "The fix ran in a copy of the kernel.")
    assert kernel.asked[0] == ("report", {"cell_id": "c", "name": ""})
    assert kernel.open == 0


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (Verdict("failed", "KeyError: 'x'"), "The fix failed its check: KeyError: 'x'."),
        (Verdict("not_tried", "it would write a file"), "The fix was not checked: it would write a file."),
    ],
)
async def test_a_check_that_did_not_pass_says_why(put, verdict, sentence):
    put(FakeKernel(asdict(TrialResult(verdict))))
    got = await _all(Service(NBDoctor()).check(TrialRequest(FIX, CELL, [CELL]), "a manager"))
    assert got[-2][1].verdict == verdict
    assert (got[-1][1].ok, got[-1][1].sentence) == (False, sentence)


async def test_a_check_keeps_to_the_kernels_word_on_running_again(put):
    kernel = put(FakeKernel())
    kernel.report["rerun"] = asdict(Rerun(False, ["Line 1 adds to `n` in place; twice."], ["n"], None))
    got = await _all(Service(NBDoctor()).check(TrialRequest(FIX, CELL, [CELL]), "a manager"))
    assert "twice" in got[-2][1].verdict.reason
    assert kernel.trials() == []


async def test_a_check_without_an_error_to_check_against(put):
    kernel = put(FakeKernel())
    kernel.report = None
    got = await _all(Service(NBDoctor()).check(TrialRequest(FIX, CELL, [CELL]), "a manager"))
    assert [name for name, _ in got] == ["progress", "trouble", "fix", "done"]
    assert got[1][1].message == "The kernel has no error of this cell."
    assert got[3][1].ok is False


async def test_a_check_that_is_let_go_lets_its_trial_go(put):
    kernel = put(FakeKernel())
    kernel.hangs = True
    stream = Service(NBDoctor()).check(TrialRequest(FIX, CELL, [CELL]), "a manager")
    await stream.__anext__()
    step = asyncio.ensure_future(stream.__anext__())
    async with asyncio.timeout(5):
        while not kernel.trials():
            await asyncio.sleep(0.005)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    await stream.aclose()
    assert kernel.open == 0


@pytest.mark.parametrize(
    ("hello", "confinement"),
    [
        ({"python": "3.9.1", "confinement": {"tier": "basic", "sentence": "S."}}, Confinement("basic", "S.")),
        ({"python": "3.9.1"}, None),
    ],
)
async def test_who_a_kernel_is(put, hello, confinement):
    kernel = put(FakeKernel())
    kernel.hello = hello
    status = await Service(NBDoctor()).kernel_status("a manager")
    assert (status.python, status.confinement, status.trouble) == ("3.9.1", confinement, None)


@pytest.mark.parametrize("hello", [KernelUnreachable("Busy."), "what", {"confinement": {"tier": "leaky"}}])
async def test_a_kernel_that_cannot_say_who_it_is(put, hello):
    kernel = put(FakeKernel())
    kernel.hello = hello
    status = await Service(NBDoctor()).kernel_status("a manager")
    assert status.trouble.message in ("Busy.", "The kernel's answer was not understood.")
    assert status.confinement is None


# ------------------------------------------------------------------ with a real kernel


async def test_a_check_in_a_real_kernel_answers(jp_fetch, start_kernel):
    kernel = await start_kernel()
    assert await kernel.run("value = 3", "a") is None
    await kernel.run(CELL.source, "c")
    body = json.dumps(asdict(TrialRequest(FIX, CELL, [Cell("value = 3", "a"), CELL])))
    path = ("nbdoctor", "api", "kernels", kernel.id, "trials")
    got = events((await jp_fetch(*path, method="POST", body=body, request_timeout=80)).body)
    assert [name for name, _ in got] == ["progress", "fix", "done"]
    verdict = got[1][1]["verdict"]
    assert verdict["status"] in ("passed", "not_tried")  # as the system confines
    assert got[2][1]["ok"] is (verdict["status"] == "passed")

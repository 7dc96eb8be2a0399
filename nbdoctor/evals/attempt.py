"""One case from its first cell to its score: by nbdoctor as its server works, and by the baseline."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from typing import Any

from ..errors import NBDoctorError
from ..llm.client import ModelClient
from ..llm.usage import Call
from ..protocol import CATEGORIES, Cell, Diagnosis, DiagnosisRequest, Fix, PostedError
from ..server.service import Service
from . import baseline, grade, installs, others, score
from .cases import Case
from .kernels import CaseEnded, python_of
from .options import Options
from .results import NOT_ASKED, Result
from .session import Applied, Session, said

log = logging.getLogger("nbdoctor.evals")

#: Seconds for all that is no cell of the case: a kernel's start, the diagnosis with its trials and requests, the rerun.
OWN_SECONDS = 420.0


async def examine(case: Case, options: Options) -> list[Result]:
    """Ask a case of nbdoctor and, if that is asked for, of the baseline. Raises nothing but cancellation."""
    service = Service(options.settings(), use_rules=options.rules)
    calls: list[Call] = []
    service.client.on_call = calls.append
    try:
        results = [await _timed(case, options, options.system, _by_nbdoctor, service)]
        results[0].tokens = score.spent(calls)
        results[0].calls = len(calls)
        asked = list(calls)
        if options.baseline:
            calls.clear()
            results.append(await _timed(case, options, baseline.SYSTEM, _by_baseline, service))
            results[1].tokens = score.spent(calls, baseline.SYSTEM)
            results[1].calls = len(calls)
        if options.grade and service.client.configured:
            await grade.grade(service.client.for_job("grade"), case, results, asked)
    finally:
        await service.close()
    return results


Attempt = Callable[[Case, Options, Result, Service], Awaitable[None]]


async def _timed(case: Case, options: Options, system: str, attempt: Attempt, service: Service) -> Result:
    """The result of one attempt, whatever becomes of it."""
    result = score.blank(case, system)
    started = time.perf_counter()
    limit = OWN_SECONDS + case.timeout * (3 + len(case.cells)) + (installs.SECONDS if options.install else 0.0)
    try:
        await asyncio.wait_for(attempt(case, options, result, service), limit)
    except CaseEnded as ended:
        result.outcome, result.reason = ended.outcome, ended.reason  # type: ignore[assignment]
    except asyncio.TimeoutError:
        result.outcome, result.reason = "timeout", f"the case took more than {limit:.0f} s"
    except Exception as error:
        log.exception("the case %s was not examined", case.id)
        result.outcome, result.reason = "harness_failed", f"{type(error).__name__}: {error}"
    if result.solved is None and result.outcome != "diagnosed" and result.outcome not in NOT_ASKED:
        result.solved = False
    result.seconds["total"] = time.perf_counter() - started
    return result


class _Watch:
    """Notes when what came: seconds since the question."""

    def __init__(self, result: Result) -> None:
        self._began = time.perf_counter()
        self._result = result
        self.model_failed = ""
        result.seconds = dict.fromkeys(("findings", "words", "fix", "passed", "diagnosis"))

    def mark(self, name: str) -> None:
        """``name`` is there now; the first time counts."""
        if self._result.seconds.get(name) is None:
            self._result.seconds[name] = time.perf_counter() - self._began

    def event(self, name: str, payload: Any) -> None:
        """An event of the diagnosis."""
        if name in ("findings", "words", "diagnosis"):
            self.mark(name)
        if name == "fix" or (name == "findings" and payload.fixes):
            self.mark("fix")
        if name == "fix" and payload.verdict.status == "passed":
            self.mark("passed")
        if name == "trouble":
            self._result.notes.append(payload.message)
            if payload.code.startswith(("model", "output")):
                self.model_failed = payload.message


async def _by_nbdoctor(case: Case, options: Options, result: Result, service: Service) -> None:
    if options.diagnose_only:
        await _diagnose_only(case, result, service)
        return
    if options.categories:
        await _category_alone(case, options, result, service)
        return
    async with _reached(case, options, result, service) as (session, error):
        watch = _Watch(result)
        diagnosis = await session.diagnose(session.failing, error, watch.event)
        score.take_diagnosis(result, case, diagnosis)
        fix = diagnosis.fixes[0] if diagnosis.fixes else None
        if fix is not None and score.requirement_of(fix) and options.install:
            fix = await session.check(fix, session.failing)
        score.take_fix(result, case, fix)
        if fix is not None:
            result.fix = asdict(fix)
            if score.requirement_of(fix) is None or options.install:
                await _carry_out(session, fix, diagnosis, result)
        else:
            result.fixed = False
        score.settle(result, case)
        if fix is None and watch.model_failed and not result.solved:
            result.outcome, result.reason = "model_failed", watch.model_failed


async def _category_alone(case: Case, options: Options, result: Result, service: Service) -> None:
    """The kind of problem as the model judges it, the question put in each rotation of the labels."""
    async with _reached(case, options, result, service) as (session, error):
        try:
            answers = [judged.category for judged in await session.categorize(error, grade.rotations(CATEGORIES))]
        except NBDoctorError as failure:
            raise CaseEnded("model_failed", failure.message) from failure
    result.found_category = answers[0]
    result.category_right = score.category_right(case, answers[0])
    result.orders = grade.orders(CATEGORIES, answers)
    result.outcome = "diagnosed"


async def _carry_out(session: Session, fix: Fix, diagnosis: Diagnosis, result: Result) -> None:
    try:
        applied = await session.apply_as_meant(fix, rerun_is_safe=diagnosis.rerun.safe)
    except NBDoctorError as error:
        result.fixed, result.solved = False, False
        raise CaseEnded("not_applied", f"the fix was not carried out: {error.message}") from error
    except CaseEnded as ended:
        result.fixed, result.solved, result.false_pass = False, False, fix.verdict.status == "passed"
        raise CaseEnded(ended.outcome, f"after the fix {ended.reason}") from ended
    score.take_rerun(result, applied)
    await _check(session, result)


async def _check(session: Session, result: Result) -> None:
    if result.fixed and session.case.check:
        try:
            score.take_check(result, session.case, await session.holds(session.case.check))
        except CaseEnded as ended:
            result.checked = False
            result.error_after = [ended.outcome, ended.reason]
        if result.checked is False:
            result.other_mistake = await _holds_with_others(session, session.case.check)


async def _holds_with_others(session: Session, check: str) -> bool:
    """Whether the check holds once the other mistakes of the cell are corrected as well."""
    case, cell = session.case, session.notebook.cells[session.failing]
    code = others.with_others(case.bad_cell, cell.source, case.fixed_cell) if case.fixed_cell else None
    if code is None:
        return False
    cell.source = code
    try:
        return await session.run_anew(session.failing) is None and await session.holds(check) is None
    except CaseEnded:
        return False


async def _diagnose_only(case: Case, result: Result, service: Service) -> None:
    """From the recorded traceback, without a kernel."""
    texts, failing, _ = case.layout()
    cells = [Cell(text, f"cell-{number}") for number, text in enumerate(texts)]
    error = PostedError(case.error_type, case.error_message, [case.traceback or ""])
    watch = _Watch(result)
    async for name, payload in service.diagnose(DiagnosisRequest("", cells[failing], error, cells), None):
        watch.event(name, payload)
        if name == "diagnosis":
            score.take_diagnosis(result, case, payload)
            score.take_fix(result, case, payload.fixes[0] if payload.fixes else None)
    result.outcome = "diagnosed"
    result.solved = result.right
    if result.category_right is False:
        result.reason = f"the category is {result.found_category or 'unknown'}, the label says {case.category}"


async def _by_baseline(case: Case, options: Options, result: Result, service: Service) -> None:
    async with _reached(case, options, result, service, load=False) as (session, error):
        watch = _Watch(result)
        answer = await _asked(service.client.for_job(baseline.SYSTEM), case, error)
        watch.mark("fix")
        watch.mark("diagnosis")
        result.explanation, result.fix = answer.prose, {"answer": answer.text}
        # Without code to run, or where the question is what to install, the prose counts too.
        named = installs.named_in(answer.text if case.wants_install or answer.code is None else answer.code)
        heard = ""
        if named and options.install:
            _, heard = await installs.install(session.python, named, session.variables)
        score.take_distribution(result, case, named, heard)
        if named or answer.code is not None:
            result.origin, result.by, result.fixes = "model", await service.client.resolve_model(), 1
            if not named or options.install:
                await _replace(session, installs.without_installs(answer.code or ""), result)
        else:
            result.fixed = False
        score.settle(result, case)


async def _replace(session: Session, code: str, result: Result) -> None:
    """Put the baseline's code into the cell and run it; the old code, where the answer only installs something."""
    cell = session.notebook.cells[session.failing]
    cell.source = code or cell.source
    try:
        applied = Applied(await session.run(session.failing), "cell")
    except CaseEnded as ended:
        result.fixed = False
        raise CaseEnded(ended.outcome, f"after the fix {ended.reason}") from ended
    score.take_rerun(result, applied)
    await _check(session, result)


async def _asked(client: ModelClient, case: Case, error: PostedError) -> baseline.Answer:
    try:
        return await baseline.ask(client, case.bad_cell, error)
    except NBDoctorError as trouble:
        raise CaseEnded("model_failed", trouble.message) from trouble


@asynccontextmanager
async def _reached(
    case: Case, options: Options, result: Result, service: Service, *, load: bool = True
) -> AsyncIterator[tuple[Session, PostedError]]:
    """The case's kernel, in which the failing cell has just failed, and its error."""
    if not case.runnable:
        raise CaseEnded("not_runnable", "the case cannot be run; --diagnose-only reads its traceback")
    async with AsyncExitStack() as stack:
        python = python_of(case, options.folder)
        install = options.install and (case.wants_install or case.category == "dependency")
        if install:
            python = await stack.enter_async_context(installs.throw_away(python))
        session = await stack.enter_async_context(Session.opened(case, service, python, load=load, install=install))
        error = await session.reach()
        result.error_before = [error.name, said(error)]
        result.reproduced = case.reproduced(error.name, error.value)
        if session.load_trouble is not None:
            result.notes.append(session.load_trouble.message)
        yield session, error

"""From what happened to what it counts. Nothing here runs anything, so that each rule can be read and tested."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..config import JOBS
from ..llm.usage import Call
from ..protocol import Diagnosis, Fix, PostedError
from ..text import clip, strip_ansi
from . import installs
from .cases import Case
from .results import Result
from .session import Applied, said

_CHECK_LINE = re.compile(r"<check>(?::|, line )(\d+)")


def blank(case: Case, system: str) -> Result:
    """The result of a case before anything was asked."""
    return Result(
        case.id, case.file, system, case.category, case.error_type, case.fix_known, accepted=case.distribution
    )


def take_diagnosis(result: Result, case: Case, diagnosis: Diagnosis) -> None:
    """Note what the diagnosis says."""
    result.found_category = diagnosis.category
    result.category_right = category_right(case, diagnosis.category)
    result.kind, result.by, result.live = diagnosis.kind, diagnosis.by, diagnosis.live
    result.headline, result.explanation = diagnosis.headline, diagnosis.explanation
    result.fixes = len(diagnosis.fixes)
    result.notes += [note for note in diagnosis.notes if note not in result.notes]


def take_fix(result: Result, case: Case, fix: Fix | None) -> None:
    """Note the fix that is carried out: the first, or none."""
    if fix is not None:
        result.title, result.origin, result.by = fix.title, fix.origin, fix.by
        result.verdict, result.verdict_reason = fix.verdict.status, fix.verdict.reason
    take_distribution(result, case, requirement_of(fix))


def take_distribution(result: Result, case: Case, name: str | None, said_by_installer: str = "") -> None:
    """Note the distribution that was named, or that none was."""
    result.distribution = installs.normal(name) if name else None
    result.right = installs.same(name, case.distribution) if case.wants_install else None
    result.invented = installs.invented(name, case.distribution, said_by_installer)


def take_rerun(result: Result, applied: Applied) -> None:
    """Note how the cell ran after the fix."""
    result.fixed, result.rerun = applied.error is None, applied.rerun
    if applied.error is not None:
        result.error_after = [applied.error.name, said(applied.error)]


def take_check(result: Result, case: Case, failed: PostedError | None) -> None:
    """Note whether the case's assertions hold."""
    result.checked = failed is None
    if failed is not None:
        assertion = _assertion(case.check or "", failed)
        result.error_after = [failed.name, f"{said(failed)}{', in ' if assertion else ''}{assertion}"]


def _assertion(check: str, failed: PostedError) -> str:
    """The line of the assertions that failed."""
    lines, numbers = check.splitlines(), _CHECK_LINE.findall(strip_ansi("\n".join(failed.traceback)))
    number = int(numbers[0]) if numbers else 0
    return clip(lines[number - 1].strip(), 160) if 0 < number <= len(lines) else ""


def category_right(case: Case, found: str | None) -> bool | None:
    """Whether the category is the labelled one. Labels follow the exception's type: where they say ``dependency`` and the
    known fix is an edit (a module that moved), ``python`` is right too."""
    if case.category is None:
        return None
    edited = case.category == "dependency" and case.fixed_cell is not None
    return found == case.category or (edited and found == "python")


def requirement_of(fix: Fix | None) -> str | None:
    """The first distribution that a fix installs."""
    actions = fix.actions if fix is not None else ()
    return next((action.requirement for action in actions if action.kind == "install"), None)


def settle(result: Result, case: Case) -> None:
    """Come to the outcome and its reason, once all is noted. Leaves an outcome alone that says why the case did not end."""
    ran = result.fixed is not False and result.checked is not False
    result.false_pass = result.verdict == "passed" and not ran
    result.false_fail = result.verdict == "failed" and bool(result.fixed) and ran
    if case.wants_install:
        result.solved = bool(result.right) and (result.fixed is not False or case.distribution is None)
    else:
        result.solved = bool(result.fixed) and ran
    if result.solved:
        result.outcome, result.reason = "solved", ""
    else:
        _miss(result, case)


def _miss(result: Result, case: Case) -> None:
    what = result.error_after[1] if result.error_after else ""
    if case.wants_install and not result.right and (result.distribution or not result.fixes):
        result.outcome = "wrong_package" if result.distribution else "no_fix"
        named = f"named {result.distribution}" if result.distribution else "no distribution was named"
        result.reason = f"{named}, " + (
            f"accepted is {case.distribution}" if case.distribution else "where none exists"
        )
    elif result.origin == "none":
        result.outcome = "no_fix"
        result.reason = f"no fix was proposed ({result.kind or 'nothing was found'})"
    elif result.checked is False:
        result.outcome, result.reason = "wrong", f"the cell runs, but its check fails: {what}"
    elif result.fixed is None:
        result.outcome = "not_run"
        result.reason = f"the fix installs {result.distribution}, which was not carried out"
    else:
        result.outcome = "still_fails"
        before = " as before" if result.error_after == result.error_before else ""
        result.reason = f"the cell fails{before} after the fix: {what}"


def spent(calls: Iterable[Call], agent: str = "") -> dict[str, dict[str, int]]:
    """Tokens by agent: ``{"summarize": {"prompt": …, "completion": …, "calls": …, "estimated": …}}``; ``estimated`` counts
    the requests for which the server told no count. ``agent`` names all of them where given."""
    found: dict[str, dict[str, int]] = {}
    for call in calls:
        name = agent or JOBS.get(call.job) or call.job
        row = found.setdefault(name, {"prompt": 0, "completion": 0, "calls": 0, "estimated": 0})
        row["prompt"] += call.usage.prompt_tokens
        row["completion"] += call.usage.completion_tokens
        row["calls"] += 1
        row["estimated"] += call.estimated
    return found

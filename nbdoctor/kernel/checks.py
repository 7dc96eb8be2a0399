"""Tries the fixes of an error where the kernel itself presents them: in a terminal, or below a cell without our server."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from ..protocol import Candidate, Diagnosis, Fix, Report, Verdict
from ..rules.steps import candidate

if TYPE_CHECKING:
    from .trial.child import Job
    from .watch import Watch

MAX_TRIALS = 4
#: Seconds for the kernel to come to rest after the cell that failed.
_PATIENCE = 10.0
_ORDER = ("passed", "not_tried", "failed")


def check_now(watch: Watch, report: Report, diagnosis: Diagnosis) -> Diagnosis:
    """``diagnosis`` with the verdicts of its fixes, best first. On the main thread; takes as long as the trials do."""
    checked: List[Fix] = []
    for fix in diagnosis.fixes:
        planned = _plan(report, fix)
        if isinstance(planned, Candidate) and len(checked) < MAX_TRIALS:
            planned = _verdict(watch.trials.run(_job(watch, planned)))
        checked.append(replace(fix, verdict=planned) if isinstance(planned, Verdict) else fix)
    return replace(diagnosis, fixes=ordered(checked))


def check_later(watch: Watch, report: Report, diagnosis: Diagnosis, show: Callable[[Diagnosis], None]) -> None:
    """Try the fixes one after another once the kernel is at rest; ``show`` gets the diagnosis at the end, on another
    thread, where anything was tried."""
    plans = [_plan(report, fix) for fix in diagnosis.fixes]
    waiting = [(i, plan) for i, plan in enumerate(plans) if isinstance(plan, Candidate)][:MAX_TRIALS]
    fixes = [
        replace(fix, verdict=plan) if isinstance(plan, Verdict) else fix for fix, plan in zip(diagnosis.fixes, plans)
    ]

    def step(last: Optional[Tuple[int, Dict[str, Any]]] = None) -> None:
        if last is not None:
            fixes[last[0]] = replace(fixes[last[0]], verdict=_verdict(last[1]))
        if waiting:
            number, plan = waiting.pop(0)
            deadline = time.time() + _PATIENCE
            watch.trials.request(_job(watch, plan), deadline, lambda result: step((number, result)))
        elif last is not None:
            show(replace(diagnosis, fixes=ordered(fixes)))

    step()


def ordered(fixes: List[Fix]) -> List[Fix]:
    """Those that passed first, those that failed last, the surest of each first."""
    return sorted(fixes, key=lambda fix: (_ORDER.index(fix.verdict.status), -fix.confidence))


def _plan(report: Report, fix: Fix) -> Any:
    planned = candidate(fix, report.cell, (), report.rerun)
    # Nobody can ask again here: the installing line is offered instead.
    return replace(planned, can_check=False) if isinstance(planned, Verdict) else planned


def _job(watch: Watch, planned: Candidate) -> Job:
    from .trial.child import Job

    return Job(planned.steps, watch.seconds)


def _verdict(result: Dict[str, Any]) -> Verdict:
    return Verdict(**result["verdict"])

"""Runs the rules, one by one and guarded, and makes plans of what they propose."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Dict, List, Optional, Sequence, Tuple

from ..protocol import Cell, EmptyNamespace, Finding, Fix, Namespace, Report, Rerun
from . import guard
from .base import Context, Rule
from .plan import plan

log = logging.getLogger("nbdoctor.rules")

MAX_FINDINGS = 6
MAX_FIXES = 4

# Nothing is wrong with the code: the user or the kernel ended it.
_NOT_ERRORS = ("KeyboardInterrupt", "SystemExit", "GeneratorExit")


def diagnose(report: Report, namespace: Namespace, notebook: Sequence[Cell] = ()) -> List[Finding]:
    """Return what the rules conclude of ``report``, surest first; an empty list where they know nothing.

    Never raises: a rule that fails is logged and skipped, and its name is added to ``report.trouble``.
    """
    from .registry import RULES

    found = _run(RULES, report, namespace, notebook)
    if notebook:
        found = merge(diagnose_notebook(report, notebook), found)
    return found


def diagnose_notebook(report: Report, notebook: Sequence[Cell]) -> List[Finding]:
    """Return what only the notebook's cells tell: a cell that was not run, that failed, or that was edited since."""
    from .registry import NOTEBOOK_RULES

    return _run(NOTEBOOK_RULES, report, EmptyNamespace(), notebook)


def merge(first: Sequence[Finding], second: Sequence[Finding]) -> List[Finding]:
    """Return both lists as one, surest first; findings of the same kind and headline appear once.

    The confidences are comparable: a cell that was not run (0.9) comes before a guess at a typo, and after one that is
    nearly certain.
    """
    found: Dict[Tuple[str, str], Finding] = {}
    for finding in [*first, *second]:
        key = (finding.kind, finding.headline)
        if key not in found or len(finding.fixes) > len(found[key].fixes):
            found[key] = finding
    return sorted(found.values(), key=lambda finding: -finding.confidence)[:MAX_FINDINGS]


def _run(rules: Sequence[Rule], report: Report, namespace: Namespace, notebook: Sequence[Cell]) -> List[Finding]:
    if not report.errors or report.errors[0].name in _NOT_ERRORS:
        return []
    context = Context(report, namespace, notebook)
    found = []
    for rule in rules:
        finding = _guarded(rule, context)
        if finding is not None:
            found.append(replace(finding, fixes=_plans(finding, report, notebook)))
    return merge(found, [])


def _guarded(rule: Rule, context: Context) -> Optional[Finding]:
    try:
        return rule(context)
    except Exception:
        name = f"{rule.__module__.rpartition('.')[2]}.{rule.__name__}"
        log.exception("the rule %s failed", name)
        if name not in context.report.trouble:
            context.report.trouble.append(name)
        return None


def _plans(finding: Finding, report: Report, notebook: Sequence[Cell]) -> List[Fix]:
    """The fixes that pass the guard, planned, each once."""
    # The parser refused the cell: nothing of it ran.
    rerun = Rerun() if report.errors[0].name in ("SyntaxError", "IndentationError", "TabError") else report.rerun
    plans: Dict[str, Fix] = {}
    for raw in finding.fixes:
        if not _may_be_offered(raw, report, notebook):
            continue
        confidence = min(raw.confidence, finding.confidence)
        # A plain Fix: what its row allowed it is the guard's business, and ends here.
        fix = Fix(raw.id, raw.title, raw.actions, raw.origin, raw.by or finding.kind, confidence, raw.verdict)
        for planned in plan(fix, rerun, report.cell.source):
            plans.setdefault(planned.id, planned)
    return list(plans.values())[:MAX_FIXES]


def _may_be_offered(fix: Fix, report: Report, notebook: Sequence[Cell]) -> bool:
    try:
        reason = guard.objection(fix, report, notebook)
    except Exception:
        log.exception("the guard failed")  # what was not looked at is not offered
        if "guard" not in report.trouble:
            report.trouble.append("guard")
        return False
    if reason:
        log.debug("the fix %r was refused: %s", fix.title, reason)
    return not reason

"""From what the rules concluded to what the person is told."""

from __future__ import annotations

from dataclasses import replace
from typing import List, Optional, Sequence

from ..protocol import Action, Diagnosis, Finding, Fix, Report
from ..text import apply_edits
from .hints import hint


def to_diagnosis(report: Report, findings: Sequence[Finding], source: str) -> Diagnosis:
    """Return the Diagnosis of the strongest finding, with the fixes of all that agree on the category.

    ``source`` is the failing cell's authentic text: edits are carried out on it, and a fix that does not fit is left out.
    Without findings the Diagnosis says that nothing was found, and what was looked at.
    """
    if not findings:
        return nothing_found(report)
    first = findings[0]
    fixes: List[Fix] = []
    for finding in findings:
        if finding is first or finding.category == first.category:
            fixes += [f for f in (materialise(fix, source) for fix in finding.fixes) if f is not None]
    return Diagnosis(
        id=report.id,
        headline=first.headline,
        explanation=first.explanation,
        category=first.category,
        kind=first.kind,
        confidence=first.confidence,
        by=first.kind,
        facts=list(first.facts),
        fixes=_without_repeats(fixes),
        rerun=report.rerun,
        notes=own_failures(report),
        live=report.live,
        hint=hint(report, first.kind),
    )


def nothing_found(report: Report) -> Diagnosis:
    """The Diagnosis that says honestly that there is none."""
    name = report.errors[0].name if report.errors else "error"
    looked_at = "the error, its traceback, the cell" + (" and the live variables" if report.live else "")
    return Diagnosis(
        id=report.id,
        headline=f"nbdoctor knows no explanation for this {name}.",
        explanation=f"It looked at {looked_at}, and no rule matched.",
        rerun=report.rerun,
        notes=own_failures(report),
        live=report.live,
        hint=hint(report),
    )


def own_failures(report: Report) -> List[str]:
    """One sentence about what failed inside nbdoctor itself; empty where nothing did."""
    parts = ", ".join(report.trouble)
    return [f"nbdoctor itself failed in part ({parts}); the kernel's log says more."] if parts else []


def materialise(fix: Fix, source: str) -> Optional[Fix]:
    """Return ``fix`` with the new source written into its edits' actions; None where the edits do not fit ``source``."""
    actions: List[Action] = []
    for action in fix.actions:
        if action.kind == "replace_cell" and action.cell_id is None and action.new_source is None:
            try:
                actions.append(replace(action, new_source=apply_edits(source, action.edits)))
            except ValueError:
                return None
        else:
            actions.append(action)
    return replace(fix, actions=actions)


def _without_repeats(fixes: Sequence[Fix]) -> List[Fix]:
    seen: List[str] = []
    kept: List[Fix] = []
    for fix in fixes:
        if fix.id not in seen:
            seen.append(fix.id)
            kept.append(fix)
    return kept

"""A fix that got further and then failed: the rules have seen where, in the copy, and may know what to change next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..protocol import Action, Cell, Edit, Fix, Report
from ..rules.plan import fix_id
from ..rules.steps import from_line, reruns, resumes
from ..text import apply_edits


def follow_up(fix: Fix, report: Report, cell: Cell, muted: Collection[str] = ()) -> Fix | None:
    """The fix that does what ``fix`` does, and what the rules say of the error that its trial ended with.

    Args:
        fix: the plan whose trial failed.
        report: of the error in the copy; its findings' edits apply to the text that ran there.
        cell: the failing cell, with its authentic text.
        muted: kinds of finding that are not wanted.

    Returns:
        The plan with the same end as ``fix``; None where the rules know no edit, or the plan does not run the cell.
    """
    last = fix.actions[-1] if fix.actions else None
    if last is None or report.cell.id != cell.id or not (reruns(last, cell.id) or resumes(last, cell.id)):
        return None
    whole = _text_after(fix, cell)
    ran = from_line(whole, last.line or 1) if last.kind == "run_from" else whole
    start = whole.rfind(ran)
    if start < 0:  # line ends other than "\n" were lost
        return None
    for finding in report.findings:
        for second in finding.fixes if finding.kind not in muted else ():
            edits = _edits(second, cell)
            if edits and (text := _applied(ran, edits)) is not None and text != ran:
                return _joined(fix, second, cell, whole[:start] + text + whole[start + len(ran) :])
    return None


def _text_after(fix: Fix, cell: Cell) -> str:
    texts = [action.new_source for action in fix.actions if _writes(action, cell)]
    return texts[-1] if texts and texts[-1] is not None else cell.source


def _writes(action: Action, cell: Cell) -> bool:
    return action.kind == "replace_cell" and action.cell_id in (None, cell.id)


def _edits(fix: Fix, cell: Cell) -> list[Edit]:
    """The edits of a fix that does nothing else but edit and run the failing cell; else none."""
    writes = [action for action in fix.actions if _writes(action, cell)]
    others = [a for a in fix.actions if not (_writes(a, cell) or reruns(a, cell.id) or resumes(a, cell.id))]
    return writes[0].edits if len(writes) == 1 and not others else []


def _applied(source: str, edits: list[Edit]) -> str | None:
    try:
        return apply_edits(source, edits)
    except ValueError:
        return None


def _joined(first: Fix, second: Fix, cell: Cell, text: str) -> Fix:
    kept = [action for action in first.actions if not _writes(action, cell)]
    actions = [Action("replace_cell", cell_id=None, new_source=text), *kept]
    sure = min(first.confidence, second.confidence)
    title = _title(first, second.title[:1].lower() + second.title[1:])
    return replace(first, id=fix_id(actions), title=title, actions=actions, confidence=sure)


def _title(first: Fix, then: str) -> str:
    tail = f" and run from line {first.actions[-1].line} on"  # see `rules.plan`
    if first.title.endswith(tail):
        return f"{first.title[: -len(tail)]}, {then}{tail}"
    return f"{first.title}, and {then}"

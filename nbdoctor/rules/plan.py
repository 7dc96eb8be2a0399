"""From what a rule wants changed to a plan that can be carried out, with honest alternatives where no rerun is safe."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import List, Optional, Sequence

from ..protocol import Action, Cell, Edit, Fix, Report, Rerun
from .reading import effects
from .reading.source import defined_names, used_names

_CELL = "replace_cell"


def plan(fix: Fix, rerun: Rerun, source: str) -> List[Fix]:
    """Return ``fix`` as plans, best first; ``source`` is the failing cell's text.

    Where running the failing cell again is safe, its rerun is appended. Where it is not, the first plan does all but
    that, and a second one goes on from the failing statement, if that can be.
    """
    if any(_runs_failing(action) or action.kind == "restart_kernel" for action in fix.actions):
        return [_with_id(fix)]  # planned already, or nothing is left to rerun into
    if rerun.safe:
        return [_with_id(replace(fix, actions=[*fix.actions, Action("run_cells")]))]
    plans = [_with_id(fix)]
    resumed = _resume(fix.actions, rerun.resume_line, source)
    if resumed is not None:
        line = rerun.resume_line
        plans.append(_with_id(replace(fix, title=f"{fix.title} and run from line {line} on", actions=resumed)))
    return plans


def with_defining_cells(fixes: Sequence[Fix], report: Report, notebook: Sequence[Cell]) -> List[Fix]:
    """Return ``fixes`` and, where rerunning the failing cell whole would repeat a change, one more plan: run the cells that
    make what it changed anew, then the cell. Needs the notebook, which only a front end knows."""
    edits = next((fix for fix in fixes if [action.kind for action in fix.actions] == [_CELL]), None)
    if report.rerun.safe or edits is None:
        return list(fixes)
    cells = _defining(report, notebook)
    if not cells:
        return list(fixes)
    names = ", ".join(f"`{name}`" for name in report.rerun.changed)
    count = "the cell that defines" if len(cells) == 1 else f"the {len(cells)} cells that define"
    title = f"{edits.title}, run {count} {names} again, then this one"
    actions = [*edits.actions, Action("run_cells", cell_ids=cells), Action("run_cells")]
    return [*fixes, _with_id(replace(edits, title=title, actions=actions))]


def _defining(report: Report, notebook: Sequence[Cell]) -> List[str]:
    """Ids of the cells above the failing one that make the changed names anew, and of those that change them since, in
    order; empty where one of the names has no such cell."""
    above: List[Cell] = []
    for cell in notebook:
        if cell.id is not None and cell.id == report.cell.id:
            break
        if cell.kind == "code" and cell.id is not None:
            above.append(cell)
    found = set()
    for name in report.rerun.changed:
        starts = [
            i for i, c in enumerate(above) if name in defined_names(c.source) and name not in used_names(c.source)
        ]
        if not starts:
            return []
        later = range(starts[-1] + 1, len(above))
        found |= {starts[-1], *(i for i in later if name in _changed_by(above[i], name))}
    return [above[i].id or "" for i in sorted(found)]


def _changed_by(cell: Cell, name: str) -> List[str]:
    return effects.rerun(cell.source, cell.source.count("\n") + 2, [name]).changed if name in cell.source else []


def _resume(actions: Sequence[Action], line: Optional[int], source: str) -> Optional[List[Action]]:
    """The actions that go on from ``line``; None where that would miss an edit.

    An edit of a statement that has run already would never run, so there is no such plan. An import that belongs at the
    top of the cell is put before the failing statement instead, where it does run; ``line`` is then the import's.
    """
    if line is None:
        return None
    start = _line_start(source, line)
    result: List[Action] = []
    for action in actions:
        if action.kind == _CELL and action.cell_id is None:
            if action.new_source is not None:
                return None
            edits = [Edit(start, start, edit.text) if _is_import(edit) else edit for edit in action.edits]
            if any(edit.start < start for edit in edits):
                return None
            action = replace(action, edits=sorted(edits, key=lambda edit: (edit.start, edit.end)))  # noqa: PLW2901
        result.append(action)
    return [*result, Action("run_from", line=line)]


def _is_import(edit: Edit) -> bool:
    return edit.start == edit.end and edit.text.endswith("\n") and edit.text.startswith(("import ", "from "))


def _line_start(source: str, line: int) -> int:
    position = 0
    for _ in range(line - 1):
        end = source.find("\n", position)
        if end < 0:
            return len(source)
        position = end + 1
    return position


def _runs_failing(action: Action) -> bool:
    return action.kind == "run_from" or (action.kind == "run_cells" and not action.cell_ids)


def _with_id(fix: Fix) -> Fix:
    return replace(fix, id=fix_id(fix.actions))


def fix_id(actions: Sequence[Action]) -> str:
    """A short id that is the same for the same actions."""
    text = json.dumps([asdict(action) for action in actions], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:10]

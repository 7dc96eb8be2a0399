"""From a Fix to what a trial of it runs. The plan that is tried is the plan that the front end carries out, step by step."""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Sequence, Union

from ..protocol import Action, Candidate, Cell, Fix, Rerun, Step, Verdict
from ..text import apply_edits
from .reading.source import defined_names, used_names

ASK_FOR_INSTALL = "an install is checked when you ask for it"


class _Refused(Exception):
    """The plan cannot be tried; the message is the verdict's reason."""


def candidate(
    fix: Fix, cell: Cell, cells: Sequence[Cell], rerun: Rerun, *, module: str = "", clicked: bool = False
) -> Union[Candidate, Verdict]:
    """Return what a trial of ``fix`` runs, or the Verdict that says why it is not to be tried.

    Parameters
    ----------
    fix : the plan; edits count where an action has no ``new_source``.
    cell : the failing cell, with its authentic text.
    cells : all cells of the notebook; may be empty, as in a terminal.
    rerun : whether the failing cell may be run again whole.
    module : the module that was missing, which an install has to bring.
    clicked : whether a person asked for this check: only then a package is put into the throw-away folder.
    """
    notebook = _Notebook(cell, cells)
    made = Candidate()
    try:
        for action in fix.actions:
            _add(action, notebook, made)
        _check(fix, notebook, made, rerun)
    except _Refused as refused:
        return Verdict("not_tried", str(refused))
    if made.requirement is not None:
        if not clicked:
            return Verdict("not_tried", ASK_FOR_INSTALL, can_check=True)
        made.modules = [module] if module else []
    return made


def from_line(source: str, line: int) -> str:
    """The part of a cell that ``run_from`` runs: its lines from ``line`` on, counted from 1."""
    return "\n".join(source.splitlines()[line - 1 :])


def reruns(action: Action, cell_id: Optional[str]) -> bool:
    """Whether an action runs the failing cell, ``cell_id``, again whole."""
    if action.kind != "run_cells":
        return False
    return not action.cell_ids or (cell_id is not None and cell_id in action.cell_ids)


def resumes(action: Action, cell_id: Optional[str]) -> bool:
    """Whether an action runs the failing cell, ``cell_id``, from a line on."""
    return action.kind == "run_from" and action.cell_id in (None, cell_id)


class _Notebook:
    """The cells' texts as the plan leaves them, step by step. The failing cell may have no id."""

    def __init__(self, cell: Cell, cells: Sequence[Cell]) -> None:
        self.failing = cell.id
        known = {c.id: c for c in cells if c.id is not None}
        self._code: List[Optional[str]] = [cell.id, *(cell_id for cell_id, c in known.items() if c.kind == "code")]
        self._texts: Dict[Optional[str], str] = {cell_id: c.source for cell_id, c in known.items()}
        self._texts[cell.id] = cell.source

    def id_of(self, cell_id: Optional[str]) -> Optional[str]:
        """The id that an action means; None there means the failing cell."""
        found = self.failing if cell_id is None else cell_id
        if found not in self._texts:
            raise _Refused("a cell that it needs is not in the notebook")
        return found

    def text(self, cell_id: Optional[str]) -> str:
        return self._texts[self.id_of(cell_id)]

    def write(self, action: Action) -> None:
        """Do what ``replace_cell`` says."""
        source = action.new_source
        if source is None:
            try:
                source = apply_edits(self.text(action.cell_id), action.edits)
            except ValueError:
                raise _Refused("its edits do not fit the cell") from None
        self._texts[self.id_of(action.cell_id)] = source

    def steps(self, action: Action) -> List[Step]:
        """The cells that ``run_cells`` runs; those that hold no code run to nothing."""
        ids = [self.id_of(cell_id) for cell_id in action.cell_ids] or [self.failing]
        return [Step(self._texts[cell_id], cell_id) for cell_id in ids if cell_id in self._code]


def _add(action: Action, notebook: _Notebook, made: Candidate) -> None:
    """Carry out one action of the plan on the texts, and note what it runs."""
    if action.kind == "restart_kernel":
        raise _Refused("it needs a restart of the kernel")
    if action.kind == "replace_cell":
        notebook.write(action)
    elif action.kind == "insert_cell":
        notebook.id_of(action.cell_id)  # a new cell has no id that the plan could run it by
    elif action.kind == "run_cells":
        made.steps += notebook.steps(action)
    elif action.kind == "run_from":
        text = from_line(notebook.text(action.cell_id), action.line or 1)
        made.steps.append(Step(text, notebook.id_of(action.cell_id)))
    elif made.requirement is not None or made.steps:
        raise _Refused("it installs packages in an order that a trial cannot follow")
    else:
        made.requirement = action.requirement or ""


def _check(fix: Fix, notebook: _Notebook, made: Candidate, rerun: Rerun) -> None:
    """Refuse a plan whose success would say nothing, or would not be true of the notebook itself."""
    failing = notebook.failing
    whole = any(reruns(action, failing) for action in fix.actions)
    resumed = [action.line or 1 for action in fix.actions if resumes(action, failing)]
    because = _clause(rerun.reasons)
    if not whole and not resumed and made.requirement is None:
        what = "it does not run the failing cell again" if made.steps else "it only changes the text"
        raise _Refused(f"{what}, because {because}" if because and not rerun.safe else what)
    if rerun.safe:
        return
    first = min([1] * whole + resumed, default=None)
    repeats = first is not None and (rerun.resume_line is None or first < rerun.resume_line)
    if repeats and not (whole and _made_anew(made.steps, failing, rerun)):
        raise _Refused(f"running the cell again would do a change twice: {because.partition(';')[0]}".rstrip(": "))


def _made_anew(steps: Sequence[Step], failing: Optional[str], rerun: Rerun) -> bool:
    """Whether cells that run before the failing one make all that it changed anew. What changed outside of the kernel's
    variables (a file, a database) has no name, and nothing makes it anew."""
    before: List[Step] = []
    for step in steps:
        if step.cell_id == failing:
            break
        before.append(step)
    made = {
        name
        for step in before
        for name in set(defined_names(step.source)) - set(used_names(step.source))
        if name in rerun.changed
    }
    if not made or made != set(rerun.changed):
        return False
    named = re.compile("|".join(rf"`{re.escape(name)}\b" for name in made))
    return all(named.search(reason) for reason in rerun.reasons)


def _clause(reasons: Sequence[str]) -> str:
    """The first reason, made to go on within a sentence."""
    first = reasons[0].rstrip(". ") if reasons else ""
    return first[:1].lower() + first[1:]

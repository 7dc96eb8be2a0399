"""The notebook's code cells, what the kernel knows of each, and which of them have to be run for a name."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Dict, FrozenSet, List, Optional, Sequence, Set

from ...protocol import Action, Cell, Executed, Fix
from ...text import digest
from .. import tables
from ..base import Context, fix
from ..reading import effects
from ..reading.binding import bindings, binds
from ..reading.past import deletes, missed, place_of
from ..reading.scopes import BUILTINS
from ..reading.source import tree_of, used_names
from ..reading.words import sentence

MAX_CELLS = 30
_MANY_NAMES = 300  # a Report names no more variables: what is not among them may be there


@dataclass
class Plan:
    """Cells to run, in the notebook's order; why they cannot simply be run; what running one of them again repeats."""

    cells: List[int] = field(default_factory=list)
    blocked: Optional[int] = None
    repeats: List[str] = field(default_factory=list)


class Notebook:
    """The code cells of the notebook, the failing one at ``here``; beyond the last where it is not among them."""

    def __init__(self, context: Context) -> None:
        self.cells = [cell for cell in context.notebook if cell.kind == "code"]
        self.here = next((i for i, cell in enumerate(self.cells) if _is_failing(context, cell)), len(self.cells))
        self.live = context.report.live
        self.names: Set[str] = set(context.report.names)
        self._last: Dict[str, Executed] = {}
        self._texts: Dict[str, Executed] = {}
        for run in context.report.history:
            self._texts[run.digest] = run
            if run.cell_id is not None:
                self._last[run.cell_id] = run
        counts = [run.execution_count for run in context.report.history if run.execution_count is not None]
        self._whole = bool(counts) and min(counts) <= 1

    def run_of(self, index: int) -> Optional[Executed]:
        """The last execution of a cell; for a cell without an id, of its text."""
        cell = self.cells[index]
        return self._last.get(cell.id) if cell.id is not None else self._texts.get(digest(cell.source))

    def state(self, index: int) -> str:
        """``ran``, ``not_run``, ``restarted`` (ran in an earlier kernel only), ``failed`` or ``edited`` since it ran."""
        cell, run = self.cells[index], self.run_of(index)
        if run is None:
            if cell.execution_count is None:
                return "not_run"
            if not self.live:
                return "ran"
            return "restarted" if self._whole else "not_run"
        if run.digest != digest(cell.source):
            return "edited"
        return "ran" if run.ok else "failed"

    def place(self, index: int) -> str:
        """A cell, as a sentence names it."""
        cell = self.cells[index]
        return place_of(cell, self.run_of(index)) or f"a cell {self.direction(index)}"

    def direction(self, index: int) -> str:
        """Where a cell stands, seen from the failing one."""
        return "above" if index < self.here else "further down"

    # -------------------------------------------------------------- what has to be run

    def definer(self, name: str, at: Optional[int] = None) -> Optional[int]:
        """The cell to take a name from, for the cell at ``at``: the nearest above it, else the first below."""
        at = self.here if at is None else at
        found = [i for i, c in enumerate(self.cells) if i not in (self.here, at) and binds(c.source, name)]
        above = [i for i in found if i < at]
        return above[-1] if above else (found[0] if found else None)

    def missing(self, index: int, anew: FrozenSet[str] = frozenset()) -> List[str]:
        """Names that a cell needs and the kernel does not have, or that are to be made ``anew``."""
        used = used_names(self.cells[index].source)
        return [name for name in used if name in anew or not self._is_there(name, index)]

    def _is_there(self, name: str, index: int) -> bool:
        if name in self.names or name in BUILTINS:
            return True
        if not name.startswith("_") and len(self.names) < _MANY_NAMES:
            return False
        made_by = self.definer(name, index)
        return made_by is not None and self.state(made_by) == "ran"

    def plan(self, names: Sequence[str], *, cells: Sequence[int] = (), anew: FrozenSet[str] = frozenset()) -> Plan:
        """What to run for ``names``, and for what those cells need themselves.

        ``cells``: cells to run as well. ``anew``: names that are there, and are to be made again.
        """
        found: Set[int] = set(cells)
        blocked = next((i for i in sorted(cells) if self.is_blocked(i)), None)
        queue = [(name, self.here) for name in names]
        queue += [(name, i) for i in cells for name in self.missing(i, anew)]
        while queue and len(found) < MAX_CELLS:
            name, at = queue.pop(0)
            index = self.definer(name, at)
            if index is None or index in found or index == self.here:
                continue
            wanted = [index, *self._changers(name, index, at)]
            found.update(wanted)
            for cell in wanted:
                if self.is_blocked(cell):
                    blocked = cell if blocked is None else min(blocked, cell)
                # An earlier kernel's names are gone altogether; what an unknown kernel has is not known.
                queue += [(more, cell) for more in self.missing(cell, anew)] if self.live else []
        ordered = sorted(found)
        return Plan(ordered, blocked, self._repeats(ordered))

    def _changers(self, name: str, start: int, at: int) -> List[int]:
        """Cells between a definition and its use that change what was made: they ran before, or make what is asked for."""
        if start > at:
            return []
        wanted = _constants(self.cells[at].source) if at < len(self.cells) else set()
        found = []
        for i in range(start + 1, at):
            source = self.cells[i].source
            if i == self.here or binds(source, name) or deletes(source, name) or not changes_of(source, name):
                continue
            if self.state(i) != "not_run" or _constants(source) & wanted or prepares(source, name):
                found.append(i)
        return found

    def is_blocked(self, index: int) -> bool:
        """Whether a cell failed for a reason that running it again does not take away."""
        run = self.run_of(index)
        if run is None or self.state(index) != "failed" or run.error.startswith("KeyboardInterrupt"):
            return False
        name = missed(run)
        return name is None or not (name in self.names or self.definer(name, index) is not None)

    def _repeats(self, cells: Sequence[int]) -> List[str]:
        """Sentences about cells that have run already and change something that was there before."""
        found: List[str] = []
        existing = set(self.names)
        for index in cells:
            cell, run = self.cells[index], self.run_of(index)
            if run is not None and self.live:
                ended = cell.source.count("\n") + 2
                again = effects.rerun(
                    cell.source, ended, sorted(existing - set(bindings(cell.source)) | _own(cell.source))
                )
                place = self.place(index)
                found += [f"{sentence(place)} has run before: {_lower(text)}" for text in again.reasons[:2]]
            existing -= set(bindings(cell.source)) - _own(cell.source)  # made anew by then
        return found

    # -------------------------------------------------------------- what to offer

    def fixes(self, plan: Plan, title: str, confidence: float) -> List[Fix]:
        """The fix that runs a plan; empty where it cannot be run, or a cell of it would only fail again."""
        ids = [self.cells[i].id for i in plan.cells]
        if not ids or plan.blocked is not None or any(cell_id is None for cell_id in ids):
            return []
        if plan.repeats:
            title += ", though that repeats a change"
            confidence = min(confidence, 0.5)
        return [fix(title, Action("run_cells", cell_ids=[i for i in ids if i is not None]), confidence=confidence)]


def _is_failing(context: Context, cell: Cell) -> bool:
    return cell.id == context.cell.id if cell.id is not None else cell.source == context.cell.source


def _own(cell_source: str) -> Set[str]:
    """Names that a cell makes from what they were (``df = df.dropna()``)."""
    return set(used_names(cell_source)) & set(bindings(cell_source))


def changes_of(cell_source: str, name: str) -> bool:
    """Whether a cell changes what a name stands for, without giving the name another value."""
    if name not in cell_source:
        return False
    return bool(effects.rerun(cell_source, cell_source.count("\n") + 2, [name]).changed) or prepares(cell_source, name)


def prepares(cell_source: str, name: str) -> bool:
    """Whether a cell calls a method that readies an object for use: ``model.fit(…)``."""
    return any(
        method in cell_source and f"{name}.{method}(" in cell_source
        for method in tables.load("state")["readies"]["names"]
    )


def _constants(cell_source: str) -> Set[str]:
    """The short texts that a cell names: columns and keys."""
    tree = tree_of(cell_source)
    return {
        node.value
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and 0 < len(node.value) <= 60
    }


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]

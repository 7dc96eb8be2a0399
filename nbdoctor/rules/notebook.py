"""State of the notebook: a name's cell was not run, failed, or was edited after it ran."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ..protocol import Action, Cell, Executed, Finding
from ..text import digest
from .base import Context, code, finding, fix
from .scopes import BUILTINS
from .source import defined_names, used_names

_NAME = re.compile(r"name '([^']+)' is not defined")
_MODULE = re.compile(r"No module named '([\w]+)'")
_WRITES_FILE = re.compile(r"%%(?:file|writefile)\s+(?:-a\s+)?([\w./-]+)\.py\b")

# Surer than a guess at a typo, less sure than a name that differs in its case alone.
_SURE = 0.93


class _Notebook:
    """The code cells, and what the kernel knows of each."""

    def __init__(self, context: Context) -> None:
        self.cells = [cell for cell in context.notebook if cell.kind == "code"]
        self.here = next((i for i, cell in enumerate(self.cells) if self._is_failing(context, cell)), len(self.cells))
        self.live = context.report.live
        self.names = set(context.report.names)
        self.last: Dict[str, Executed] = {}
        for run in context.report.history:
            if run.cell_id is not None:
                self.last[run.cell_id] = run

    @staticmethod
    def _is_failing(context: Context, cell: Cell) -> bool:
        return cell.id == context.cell.id if cell.id is not None else cell.source == context.cell.source

    def state(self, cell: Cell) -> str:
        """``ran``, ``not_run``, ``failed`` or ``edited`` since it ran."""
        run = self.last.get(cell.id or "")
        if run is None:
            return "ran" if not self.live and cell.execution_count is not None else "not_run"
        if run.digest != digest(cell.source):
            return "edited"
        return "ran" if run.ok else "failed"

    def definer(self, name: str) -> Optional[int]:
        """The cell to take a name from: the nearest above the failing one, else the first below."""
        others = [i for i, cell in enumerate(self.cells) if i != self.here and name in defined_names(cell.source)]
        above = [i for i in others if i < self.here]
        return above[-1] if above else (others[0] if others else None)

    def missing(self, index: int) -> List[str]:
        """Names that a cell needs and the kernel does not have."""
        return [
            name for name in used_names(self.cells[index].source) if name not in self.names and name not in BUILTINS
        ]

    def needed(self, names: List[str]) -> List[int]:
        """Cells to be run for ``names``, and for what those cells need themselves, in the notebook's order."""
        found: List[int] = []
        queue = list(names)
        while queue and len(found) < 30:
            index = self.definer(queue.pop(0))
            if index is None or index in found or index == self.here:
                continue
            found.append(index)
            if self.live:
                queue += self.missing(index)
        return sorted(found)


def _shown(cell: Cell) -> str:
    line = next((line.strip() for line in cell.source.split("\n") if line.strip()), "")
    return code(line)


def cell_not_run(context: Context) -> Optional[Finding]:
    """A name that another cell of the notebook defines."""
    match = _NAME.search(context.message) if context.is_("NameError") else None
    if not match or not context.notebook:
        return None
    name = context.detail("name") or match.group(1)
    book = _Notebook(context)
    index = book.definer(name)
    if index is None:
        return None
    cell = book.cells[index]
    state = book.state(cell)
    place = "above" if index < book.here else "further down"
    if state == "failed":
        headline = f"{code(name)} is missing because the cell that defines it failed: {_shown(cell)}."
        return finding("cell_failed", headline, _SURE, explanation="Correct that cell first and run it, then this one.")
    wanted = [name]
    if book.here < len(book.cells) and book.live:
        wanted += book.missing(book.here)
    cells = book.needed(wanted)
    kinds = {
        "not_run": ("cell_not_run", f"{code(name)} is defined in a cell {place} that was not run: {_shown(cell)}."),
        "edited": (
            "cell_edited",
            f"{code(name)} is defined in a cell {place} that was edited and not run since: {_shown(cell)}.",
        ),
        "ran": ("name_deleted", f"{code(name)} was defined by a cell {place}, and is gone again: {_shown(cell)}."),
    }
    kind, headline = kinds[state]
    confidence = _SURE if state != "ran" else 0.7
    return finding(kind, headline, confidence, fixes=_run(book, cells, confidence))


def _run(book: _Notebook, indices: List[int], confidence: float) -> List[Any]:
    ids = [book.cells[i].id for i in indices]
    if (
        not ids
        or any(cell_id is None for cell_id in ids)
        or any(book.state(book.cells[i]) == "failed" for i in indices)
    ):
        return []
    title = "Run the cell that defines it" if len(ids) == 1 else f"Run the {len(ids)} cells that this one needs"
    return [fix(title, Action("run_cells", cell_ids=[i for i in ids if i is not None]), confidence=confidence)]


def file_not_written(context: Context) -> Optional[Finding]:
    """A module that a ``%%file`` cell of the notebook writes."""
    match = _MODULE.search(context.message) if context.is_("ModuleNotFoundError") else None
    if not match:
        return None
    book = _Notebook(context)
    for index, cell in enumerate(book.cells):
        written = _WRITES_FILE.match(cell.source.lstrip())
        if written and written.group(1).rsplit("/", 1)[-1] == match.group(1) and book.state(cell) != "ran":
            headline = f"{code(match.group(1))} is a file that another cell writes, and that cell was not run."
            return finding("cell_not_run", headline, 0.95, fixes=_run(book, [index], 0.95))
    return None


RULES: Tuple[Any, ...] = (cell_not_run, file_not_written)

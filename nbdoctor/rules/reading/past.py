"""What ran in this kernel before the cell that failed, as far as its text came along with the Report."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional

from ...protocol import Cell, Executed
from ...text import digest
from ..base import Context
from .binding import bindings, bound_before
from .source import tree_of

_RESET = re.compile(r"(?m)^\s*%(?:reset|clear)\b")
_NAME_ERROR = re.compile(r"^NameError: (?:.*?)name '([^']+)' is not defined")


class Past:
    """The executions before the failing one, oldest first."""

    def __init__(self, context: Context) -> None:
        runs = list(context.report.history)
        if runs and not runs[-1].ok and runs[-1].digest == digest(context.source):
            runs.pop()  # the failing execution itself
        self.runs: List[Executed] = runs
        self._cell = context.cell

    def of_this_cell(self) -> List[Executed]:
        """Earlier runs of the failing cell."""
        return [run for run in self.runs if self.is_this_cell(run)]

    def is_this_cell(self, run: Executed) -> bool:
        """Whether an execution was one of the failing cell, or of the very same text."""
        if run.cell_id is not None and run.cell_id == self._cell.id:
            return True
        return run.digest == digest(self._cell.source)

    def binders(self, name: str) -> List[Executed]:
        """Executions that gave the name a value."""
        return [run for run in self.runs if has_bound(run, name)]

    def last_bound(self, name: str, before: Optional[Executed] = None) -> Optional[Executed]:
        """The last execution that gave the name a value; with ``before``, the last before that one."""
        runs = self.runs if before is None else self.runs[: self.runs.index(before)]
        return next((run for run in reversed(runs) if has_bound(run, name)), None)

    def deleter(self, name: str) -> Optional[Executed]:
        """The execution after which the name was gone; None where none of them took it away."""
        for run in reversed(self.runs):
            if run.ok and has_bound(run, name):
                return None
            if run.source and (deletes(run.source, name) or (run.ok and _RESET.search(run.source))):
                return run
        return None

    def meant_to_bind(self, name: str) -> Optional[Executed]:
        """The last execution whose text gives the name a value, whether it came to it or not."""
        return next((r for r in reversed(self.runs) if r.source and name in bindings(r.source)), None)

    def since(self, run: Executed) -> List[Executed]:
        """What ran after an execution."""
        return self.runs[self.runs.index(run) + 1 :]


def has_bound(run: Executed, name: str) -> bool:
    """Whether an execution gave a name a value: it ran through, or failed further down."""
    if name not in run.source:
        return False
    if run.ok:
        return name in bindings(run.source)
    return run.line is not None and name in bound_before(run.source, run.line)


def deletes(cell_source: str, name: str) -> bool:
    """Whether a cell's own statements delete the name (``del name``, ``%xdel name``)."""
    if re.search(rf"(?m)^\s*%(?:xdel\s+(?:-n\s+)?|reset_selective\s.*){re.escape(name)}\b", cell_source):
        return True
    tree = tree_of(cell_source)
    return any(
        isinstance(target, ast.Name) and target.id == name
        for statement in (tree.body if tree is not None else ())
        for node in _outside_functions(statement)
        if isinstance(node, ast.Delete)
        for target in node.targets
    )


def _outside_functions(node: Any) -> List[Any]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
        return []
    return [node, *(inner for child in ast.iter_child_nodes(node) for inner in _outside_functions(child))]


def label(run: Executed) -> str:
    """An execution, as a sentence names it."""
    return f"cell [{run.execution_count}]" if run.execution_count is not None else "a cell that ran before"


def missed(run: Executed) -> Optional[str]:
    """The name for lack of which an execution failed; None where it failed otherwise."""
    match = _NAME_ERROR.match(run.error)
    return match.group(1) if match else None


def error_type(run: Executed) -> str:
    """How an execution failed, in a word; empty where that is not known."""
    return run.error.partition(":")[0].strip()


def place_of(cell: Cell, run: Optional[Executed]) -> str:
    """A cell of the notebook, as a sentence names it: by the number that it shows."""
    count = run.execution_count if run is not None else cell.execution_count
    return f"cell [{count}]" if count is not None else ""

"""What a tool is asked about, and what a tool is."""

from __future__ import annotations

import ast
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..protocol import Cell, Finding, Frame, Look, RaisedError, Report
from ..rules.reading.source import defined_names, line_text, tree_of

_NO_ATTRIBUTE = re.compile(r"has no attribute '(\w+)'")

#: Asks the kernel what expressions are now, without running them; nothing of those that cannot be told.
Looker = Callable[[Sequence[str]], Awaitable[Mapping[str, Look]]]


@dataclass
class Failure:
    """Where the cell failed: the line, counted from 1, and the statement of the cell that it belongs to
    (lines ``first`` to ``last``, both included)."""

    line: int
    first: int
    last: int

    def text(self, source: str) -> str:
        """The failing statement's lines."""
        return "\n".join(source.split("\n")[self.first - 1 : self.last])


@dataclass
class Inquiry:
    """One error, as a tool sees it. ``cell`` and ``notebook`` have their authentic texts, ``findings`` are the rules'.
    ``failure`` is None where it is not known which line failed, ``look`` where there is no kernel to ask."""

    report: Report
    cell: Cell
    notebook: Sequence[Cell]
    findings: Sequence[Finding]
    failure: Failure | None
    look: Looker | None = None
    _seen: dict[str, Look | None] = field(default_factory=dict, init=False)

    async def looks(self, expressions: Sequence[str]) -> Mapping[str, Look]:
        """What these are in the kernel, each asked once; without those that cannot be told."""
        new = [text for text in expressions if text not in self._seen]
        if new and self.look is not None:
            found = await self.look(new)
            self._seen.update({text: found.get(text) for text in new})
        return {text: look for text in expressions if (look := self._seen.get(text)) is not None}


class Tool(Protocol):
    """Answers with facts. Another distribution adds one by an entry point of the group ``nbdoctor.tools``."""

    async def __call__(self, inquiry: Inquiry) -> Sequence[str]:
        """Return sentences about the failing expression, the most useful first; none where there is nothing to say."""


def missing_attribute(error: RaisedError) -> str:
    """The attribute that the error says is not there; empty where it says no such thing."""
    match = _NO_ATTRIBUTE.search(error.message)
    return match[1] if match is not None else ""


def find_failure(report: Report, cell: Cell) -> Failure | None:
    """Where in the cell the error was raised, or passed through last."""
    frames = [frame for error in report.errors[:1] for frame in error.frames if in_cell(frame, cell)]
    count = cell.source.count("\n") + 1
    if not frames or not 1 <= frames[-1].line <= count:
        return Failure(1, 1, 1) if count == 1 else None
    line = line_in(frames[-1], cell.source)
    tree = tree_of(cell.source)
    inner = [n for n in ast.walk(tree) if isinstance(n, ast.stmt) and _covers(n, line)] if tree else []
    simple = [n for n in inner if not hasattr(n, "body")]
    if not simple:  # a syntax error, or the head of a block
        return Failure(line, line, line)
    statement = min(simple, key=lambda n: (n.end_lineno or n.lineno) - n.lineno)
    return Failure(line, statement.lineno, statement.end_lineno or statement.lineno)


def line_in(frame: Frame, source: str) -> int:
    """The line of the cell that a frame means."""
    # IPython takes leading blank lines away before it counts; the frame's own text decides.
    blank = len(source) - len(source.lstrip("\n"))
    same = (n for n in (frame.line, frame.line + blank) if line_text(source, n).strip() == frame.source.strip())
    return next(same, frame.line)


def _covers(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def in_cell(frame: Frame, cell: Cell) -> bool:
    """Whether a frame is of the failing cell."""
    return frame.where == "cell" and frame.cell_id in (None, cell.id)


def defining_cells(name: str, cell: Cell, notebook: Sequence[Cell]) -> list[Cell]:
    """The other code cells that bind ``name`` at their top level."""
    others = [c for c in notebook if c.kind == "code" and (c.id is None or c.id != cell.id)]
    return [c for c in others if name in c.source and name in defined_names(c.source)]

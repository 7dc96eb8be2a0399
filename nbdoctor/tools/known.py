"""What is known already: by the rules, by the exception object, and by where Python stopped reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..protocol import Cell, RaisedError
from ..rules.reading.source import line_text
from ..text import clip
from .inquiry import Inquiry, line_in


async def known(inquiry: Inquiry) -> Sequence[str]:
    """The rules' findings, the failing expression and the type of the object there; the place of a syntax error."""
    return list(_known(inquiry))


def _known(inquiry: Inquiry) -> Iterator[str]:
    for finding in inquiry.findings[:2]:
        yield from (finding.headline, *finding.facts[:6])
    if not inquiry.report.errors:
        return
    error = inquiry.report.errors[0]
    if expression := error.details.get("expression"):
        yield f"The failing expression is: {clip(expression, 200)}"
    if kind := error.details.get("object_type"):
        yield f"The object there is of the type {kind}."
    yield from _syntax_facts(inquiry.cell, error)


def _syntax_facts(cell: Cell, error: RaisedError) -> Iterator[str]:
    if error.name in ("SyntaxError", "IndentationError", "TabError") and error.frames:
        frame = error.frames[-1]
        text = line_text(cell.source, line_in(frame, cell.source))
        yield f"Python stopped reading in line {frame.line}: {clip(text.strip(), 200)}"
        if frame.column is not None and 0 <= frame.column < len(text):
            yield f"It stopped at: {clip(text[frame.column :].strip(), 60)}"

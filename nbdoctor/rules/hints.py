"""Where to look, giving nothing away: what somebody who learns is shown first.

A hint is made of the place that failed and of what the kind of problem means, never of what a model said. What a kind
means is said otherwise where it would give the solution away, and of the kernel's state by category: ``data/hints.json``.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..protocol import DEAD_KERNEL, EmptyNamespace, Frame, Report
from . import tables
from .base import Context, code
from .reading.source import line_text

#: Characters of a line or an expression that a hint repeats.
_SHORT = 60


@dataclass(frozen=True)
class _Place:
    """Where it failed, in words. ``text`` is what stands there, where that is short; ``exact``: it is the failing expression."""

    where: str = "the last line of the traceback that is yours"
    text: str = ""
    exact: bool = False


def hint(report: Report, kind: str = "") -> str:
    """Return one to three short sentences that say where to look, and not what to do.

    ``kind`` is that of the finding which speaks. Where there is none, or none that is known, the hint asks what was expected.
    """
    place = _place(report)
    told = meaning(kind)
    if told:
        shown = f"{', at ' if place.exact else ': '}{code(place.text)}" if place.text else ""
        return f"Look at {place.where}{shown}. {told}"
    expected = f"{code(place.text)} to {'be there' if place.exact else 'do'}" if place.text else "to happen there"
    name = report.errors[0].name if report.errors else ""
    stopped = f" It stopped with {code(name)}." if name else ""
    return f"Look at {place.where}: what did you expect {expected}?{stopped}"


def meaning(kind: str) -> str:
    """What a kind of problem means, in words that name no solution; empty where the kind is not known."""
    known = tables.kinds().get(kind) if kind else None
    if known is None:
        return ""
    instead = tables.load("hints")
    told: str = instead["kinds"].get(kind) or instead["categories"].get(known["category"]) or known["means"]
    return told


def _place(report: Report) -> _Place:
    """The user's innermost line: of the failing cell, of another one, or of a file."""
    if not report.errors:
        return _Place()
    context = Context(report, EmptyNamespace())
    frame = context.own_frame()
    if frame is None:
        return _Place("what the cell does") if context.is_(DEAD_KERNEL) else _Place()
    line, text = frame.line, frame.source.strip()
    if frame.where != "cell":
        where = f"line {line} of {code(frame.file)}"
    elif _is_here(context, frame):
        line = context.line(frame) or line
        where, text = f"line {line}", line_text(context.source, line).strip() or text
    else:
        where = f"line {line} of another cell"
    # Where the parser stopped, what it points at is often a single sign, and not the one that is wrong.
    expression = context.detail("expression") if frame.function else ""
    exact = _fits(expression) and expression in text
    return _Place(where, expression if exact else text if _fits(text) else "", exact)


def _is_here(context: Context, frame: Frame) -> bool:
    """Whether a frame is of the failing cell. A terminal's cells have no ids: a function may be of any."""
    if frame.cell_id is not None:
        return frame.cell_id == context.cell.id
    return bool(context.line(frame)) or frame.function in ("<module>", "")


def _fits(text: str) -> bool:
    return 0 < len(text) <= _SHORT and "`" not in text

"""Repairs of indentation, and what a repair is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List

from ..protocol import Edit
from .source import line_text, offset_of


@dataclass
class Repair:
    """A possible repair: what was wrong, and the edits."""

    kind: str
    headline: str
    title: str
    edits: List[Edit]
    confidence: float = 0.85


def line_edit(source: str, line: int, new: str) -> List[Edit]:
    """The smallest edit that turns a line into ``new``."""
    old = line_text(source, line)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    at = offset_of(source, line)
    return [Edit(at + start, at + len(old) - end, new[start : len(new) - end])]


def indentation(source: str, line: int, message: str) -> Iterator[Repair]:
    """Lines that are not indented as far as their neighbours."""
    if "unexpected indent" in message:
        yield from _indented_too_far(source, line)
    elif "expected an indented block" in message:
        yield from _not_indented(source, line)
    elif "inconsistent use of tabs" in message:
        yield from _tabs(source)
    elif "unindent does not match" in message:
        yield from _between_levels(source, line)


def _level(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _indented_too_far(source: str, line: int) -> Iterator[Repair]:
    lines = source.split("\n")
    text = line_text(source, line)
    level = _level(next((t for t in reversed(lines[: line - 1]) if t.strip()), ""))
    headline = f"Line {line} is indented further than the line before, which starts no block."
    alone = line_edit(source, line, level + text.lstrip())
    yield Repair("unexpected_indent", headline, "Align it with the line before", alone, 0.85)
    edits: List[Edit] = []
    own = _level(text)
    for number in range(line, len(lines) + 1):
        other = lines[number - 1]
        if other.strip() and not other.startswith(own):
            break
        edits += line_edit(source, number, level + other[len(own) :]) if other.strip() else []
    yield Repair("unexpected_indent", headline, "Align the lines with the line before", edits, 0.8)


def _not_indented(source: str, line: int) -> Iterator[Repair]:
    """Only where one line alone can be meant: how many lines belong into a block is not to be guessed."""
    text = line_text(source, line)
    after = next((t for t in source.split("\n")[line:] if t.strip()), "")
    if text.strip() and (not after or len(_level(after)) < len(_level(text))):
        headline = f"Line {line} belongs into the block that the line before starts, and has to be indented."
        yield Repair("missing_indent", headline, "Indent it", line_edit(source, line, "    " + text), 0.85)


def _tabs(source: str) -> Iterator[Repair]:
    headline = "Some lines are indented with tabs and others with spaces."
    for width in (4, 8):
        edits: List[Edit] = []
        for number, other in enumerate(source.split("\n"), 1):
            if "\t" in _level(other):
                edits += line_edit(source, number, _level(other).expandtabs(width) + other.lstrip())
        yield Repair("tabs_and_spaces", headline, "Use spaces everywhere", edits, 0.85)


def _between_levels(source: str, line: int) -> Iterator[Repair]:
    text = line_text(source, line)
    width = len(_level(text))
    levels = {len(_level(t)) for t in source.split("\n")[: line - 1] if t.strip()}
    headline = f"Line {line} is indented by {width} spaces, which fits none of the blocks above."
    for nearest in sorted(levels, key=lambda n: abs(n - width))[:1]:
        edits = line_edit(source, line, " " * nearest + text.lstrip())
        yield Repair("indent_mismatch", headline, f"Indent it by {nearest}", edits, 0.75)

"""Repairs of indentation, and what a repair is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator, List, Tuple

from ...protocol import Edit
from ...text import same_ends
from ..guard import Allowance
from ..reading.source import line_text, offset_of


@dataclass
class Repair:
    """A possible repair: what was wrong, and the edits; none where nobody can know what was meant. ``allows``: what the guard
    would otherwise refuse."""

    kind: str
    headline: str
    title: str
    edits: List[Edit]
    confidence: float = 0.85
    allows: Tuple[Allowance, ...] = ()


def line_edit(source: str, line: int, new: str) -> List[Edit]:
    """The smallest edit that turns a line into ``new``."""
    old = line_text(source, line)
    start, end = same_ends(old, new)
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


def level_of(text: str) -> str:
    """The white space that a line begins with."""
    return text[: len(text) - len(text.lstrip())]


def shifted(source: str, line: int, level: str, *, with_block: bool = False) -> List[Edit]:
    """The edits that indent a line by ``level``, and the lines of the block below it as much further as they were."""
    lines = source.split("\n")
    own = level_of(lines[line - 1])
    edits = line_edit(source, line, level + lines[line - 1].lstrip())
    for number in range(line + 1, len(lines) + 1 if with_block else 0):
        text = lines[number - 1]
        if text.strip() and len(level_of(text)) <= len(own):
            break
        edits += line_edit(source, number, level + text[len(own) :]) if text.strip() else []
    return edits


def _indented_too_far(source: str, line: int) -> Iterator[Repair]:
    lines = source.split("\n")
    text = line_text(source, line)
    above = next((n for n in range(line - 1, 0, -1) if lines[n - 1].strip()), 0)
    level = level_of(lines[above - 1]) if above else ""
    headline = f"Line {line} is indented further than line {above}, which starts no block."
    if not above:
        headline = f"Line {line} is indented, although no block is open there."
    alone = line_edit(source, line, level + text.lstrip())
    if text.lstrip()[:1] not in "'\"":  # a text that goes on is no statement of its own
        yield Repair("unexpected_indent", headline, f"Align it with line {above}", alone, 0.85)
    edits: List[Edit] = []
    own = level_of(text)
    for number in range(line, len(lines) + 1):
        other = lines[number - 1]
        if other.strip() and not other.startswith(own):
            break
        edits += line_edit(source, number, level + other[len(own) :]) if other.strip() else []
    yield Repair("unexpected_indent", headline, f"Align the lines with line {above}", edits, 0.8)


def _not_indented(source: str, line: int) -> Iterator[Repair]:
    """Only where it is plain how many lines belong into the block: one, or all up to its ``return`` or ``break``."""
    lines = source.split("\n")
    text = line_text(source, line)
    rest = [other for other in lines[line - 1 :] if other.strip() and not other.lstrip().startswith("#")]
    if not rest or (len(rest) == 1 and re.match(r"\s*\w+.*:\s*(?:#.*)?$", text)):
        headers = [
            n for n in range(1, len(lines) + 1) if lines[n - 1].strip() and not lines[n - 1].lstrip().startswith("#")
        ]
        word = lines[headers[-1] - 1].split()[0].rstrip(":") if headers else "block"
        number = headers[-1] if headers else line
        said = f"The `{word}` in line {number} has nothing below it; at least one indented line has to follow."
        yield Repair("empty_block", said, "", [])
        return
    above = next(
        (n for n in range(line - 1, 0, -1) if lines[n - 1].strip() and not lines[n - 1].lstrip().startswith("#")), 0
    )
    header = lines[above - 1].split()[0].rstrip(":") if above else "block"
    said = f"The `{header}` in line {above} needs an indented block, and line {line} is not indented."
    if not text.strip() or not above or level_of(text) < level_of(lines[above - 1]):
        return
    level = level_of(text)
    block = line
    while block < len(lines) and lines[block].strip() and level_of(lines[block]) == level:
        block += 1
    words = [(lines[n - 1].split() or [""])[0] for n in range(line, block + 1)]
    ending = {"def": ("return", "yield"), "for": ("break", "continue"), "while": ("break", "continue")}.get(header, ())
    ends = [i for i, word in enumerate(words) if word in ending]
    count = ends[-1] + 1 if ends else 1
    # The next line is a deeper block of its own, ends the block, or is set apart by an empty line.
    after = lines[line + count - 1] if line + count - 1 < len(lines) else ""
    if (
        ends
        or not after.strip()
        or len(level_of(after)) < len(level)
        or words[count : count + 1] in (["else:"], ["elif"], ["except"], ["except:"], ["finally:"])
    ):
        edits = [e for n in range(line, line + count) for e in line_edit(source, n, "    " + lines[n - 1])]
        title = "Indent it" if count == 1 else f"Indent lines {line} to {line + count - 1}"
        yield Repair("missing_indent", said, title, edits, 0.85)
    if text.rstrip().endswith(":") and len(level_of(after)) > len(level):
        yield Repair(
            "missing_indent",
            said,
            "Indent it with its block",
            shifted(source, line, "    " + level, with_block=True),
            0.82,
        )
    yield Repair("missing_indent", said, "", [])


def _tabs(source: str) -> Iterator[Repair]:
    lines = source.split("\n")
    tabs = next((n for n, text in enumerate(lines, 1) if "\t" in level_of(text)), 0)
    spaces = next((n for n, text in enumerate(lines, 1) if level_of(text)[:1] == " "), 0)
    headline = f"Line {tabs} is indented with a tab and line {spaces} with spaces, so their levels cannot be compared."
    if not spaces:
        headline = f"The indentation from line {tabs} on mixes tabs and spaces."
    for width in (4, 8):
        edits: List[Edit] = []
        for number, other in enumerate(lines, 1):
            if "\t" in level_of(other):
                edits += line_edit(source, number, level_of(other).expandtabs(width) + other.lstrip())
        yield Repair("tabs_and_spaces", headline, "Use spaces everywhere", edits, 0.85)


def _between_levels(source: str, line: int) -> Iterator[Repair]:
    text = line_text(source, line)
    width = len(level_of(text))
    levels = {len(level_of(t)) for t in source.split("\n")[: line - 1] if t.strip()}
    headline = f"Line {line} is indented by {width} spaces, which fits none of the blocks above."
    ranked = sorted(levels, key=lambda n: abs(n - width))
    if len(ranked) > 1 and abs(ranked[0] - width) == abs(ranked[1] - width):
        yield Repair("indent_mismatch", headline, "", [])
        return
    for nearest in ranked[:1]:
        edits = shifted(source, line, " " * nearest, with_block=text.rstrip().endswith(":"))
        yield Repair("indent_mismatch", headline, f"Indent it by {nearest}", edits, 0.75)

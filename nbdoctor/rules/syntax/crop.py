"""A long cell is tried by the part around its error: a repair is compiled many times, and the rest is valid already."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import List, Tuple

from ...protocol import Edit
from ..reading.source import compiles, offset_of
from .indents import Repair
from .tokens import Trouble

#: Shorter cells are taken whole.
_LONG = 40
#: How many lines around the error are kept, at least.
_AROUND = 12
#: What may begin a part: a statement at the margin, which is no branch of another.
_BEGINS = re.compile(r"(?!else\b|elif\b|except\b|finally\b)[^\W\d]\w*[ .(=\[,]|@")
_TRIES = 3


def cropped(trouble: Trouble) -> Tuple[Trouble, int]:
    """(the same trouble in a text whose beginning is empty lines and whose end is gone, how much shorter its beginning is)

    Only what parses by itself is taken away, and the numbers of the lines stay.
    """
    source = trouble.source
    lines = source.split("\n")
    if len(lines) < _LONG or "__future__" in trouble.message or "nonlocal" in trouble.message:
        return trouble, 0
    head = _head(source, lines, trouble.line)
    tail = _tail(source, lines, trouble.line)
    before, after = source[:head], source[tail:]
    empty = "\n" * before.count("\n")
    new = empty + source[head:tail].rstrip("\n")
    if not before and not after:
        return trouble, 0
    elsewhere = trouble.elsewhere | frozenset(re.findall(r"[^\W\d]\w*", before + after))
    return replace(trouble, source=new, elsewhere=elsewhere), len(before) - len(empty)


def _head(source: str, lines: List[str], line: int) -> int:
    """Where the part begins: everything before it parses."""
    starts = [n for n in range(line - _AROUND, 1, -1) if _BEGINS.match(lines[n - 1])]
    for number in starts[:_TRIES]:
        offset = offset_of(source, number)
        if compiles(source[:offset]):
            return offset
    return 0


def _tail(source: str, lines: List[str], line: int) -> int:
    """Where the part ends: everything after it parses."""
    starts = [n for n in range(line + _AROUND, len(lines) + 1) if _BEGINS.match(lines[n - 1])]
    for number in starts[:_TRIES]:
        offset = offset_of(source, number)
        if compiles(source[offset:]):
            return offset
    return len(source)


def moved(repair: Repair, by: int) -> Repair:
    """A repair of the part, as one of the whole cell."""
    edits = [Edit(edit.start + by, edit.end + by, edit.text) for edit in repair.edits]
    return replace(repair, edits=edits)

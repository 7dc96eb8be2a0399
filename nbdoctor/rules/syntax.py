"""Cells that Python cannot read: what is wrong in plain words, and an edit where exactly one repair parses."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

from ..protocol import Finding
from ..text import apply_edits
from . import tables
from .base import Context, code, edit, finding
from .brackets import open_brackets
from .indents import Repair
from .repairs import repairs
from .source import compiles, line_of, line_text, offset_of, python_source

_ERRORS = ("SyntaxError", "IndentationError", "TabError")
_TAIL = re.compile(r" \([^()]*(?:, )?line \d+\)$")
_VAGUE = ("invalid syntax", "incomplete input", "unexpected EOF while parsing")


@dataclass
class Place:
    """What the parser complained about: message, line from 1, column from 0."""

    message: str
    line: int
    column: int


def syntax_error(context: Context) -> Optional[Finding]:
    """Any SyntaxError of the cell."""
    if not context.is_(*_ERRORS):
        return None
    frames = context.error.frames
    if frames and frames[-1].where != "cell" and len(frames) > 1 and not frames[-1].file.startswith("<"):
        return _elsewhere(context)
    place = _place(context)
    found = next((r for r in repairs(context.source, place.line, place.message) if _repairs(context.source, r)), None)
    row, groups = _row(place)
    if found is not None and (row is None or row.get("repair", True)):
        headline = found.headline.replace("{line}", str(place.line))
        fixes = edit(found.title, found.edits, found.confidence)
        return finding(found.kind, headline, found.confidence, fixes=fixes)
    if row is not None:
        text = {"line": place.line, "code": code(line_text(context.source, place.line).strip())}
        headline = row["headline"].format(*groups, **text)
        return finding(row["kind"], headline, 0.85, explanation=row.get("explanation", "").format(*groups, **text))
    return _generic(context, place)


def _place(context: Context) -> Place:
    """The parser's complaint; IPython's is vague where a cell ends too early, so the cell is compiled once more."""
    message = _TAIL.sub("", context.message)
    frame = context.frame()
    line = context.line(frame) if frame is not None else 0
    column = (frame.column or 0) if frame is not None else 0
    python = python_source(context.source)
    if python is not None and (message in _VAGUE or not line):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(python, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except SyntaxError as own:
            known = message if message not in _VAGUE else own.msg
            return Place(known, own.lineno or 1, max((own.offset or 1) - 1, 0))
        except (ValueError, RecursionError, MemoryError, OverflowError):
            pass
    return Place(message, line or 1, column)


def _repairs(source: str, repair: Repair) -> bool:
    try:
        result = apply_edits(source, repair.edits)
    except ValueError:
        return False
    return result != source and compiles(result)


def _row(place: Place) -> Tuple[Optional[Any], List[str]]:
    for row in tables.load("syntax")["messages"]:
        match = re.search(row["pattern"], place.message)
        if match:
            return row, [group or "" for group in match.groups()]
    return None, []


def _generic(context: Context, place: Place) -> Finding:
    text = line_text(context.source, place.line)
    open_, _ = open_brackets(context.source[: offset_of(context.source, place.line)])
    if open_ and re.match(r"\s*(?:def|class|if|for|while|with|try|return|import|from|print)\b|\s*\w+\s*=[^=]", text):
        number = line_of(context.source, open_[-1][1])
        headline = f"The {code(open_[-1][0])} in line {number} is still open where line {place.line} begins."
        return finding("bracket_open", headline, 0.75)
    for row in tables.load("syntax")["lines"]:
        match = re.search(row["pattern"], text)
        if match:
            groups = [group or "" for group in match.groups()]
            headline = row["headline"].format(*groups, line=place.line)
            return finding(row["kind"], headline, 0.75, explanation=row.get("explanation", "").format(*groups))
    token = re.match(r"\w+|\S", text[place.column :])
    at = f" at {code(token.group())}" if token else ""
    headline = f"Line {place.line} is not valid Python{at}; the mistake is there or just before."
    return finding("invalid_syntax", headline, 0.5)


def _elsewhere(context: Context) -> Finding:
    frame = context.error.frames[-1]
    owner = "a file of yours" if frame.where == "user" else "a library's file"
    headline = f"{code(frame.file)}, {owner}, cannot be read by this Python: see its line {frame.line}."
    return finding("syntax_in_file", headline, 0.8)


RULES: Tuple[Any, ...] = (syntax_error,)

"""Cells that Python cannot read: what is wrong in plain words, and an edit where exactly one repair parses."""

from __future__ import annotations

import ast
import difflib
import re
import warnings
from dataclasses import replace
from typing import Any, List, Optional, Tuple, Union

from ...protocol import Edit, Finding, Fix
from ...text import apply_edits
from .. import tables
from ..base import Context, code, edit, finding
from ..guard import granted
from ..reading.source import compiles, line_of, line_text, offset_of, python_source
from .crop import cropped, moved
from .indents import Repair, line_edit
from .reading import open_brackets
from .repairs import guesses, repairs
from .suggested import comparison
from .tokens import Trouble

_ERRORS = ("SyntaxError", "IndentationError", "TabError")
_TAIL = re.compile(r" \([^()]*(?:, )?line \d+\)$")
_VAGUE = ("invalid syntax", "incomplete input", "unexpected EOF while parsing")
#: How many further errors a repair may meet on its way.
_DEPTH = 3
#: Kinds of lines that are told before what the parser says: always the first, the others where the parser is vague.
_FIRST = ("code_of_another_language", "global_conflict", "unpaired_block", "shell_command")
#: From here on a repair is believed although another error follows it.
_SURE = 0.82


def syntax_error(context: Context) -> Optional[Finding]:
    """Any SyntaxError of the cell."""
    if not context.is_(*_ERRORS):
        return None
    frames = context.error.frames
    if frames and frames[-1].where != "cell" and len(frames) > 1 and not frames[-1].file.startswith("<"):
        return _elsewhere(context)
    trouble = _trouble(context)
    part, by = cropped(trouble)
    found = best(part)
    if found is not None and by:
        found = moved(found, by)
    row, groups = _row(trouble)
    if found is not None:
        fixes: List[Fix] = [granted(f, *found.allows) for f in edit(found.title, found.edits, found.confidence)]
        return finding(found.kind, found.headline, max(found.confidence, 0.8), fixes=fixes)
    said = _said_of_line(trouble, row is not None)
    if said is not None:
        return said
    if row is not None:
        text = {"line": trouble.line, "code": code(line_text(context.source, trouble.line).strip())}
        headline = row["headline"].format(*groups, **text)
        explanation = row.get("explanation", "").format(*groups, **text)
        return finding(row["kind"], headline, 0.85, explanation=explanation, fixes=comparison(trouble))
    return _generic(trouble)


def _trouble(context: Context) -> Trouble:
    """The parser's complaint; IPython's is vague where a cell ends too early, so the cell is compiled once more."""
    message = _TAIL.sub("", context.message)
    frame = context.frame()
    line = context.line(frame) if frame is not None else 0
    column = (frame.column or 0) if frame is not None else 0
    if message in _VAGUE or not line:
        own = complaint(context.source)
        if own is not None:
            return Trouble(
                context.source, own.message if message in _VAGUE else message, own.line, own.column, context.namespace
            )
    return Trouble(context.source, message, line or 1, column, context.namespace)


# ------------------------------------------------------------------ repairs


def best(trouble: Trouble, depth: int = 0) -> Optional[Repair]:
    """The first repair that makes the cell parse; else the first one that brings the parser on to another error which a repair
    is known for; else the first that says what is wrong."""
    words: Optional[Repair] = None
    onward: List[Tuple[Repair, Trouble]] = []
    for make in (repairs, guesses):
        for repair in make(trouble):
            if not repair.edits:
                words = words or repair
                continue
            new = _tried(trouble, repair)
            if isinstance(new, str):
                return repair
            if new is not None and repair.confidence >= 0.75 and len(onward) < (1 if depth else 3):
                onward.append((repair, new))
        if words is not None:
            break
    for repair, new in onward if depth < _DEPTH else []:
        further = best(new, depth + 1)
        if further is not None and further.edits:
            result = apply_edits(new.source, further.edits)
            return replace(repair, title=_both(repair, further), edits=changes(trouble.source, result),
                           confidence=min(repair.confidence, further.confidence) - 0.02)  # fmt: skip
    return words or (replace(onward[0][0], edits=[]) if onward and onward[0][0].confidence >= _SURE else None)


def _both(first: Repair, second: Repair) -> str:
    if first.title == second.title:
        return first.title
    return f"{first.title}; {second.title[0].lower()}{second.title[1:]}"


def _tried(trouble: Trouble, repair: Repair) -> Union[str, Trouble, None]:
    """The cell's text where the repair makes it parse; what is wrong then, where that is further on; else None."""
    try:
        result = apply_edits(trouble.source, repair.edits)
    except ValueError:
        return None
    if result == trouble.source:
        return None
    new = complaint(result)  # one compilation tells both
    if new is None and compiles(result):
        return result
    later = new is not None and (
        new.line > trouble.line or (new.line == trouble.line and new.column > trouble.column + 1)
    )
    if new is None or not later:
        return None
    return replace(new, namespace=trouble.namespace, elsewhere=trouble.elsewhere)


def complaint(source: str) -> Optional[Trouble]:
    """What this Python says of a cell; None where it parses or is not Python."""
    python = python_source(source)
    if python is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(python, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as own:
        last = source.count("\n") + 1
        return Trouble(source, own.msg, min(own.lineno or 1, last), max((own.offset or 1) - 1, 0))
    except (ValueError, RecursionError, MemoryError, OverflowError):
        pass
    return None


def changes(old: str, new: str) -> List[Edit]:
    """Edits that turn one text into the other, line by line."""
    before, after = old.split("\n"), new.split("\n")
    found: List[Edit] = []
    for tag, start, end, first, last in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "replace" and end - start == last - first:
            found += [e for n in range(end - start) for e in line_edit(old, start + n + 1, after[first + n])]
        elif tag != "equal":
            text = "".join(f"{line}\n" for line in after[first:last])
            begins = offset_of(old, start + 1) if start < len(before) else len(old)
            if end < len(before):
                found.append(Edit(begins, offset_of(old, end + 1), text))
            else:  # the last line has no newline at its end: the one before it goes
                tail = "\n" + text[:-1] if text and start else text[:-1]
                found.append(Edit(begins - (0 < start < len(before)), len(old), tail))
    return found


# ------------------------------------------------------------------ words


def _row(trouble: Trouble) -> Tuple[Optional[Any], List[str]]:
    for row in tables.load("syntax")["messages"]:
        match = re.search(row["pattern"], trouble.message)
        if match:
            return row, [group or "" for group in match.groups()]
    return None, []


def _said_of_line(trouble: Trouble, known: bool) -> Optional[Finding]:
    """What the failing line looks like. ``known``: the parser says something, too, so only what it cannot know counts."""
    for row in tables.load("syntax")["lines"]:
        match = re.search(row["pattern"], trouble.text)
        if match and not (known and row["kind"] not in (_FIRST if trouble.vague else _FIRST[:1])):
            groups = [group or "" for group in match.groups()]
            headline = row["headline"].format(*groups, line=trouble.line)
            return finding(row["kind"], headline, 0.75, explanation=row.get("explanation", "").format(*groups))
    return None


def _generic(trouble: Trouble) -> Finding:
    source, line, text = trouble.source, trouble.line, trouble.text
    open_, _ = open_brackets(trouble.python[: offset_of(source, line)])
    if open_ and re.match(r"\s*(?:def|class|if|for|while|with|try|return|import|from|print)\b|\s*\w+\s*=[^=]", text):
        number = line_of(source, open_[-1][1])
        headline = f"The {code(open_[-1][0])} in line {number} is still open where line {line} begins."
        return finding("bracket_open", headline, 0.75)
    token = re.match(r"\w+|\S", text[trouble.column :])
    at = f" at {code(token.group())}" if token else ""
    headline = f"Line {line} is not valid Python{at}; the mistake is there or just before."
    return finding("invalid_syntax", headline, 0.5)


def _elsewhere(context: Context) -> Finding:
    frame = context.error.frames[-1]
    owner = "a file of yours" if frame.where == "user" else "a library's file"
    headline = f"{code(frame.file)}, {owner}, cannot be read by this Python: see its line {frame.line}."
    return finding("syntax_in_file", headline, 0.8)


RULES: Tuple[Any, ...] = (syntax_error,)

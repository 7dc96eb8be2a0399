"""Messages whose meaning does not depend on the kernel: the rows of ``data/messages/*.json``.

| key | meaning |
| --- | --- |
| ``errors``, ``pattern`` | names of classes, and a regular expression that the message has |
| ``kind``, ``confidence`` | of the finding |
| ``headline``, ``explanation`` | sentences; ``{0}`` is the pattern's first group, ``{expression}`` what failed |
| | ``{call}`` is the function that was called, ``{first}`` its first argument |
| ``text`` | a pattern and what takes its place: the one text of the expression that says ``{0}`` is changed |
| ``becomes``, ``title`` | a template for the failing call, see `rewrite` |
| ``source``, ``since`` | where it is described, and the oldest version that says so |
"""

from __future__ import annotations

import ast
import re
from typing import Any, Dict, List, Optional, Tuple

from ...protocol import Finding, Fix
from .. import tables
from ..base import Context, code, edit, finding
from ..reading.place import Place, place_of
from ..reading.source import string_edit
from ..reading.words import in_words, sentence
from ..rewrite import rewritten


def known_message(context: Context) -> Optional[Finding]:
    """The first row that the message fits."""
    for row in tables.messages():
        if context.error.name not in row["errors"]:
            continue
        match = re.search(row["pattern"], context.message)
        if match:
            return _told(context, row, match)
    return None


def _told(context: Context, row: Dict[str, Any], match: re.Match[str]) -> Finding:
    place = place_of(context)
    call = place.node(ast.Call) if place is not None and ("{call}" in row["headline"] or "{first}" in row["headline"]
                                                          or "becomes" in row) else None  # fmt: skip
    words = {
        "expression": _shown(context),
        "call": code(place.text(call.func)) if place is not None and call is not None else "The function",
        "first": code(place.text(call.args[0]))
        if place is not None and call is not None and call.args
        else "what it is given",
    }
    parts = [" ".join((part or "").split()) for part in match.groups()]
    headline = in_words(row["headline"].format(*parts, **words))
    explanation = in_words(row.get("explanation", "").format(*parts, **words))
    fixes = _other_text(context, match[1], *row["text"]) if "text" in row else []
    if "becomes" in row and place is not None and place.editable:
        edits = rewritten(context, call, row["becomes"])
        fixes = edit(row["title"].format(*parts, **words), edits, row["confidence"])
    return finding(row["kind"], sentence(headline), row["confidence"], explanation=explanation, fixes=fixes)


def _other_text(context: Context, old: str, pattern: str, new: str) -> List[Fix]:
    """The one text of the failing expression that says ``old`` says what becomes of it by a substitution."""
    text = re.sub(pattern, new, old)
    nodes = [n for n in context.nodes(ast.Constant) if isinstance(n, ast.Constant) and n.value == old]
    change = string_edit(context.source, nodes[0], text) if len(nodes) == 1 and text != old else None
    return edit(f"Write {text!r}", [change] if change else [], 0.93)


def _shown(context: Context) -> str:
    place = place_of(context)
    text = " ".join(context.expression().split()) or (_line(place) if place is not None else "")
    return code(text) if text else "this"


def _line(place: Place) -> str:
    statement = place.statement()
    return place.text(statement) if statement is not None and not hasattr(statement, "body") else ""


_TOLD = re.compile(r"Invalid frequency: ([\w-]+)\.[^?]*Did you mean ([\w-]+)\?|'([\w-]+)'[^']*[Pp]lease use '([\w-]+)'")
_TOLD_OTHERWISE = re.compile(r"use '([\w-]+)' instead of '([\w-]+)'")


def frequency(context: Context) -> Optional[Finding]:
    """A frequency that pandas has renamed, alone or as a part of a longer one (``2H30T``)."""
    match = re.match(r"Invalid frequency: ([\w-]+)", context.message) if context.is_("ValueError") else None
    if not match:
        return None
    old, known = match.group(1), {row["old"]: row["new"] for row in tables.rows("frequencies")}
    of_periods = "KeyError(" in context.message or "for Period" in context.message
    told: Dict[str, str] = dict(found[:2] if found[0] else found[2:] for found in _TOLD.findall(context.message))
    told.update((before, after) for after, before in _TOLD_OTHERWISE.findall(context.message))
    # Periods keep the names that offsets have given up.
    new = _in_parts(old, told if of_periods else known)
    if new == old:
        new = told.get(old, old)
    if new == old:
        return None
    nodes = [n for n in context.nodes(ast.Constant) if isinstance(n, ast.Constant) and n.value == old]
    change = string_edit(context.source, nodes[0], new) if len(nodes) == 1 else None
    fixes = edit(f"Write {new!r}", [change] if change else [], 0.93)
    return finding("frequency", f"pandas calls the frequency {code(old)} {code(new)} now.", 0.93, fixes=fixes)


def _in_parts(text: str, names: Dict[str, str]) -> str:
    """A frequency with each of its parts renamed: ``2H30T`` has the parts ``H`` and ``T``."""
    return re.sub(r"[A-Za-z]+", lambda part: names.get(part[0], part[0]), text)


RULES: Tuple[Any, ...] = (frequency, known_message)

"""Attributes of None: which call returned nothing, and why."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import Any, FrozenSet, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix
from .. import tables
from ..base import Context, code, edit, finding
from ..reading.source import span, text_of
from .accesses import Access


@cache
def _returning_none() -> FrozenSet[str]:
    """Methods that change their object, or draw or write, and return nothing."""
    return frozenset(row["method"] for row in tables.rows("nothing"))


def of_none(context: Context, access: Access) -> Finding:
    """What is None where something else was expected."""
    value, node = access.value, access.node
    if not value or node is None:
        return finding("none_value", f"Something is None here, and None has no {code(access.name)}.", 0.6)
    cause = _made_none(context, value) if re.match(r"^\w+$", value) else None
    if cause is not None:
        line, method, fixes = cause
        headline = f"{code(value)} is None since line {line}: {code(method)} changes its object and returns nothing."
        return finding("none_value", headline, 0.93, fixes=fixes)
    item = _item_of(context, node, value)
    if item is not None:
        return item
    if isinstance(node.value, ast.Call):
        return _of_call(context, node, node.value)
    return finding("none_value", f"{code(value)} is None, so it has no {code(access.name)}.", 0.7)


def _of_call(context: Context, node: ast.Attribute, call: ast.Call) -> Finding:
    value = context.text(call)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if method in _returning_none() or _is_inplace(call):
        headline = f"{code(method)} changes its object and returns nothing, so nothing can follow it."
        return finding("none_value", headline, 0.88, fixes=_without_inplace(context, call))
    hint = "It found no match." if method in ("match", "search", "fullmatch", "find") else ""
    return finding(
        "none_value", f"{code(value)} returned None, which has no {code(node.attr)}.", 0.78, explanation=hint
    )


def _is_inplace(call: ast.Call) -> bool:
    return any(k.arg == "inplace" and getattr(k.value, "value", None) is True for k in call.keywords)


def _without_inplace(context: Context, call: ast.Call) -> List[Fix]:
    """``df.dropna(inplace=True).head()``: without ``inplace`` there is something to go on with."""
    keywords = [k for k in call.keywords if k.arg == "inplace"]
    if not _is_inplace(call) or len(keywords) != 1:
        return []
    start, end = span(context.source, keywords[0])
    before = context.source[:start].rstrip()
    if before.endswith(","):
        start = len(before) - 1
    else:
        after = re.compile(r"\s*,\s*").match(context.source, end)
        end = after.end() if after else end
    return edit("Leave `inplace=True` out", [Edit(start, end, "")], 0.85)


def _made_none(context: Context, name: str) -> Optional[Tuple[int, str, List[Fix]]]:
    """The assignment of the cell that made a variable None: (line, method, fixes)."""
    tree = context.tree()
    for node in ast.walk(tree) if tree else ():
        if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
            continue
        call = node.value
        if node.targets[0].id != name or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        inplace = _is_inplace(call)
        if node.lineno > context.line() or not (inplace or call.func.attr in _returning_none()):
            continue
        same = isinstance(call.func.value, ast.Name) and call.func.value.id == name
        start, _ = span(context.source, node)
        value_start, _ = span(context.source, call)
        title = f"Do not assign what {code(call.func.attr)} returns"
        fixes = edit(title, [Edit(start, value_start, "")], 0.93) if same else _without_inplace(context, call)
        return node.lineno, call.func.attr, fixes
    return None


def _item_of(context: Context, node: ast.Attribute, name: str) -> Optional[Finding]:
    """``[s.upper() for s in names]`` where one of ``names`` is None."""
    tree: Any = context.tree()
    for outer in ast.walk(tree) if tree else ():
        loops = getattr(outer, "generators", None) or ([outer] if isinstance(outer, ast.For) else [])
        found = [loop for loop in loops if isinstance(loop.target, ast.Name) and loop.target.id == name]
        if not found or not any(inner is node for inner in ast.walk(outer)):
            continue
        shown = code(context.text(found[0].iter))
        edits: List[Edit] = []
        if isinstance(outer, (ast.ListComp, ast.GeneratorExp)) and len(loops) == 1:
            start, end = span(context.source, outer.elt)
            text = text_of(context.source, outer.elt)
            edits = [Edit(start, end, f"{text} if {name} is not None else None")]
        fixes = edit(f"Keep None where {code(name)} is None", edits, 0.7)
        return finding(
            "none_item", f"One of the items of {shown} is None, which has no {code(node.attr)}.", 0.9, fixes=fixes
        )
    return None

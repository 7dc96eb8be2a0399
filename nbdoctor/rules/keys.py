"""Keys and positions that do not exist: columns, labels, dictionary keys, list indices."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ..protocol import Edit, Finding, Fix, Look
from .base import CERTAIN, Context, closest, code, count_of, edit, finding, listed
from .source import span, string_edit, text_of

_NOT_IN_INDEX = re.compile(
    r"\[(.*?)\] not (?:in index|found in axis)|None of \[.*?\[(.*?)\].*?\] are in the \[(?:columns|index)\]"
)


def missing_key(context: Context) -> Optional[Finding]:
    """A KeyError: a column, label or dictionary key that is not there."""
    if not context.is_("KeyError"):
        return None
    keys = _asked(context)
    if len(keys) != 1:
        return _several(keys)
    key = keys[0]
    nodes = _constants(context, key)
    node, look = nodes[0] if nodes else None, None
    container = _container(context, node)
    if container is not None:
        look = context.namespace.look(text_of(context.source, container))
    look = look or context.namespace.subject()
    if look is None or not (look.keys or look.index):
        return _unknown_container(context, key, container)
    return _explain(context, key, look, container, nodes)


def _asked(context: Context) -> List[Any]:
    text = context.detail("key") or context.message
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return []
    if isinstance(value, str):
        match = _NOT_IN_INDEX.search(value)
        if match:
            return re.findall(r"'([^']*)'", match.group(1) or match.group(2) or "") or []
    return [value]


def _constants(context: Context, key: Any) -> List[ast.Constant]:
    return [
        n
        for n in context.nodes(ast.Constant)
        if isinstance(n, ast.Constant) and type(n.value) is type(key) and n.value == key
    ]


def _container(context: Context, node: Optional[ast.AST]) -> Optional[ast.expr]:
    """What is subscripted by the key."""
    for candidate in context.nodes(ast.Subscript):
        if isinstance(candidate, ast.Subscript) and (
            node is None or any(inner is node for inner in ast.walk(candidate.slice))
        ):
            value = candidate.value
            if isinstance(value, ast.Attribute) and value.attr in ("loc", "at"):
                return value.value
            return value
    return None


def _values(reprs: List[str]) -> List[Any]:
    found = []
    for text in reprs:
        try:
            found.append(ast.literal_eval(text))
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return found


def _explain(
    context: Context, key: Any, look: Look, container: Optional[ast.expr], nodes: List[ast.Constant]
) -> Finding:
    frame = bool(look.shape) and len(look.shape or []) == 2
    what = "column" if frame else "label" if look.index and not look.keys else "key"
    shown = code(context.text(container)) if container is not None else f"this {look.type}"
    known = _values(look.keys) or _values(look.index)
    asked = code(key if isinstance(key, str) else repr(key))
    facts = [f"Its {what}s: {listed([str(k) for k in known], 12)}." if known else f"It has no {what}s."]
    if frame and key in _values(look.index):
        headline = f"{asked} is a row of {shown}, not a column; write `.loc[{key!r}]`."
        return finding("row_not_column", headline, 0.8, facts=facts)
    other = next((k for k in known if type(k) is not type(key) and str(k) == str(key)), None)
    if other is not None:
        headline = (
            f"{shown} has the {what} {code(repr(other))}, which is {_kind(other)}; {code(repr(key))} is {_kind(key)}."
        )
        edits = [Edit(*span(context.source, node), repr(other)) for node in nodes] if len(nodes) == 1 else []
        return finding(
            "key_of_other_type", headline, 0.9, facts=facts, fixes=edit(f"Write {code(repr(other))}", edits, 0.85)
        )
    near = closest(key, [k for k in known if isinstance(k, str)], 0.7) if isinstance(key, str) else None
    if near is None:
        return finding(f"missing_{what}", f"{asked} is not a {what} of {shown}.", 0.6, facts=facts)
    fixes: List[Fix] = []
    if near.confidence >= CERTAIN and not near.others and len(nodes) == 1:
        change = string_edit(context.source, nodes[0], near.name)
        fixes = edit(f"Write {code(repr(near.name))}", [change] if change else [], near.confidence)
    headline = f"{asked} is not a {what} of {shown}; the closest is {_exactly([near.name, *near.others])}."
    return finding(f"missing_{what}", headline, near.confidence, facts=facts, fixes=fixes)


def _exactly(names: List[str]) -> str:
    """Names, in quotes where a space at the edge would not be seen."""
    return listed([repr(name) if name != name.strip() else name for name in names])


def _kind(value: Any) -> str:
    return {"str": "text", "int": "a number", "float": "a number", "tuple": "a tuple", "bool": "a bool"}.get(
        type(value).__name__, "another type"
    )


def _several(keys: List[Any]) -> Optional[Finding]:
    if not keys:
        return None
    return finding("missing_column", f"{listed([str(key) for key in keys])} are not columns or labels here.", 0.6)


def _unknown_container(context: Context, key: Any, container: Optional[ast.expr]) -> Finding:
    asked = code(key if isinstance(key, str) else repr(key))
    if isinstance(key, str) and " " in key and not _constants(context, key):
        return finding("missing_key", f"The lookup failed: {key}.", 0.35)
    where = code(context.text(container)) if container is not None else "what is looked up here"
    return finding("missing_key", f"{where[0].upper() + where[1:]} has no key {asked}.", 0.45)


def index_out_of_range(context: Context) -> Optional[Finding]:
    """An IndexError of a sequence, with its real length."""
    if not context.is_("IndexError") or (
        "out of range" not in context.message and "out of bounds" not in context.message
    ):
        return None
    axis = re.search(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", context.message)
    if axis:
        index, number, size = axis.groups()
        headline = f"Index {index} is beyond axis {number}, which has {count_of(int(size), 'place')}{_last(int(size))}."
        return finding("index_out_of_range", headline, 0.85)
    nodes = [
        n for n in context.nodes(ast.Subscript) if isinstance(n, ast.Subscript) and not isinstance(n.slice, ast.Slice)
    ]
    if len(nodes) != 1 or not context.direct():
        assigned = " Lists do not grow by assignment; `append` adds an item." if "assignment" in context.message else ""
        return finding("index_out_of_range", "A position is asked for that the sequence does not have.", 0.4,
                       explanation=assigned.strip())  # fmt: skip
    node = nodes[0]
    look = context.namespace.look(text_of(context.source, node.value))
    shown, index = code(context.text(node.value)), code(context.text(node.slice))
    hint = (
        "Assigning to a position does not make a list longer; `append` does." if "assignment" in context.message else ""
    )
    if look is None or look.length is None:
        return finding("index_out_of_range", f"{shown} has no item at {index}.", 0.5, explanation=hint)
    if not isinstance(node.slice, ast.Constant):
        value = context.namespace.look(context.text(node.slice))
        index = f"{index}" if value is None else index
    headline = f"{shown} has {count_of(look.length, 'item')}{_last(look.length)}; there is none at {index}."
    return finding("index_out_of_range", headline, 0.85, explanation=hint)


def _last(length: int) -> str:
    return f", numbered 0 to {length - 1}" if length > 1 else ", numbered 0" if length == 1 else ""


RULES: Tuple[Any, ...] = (missing_key, index_out_of_range)

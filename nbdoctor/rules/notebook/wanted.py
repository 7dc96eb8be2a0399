"""Which item of which variable a failing line asks for: the column or key of a KeyError or AttributeError."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any, List, Optional

from ..base import Context
from .items import root

_LISTED = re.compile(
    r"\[(.*?)\] (?:not (?:in index|found in axis)|are in the)|None of \[.*?\[(.*?)\].*?\] are in|None of \[(.*?)\]"
)
_NOT_FOUND = re.compile(r"Columns? not found: (.+)")  # of pandas' groupby
_ATTRIBUTE = re.compile(r"'(?:DataFrame|Series|dict|[\w.]+)' object has no attribute '(\w+)'")


@dataclass(frozen=True)
class Wanted:
    """``key`` of the variable ``name``."""

    name: str
    key: str


def wanted_item(context: Context) -> Optional[Wanted]:
    """The item that the failing line asks for and does not get; None where that is not plain."""
    if context.is_("AttributeError"):
        return _of_attribute(context)
    if not context.is_("KeyError", "ValueError", "ColumnNotFoundError", "InvalidIndexError"):
        return None
    for key in _keys(context):
        name = _holder(context, key)
        if name:
            return Wanted(name, key)
    return None


def _keys(context: Context) -> List[str]:
    """The texts that were looked up."""
    text = context.detail("key") if context.is_("KeyError") else context.message
    try:
        value: Any = ast.literal_eval(text or context.message)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        value = text
    if not isinstance(value, str):
        return []
    match = _LISTED.search(value)
    if match:
        return re.findall(r"'([^']*)'", next(group for group in match.groups() if group is not None))
    if context.is_("KeyError"):
        found = _NOT_FOUND.match(value)
        return re.split(r"'?, '?", found[1].strip("'")) if found else [value]
    return re.findall(r"['\"]([^'\"]{1,60})['\"]", value)[:3]


def _holder(context: Context, key: str) -> str:
    """The variable whose item is asked for: the one that the failing expression subscripts or calls with the key."""
    nodes = [n for n in context.nodes(ast.Subscript, ast.Call) if _has(n, key)]
    for node in nodes:
        if isinstance(node, ast.Subscript) and _has(node.slice, key):
            return root(node.value)
    for node in nodes:
        if isinstance(node, ast.Call) and any(_has(a, key) for a in [*node.args, *node.keywords]):
            if isinstance(node.func, ast.Attribute) and not _is_module(context, root(node.func)):
                return root(node.func)
            return root(node.args[0]) if node.args else ""
    # The key stands in a variable, or comes out of a call.
    subscripts = [n for n in context.nodes(ast.Subscript) if isinstance(n, ast.Subscript)]
    return root(subscripts[0].value) if len(subscripts) == 1 else ""


def _is_module(context: Context, name: str) -> bool:
    look = context.namespace.look(name)
    return look is not None and look.type == "module"


def _has(node: Any, key: str) -> bool:
    return any(isinstance(n, ast.Constant) and n.value == key for n in ast.walk(node))


def _of_attribute(context: Context) -> Optional[Wanted]:
    match = _ATTRIBUTE.search(context.message)
    name = match.group(1) if match else context.detail("name")
    nodes = [n for n in context.nodes(ast.Attribute) if isinstance(n, ast.Attribute) and n.attr == name]
    owner = nodes[0].value if nodes else None
    return Wanted(owner.id, name) if isinstance(owner, ast.Name) and name else None

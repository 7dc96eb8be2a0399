"""A failed look-up: what was asked for, and of what. For the rules about keys, columns and positions."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any, List, Optional, Tuple

from ...protocol import Look
from .. import tables
from ..base import Context
from ..reading.source import text_of

INDEXERS = ("loc", "at", "iloc", "iat", "ix")
# The names under which functions take a table.
_TABLES = ("data", "data_frame", "df", "left", "right", "frame")


@dataclass
class Place:
    """Where the failing expression looks something up.

    Attributes
    ----------
    node : the subscript or call; None where the expression was not found in the cell.
    container : what is asked, as an expression, and its source text.
    look : what the container is; None where that cannot be told.
    indexer : ``loc``, ``iloc`` …, where one is used.
    chain : methods that were called on the container before, outermost last: ``df.groupby('a')['b']`` has ``groupby``.
    """

    node: Optional[ast.expr]
    container: ast.expr
    text: str
    look: Optional[Look]
    indexer: str = ""
    chain: List[str] = field(default_factory=list)


def values(reprs: List[str]) -> List[Any]:
    """The values that a Look's keys or index labels stand for, as far as they are plain."""
    return [found[0] for found in map(_literal, reprs) if found]


def _literal(text: str) -> List[Any]:
    """The value in a list; nothing in it where the text is no literal."""
    try:
        return [ast.literal_eval(text)]
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return []


@cache
def _patterns() -> List[Tuple[List[str], re.Pattern[str]]]:
    return [(row["errors"], re.compile(row["pattern"])) for row in tables.load("lookups")]


def asked(context: Context) -> List[Any]:
    """The keys that were not found, as the exception tells; empty where it does not."""
    text = context.detail("key") or context.message
    value = (_literal(text) if context.is_("KeyError") else []) or [context.message]
    said = value[0]
    for errors, pattern in _patterns() if isinstance(said, str) else ():
        match = pattern.search(said) if context.error.name in errors else None
        if match:
            found = match.group(1)
            literal = _literal(found) or _literal(f"[{found}]")
            keys = literal[0] if literal else found
            return list(keys) if isinstance(keys, (list, set)) else [keys]
    value = list(said) if isinstance(said, list) else value
    return value if context.is_("KeyError") else []


def constants(context: Context, key: Any) -> List[ast.Constant]:
    """The constants of the failing expression that say ``key``."""
    found = [n for n in context.nodes(ast.Constant) if type(n.value) is type(key) and n.value == key]
    return [n for n in found if isinstance(n, ast.Constant)]


def is_own(context: Context) -> bool:
    """Whether the look-up stands in the failing cell itself, where it can be edited."""
    return context.frame() is not None and context.own_frame() is context.frame()


def expressions(context: Context) -> List[ast.expr]:
    """The subscripts and calls that may have failed, the outermost first. Those of code in another cell stand alone."""
    if is_own(context):
        return list(context.nodes(ast.Subscript, ast.Call))
    try:
        tree = ast.parse(context.detail("expression").strip() or "0", mode="eval")
    except (SyntaxError, ValueError):
        return []
    return [node for node in ast.walk(tree) if isinstance(node, (ast.Subscript, ast.Call))]


def places(context: Context, key: Any) -> List[Place]:
    """Where ``key`` may have been looked up: those that hold it as a constant first, then those that are known to lack it."""
    found: List[Place] = []
    for node in expressions(context):
        for container, indexer in _containers(node):
            found.append(_place(context, node, container, indexer))

    def rank(place: Place) -> Tuple[bool, bool, bool]:
        holds = place.node is not None and any(
            isinstance(n, ast.Constant) and type(n.value) is type(key) and n.value == key for n in _parts(place.node)
        )
        known = place.look is not None and bool(place.look.keys or place.look.index or place.look.length is not None)
        return (not holds, not known, not isinstance(place.node, ast.Subscript))

    return sorted(found, key=rank)


def _containers(node: ast.expr) -> List[Tuple[ast.expr, str]]:
    if isinstance(node, ast.Subscript):
        value = node.value
        if isinstance(value, ast.Attribute) and value.attr in INDEXERS:
            return [(value.value, value.attr)]
        return [(value, "")]
    if not isinstance(node, ast.Call):
        return []
    found = [k.value for k in node.keywords if k.arg in _TABLES]
    found += [a for a in node.args if isinstance(a, ast.Name)]
    if isinstance(node.func, ast.Attribute):
        found.append(node.func.value)
    return [(part, "") for part in found]


def _parts(node: ast.expr) -> List[ast.AST]:
    """What is asked for: the inside of the brackets, or the arguments."""
    if isinstance(node, ast.Subscript):
        return list(ast.walk(node.slice))
    call: Any = node
    return [part for argument in [*call.args, *call.keywords] for part in ast.walk(argument)]


def _place(context: Context, node: ast.expr, container: ast.expr, indexer: str) -> Place:
    chain: List[str] = []
    inner: Any = container
    look = _look(context, inner)
    while look is None and isinstance(inner, (ast.Call, ast.Subscript, ast.Attribute)):
        if isinstance(inner, ast.Call):
            inner = inner.func
            if not isinstance(inner, ast.Attribute):
                break
            chain.insert(0, inner.attr)
        inner = inner.value
        look = _look(context, inner)
    if look is not None and look.type.endswith("GroupBy"):
        chain.insert(0, "groupby")
        look = context.namespace.look(f"{_text(context, inner)}.obj")
    if look is None or look.type == "module":
        return Place(node, container, _text(context, container), None, indexer)
    return Place(node, inner, _text(context, inner), look, indexer, chain)


def _text(context: Context, node: ast.expr) -> str:
    return text_of(context.source, node) if is_own(context) else ast.unparse(node)


def _look(context: Context, node: ast.expr) -> Optional[Look]:
    return context.namespace.look(_text(context, node))


def is_frame(look: Look) -> bool:
    """Whether an object has rows and columns: a DataFrame of some library."""
    return len(look.shape or []) == 2 and bool(look.keys or look.type == "DataFrame")

"""What the failing statement's own objects are now, asked of the kernel: signatures, attributes, columns, shapes."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping, Sequence

from ..protocol import Look, RaisedError
from ..rules.api.callees import shown_parameters
from ..rules.reading.source import text_of, tree_of
from .inquiry import Failure, Inquiry, missing_attribute

#: Expressions that are asked about, and sentences that are told: the statement's own objects, no more.
MAX_EXPRESSIONS, MAX_SENTENCES = 16, 6
_KEYS, _CLOSE, _PARAMETERS = 15, 4, 14


async def live(inquiry: Inquiry) -> Sequence[str]:
    """What the objects of the failing statement are, what is missing from them first."""
    if not inquiry.report.errors:
        return []
    nodes = expressions(inquiry.cell.source, inquiry.failure)
    looks = await inquiry.looks(list(nodes))
    said = [*_missing(inquiry.report.errors[0], nodes, looks), *_described(nodes, looks)] if looks else []
    return list(dict.fromkeys(said))[:MAX_SENTENCES]


def statement_nodes(source: str, failure: Failure | None) -> list[ast.AST]:
    """All nodes of the failing statement; none where it is not known, does not parse, or is the head of a block."""
    tree = tree_of(source)
    if tree is None or failure is None:
        return []
    inside = (n for n in ast.walk(tree) if isinstance(n, ast.stmt) and not hasattr(n, "body"))
    found = [n for n in inside if failure.first <= n.lineno and (n.end_lineno or n.lineno) <= failure.last]
    return [node for statement in found for node in ast.walk(statement)]


def expressions(source: str, failure: Failure | None) -> dict[str, ast.expr]:
    """The names and dotted names of the failing statement that can be looked at, with their nodes; what is called comes
    first."""
    nodes = sorted((n for n in statement_nodes(source, failure) if isinstance(n, ast.expr)), key=_place)
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    found: dict[str, ast.expr] = {}
    for node in [*calls, *nodes]:
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load) and _is_dotted(node):
            found.setdefault(text_of(source, node), node)
    return dict(list(found.items())[:MAX_EXPRESSIONS])


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _is_dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _missing(error: RaisedError, nodes: Mapping[str, ast.expr], looks: Mapping[str, Look]) -> Iterator[str]:
    """What was asked for and is not there, and what is like it."""
    if wanted := missing_attribute(error):
        for node in nodes.values():
            if isinstance(node, ast.Attribute) and node.attr == wanted:
                owner = next((text for text, known in nodes.items() if known is node.value), "")
                if look := looks.get(owner):
                    yield _closest(f"`{owner}` has no attribute `{wanted}`", wanted, look.attributes)
    elif error.name == "KeyError":
        key = error.details.get("key", error.message)
        for text, look in looks.items():
            if look.keys and key not in look.keys:
                yield _closest(f"`{text}` has no key {key}", key, look.keys)


def _closest(said: str, wanted: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(wanted, names, n=_CLOSE, cutoff=0.5)
    return f"{said}; the closest that it has: {', '.join(close)}." if close else f"{said}."


def _described(nodes: Mapping[str, ast.expr], looks: Mapping[str, Look]) -> Iterator[str]:
    for text in nodes:
        look = looks.get(text)
        if look is None or look.type == "module":
            continue
        if look.parameters is not None:
            yield f"`{text}` is defined as {look.name.rpartition('.')[2] or text}({shown_parameters(look, _PARAMETERS)})."
        elif shown := _data(look):
            yield f"`{text}` is a {look.type}{shown}."


def _data(look: Look) -> str:
    """What data a thing holds: its shape or length, its dtype, its columns or keys."""
    parts = []
    if look.shape is not None:
        parts.append(f"of shape ({', '.join(map(str, look.shape))})")
    elif look.length is not None:
        parts.append(f"of length {look.length}")
    if look.dtype:
        parts.append(f"of dtype {look.dtype}")
    if look.keys:
        what = "columns" if look.shape is not None else "keys"
        more = ", …" if len(look.keys) > _KEYS else ""
        parts.append(f"with the {what} {', '.join(look.keys[:_KEYS])}{more}")
    return f" {', '.join(parts)}" if parts else ""

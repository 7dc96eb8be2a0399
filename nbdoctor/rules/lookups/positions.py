"""Positions that a sequence or array does not have."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix, Look
from ..base import Context, code, count_of, edit, finding
from ..reading.source import span, text_of
from .asked import INDEXERS, is_own

_AXIS = re.compile(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)")
_BEYOND = re.compile(
    r"out of range|out of bounds|out-of-bounds|Too many indexers|too many indices|empty list|pop index"
)
_DIMENSIONS = re.compile(r"array is (\d+)-dimensional, but (\d+) were indexed")
_MASK = re.compile(
    r"boolean index did not match indexed array along (?:axis|dimension) (\d+); "
    r"(?:size of axis|dimension) is (\d+) but (?:size of corresponding boolean axis|corresponding boolean dimension) is (\d+)"
)


def index_out_of_range(context: Context) -> Optional[Finding]:
    """An IndexError of a sequence or array, with its real length."""
    if not context.is_("IndexError", "IndexingError"):
        return None
    mask = _MASK.search(context.message)
    if mask:
        headline = (
            f"The mask has {count_of(int(mask[3]), 'value')}, but axis {mask[1]} has {count_of(int(mask[2]), 'place')}."
        )
        return finding("mask_length", headline, 0.85)
    if not _BEYOND.search(context.message):
        return None
    nodes = [n for n in context.nodes(ast.Subscript) if not isinstance(n.slice, ast.Slice)] if is_own(context) else []
    if "empty list" in context.message or "pop index" in context.message:
        return _popped(context)
    many = _DIMENSIONS.search(context.message)
    if many or "Too many indexers" in context.message:
        return _too_many(context, many, nodes)
    if _is_argv(nodes):
        headline = "`sys.argv` holds no arguments here: a notebook is not started with any."
        return finding("no_arguments", headline, 0.9)
    axis = _AXIS.search(context.message)
    if axis:
        index, number, size = axis.groups()
        headline = f"Index {index} is beyond axis {number}, which has {count_of(int(size), 'place')}{_last(int(size))}."
        return finding(
            "index_out_of_range", headline, 0.85, fixes=_loop_fix(context, nodes[0]) if len(nodes) == 1 else []
        )
    return _of_sequence(context, nodes)


def _of_sequence(context: Context, nodes: List[ast.Subscript]) -> Finding:
    hint = (
        "Assigning to a position does not make a list longer; `append` does." if "assignment" in context.message else ""
    )
    if len(nodes) != 1 or not (context.direct() or _indexer(nodes[0])):
        return finding("index_out_of_range", "A position is asked for that the sequence does not have.", 0.4,
                       explanation=hint)  # fmt: skip
    node = nodes[0]
    container, axis = (node.value.value, _axis(node)) if _indexer(node) else (node.value, 0)  # type: ignore[attr-defined]
    look = context.namespace.look(text_of(context.source, container))
    part = node.slice.elts[1] if axis and isinstance(node.slice, ast.Tuple) else node.slice
    shown, index = code(context.text(container)), code(context.text(part))
    items = _items_as_positions(context, node)
    if items is not None:
        return items
    fixes = _loop_fix(context, node)
    length = None if look is None else look.shape[axis] if look.shape and axis < len(look.shape) else look.length
    if length is None:
        return finding("index_out_of_range", f"{shown} has no item at {index}.", 0.5, explanation=hint, fixes=fixes)
    noun = "item" if not _indexer(node) else "row" if axis == 0 else "column"
    headline = f"{shown} has {count_of(length, noun)}{_last(length)}; there is none at {index}."
    return finding("index_out_of_range", headline, 0.85, explanation=hint, fixes=fixes)


def _indexer(node: ast.Subscript) -> bool:
    return isinstance(node.value, ast.Attribute) and node.value.attr in INDEXERS


def _axis(node: ast.Subscript) -> int:
    """The axis that ``.iloc`` is asked beyond: the second where the first asks for all."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
    return 1 if len(parts) == 2 and isinstance(parts[0], ast.Slice) else 0


def _is_argv(nodes: List[ast.Subscript]) -> bool:
    return any(isinstance(n.value, ast.Attribute) and n.value.attr == "argv" for n in nodes)


def _popped(context: Context) -> Finding:
    calls = [n for n in context.nodes(ast.Call) if isinstance(n.func, ast.Attribute) and n.func.attr == "pop"]
    shown = code(context.text(calls[0].func.value)) if len(calls) == 1 and is_own(context) else "The list"
    if "empty" in context.message:
        return finding("index_out_of_range", f"{shown} is empty, so `pop` has nothing to take out.", 0.85)
    return finding("index_out_of_range", f"{shown} has no item at the position that `pop` is to take out.", 0.8)


def _too_many(context: Context, many: Any, nodes: List[ast.Subscript]) -> Finding:
    if many:
        has, asked = int(many[1]), int(many[2])
        look = context.namespace.look(text_of(context.source, nodes[0].value)) if len(nodes) == 1 else None
        shown = code(context.text(nodes[0].value)) if len(nodes) == 1 else "The array"
        shape = f" (its shape is {tuple(look.shape)})" if look is not None and look.shape else ""
        headline = (
            f"{shown} has {count_of(has, 'axis').replace('axiss', 'axes')}{shape}, but {asked} positions are asked for."
        )
        return finding("too_many_indices", headline, 0.87)
    return finding("too_many_indices", "More positions are asked for than there are rows and columns.", 0.8)


# ------------------------------------------------------------------ loops that run too far


def _loops(context: Context, name: str) -> List[ast.For]:
    """The loops of the cell that the failing line stands in and that run over ``name``."""
    tree, line = context.tree(), context.line()
    found = [n for n in ast.walk(tree) if isinstance(n, ast.For)] if tree else []
    around = [n for n in found if n.lineno <= line <= (n.end_lineno or n.lineno)]
    return [n for n in around if isinstance(n.target, ast.Name) and n.target.id == name]


def _items_as_positions(context: Context, node: ast.Subscript) -> Optional[Finding]:
    """``for x in xs: xs[x]``"""
    name = node.slice.id if isinstance(node.slice, ast.Name) else ""
    loop = next(iter(_loops(context, name)), None) if name else None
    if loop is None or ast.dump(loop.iter) != ast.dump(node.value):
        return None
    shown = code(context.text(node.value))
    headline = f"{code(name)} is an item of {shown} already, not its position; {code(context.text(node))} looks it up once more."
    edits = [Edit(*span(context.source, node), name)] if isinstance(node.ctx, ast.Load) else []
    return finding("item_not_position", headline, 0.87, fixes=edit(f"Write {code(name)}", edits, 0.8))


def _loop_fix(context: Context, node: ast.Subscript) -> List[Fix]:
    """``range(len(xs) + 1)`` and ``while i <= len(xs)`` go one too far; ``xs[i + 1]`` needs a loop that ends one earlier."""
    names = {n.id for n in ast.walk(node.slice) if isinstance(n, ast.Name)}
    length = f"len({text_of(context.source, node.value)})"
    for name in names:
        for loop in _loops(context, name):
            ends = _range_end(loop)
            text = text_of(context.source, ends) if ends is not None else ""
            if ends is not None and text.replace(" ", "") == f"{length}+1" and isinstance(node.slice, ast.Name):
                return edit(f"End the loop at {code(length)}", [Edit(*span(context.source, ends), length)], 0.85)
            if ends is not None and text == length and _is_next(node.slice) and _is_first(context, loop):
                shorter = f"{length} - 1"
                return edit(f"End the loop at {code(shorter)}", [Edit(*span(context.source, ends), shorter)], 0.7)
    return _while_fix(context, names, length) if isinstance(node.slice, ast.Name) else []


def _while_fix(context: Context, names: Any, length: str) -> List[Fix]:
    tree, line = context.tree(), context.line()
    for loop in ast.walk(tree) if tree else ():
        if not isinstance(loop, ast.While) or not loop.lineno <= line <= (loop.end_lineno or loop.lineno):
            continue
        for test in ast.walk(loop.test):
            if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.LtE):
                left, right = (text_of(context.source, part) for part in (test.left, test.comparators[0]))
                if left in names and right == length:
                    new = f"{left} < {length}"
                    return edit(f"Write {code(new)}", [Edit(*span(context.source, test), new)], 0.85)
    return []


def _range_end(loop: ast.For) -> Optional[ast.expr]:
    call = loop.iter
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range" and call.args:
        return call.args[0] if len(call.args) == 1 else call.args[1]
    return None


def _is_first(context: Context, loop: ast.For) -> bool:
    """Whether the failing line is the first of a loop's body: then the last round, which is left out, has done nothing."""
    return loop.body[0].lineno == context.line()


def _is_next(node: ast.expr) -> bool:
    """``i + 1``"""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and getattr(node.right, "value", None) == 1


def _last(length: int) -> str:
    return f", numbered 0 to {length - 1}" if length > 1 else ", numbered 0" if length == 1 else ""


def records(context: Context) -> Optional[Finding]:
    """A list of dicts, asked for one of their keys: ``data['items']['name']``."""
    if not context.is_("TypeError") or not context.message.startswith("list indices must be integers"):
        return None
    for node in context.nodes(ast.Subscript) if is_own(context) else ():
        key = getattr(node.slice, "value", None)
        inner: Optional[Look] = context.namespace.look(f"{text_of(context.source, node.value)}[0]")
        if isinstance(key, str) and inner is not None and inner.type == "dict" and repr(key) in inner.keys:
            text = text_of(context.source, node.value)
            headline = f"{code(text)} is a list; each of its items is a dict with the key {code(key)}."
            hint = f"`{text}[0][{key!r}]` is the first one's; `[item[{key!r}] for item in {text}]` are all of them."
            return finding("list_of_records", headline, 0.92, explanation=hint)
    return None


RULES: Tuple[Any, ...] = (index_out_of_range, records)

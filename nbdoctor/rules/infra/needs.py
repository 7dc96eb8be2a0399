"""How much memory the data of a cell needs, read off its text: arrays of a known shape, files of a known size."""

from __future__ import annotations

import ast
import math
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from .. import tables
from ..base import code
from ..reading.source import nodes_of, text_of, tree_of
from . import machine

#: Bits of the largest number that is worked out, and the least amount that is worth a sentence.
MAX_BITS, LEAST = 64, 64 * 1024**2


class Need(NamedTuple):
    """Bytes that something in a cell needs at least, and a sentence that says so."""

    amount: int
    sentence: str


def needs(source: str, folder: str = "") -> List[Need]:
    """What a cell's data needs, the most first; only what is known from its text, and at least 64 MiB.

    Parameters
    ----------
    source : of the cell.
    folder : where the kernel works: files are looked for there. Empty: files are not looked at.
    """
    tree = tree_of(source)
    if tree is None:
        return []
    known = _numbers(tree)
    found = []
    for node in nodes_of(tree):
        need = _array(node, source, known) or _file(node, folder)
        if need is not None and need.amount >= LEAST:
            found.append(need)
    return sorted(set(found), reverse=True)


# ------------------------------------------------------------------ arrays


def _array(node: ast.AST, source: str, known: Dict[str, int]) -> Optional[Need]:
    """An array, a list or a text that is made with a known number of items."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _repeated(node, source, _number(node.right, known) or 0)
    if not isinstance(node, ast.Call):
        return None
    owner, name = _called(node)
    row = next((row for row in tables.load("deaths")["arrays"] if name == row["call"]), None)
    if row is None or (row["owner"] and not owner) or not node.args:
        return None
    shape = [_number(part, known) for part in _SHAPES[row["shape"]](node)]
    width = tables.load("deaths")["widths"].get(_dtype(node) or row["widths"].get(owner, row["width"]), 0)
    if None in shape or not shape or not width:
        return None
    return _made(node, source, [number or 0 for number in shape], int(width))


def _repeated(node: ast.BinOp, source: str, times: int) -> Optional[Need]:
    """A list or a text that is repeated."""
    if isinstance(node.left, ast.List):
        return _made(node, source, [len(node.left.elts), times], 8)
    value = node.left.value if isinstance(node.left, ast.Constant) else None
    return _made(node, source, [len(value), times], 1) if isinstance(value, (str, bytes)) else None


def _first(node: ast.Call) -> List[ast.expr]:
    """The parts of the first argument, which is a shape or a number."""
    first = node.args[0]
    return list(first.elts) if isinstance(first, (ast.Tuple, ast.List)) else [first]


def _each(node: ast.Call) -> List[ast.expr]:
    return list(node.args)


def _square(node: ast.Call) -> List[ast.expr]:
    return [node.args[0], node.args[1] if len(node.args) > 1 else node.args[0]]


#: Where the numbers stand that an array's size is the product of.
_SHAPES: Dict[str, Callable[[ast.Call], List[ast.expr]]] = {"first": _first, "each": _each, "square": _square}


def _made(node: Any, source: str, shape: List[int], width: int) -> Need:
    amount = math.prod(shape) * width
    unit = "byte" if width == 1 else f"{width} bytes"
    items = f"{math.prod(shape):,} items of {unit}"
    return Need(amount, f"{code(' '.join(text_of(source, node).split()))} makes {items}: {machine.size(amount)}.")


def _dtype(node: ast.Call) -> str:
    """What the call says of the type of its items: ``float32`` of ``dtype=np.float32``; empty where it says nothing."""
    value: Any = next((word.value for word in node.keywords if word.arg == "dtype"), None)
    if value is None:
        return ""
    return str(getattr(value, "attr", None) or getattr(value, "id", None) or getattr(value, "value", "?"))


# ------------------------------------------------------------------ files


def _file(node: ast.AST, folder: str) -> Optional[Need]:
    """A file that is read whole."""
    if not folder or not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
        return None
    row = next((row for row in tables.load("deaths")["readers"] if _called(node)[1] == row["call"]), None)
    name = node.args[0].value
    if row is None or not isinstance(name, str) or any(word.arg in row["parts"] for word in node.keywords):
        return None
    try:
        held = (Path(folder).expanduser() / name).stat().st_size
    except (OSError, ValueError):
        return None
    low, high = held * row["low"], held * row["high"]
    takes = machine.size(low) if low == high else f"{machine.size(low)} to {machine.size(high)}"
    return Need(low, row["sentence"].format(file=code(name), held=machine.size(held), takes=takes))


# ------------------------------------------------------------------ numbers


def _called(node: ast.Call) -> List[str]:
    """Owner and name of what is called: ``np`` and ``zeros``; the owner of a plain name is empty."""
    if isinstance(node.func, ast.Attribute):
        owner: Any = node.func.value
        return [str(getattr(owner, "id", "") or getattr(owner, "attr", "?")), node.func.attr]
    return ["", getattr(node.func, "id", "")]


def _numbers(tree: ast.Module) -> Dict[str, int]:
    """Names that the cell binds to a whole number, once and at its top level."""
    known: Dict[str, int] = {}
    stored = [node.id for node in nodes_of(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name, number = statement.targets[0].id, _number(statement.value, known)
            if number is not None and len(statement.targets) == 1 and stored.count(name) == 1:
                known[name] = number
    return known


def _number(node: Any, known: Dict[str, int]) -> Optional[int]:
    """The whole number that an expression is; None where that is not plain, or it is huge."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return int(node.value) if math.isfinite(node.value) and node.value == int(node.value) else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Call) and _called(node) == ["", "int"] and len(node.args) == 1:
        return _number(node.args[0], known)
    if not isinstance(node, ast.BinOp):
        return None
    left, right = _number(node.left, known), _number(node.right, known)
    if left is None or right is None or left < 0 or right < 0:
        return None
    return _result(node.op, left, right)


def _result(operator: ast.operator, left: int, right: int) -> Optional[int]:
    if isinstance(operator, ast.Pow):
        return left**right if left.bit_length() * right <= MAX_BITS else None
    if isinstance(operator, ast.LShift):
        return left << right if left.bit_length() + right <= MAX_BITS else None
    if isinstance(operator, ast.Mult):
        return left * right if left.bit_length() + right.bit_length() <= MAX_BITS else None
    if isinstance(operator, ast.FloorDiv):
        return left // right if right else None
    return left + right if isinstance(operator, ast.Add) else left - right if isinstance(operator, ast.Sub) else None

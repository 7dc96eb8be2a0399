"""Arrays whose shapes do not fit: which shapes they have, and the one reading in which they do."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Sequence, Tuple

from ...protocol import Finding, Fix
from ..base import Context, code, count_of, edit, finding
from ..reading.place import Place, place_of
from ..rewrite import module_name

Shape = Tuple[int, ...]
_SHAPE = r"\(([\d, ]*)\)"
_ARRAYS = ("ndarray", "Tensor", "matrix")
_SIMPLE = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def _shape(text: str) -> Shape:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _written(shape: Sequence[int]) -> str:
    inner = ", ".join(str(length) for length in shape)
    return f"`({inner},)`" if len(shape) == 1 else f"`({inner})`"


def broadcasting(context: Context) -> Optional[Finding]:
    """Arrays that an operator or function takes item by item, and whose shapes do not fit."""
    match = re.search(
        rf"could not be broadcast together with (?:remapped )?shapes? .*?{_SHAPE}\s*{_SHAPE}", context.message
    )
    sizes = re.match(r"The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)", context.message)
    if not (match and context.is_("ValueError")) and not (sizes and context.is_("RuntimeError")):
        return None
    place = place_of(context)
    nodes = _two(place)
    looks = [place.look(node) if place is not None else None for node in nodes]
    shapes = (
        [_shape(match[1]), _shape(match[2])] if match else [tuple(look.shape or ()) if look else () for look in looks]
    )
    why = "Lengths are compared from the right: each pair has to be equal, or one of the two has to be 1."
    if len(nodes) != 2 or place is None or not all(shapes):
        headline = f"Arrays of the shapes {_written(shapes[0])} and {_written(shapes[1])} do not fit together."
        if not all(shapes) and sizes:
            headline = f"Tensors do not fit together: where one is {sizes[1]} long, the other is {sizes[2]}."
        return finding("shape_mismatch", headline, 0.88, explanation=why)
    shown = [code(place.text(node)) for node in nodes]
    headline = (
        f"{shown[0]} has the shape {_written(shapes[0])} and {shown[1]} {_written(shapes[1])}, which do not "
        "fit together."
    )
    readings = [reading for number in (0, 1) for reading in _readings(place, nodes, shapes, looks, number)]
    if len(readings) == 1:
        fixes, said = readings[0]
        return finding("shape_mismatch", headline, 0.95, explanation=f"{why} {said}", fixes=fixes)
    return finding("shape_mismatch", headline, 0.92, explanation=why + _difference(shapes))


def _difference(shapes: Sequence[Shape]) -> str:
    if all(len(shape) == 1 for shape in shapes):
        return f" Here one has {count_of(shapes[0][0], 'item')} and the other {shapes[1][0]}."
    return ""


def _two(place: Optional[Place]) -> List[Any]:
    """The two things that an operator or a function is given."""
    if place is None or not (place.direct or place.exact):
        return []
    node = place.node(ast.BinOp, ast.Compare, ast.AugAssign)
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.AugAssign):
        return [node.target, node.value]
    if isinstance(node, ast.Compare) and len(node.comparators) == 1:
        return [node.left, node.comparators[0]]
    call = place.node(ast.Call)
    return (
        list(call.args)
        if call is not None and len(call.args) == 2 and not isinstance(call.args[0], ast.Starred)
        else []
    )


def _readings(
    place: Place, nodes: Sequence[Any], shapes: Sequence[Shape], looks: Sequence[Any], number: int
) -> List[Tuple[List[Fix], str]]:
    """How one of the two could be meant: its numbers as a column, one for each row of the other."""
    mine, other, look = shapes[number], shapes[1 - number], looks[number]
    if len(mine) != 1 or len(other) != 2 or mine[0] != other[0]:
        return []
    if look is not None and look.type not in _ARRAYS:
        return []
    shown, text = code(place.text(nodes[number])), place.whole(nodes[number])
    text = text if isinstance(nodes[number], _SIMPLE) else f"({text})"
    said = f"{shown} has as many numbers as the other has rows: as a column it fits."
    bound = module_name(place.context, "numpy")
    axis = f"{bound.name}.newaxis" if bound is not None and not bound.edits else "None"
    new = f"{text}[:, {axis}]"
    return [(edit(f"Make a column of {shown}: {code(new)}", place.replace(nodes[number], new), 0.9), said)]


_PRODUCT = re.compile(
    rf"shapes {_SHAPE} and {_SHAPE} not aligned|matmul: .*size (?P<right>\d+) is different from (?P<left>\d+)"
    r"|mat1 and mat2 shapes cannot be multiplied \((?P<a>\d+x\d+) and (?P<b>\d+x\d+)\)"
    r"|(?P<pandas>matrices are not aligned|Dot product shape mismatch)"
)


def product(context: Context) -> Optional[Finding]:
    """A product of matrices whose inner lengths differ: whether one of them, turned, fits."""
    match = _PRODUCT.search(context.message) if context.is_("ValueError", "RuntimeError") else None
    if not match:
        return None
    place = place_of(context)
    nodes = _two(place)
    if place is not None and not nodes:
        call = place.node(
            ast.Call, check=lambda n: getattr(n.func, "attr", "") in ("dot", "matmul", "mm") and len(n.args) == 1
        )
        nodes = [call.func.value, call.args[0]] if call is not None else []
    shapes = [_shape(match[1]), _shape(match[2])] if match[1] is not None else []
    if match["a"]:
        shapes = [_shape(match["a"]), _shape(match["b"])]
    looks = [place.look(node) for node in nodes] if place is not None else []
    if not shapes and len(nodes) == 2 and all(look is not None and look.shape for look in looks):
        shapes = [tuple(look.shape or ()) for look in looks if look is not None]
    why = (
        "Rows of the first meet columns of the second, so that the last length of the first has to be the "
        "first of the second."
    )
    if len(shapes) != 2:
        inner = f": {match['left']} columns meet {match['right']} rows" if match["left"] else ""
        return finding("shape_mismatch", f"The matrices cannot be multiplied{inner}.", 0.88, explanation=why)
    if len(nodes) != 2 or place is None or (match["a"] and not place.direct):
        headline = f"Matrices of the shapes {_written(shapes[0])} and {_written(shapes[1])} cannot be multiplied."
        layer = " If a layer of a network raised it, its first number is not the number of features that reach it."
        return finding("shape_mismatch", headline, 0.9, explanation=why + (layer if match["a"] else ""))
    shown = [code(place.text(node)) for node in nodes]
    headline = (
        f"{shown[0]} has the shape {_written(shapes[0])} and {shown[1]} {_written(shapes[1])}, which cannot be "
        "multiplied."
    )
    fits = _turned(shapes) if all(look is None or look.type in (*_ARRAYS, "DataFrame") for look in looks) else []
    fixes: List[Fix] = []
    if len(fits) == 1:
        node = nodes[fits[0]]
        text = place.whole(node) if isinstance(node, _SIMPLE) else f"({place.whole(node)})"
        fixes = edit(f"Turn {shown[fits[0]]}: {code(text + '.T')}", place.replace(node, f"{text}.T"), 0.85)
        why += f" Turned, {shown[fits[0]]} fits."
    return finding("shape_mismatch", headline, 0.94, explanation=why, fixes=fixes)


def _turned(shapes: Sequence[Shape]) -> List[int]:
    """Which of the two makes the product possible when rows and columns are exchanged; nothing where the order may be wrong."""
    first, second = shapes
    if len(first) != 2 or len(second) not in (1, 2) or (len(second) == 2 and second[1] == first[0]):
        return []
    found = [0] if first[0] == second[0] else []
    return found + ([1] if len(second) == 2 and first[1] == second[1] else [])


def reshape(context: Context) -> Optional[Finding]:
    """A shape that has another number of places than there are values."""
    match = re.match(rf"cannot reshape array of size (\d+) into shape {_SHAPE}", context.message)
    tensor = re.match(r"shape '\[([-\d, ]+)\]' is invalid for input of size (\d+)", context.message)
    if match:
        size, asked = int(match[1]), [int(n) for n in re.findall(r"-?\d+", match[2])]
    elif tensor:
        size, asked = int(tensor[2]), [int(n) for n in re.findall(r"-?\d+", tensor[1])]
    else:
        return None
    places = 1
    for length in asked:
        places *= abs(length)
    place = place_of(context)
    call = place.node(ast.Call, check=lambda n: getattr(n.func, "attr", "") in ("reshape", "view")) if place else None
    of_numpy = call is not None and getattr(getattr(call.func, "value", None), "id", "") in ("np", "numpy")
    value = None if call is None else call.args[0] if of_numpy and call.args else call.func.value
    shown = code(place.text(value)) if place is not None and value is not None else "The array"
    has = f"{shown} has {count_of(size, 'value')}"
    if -1 in asked:
        headline = f"{has}, which cannot be divided into {_written(asked)}: {size} is no multiple of {places}."
    else:
        headline = f"{has}; the shape {_written(asked)} holds {places}."
    why = "A new shape has to hold as many values as there are. One of its lengths may be -1: it is then worked out."
    return finding("shape_mismatch", headline, 0.93, explanation=why)


_DIMENSIONS = re.compile(
    r"Expected 2D array, got (1D|scalar) array|Expected a 2-dimensional container|Reshape your data either using"
)


def needs_table(context: Context) -> Optional[Finding]:
    """A model is given one row of values where it needs a table of rows and columns."""
    if not context.is_("ValueError") or not _DIMENSIONS.match(context.message):
        return None
    place = place_of(context)
    call = place.node(ast.Call) if place is not None else None
    node = call.args[0] if call is not None and call.args else None
    why = "Features are a table with a row for each sample, also where there is a single feature or a single sample."
    if place is None or call is None or node is None:
        return finding("needs_table", "A table with rows and columns is needed, and a single row of values was passed.", 0.88,
                       explanation=why)  # fmt: skip
    shown, text, method = code(place.text(node)), place.whole(node), getattr(call.func, "attr", "")
    look = place.look(node)
    new = ""
    if isinstance(node, (ast.List, ast.Tuple)):
        new = f"[{text}]" if method not in ("fit", "fit_transform") else f"[[x] for x in {text}]"
    elif isinstance(node, ast.Subscript) and _column(node) and (look is None or look.type == "Series"):
        new = f"{place.whole(node.value)}[[{place.whole(node.slice)}]]"
    elif look is not None and look.type == "Series":
        new = f"{text}.to_frame()"
    elif look is not None and look.type in _ARRAYS and look.shape and len(look.shape) == 1:
        new = f"{text}.reshape(-1, 1)" if isinstance(node, _SIMPLE) else ""
    what = f", of shape {_written(look.shape)}" if look is not None and look.shape else ""
    headline = (
        f"{shown} is a single row of values{what}, and `{method or place.text(call.func)}` needs a table of "
        "rows and columns."
    )
    return finding("needs_table", headline, 0.94, explanation=why,
                   fixes=edit(f"Write {code(new)}", place.replace(node, new) if new else [], 0.88))  # fmt: skip


def _column(node: ast.Subscript) -> bool:
    return isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)


RULES: Tuple[Any, ...] = (broadcasting, product, reshape, needs_table)

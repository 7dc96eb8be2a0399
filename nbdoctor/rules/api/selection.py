"""What ``.ix`` selected, by ``.loc`` and ``.iloc``: it took labels, and positions where no label was a number."""

from __future__ import annotations

import ast
from typing import Any, List

from ...protocol import Edit
from ..base import Context
from ..lookups.asked import is_frame, values
from ..reading.source import span, text_of
from .accesses import Access


def without_ix(context: Context, access: Access) -> List[Edit]:
    """The edit of ``df.ix[rows, columns]``; none where the labels are not known, or what stands in the brackets is a variable
    that may hold either."""
    look, tree = access.look, context.tree()
    if look is None or tree is None or access.node is None or not look.index:
        return []
    outer = next((n for n in ast.walk(tree) if isinstance(n, ast.Subscript) and n.value is access.node), None)
    if outer is None:
        return []
    parts = list(outer.slice.elts) if isinstance(outer.slice, ast.Tuple) else [outer.slice]
    labels = [values(look.index), values(look.keys)]
    if len(parts) > (2 if is_frame(look) else 1):
        return []
    kinds = [_kind(part, known) for part, known in zip(parts, labels)]
    texts = [text_of(context.source, part) for part in parts]
    if "unknown" in kinds:
        return []
    if "label" not in kinds:
        indexer = "iloc" if "position" in kinds else "loc"
    else:
        indexer = "loc"
        axes = ("index", "columns")
        texts = [f"{access.value}.{axis}[{text}]" if kind == "position" else text
                 for axis, text, kind in zip(axes, texts, kinds)]  # fmt: skip
    return [Edit(*span(context.source, outer), f"{access.value}.{indexer}[{', '.join(texts)}]")]


def _kind(part: ast.expr, labels: List[Any]) -> str:
    """Whether a part of the brackets is a label or a position, fits both (``:``, a mask), or cannot be told."""
    if isinstance(part, ast.Slice) and part.lower is part.upper is part.step is None:
        return "either"
    if isinstance(part, (ast.Compare, ast.BoolOp)) or (
        isinstance(part, ast.BinOp) and not isinstance(part.op, ast.Add)
    ):
        return "either"
    found = [n for n in ast.walk(part) if isinstance(n, (ast.Constant, ast.Name, ast.Call, ast.Attribute))]
    constants = [n.value for n in found if isinstance(n, ast.Constant) and n.value is not None]
    if len(constants) != len([n for n in found if getattr(n, "value", 0) is not None]) or not constants:
        return "unknown"
    if all(type(value) is int for value in constants):
        return "label" if any(isinstance(label, (int, float)) for label in labels) else "position"
    return "label"

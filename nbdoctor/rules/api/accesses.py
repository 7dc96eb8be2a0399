"""The attribute access that failed, and edits of it. For the rules about attributes."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import List, Optional

from ...protocol import Edit, Look
from ..base import Context
from ..reading.source import attribute_edit, span, text_of
from ..rewrite import is_template, rewritten, takes_arguments


@dataclass
class Access:
    """``value.name``, which failed.

    Attributes
    ----------
    name : the attribute.
    owner : the type of the object, or the module, as the exception names it.
    is_module : whether it is a module.
    look : what the object is; None where that is not known.
    node : the access in the cell; None where several on the line could be it.
    value : the source text of what stands before the dot; empty where it is not known.
    """

    name: str
    owner: str
    is_module: bool
    look: Optional[Look]
    node: Optional[ast.Attribute]
    value: str


def access_of(context: Context, name: str, owner: str, is_module: bool) -> Access:
    """The access that failed, as far as it can be told."""
    found = [n for n in context.nodes(ast.Attribute) if n.attr == name]
    node = found[0] if found and len({ast.dump(n) for n in found}) == 1 else None
    value = text_of(context.source, node.value) if node is not None else ""
    return Access(name, owner, is_module, context.namespace.subject(), node, value)


def all_like(context: Context, node: ast.Attribute) -> List[ast.Attribute]:
    """Every equal access of the cell: the same mistake made again."""
    tree, same = context.tree(), ast.dump(node)
    return [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and ast.dump(n) == same] if tree else []


def renamed_to(context: Context, node: Optional[ast.Attribute], new: str) -> List[Edit]:
    """Edits that write another name after the dot, everywhere in the cell."""
    if node is None:
        return []
    edits = [attribute_edit(context.source, same, new) for same in all_like(context, node)]
    return [e for e in edits if e is not None] if all(edits) else []


def replaced_by(context: Context, node: Optional[ast.Attribute], new: str) -> List[Edit]:
    """Edits that write something else for the whole access, everywhere in the cell."""
    return [Edit(*span(context.source, same), new) for same in all_like(context, node)] if node is not None else []


def from_template(context: Context, node: Optional[ast.Attribute], template: str) -> List[Edit]:
    """The access, or the call of it where the template speaks of arguments, and every other like it in the cell."""
    if node is None:
        return []
    tree, of_calls = context.tree(), takes_arguments(template)
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)] if tree else []
    found: List[Edit] = []
    for same in all_like(context, node):
        target = next((call for call in calls if call.func is same), None) if of_calls else same
        edits = rewritten(context, target, template)
        if not edits:
            return []
        found += [edit_ for edit_ in edits if edit_ not in found]
    inside = any(a.start < b.end and b.start < a.end for a in found for b in found if a is not b)
    return [] if inside else found


def row_edits(context: Context, node: Optional[ast.Attribute], new: str, kind: str = "") -> List[Edit]:
    """What a row of the tables makes of an access: a template, a whole expression, or another name."""
    if kind.startswith("builtin:"):
        return replaced_by(context, node, kind.partition(":")[2])
    if is_template(new):
        return from_template(context, node, new)
    if kind == "expression":
        return replaced_by(context, node, new)
    return renamed_to(context, node, new) if new else []

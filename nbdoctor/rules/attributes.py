"""Attributes that an object does not have: a typo, a rename, a call that returned None."""

from __future__ import annotations

import ast
import re
from typing import Any, Dict, List, Optional, Tuple

from ..protocol import Edit, Finding, Fix, Look
from . import tables
from .base import CERTAIN, Context, closest, code, edit, finding, listed
from .rewrite import is_template, rewritten, takes_arguments
from .source import attribute_edit, span, text_of

_MESSAGE = re.compile(r"^(?:type object )?'?([\w.]+)'? object(?: attribute)? has no attribute '(\w+)'")
_TYPE = re.compile(r"type object '([\w.]+)' has no attribute '(\w+)'")
_MODULE = re.compile(r"(?:partially initialized )?module '([\w.]+)' has no attribute '(\w+)'")
_EXPIRED = re.compile(r"`np\.(\w+)` was (?:a deprecated alias|removed)")
_NUMPY_OLD = re.compile(r"module 'numpy' has no attribute '(\w+)'")
# Methods that change their object and return nothing.
_RETURN_NONE = frozenset(
    ["append", "extend", "insert", "remove", "sort", "reverse", "clear", "update", "add", "discard", "shuffle"]
)


def missing_attribute(context: Context) -> Optional[Finding]:
    """An AttributeError about an object or a module."""
    if not context.is_("AttributeError"):
        return None
    name, owner, is_module = _asked(context)
    if not name:
        return None
    if owner == "NoneType":
        return _of_none(context, name)
    look = context.namespace.subject()
    owners = _owners(owner, is_module, look)
    row = next((r for r in tables.renamed().get(name, []) if r["owner"] in owners and r["kind"] != "keyword"), None)
    if row is not None:
        return _renamed(context, name, row)
    return _closest(context, name, owner, is_module, look)


def _asked(context: Context) -> Tuple[str, str, bool]:
    """(attribute, type or module, whether it is a module)"""
    message = context.message
    expired = _EXPIRED.match(message)
    if expired:
        return expired.group(1), "numpy", True
    match = _MODULE.search(message)
    if match:
        return match.group(2), match.group(1), True
    match = _MESSAGE.search(message) or _TYPE.search(message)
    if match:
        return context.detail("name") or match.group(2), match.group(1), False
    return context.detail("name"), context.detail("object_type"), False


def _owners(owner: str, is_module: bool, look: Optional[Look]) -> List[str]:
    """Full names under which the table of renamed attributes may know the object's type."""
    if is_module:
        return [owner]
    found = {owner, f"builtins.{owner}"}
    if look is not None:
        for path in [f"{look.module}.{look.name or look.type}", f"{look.module}.{look.type}", look.type, *look.bases]:
            found.add(path)
    names = {path.rpartition(".")[2] for path in found}
    tops = {path.split(".")[0] for path in found if "." in path}
    # `pandas.core.frame.DataFrame` is `pandas.DataFrame` to its users.
    for row_owner in {row["owner"] for rows in tables.renamed().values() for row in rows}:
        top, last = row_owner.split(".")[0], row_owner.rpartition(".")[2]
        if last in names and "." in row_owner and (top in tops or (look is None and last[0].isupper())):
            found.add(row_owner)
    return list(found)


def _node(context: Context, name: str) -> Optional[ast.Attribute]:
    """The attribute access that failed; None where several on the line could be it."""
    found = [n for n in context.nodes(ast.Attribute) if isinstance(n, ast.Attribute) and n.attr == name]
    return found[0] if found and (len({ast.dump(n) for n in found}) == 1) else None


def _all_like(context: Context, node: ast.Attribute) -> List[ast.Attribute]:
    """Every equal access of the cell: the same mistake made again."""
    tree = context.tree()
    same = ast.dump(node)
    return [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and ast.dump(n) == same] if tree else []


def _rename(context: Context, node: Optional[ast.Attribute], new: str) -> List[Edit]:
    if node is None:
        return []
    edits = [attribute_edit(context.source, same, new) for same in _all_like(context, node)]
    return [e for e in edits if e is not None] if all(edits) else []


def _renamed(context: Context, name: str, row: Dict[str, str]) -> Finding:
    new, kind, owner = row["new"], row["kind"], row["owner"]
    node = _node(context, name)
    version = context.namespace.version(owner.split(".")[0])
    top = (
        "Python"
        if owner.split(".")[0]
        in ("builtins", "time", "string", "sys", "os", "itertools", "collections", "inspect", "fractions")
        else owner.split(".")[0]
    )
    shown_owner = owner.replace("builtins.", "")
    edits: List[Edit] = []
    target = ""
    if kind.startswith("builtin:"):
        target = kind.partition(":")[2]
        edits = _replace_whole(context, node, target)
    elif is_template(new):
        edits = _rewritten(context, node, new)
        target = edits[-1].text if edits else ""
    elif kind == "expression":
        target = new
        edits = _replace_whole(context, node, new)
    elif new:
        target = new
        edits = _rename(context, node, new)
    note = f"{row['note'][0].upper()}{row['note'][1:]}." if row["note"] else ""
    change = f"is {code(target)} since" if target and row["drop_in"] else "was removed in"
    headline = f"{code(shown_owner + '.' + name)} {change} {top} {row['since']}."
    if target and not row["drop_in"]:
        note = f"{code(target)} is its successor. {note}".strip()
    fixes = edit(f"Write {code(target)}", edits, 0.94) if row["drop_in"] else []
    facts = [f"{owner.split('.')[0]} {version} is installed." if version else ""]
    return finding("renamed_attribute", headline, 0.94, explanation=note, facts=facts, fixes=fixes)


def _rewritten(context: Context, node: Optional[ast.Attribute], template: str) -> List[Edit]:
    """The access, or the call of it where the template speaks of arguments, and every other like it in the cell."""
    if node is None:
        return []
    tree, of_calls = context.tree(), takes_arguments(template)
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)] if tree else []
    found: List[Edit] = []
    for same in _all_like(context, node):
        target = next((call for call in calls if call.func is same), None) if of_calls else same
        edits = rewritten(context, target, template)
        if not edits:
            return []
        found += [edit_ for edit_ in edits if edit_ not in found]
    inside = any(a.start < b.end and b.start < a.end for a in found for b in found if a is not b)
    return [] if inside else found


def _replace_whole(context: Context, node: Optional[ast.Attribute], new: str) -> List[Edit]:
    if node is None:
        return []
    return [Edit(*span(context.source, same), new) for same in _all_like(context, node)]


def _of_none(context: Context, name: str) -> Finding:
    node = _node(context, name)
    value = text_of(context.source, node.value) if node is not None else ""
    if not value:
        return finding("none_value", f"Something is None here, and None has no {code(name)}.", 0.6)
    cause = _made_none(context, value) if re.match(r"^\w+$", value) else None
    if cause is not None:
        line, method, fixes = cause
        headline = f"{code(value)} is None since line {line}: {code(method)} changes its object and returns nothing."
        return finding("none_value", headline, 0.93, fixes=fixes)
    if node is not None and isinstance(node.value, ast.Call):
        method = node.value.func.attr if isinstance(node.value.func, ast.Attribute) else ""
        if method in _RETURN_NONE:
            headline = f"{code(method)} changes its object and returns nothing, so nothing can follow it."
            return finding("none_value", headline, 0.85)
        return finding("none_value", f"{code(value)} returned None, which has no {code(name)}.", 0.75)
    return finding("none_value", f"{code(value)} is None, so it has no {code(name)}.", 0.7)


def _made_none(context: Context, name: str) -> Optional[Tuple[int, str, List[Fix]]]:
    """The assignment of the cell that made a variable None: (line, method, fixes)."""
    tree = context.tree()
    for node in ast.walk(tree) if tree else ():
        if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
            continue
        call = node.value
        if node.targets[0].id != name or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        inplace = any(k.arg == "inplace" and getattr(k.value, "value", None) is True for k in call.keywords)
        if node.lineno > context.line() or not (inplace or call.func.attr in _RETURN_NONE):
            continue
        same = isinstance(call.func.value, ast.Name) and call.func.value.id == name
        start, _ = span(context.source, node)
        value_start, _ = span(context.source, call)
        fixes = (
            edit(f"Do not assign what {code(call.func.attr)} returns", [Edit(start, value_start, "")], 0.93)
            if same
            else []
        )
        return node.lineno, call.func.attr, fixes
    return None


def _closest(context: Context, name: str, owner: str, is_module: bool, look: Optional[Look]) -> Optional[Finding]:
    names = list(look.attributes) if look is not None else []
    if is_module and not names:
        names = context.namespace.module_contents(owner) or []
    columns = [key[1:-1] for key in (look.keys if look is not None else []) if key[:1] in "'\""]
    whose = f"the module {code(owner)}" if is_module else f"a {code(owner)}"
    near = closest(name, [*names, *[c for c in columns if c.isidentifier()]], 0.74)
    node = _node(context, name)
    if name in columns:
        return finding("misspelled_attribute", f"{code(name)} is a column; write `[{name!r}]`.", 0.8)
    if near is None:
        if not names and look is None:
            return finding("missing_attribute", f"{_cap(whose)} has no {code(name)}.", 0.4)
        return finding("missing_attribute", f"{_cap(whose)} has no {code(name)}, nor anything like it.", 0.55)
    fixes: List[Fix] = []
    if near.confidence >= CERTAIN and not near.others:
        fixes = edit(f"Write {code(near.name)}", _rename(context, node, near.name), near.confidence)
    kind = "column" if near.name in columns else "attribute"
    subject = f"{code(context.text(node.value))} is {whose} and" if node is not None and not is_module else _cap(whose)
    headline = f"{subject} has no {code(name)}; the closest {kind} is {listed([near.name, *near.others])}."
    return finding("misspelled_attribute", headline, near.confidence, fixes=fixes)


def _cap(text: str) -> str:
    return text[0].upper() + text[1:]


RULES: Tuple[Any, ...] = (missing_attribute,)

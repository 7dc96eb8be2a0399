"""Attributes of something else: of what a function returns, of the items of a list, of a module of the same name."""

from __future__ import annotations

import ast
import re
from typing import Callable, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix, Look
from .. import tables
from ..base import Context, code, edit, finding
from ..reading.source import import_edit, span, text_of
from ..rewrite import rewritten
from .accesses import Access, replaced_by

_FUNCTIONS = ("function", "builtin_function_or_method", "method", "method_descriptor", "method-wrapper", "ufunc")
_ACCESSOR = re.compile(r"Can only use \.(\w+) accessor with (?:an? )?'?([\w ]+?)'? (?:values|dtype|dtypes)")


def accessor(context: Context) -> Optional[Finding]:
    """``.str`` of numbers, ``.dt`` of text: pandas has them for one type each."""
    match = _ACCESSOR.search(context.message)
    if not match:
        return None
    name, wanted = match.groups()
    nodes = [n for n in context.nodes(ast.Attribute) if n.attr == name]
    node = nodes[0] if len({ast.dump(n) for n in nodes}) == 1 else None
    look = context.namespace.look(text_of(context.source, node.value)) if node is not None else None
    if node is None or look is None:
        return None  # the message alone is known: see the table of messages
    row = next((r for r in tables.rows("synonyms") if r["owner"] == "pandas.Series" and r["name"] == f".{name}"), None)
    edits = rewritten(context, node, row["new"]) if row is not None else []
    held = f"; its dtype is {code(look.dtype)}" if look.dtype else ""
    headline = (
        f"{code(context.text(node.value))} has no {code('.' + name)}, which is there for {wanted} values alone{held}."
    )
    title = f"Write {code(edits[-1].text)}" if edits else ""
    note = f"{row['note']}." if row is not None else ""
    return finding("accessor_type", headline, 0.96, explanation=note, fixes=edit(title, edits, 0.85))


def _not_called(context: Context, access: Access) -> Optional[Finding]:
    """``df.head.mean()``: the parentheses of ``head`` are missing."""
    if access.owner not in _FUNCTIONS or not access.value:
        return None
    look = context.namespace.look(access.value) or access.look
    owner = _module_of_same_name(context, access)
    if owner is not None:
        return owner
    needed = [p for p in (look.parameters or []) if p.default is None and not p.kind.startswith("var_")] if look else []
    known = look is not None and look.parameters is not None
    edits: List[Edit] = []
    if known and not needed and access.node is not None and not isinstance(access.node.ctx, ast.Store):
        end = span(context.source, access.node.value)[1]
        edits = [Edit(end, end, "()")]
    fixes = edit(f"Call it: {code(access.value + '()')}", edits, 0.85)
    headline = f"{code(access.value)} is a function, which has no {code(access.name)}; it was not called."
    return finding("not_called", headline, 0.88, explanation="Only what it returns can have it.", fixes=fixes)


def _module_of_same_name(context: Context, access: Access) -> Optional[Finding]:
    """``from time import time``, and then ``time.sleep(1)``."""
    name = access.value
    look = context.namespace.look(name) if name.isidentifier() else None
    module = look.name.partition(".")[0] if look is not None else ""
    path = look.name.rpartition(".")[0] if look is not None else ""
    contents = context.namespace.module_contents(path or module) or []
    if look is None or (path or module).rpartition(".")[2] != name or access.name not in contents:
        return None
    headline = f"{code(name)} is what was imported from the module {code(name)}, not the module, which has {code(access.name)}."
    return finding("same_name", headline, 0.92, explanation=f"`import {path or module}` binds the module.")


def _inside_module(context: Context, access: Access) -> Optional[Finding]:
    """A part of a package that has to be imported by itself, or what is inside of a member of the same name."""
    if not access.is_module:
        return None
    path = f"{access.owner}.{access.name}"
    if context.namespace.module_exists(path):
        edits = [import_edit(context.source, f"import {path}")]
        headline = f"{code(path)} is a module of its own, which has not been imported yet."
        return finding(
            "submodule_not_imported", headline, 0.93, fixes=edit(f"Add {code('import ' + path)}", edits, 0.93)
        )
    last = access.owner.rpartition(".")[2]
    inner = context.namespace.look(f"{access.value}.{last}") if access.value else None
    if inner is not None and access.name in inner.attributes:
        new = f"{access.value}.{last}.{access.name}"
        headline = f"{code(access.value)} is the module; {code(access.name)} belongs to {code(access.value + '.' + last)} in it."
        fixes = edit(f"Write {code(new)}", replaced_by(context, access.node, new), 0.92)
        return finding("same_name", headline, 0.93, fixes=fixes)
    return _shadowed(context, access)


def _shadowed(context: Context, access: Access) -> Optional[Finding]:
    """A file of the user's, named like a module: ``random.py``."""
    match = re.search(r"consider renaming '([^']+)'", context.message)
    beside = f"{access.owner}.py" in context.namespace.files() if "." not in access.owner else False
    standard = tables.aliases().get(access.owner) == f"import {access.owner}"
    known = standard or access.owner in tables.known() or access.owner in tables.modules()
    if not match and not (beside and known):
        return None
    file = match.group(1) if match else f"{access.owner}.py"
    file = code(file.rpartition("/")[2])
    headline = f"Your own file {file} hides the module {code(access.owner)}, which has {code(access.name)}."
    return finding("shadowed_module", headline, 0.85, explanation="Rename that file and restart the kernel.")


def _class_for_module(context: Context, access: Access) -> Optional[Finding]:
    """``from datetime import datetime``, and then ``datetime.datetime.now()`` or ``datetime.timedelta``."""
    look = access.look
    if look is None or look.type != "type" or not look.name:
        return None
    module, _, last = look.name.rpartition(".")
    if access.name == last and access.node is not None:
        headline = f"{code(access.value)} is the class {code(look.name)} already."
        fixes = edit(f"Write {code(access.value)}", replaced_by(context, access.node, access.value), 0.92)
        return finding("same_name", headline, 0.93, fixes=fixes)
    contents = context.namespace.module_contents(module) or []
    if access.name in contents and module.rpartition(".")[2] == access.value:
        headline = f"{code(access.value)} is the class of that name, not the module, which has {code(access.name)}."
        edits = [import_edit(context.source, f"from {module} import {access.name}")]
        edits += replaced_by(context, access.node, access.name) if access.node is not None else []
        fixes = edit(f"Import {code(access.name)}", edits, 0.88) if len(edits) > 1 else []
        return finding("same_name", headline, 0.92, fixes=fixes)
    return None


def _key(context: Context, access: Access) -> Optional[Finding]:
    """``record.name`` of a dict that has the key ``name``."""
    look = access.look
    if access.owner != "dict" or look is None or repr(access.name) not in look.keys:
        return None
    new = f"{access.value}[{access.name!r}]"
    shown = code(access.value) if access.value else "This"
    headline = f"{shown} is a dict; {code(access.name)} is one of its keys, not an attribute."
    edits = replaced_by(context, access.node, new) if access.value else []
    return finding("key_not_attribute", headline, 0.93, fixes=edit(f"Write {code(new)}", edits, 0.92))


def _of_items(context: Context, access: Access) -> Optional[Finding]:
    """``names.upper()`` where the items of ``names`` have it."""
    if not access.value or access.owner not in ("list", "tuple"):
        return None
    if access.owner == "tuple":
        comma = _comma(context, access)
        if comma is not None:
            return comma
    inner = context.namespace.look(f"{access.value}[0]")
    if inner is None or access.name not in inner.attributes:
        return None
    known = any(
        (row["owner"], row["name"]) == (f"builtins.{access.owner}", access.name) for row in tables.rows("synonyms")
    )
    if known:
        return None
    headline = f"{code(access.value)} is a {code(access.owner)}; its items have {code(access.name)}, it has not."
    called = any(call.func is access.node for call in context.nodes(ast.Call))
    use = f"{access.name}{'(...)' if called else ''}"
    hint = f"`{access.value}[0].{use}` is that of the first, `[item.{use} for item in {access.value}]` of all."
    return finding("item_has_it", headline, 0.9, explanation=hint)


def _comma(context: Context, access: Access) -> Optional[Finding]:
    """``name = 'text',``: a comma at the end makes a tuple."""
    inner = context.namespace.look(f"{access.value}[0]")
    look = access.look or context.namespace.look(access.value)
    if inner is None or access.name not in inner.attributes or look is None or look.length != 1:
        return None
    fixes: List[Fix] = []
    tree = context.tree()
    for node in ast.walk(tree) if tree else ():
        value = node.value if isinstance(node, ast.Assign) else None
        if not isinstance(value, ast.Tuple) or len(value.elts) != 1 or not isinstance(node, ast.Assign):
            continue
        if [getattr(target, "id", "") for target in node.targets] == [access.value]:
            start, end = span(context.source, value.elts[0])[1], span(context.source, value)[1]
            if context.source[start:end].strip() == ",":
                fixes = edit("Leave out the comma", [Edit(start, end, "")], 0.9)
    headline = f"{code(access.value)} is a tuple of one item: there is a comma at the end of the line that sets it."
    return finding("comma_makes_tuple", headline, 0.9, fixes=fixes)


def _comma_for_dot(context: Context, access: Access) -> Optional[Finding]:
    """``print(first.second)`` where both are variables."""
    if access.node is None or access.name not in context.namespace.names() or not re.match(r"^\w+$", access.value):
        return None
    parents = context.nodes(ast.Call, ast.List, ast.Tuple)
    held = any(access.node in (getattr(p, "args", None) or getattr(p, "elts", None) or []) for p in parents)
    if not held or access.look is None or access.look.type not in ("str", "int", "float", "list", "dict", "tuple"):
        return None
    new = f"{access.value}, {access.name}"
    headline = f"{code(access.name)} is a variable, not part of {code(access.value)}; perhaps the dot is to be a comma."
    fixes = edit(f"Write {code(new)}", replaced_by(context, access.node, new), 0.7)
    return finding("comma_for_dot", headline, 0.8, fixes=fixes)


def _set_elsewhere(context: Context, access: Access) -> Optional[Finding]:
    """``self.total``, which a method sets that has not run; a method beside its class; a private name."""
    tree = context.tree()
    classes = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == access.owner] if tree else []
    for node in classes:
        for method in node.body:
            if not isinstance(method, ast.FunctionDef) or method.name == "__init__":
                continue
            stored = [n.attr for n in ast.walk(method) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)]
            if access.name in stored:
                misspelled = re.match(r"^_*i\w*t_*$", method.name) and method.name.startswith("_")
                if misspelled:
                    return _misspelled_init(context, access, method)
                method_ = f"{code(method.name)} of {code(access.owner)}"
                headline = f"{code(access.name)} is set by the method {method_}, which has not run."
                return finding("set_later", headline, 0.85)
    function = context.namespace.look(access.name)
    takes = [p.name for p in (function.parameters or [])] if function is not None else []
    if takes[:1] == ["self"] and function is not None and function.type == "function":
        beside = f"{code(access.name)} is a function beside the class {code(access.owner)}"
        headline = f"{beside}, not a method in it: it is not indented."
        return finding("outside_class", headline, 0.87)
    if access.name.startswith("__") and not access.name.endswith("__"):
        headline = (
            f"Names that begin with two underscores, as {code(access.name)}, are known inside of their class alone."
        )
        return finding("private_name", headline, 0.7)
    return None


def _misspelled_init(context: Context, access: Access, method: ast.FunctionDef) -> Finding:
    start, end = span(context.source, method)
    place = re.compile(rf"def\s+({re.escape(method.name)})\b").search(context.source, start, end)
    edits = [Edit(place.start(1), place.end(1), "__init__")] if place else []
    headline = f"{code(access.owner)} never sets {code(access.name)}: its method is called {code(method.name)}, not `__init__`."
    return finding("misspelled_init", headline, 0.94, fixes=edit("Write `__init__`", edits, 0.92))


def _other_module(context: Context, access: Access) -> Optional[Finding]:
    """``np.sleep``: another module that is imported has it."""
    if not access.is_module or access.node is None or not access.value:
        return None
    names = [name for name in context.namespace.names() if name != access.value]
    looks: List[Tuple[str, Optional[Look]]] = [(name, context.namespace.look(name)) for name in names]
    own = context.namespace.look(access.value)
    near = own is not None and any(name.lower() == access.name.lower() for name in own.attributes)
    has = [name for name, look in looks if look and look.type == "module" and access.name in look.attributes]
    if len(has) != 1 or near:
        return None
    new = f"{has[0]}.{access.name}"
    headline = f"The module {code(access.owner)} has no {code(access.name)}; {code(has[0])} has it."
    fixes = edit(f"Write {code(new)}", replaced_by(context, access.node, new), 0.75)
    return finding("other_module", headline, 0.83, fixes=fixes)


REASONS: Tuple[Callable[[Context, Access], Optional[Finding]], ...] = (
    _inside_module,
    _class_for_module,
    _not_called,
    _key,
    _of_items,
    _comma_for_dot,
    _set_elsewhere,
    _other_module,
)

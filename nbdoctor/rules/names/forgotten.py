"""A module or member that is used and was not imported, or is at hand in a module that was."""

from __future__ import annotations

import ast
import importlib.util
import sys
from typing import List, Optional

from ...protocol import Action, Edit, Finding
from .. import tables
from ..base import Context, closest, code, edit, finding, fix, listed
from ..imports.missing import distribution_of
from ..reading.source import import_edit, name_edits


def holds_name(node: Optional[ast.AST], name: str) -> bool:
    """Whether a node reads the variable."""
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)


def name_uses(context: Context, name: str, new: str) -> List[Edit]:
    """Edits that write ``new`` for every use of a name in the failing cell."""
    return name_edits(context.source, name, new) if context.frame() is not None else []


def forgotten_import(context: Context, name: str) -> Optional[Finding]:
    """A customary name (``np``, ``plt``, ``Path``), or a module of the standard library by its own."""
    statement = tables.aliases().get(name)
    if statement is None or context.frame() is None:
        return None
    uses = attributes_used(context, name)
    statement = _module_or_member(name, statement, uses)
    parts = statement.split()
    module = parts[1]
    if parts[0] == "import" and not uses:
        return None  # a plain variable of the same name
    if parts[0] == "from" and name.islower() and not (is_called(context, name) or uses):
        return None
    if parts[0] == "import" and name == module and not _stdlib_has(module, uses):
        return None
    near = closest(name, context.namespace.names(), 0.9)
    if near is not None and parts[0] == "from":
        return None
    top = module.split(".")[0]
    available = not context.namespace.live or context.namespace.module_exists(top)
    needed = [] if available else [distribution_of(top)]
    if needed == [""]:
        return None
    actions = [Action("install", requirement=requirement) for requirement in needed]
    actions.append(Action("replace_cell", edits=[import_edit(context.source, statement)]))
    title = f"Add {code(statement)}" if available else f"Install {code(needed[0])} and add {code(statement)}"
    confidence = 0.9 if context.namespace.live else 0.75
    headline = f"{code(name)} is not imported; {code(statement)} is missing."
    if not available:
        headline = f"{code(name)} is not imported, and {code(needed[0])} is not installed."
    return finding("forgotten_import", headline, confidence, fixes=[fix(title, *actions, confidence=confidence)])


def module_case(context: Context, name: str) -> Optional[Finding]:
    """``Math.cos`` where ``math`` was meant, which is not imported."""
    statement = tables.aliases().get(name.lower())
    uses = attributes_used(context, name)
    if statement != f"import {name.lower()}" or not uses or name == name.lower():
        return None
    edits = [import_edit(context.source, statement), *name_uses(context, name, name.lower())]
    headline = f"{code(name)} is not a module; {code(name.lower())} is, and it is not imported."
    return finding("forgotten_import", headline, 0.8, fixes=edit(f"Add {code(statement)}", edits, 0.8))


def in_a_module(context: Context, name: str) -> Optional[Finding]:
    """A member of a module that is imported, written without the module: ``DataFrame`` for ``pd.DataFrame``."""
    if not context.namespace.live or len(name) < 3 or hasattr(str, name) or hasattr(list, name):
        return None
    holders = []
    for variable, module in context.namespace.imported().items():
        if name in (context.namespace.module_contents(module) or ()):
            holders.append(f"{variable}.{name}")
    if not holders or not (is_called(context, name) or not name.islower() or name in _constants_of_math()):
        return None
    if len(holders) > 1:
        headline = f"{code(name)} is not a name by itself; {listed(holders)} are within reach."
        return finding("member_without_module", headline, 0.7)
    module = holders[0].rpartition(".")[0]
    headline = f"{code(name)} is in {code(module)}, which is imported; write {code(holders[0])}."
    fixes = edit(f"Write {code(holders[0])}", name_uses(context, name, holders[0]), 0.88)
    return finding("member_without_module", headline, 0.88, fixes=fixes)


def installed_module(context: Context, name: str) -> Optional[Finding]:
    """A module that no table lists, but that can be imported, used as ``name.something``."""
    if context.frame() is None or not attributes_used(context, name) or not context.namespace.live:
        return None
    if not context.namespace.module_exists(name) or _is_folder(context, name):
        return None
    statement = f"import {name}"
    headline = f"{code(name)} is a module that is installed here and not imported; {code(statement)} is missing."
    change = import_edit(context.source, statement)
    return finding("forgotten_import", headline, 0.7, fixes=edit(f"Add {code(statement)}", [change], 0.7))


def _is_folder(context: Context, name: str) -> bool:
    """A folder beside the notebook counts as a module for Python, and holds data more often than code."""
    return f"{name}/" in context.namespace.files()


def _constants_of_math() -> List[str]:
    return ["pi", "tau", "inf", "nan"]


def attributes_used(context: Context, name: str) -> List[str]:
    """What the failing cell takes from a name: the attributes."""
    tree = context.tree()
    nodes = ast.walk(tree) if tree else ()
    return [node.attr for node in nodes if isinstance(node, ast.Attribute) and holds_name(node.value, name)]


def is_called(context: Context, name: str) -> bool:
    """Whether the failing cell calls the name."""
    tree = context.tree()
    return tree is not None and any(isinstance(n, ast.Call) and holds_name(n.func, name) for n in ast.walk(tree))


def _module_or_member(name: str, statement: str, uses: List[str]) -> str:
    """``from datetime import datetime``, or ``import datetime`` where the cell writes ``datetime.timedelta``."""
    if statement != f"from {name} import {name}" or not uses:
        return statement
    module = sys.modules.get(name)
    member = getattr(module, name, None)
    if name in uses or (member is not None and any(not hasattr(member, use) for use in uses)):
        return f"import {name}"
    return statement


def _stdlib_has(module: str, uses: List[str]) -> bool:
    """Whether a module has what the cell takes from it, as far as that is known without importing it."""
    found = sys.modules.get(module)
    if (
        found is None
        or importlib.util.find_spec(module) is None
        or module not in getattr(sys, "stdlib_module_names", ())
    ):
        return True
    return all(hasattr(found, use) or not hasattr(found, "__file__") or hasattr(found, "__path__") for use in uses)

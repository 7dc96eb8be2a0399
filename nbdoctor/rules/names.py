"""Names that are not defined: a typo, a forgotten import, a name that lives elsewhere."""

from __future__ import annotations

import ast
import importlib.util
import keyword
import re
import sys
from typing import Any, List, Optional, Tuple

from ..protocol import Action, Edit, Finding, Fix
from . import tables
from .base import CERTAIN, Close, Context, closest, code, edit, finding, fix, listed
from .imports import distribution_of
from .rewrite import is_template, rewritten, takes_arguments
from .scopes import BUILTINS, parameters_of
from .source import import_edit, line_text, name_edits, span

_NOT_DEFINED = re.compile(r"name '([^']+)' is not defined")
_NO_VALUE = re.compile(r"(?:local|free) variable '([^']+)'")


def undefined_name(context: Context) -> Optional[Finding]:
    """A NameError: the likeliest of several reasons."""
    match = _NOT_DEFINED.search(context.message) if context.is_("NameError") else None
    if not match:
        return None
    name = context.detail("name") or match.group(1)
    for reason in (
        _other_python,
        _missing_self,
        _forgotten_import,
        _later_in_cell,
        _module_case,
        _typo,
        _inside_function,
    ):
        found = reason(context, name)
        if found is not None:
            return found
    quotes = f" If you mean the text {name!r}, put it in quotes." if _could_be_text(context, name) else ""
    headline = f"{code(name)} has no value: nothing that has run defines it."
    return finding("undefined_name", headline, 0.5, explanation=tables.kinds()["undefined_name"]["means"] + quotes)


def _could_be_text(context: Context, name: str) -> bool:
    """A bare word as an argument, or on the right of an assignment."""
    return any(
        _holds_name(child, name)
        for node in context.nodes(ast.Call, ast.Assign, ast.Compare)
        for child in ast.iter_child_nodes(node)
    )


def _holds_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)


def _edits(context: Context, name: str, new: str) -> List[Any]:
    return name_edits(context.source, name, new) if context.frame() is not None else []


def _other_python(context: Context, name: str) -> Optional[Finding]:
    """Names of Python 2 and of other languages."""
    row = next((r for r in tables.renamed().get(name, []) if r["owner"] == "builtins" and r["kind"] == "name"), None)
    if row is None:
        return None
    new = row["new"]
    if not new:
        note = row["note"]
        return finding(
            "old_python",
            f"{code(name)} is not a builtin of Python 3.",
            0.85,
            explanation=f"{note[0].upper()}{note[1:]}.",
        )
    edits = _rewritten(context, name, new) if is_template(new) else _edits(context, name, new)
    if not row["drop_in"]:
        return None
    shown = new if not is_template(new) else edits[-1].text if edits else ""
    became = f"it is {code(shown)}" if shown else row["note"]
    fixes = edit(f"Write {code(shown)}", edits, 0.93)
    return finding("old_python", f"Python 3 has no {code(name)}; {became}.", 0.93, fixes=fixes)


def _rewritten(context: Context, name: str, template: str) -> List[Edit]:
    found = [n for n in context.nodes(ast.Name) if _holds_name(n, name)]
    if len(found) != 1:
        return []
    calls = [n for n in context.nodes(ast.Call) if n.func is found[0]]
    target = next(iter(calls), None) if takes_arguments(template) else found[0]
    return rewritten(context, target, template)


def _missing_self(context: Context, name: str) -> Optional[Finding]:
    """A method called from another method of its class without ``self``."""
    tree = context.tree()
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.ClassDef):
            continue
        methods = [m for m in node.body if isinstance(m, (ast.FunctionDef, ast.AsyncFunctionDef))]
        user = next((m for m in methods if m.lineno <= context.line() <= (m.end_lineno or 0)), None)
        if user is None or name not in [m.name for m in methods]:
            continue
        first = user.args.args[0].arg if user.args.args else ""
        fixes: List[Fix] = []
        if first in ("self", "cls"):
            start, end = span(context.source, user)
            uses = [e for e in _edits(context, name, f"{first}.{name}") if start <= e.start and e.end <= end]
            fixes = edit(f"Write {code(first + '.' + name)}", uses, 0.9)
        return finding(
            "missing_self",
            f"{code(name)} is a method of {code(node.name)}; call it as {code((first or 'self') + '.' + name)}.",
            0.9,
            fixes=fixes,
        )
    return None


def _forgotten_import(context: Context, name: str) -> Optional[Finding]:
    statement = tables.aliases().get(name)
    if statement is None or context.frame() is None:
        return None
    uses = _attributes_used(context, name)
    statement = _module_or_member(name, statement, uses)
    parts = statement.split()
    module = parts[1]
    if parts[0] == "import" and not uses:
        return None  # a plain variable of the same name
    if parts[0] == "from" and name.islower() and not (_is_called(context, name) or uses):
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


def _attributes_used(context: Context, name: str) -> List[str]:
    tree = context.tree()
    return (
        [n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and _holds_name(n.value, name)] if tree else []
    )


def _is_called(context: Context, name: str) -> bool:
    tree = context.tree()
    return tree is not None and any(isinstance(n, ast.Call) and _holds_name(n.func, name) for n in ast.walk(tree))


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


def _later_in_cell(context: Context, name: str) -> Optional[Finding]:
    tree, here = context.tree(), context.line()
    if (
        tree is None
        or not here
        or (context.own_frame() or context.error.frames[0]).function not in ("<module>", "<cell line: 1>")
    ):
        return None
    for statement in tree.body:
        if statement.lineno <= here or isinstance(statement, ast.ClassDef):
            continue
        names = [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        names.append(getattr(statement, "name", ""))
        if name in names:
            headline = (
                f"Line {here} uses {code(name)}, which the cell defines further down, in line {statement.lineno}."
            )
            return finding("used_before_defined", headline, 0.85)
    return None


def _candidates(context: Context, name: str) -> List[str]:
    names = list(reversed(context.namespace.names())) or list(context.report.names)
    tree = context.tree()
    here = context.line()
    frame = context.frame()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.lineno < here:
            names.append(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.lineno < here:
            names.append(node.name)
            if isinstance(node, ast.FunctionDef) and frame is not None and node.name == frame.function:
                names += parameters_of(node.args)
    alone = line_text(context.source, here).strip() == name
    words = ["break", "continue", "pass", "return"] if alone else []
    builtins_ = [
        n
        for n in BUILTINS
        if not n.startswith("_") and (n[0].islower() or name[0].isupper()) and not keyword.iskeyword(n)
    ]
    return [n for n in dict.fromkeys([*names, *words, *builtins_]) if n != name]


def _typo(context: Context, name: str) -> Optional[Finding]:
    near = closest(name, _candidates(context, name), 0.75)
    if near is None:
        return None
    confidence = _typo_confidence(context, name, near)
    fixes = []
    if confidence >= CERTAIN:
        fixes = edit(f"Write {code(near.name)}", _edits(context, name, near.name), confidence)
    guess = "the closest is" if near.score < 0.95 else "you have"
    headline = f"There is no {code(name)}; {guess} {listed([near.name, *near.others])}."
    return finding("misspelled_name", headline, confidence, fixes=fixes)


def _typo_confidence(context: Context, name: str, near: Close) -> float:
    """Below 0.93, the confidence of a cell that was not run, unless the case alone differs.

    Half of all short words are close to some builtin: one counts only where it is called like one.
    """
    if near.score >= 0.95:
        return 0.95
    own = near.name in context.namespace.names() or near.name in context.report.names
    called_builtin = near.name in BUILTINS and _is_called(context, name)
    if near.score < 0.82 or len(name) <= 2 or not (own or called_builtin or near.name not in BUILTINS):
        return 0.45
    return min(0.92, near.confidence)


def _module_case(context: Context, name: str) -> Optional[Finding]:
    """``Math.cos`` where ``math`` was meant, which is not imported."""
    statement = tables.aliases().get(name.lower())
    uses = _attributes_used(context, name)
    if statement != f"import {name.lower()}" or not uses or name == name.lower():
        return None
    edits = [import_edit(context.source, statement), *_edits(context, name, name.lower())]
    headline = f"{code(name)} is not a module; {code(name.lower())} is, and it is not imported."
    return finding("forgotten_import", headline, 0.8, fixes=edit(f"Add {code(statement)}", edits, 0.8))


def _inside_function(context: Context, name: str) -> Optional[Finding]:
    tree = context.tree()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            own = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
            inside = node.lineno <= context.line() <= (node.end_lineno or 0)
            if name in [*own, *parameters_of(node.args)] and not inside:
                headline = f"{code(name)} exists only inside of the function {code(node.name)}."
                return finding(
                    "local_elsewhere",
                    headline,
                    0.75,
                    explanation=f"Let {code(node.name)} return it, and use what it returns.",
                )
    return None


def unbound_local(context: Context) -> Optional[Finding]:
    """A local variable that is read before the function gives it a value."""
    match = _NO_VALUE.search(context.message) if context.is_("UnboundLocalError", "NameError") else None
    if not match:
        return None
    name = context.detail("name") or match.group(1)
    frame = context.own_frame()
    where = code(frame.function) if frame is not None and frame.function not in ("", "<module>") else "the function"
    if "free variable" in context.message:
        return finding("unbound_local", f"{code(name)} has no value yet where an inner function reads it.", 0.8)
    if name in context.namespace.names() or name in BUILTINS:
        outer = "the builtin" if name in BUILTINS else "the variable outside"
        headline = (
            f"{where} assigns to {code(name)}, so it is the function's own; it has no value yet, and is not {outer}."
        )
        hint = (
            f"To change the one outside, put `global {name}` at the top of the function."
            if name not in BUILTINS
            else "Give the function's own variable another name."
        )
        return finding("unbound_local", headline, 0.85, explanation=hint)
    headline = f"{where} reads {code(name)} before it has a value: no assignment to it has run yet."
    return finding("unbound_local", headline, 0.75)


RULES: Tuple[Any, ...] = (undefined_name, unbound_local)

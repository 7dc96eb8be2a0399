"""A local variable that is read before its function gives it a value."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional

from ...protocol import Edit, Finding, Fix
from ..base import Context, closest, code, edit, finding
from ..reading.binding import certain_names
from ..reading.scopes import BUILTINS, parameters_of
from ..reading.source import line_offsets, line_text, offset_of
from .nearby import function_of

_NO_VALUE = re.compile(r"(?:local|free) variable '([^']+)'")


def unbound_local(context: Context) -> Optional[Finding]:
    """An UnboundLocalError: the assignment that makes the name local, and what was meant."""
    match = _NO_VALUE.search(context.message) if context.is_("UnboundLocalError", "NameError") else None
    if not match:
        return None
    name = context.detail("name") or match.group(1)
    function = function_of(context)
    if "free variable" in context.message:
        return _free(context, name)
    outer = _outer(context, name, function)
    frame = context.own_frame()
    called = frame.function.rpartition(".")[2] if frame is not None and frame.function not in ("", "<module>") else ""
    where = code(called) if called else "the function"
    if outer:
        return _shadows(context, name, function, where, outer)
    return _not_yet(context, name, function, where)


def _free(context: Context, name: str) -> Finding:
    tree = context.tree()
    lines = [
        n.lineno
        for n in (ast.walk(tree) if tree else ())
        if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) and n.lineno > 0
    ]
    later = f" It gets one in line {lines[-1]}, which has not run by then." if lines else ""
    return finding("unbound_local", f"{code(name)} has no value yet where an inner function reads it.", 0.8,
                   explanation=f"An inner function looks at the outer one's variable when it runs.{later}")  # fmt: skip


def _outer(context: Context, name: str, function: Any) -> str:
    """What the name is outside of the function: ``global``, ``nonlocal`` or ``builtin``; empty where it is nothing."""
    tree = context.tree()
    enclosing = [
        n
        for n in (ast.walk(tree) if tree else ())
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) and function is not None and n is not function
        and function in ast.walk(n)
    ]  # fmt: skip
    if any(name in certain_names(list(n.body)) or name in parameters_of(n.args) for n in enclosing):
        return "nonlocal"
    if name in context.namespace.names() or name in context.report.names:
        return "global"
    return "builtin" if name in BUILTINS else ""


def _shadows(context: Context, name: str, function: Any, where: str, outer: str) -> Finding:
    what = "the builtin" if outer == "builtin" else "the variable outside"
    headline = f"{where} assigns to {code(name)}, so it is the function's own; it has no value yet, and is not {what}."
    if outer == "builtin":
        return finding("unbound_local", headline, 0.88, explanation="Give the function's own variable another name.")
    hint = f"To change the one outside, put `{outer} {name}` at the top of the function; to keep it, use another name."
    return finding("unbound_local", headline, 0.88, explanation=hint, fixes=_declare(context, name, function, outer))


def _declare(context: Context, name: str, function: Any, outer: str) -> List[Fix]:
    """``global name`` at the top, where the function counts the variable up (``n += 1``): then it can only mean that one."""
    if function is None or not any(
        isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name) and n.target.id == name
        for n in ast.walk(function)
    ):
        return []
    first = function.body[0]
    docstring = isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str)
    if docstring and len(function.body) < 2:
        return []
    first = function.body[1] if docstring else first
    line = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", ()))])
    if line == function.lineno:
        return []
    indent = re.match(r"\s*", line_text(context.source, line))
    start = offset_of(context.source, line)
    change = Edit(start, start, f"{indent.group() if indent else ''}{outer} {name}\n")
    return edit(f"Add {code(f'{outer} {name}')}", [change], 0.7) if start in line_offsets(context.source) else []


def _makes_from_itself(function: Any, name: str) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return True
        if not isinstance(node, ast.Assign) or not any(getattr(t, "id", "") == name for t in node.targets):
            continue
        if any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node.value)):
            return True
    return False


def _not_yet(context: Context, name: str, function: Any, where: str) -> Finding:
    headline = f"{where} reads {code(name)} before it has a value: no assignment to it has run yet."
    if function is None:
        return finding("unbound_local", headline, 0.75)
    branch = next((s for s in function.body if _assigns(s, name) and (s.end_lineno or 0) < context.line()), None)
    if branch is not None and name not in certain_names([branch]):
        shown = code(line_text(context.source, branch.lineno).strip())
        headline = f"{where} gives {code(name)} a value only under {shown}, which did not apply."
        return finding("unbound_local", headline, 0.88, explanation=f"Give {code(name)} a value before it as well.")
    others = [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    near = closest(name, [*others, *parameters_of(function.args)], 0.75)
    if near is not None:
        headline = f"{where} has no value for {code(name)} yet; perhaps {code(near.name)} is meant."
        return finding("unbound_local", headline, 0.55)
    later = [s.lineno for s in function.body if _assigns(s, name) and s.lineno > context.line()]
    if later:
        headline = f"{where} reads {code(name)} in line {context.line()} and gives it a value only in line {later[0]}."
    elif _makes_from_itself(function, name):
        headline = f"{where} makes {code(name)} from what it was, and it has no first value."
    return finding("unbound_local", headline, 0.85 if later else 0.8)


def _assigns(statement: Any, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) for n in ast.walk(statement))

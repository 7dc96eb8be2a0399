"""A name that the code does give a value, but not here: further down, in a branch, a function, a class or a comprehension."""

from __future__ import annotations

import ast
from typing import Any, Iterator, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix
from ..base import Context, code, edit, finding
from ..guard import granted
from ..reading.binding import certain_names
from ..reading.past import Past, label
from ..reading.scopes import parameters_of
from ..reading.source import line_text, name_edits, offset_of, span, tree_of

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def function_of(context: Context) -> Any:
    """The innermost function of the failing cell that holds the failing line; None at the top level."""
    tree, line = context.tree(), context.line()
    holding = [
        node
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, _FUNCTIONS) and node.lineno < line <= (node.end_lineno or 0)
    ]
    return max(holding, key=lambda node: node.lineno, default=None)


def class_of(context: Context) -> Optional[ast.ClassDef]:
    """The class of the failing cell that holds the failing line."""
    tree, line = context.tree(), context.line()
    holding = [
        node
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.ClassDef) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(holding, key=lambda node: node.lineno, default=None)


# ------------------------------------------------------------------ of the object


def missing_self(context: Context, name: str) -> Optional[Finding]:
    """A method or attribute of the object, used in a method without ``self``."""
    owner, user = class_of(context), function_of(context)
    if owner is None or user is None or user not in ast.walk(owner):
        return _missing_self_elsewhere(context, name)
    first = user.args.args[0].arg if user.args.args else ""
    what = _member(owner, name)
    if not what:
        return None
    written = f"{first or 'self'}.{name}"
    fixes: List[Fix] = []
    if first in ("self", "cls"):
        start, end = span(context.source, user)
        # The class itself may bind the name; the method has to read it alone.
        every = name_edits(context.source, name, written, reads_only=name not in _stored_in(owner, user))
        uses = [e for e in every if start <= e.start and e.end <= end]
        fixes = edit(f"Write {code(written)}", uses, 0.9)
    verb = "call it as" if what == "a method" else "write"
    headline = f"{code(name)} is {what} of {code(owner.name)}; {verb} {code(written)}."
    return finding("missing_self", headline, 0.9, fixes=fixes)


def _stored_in(owner: ast.ClassDef, method: Any) -> List[str]:
    """Names that the class binds itself, and the method does not."""
    own = [n.id for n in ast.walk(method) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    body = certain_names([s for s in owner.body if not isinstance(s, _FUNCTIONS)])
    return [name for name in body if name not in own]


def _missing_self_elsewhere(context: Context, name: str) -> Optional[Finding]:
    """The same for a class that another cell defines, whose text the history has."""
    frame = context.own_frame()
    if frame is None or frame is context.frame():
        return None
    function = frame.function.rpartition(".")[2]
    for source, where in _texts(context):
        tree = tree_of(source)
        for node in tree.body if tree else ():
            methods = [m for m in getattr(node, "body", ()) if isinstance(m, _FUNCTIONS) and m.name == function]
            if isinstance(node, ast.ClassDef) and where and methods and _member(node, name):
                what = f"{code(name)} is {_member(node, name)} of {code(node.name)}"
                headline = f"{what}; in {code(function)}{where}, it has to be {code(f'self.{name}')}."
                return finding("missing_self", headline, 0.88)
    return None


def _member(owner: ast.ClassDef, name: str) -> str:
    if any(isinstance(m, _FUNCTIONS) and m.name == name for m in owner.body):
        return "a method"
    for node in ast.walk(owner):
        if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store):
            holder = node.value
            if isinstance(holder, ast.Name) and holder.id in ("self", "cls"):
                return "an attribute"
    return "an attribute" if name in certain_names([s for s in owner.body if not isinstance(s, _FUNCTIONS)]) else ""


# ------------------------------------------------------------------ in this cell


def later_in_cell(context: Context, name: str) -> Optional[Finding]:
    """A name that the cell defines below its use, or only annotates above it."""
    tree, here = context.tree(), context.line()
    if tree is None or not here or not context.error.frames or context.in_function():
        return None
    for statement in tree.body:
        if _only_annotates(statement, name) and statement.lineno < here:
            return _annotated(context, name, statement)
        if (statement.end_lineno or 0) < here or isinstance(statement, ast.ClassDef):
            continue
        if statement.lineno <= here:
            grown = _grown(context, name, statement)
            if grown is not None:
                return grown
            continue
        names = [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        if name in [*names, getattr(statement, "name", "")]:
            line = statement.lineno
            headline = f"Line {here} uses {code(name)}, which the cell defines further down, in line {line}."
            return finding("used_before_defined", headline, 0.85)
    return None


def _only_annotates(statement: Any, name: str) -> bool:
    return (
        isinstance(statement, ast.AnnAssign) and statement.value is None and getattr(statement.target, "id", "") == name
    )


def _annotated(context: Context, name: str, statement: Any) -> Finding:
    shown = line_text(context.source, statement.lineno).strip()
    headline = f"{code(shown)} in line {statement.lineno} gives {code(name)} a type and no value."
    fixes: List[Fix] = []
    value = statement.annotation
    if isinstance(value, (ast.Constant, ast.List, ast.Dict, ast.UnaryOp)):
        _, end = span(context.source, statement.target)
        start, _ = span(context.source, value)
        # The value is the one that stands there: nothing is made up.
        fixes = [granted(f, "makes_up") for f in edit("Write `=` for `:`", [Edit(end, start, " = ")], 0.85)]
    return finding("annotation_only", headline, 0.9, fixes=fixes)


def _grown(context: Context, name: str, statement: Any) -> Optional[Finding]:
    """A name that is made from itself before it has a first value: ``count = count + 1``."""
    line = context.line()
    for node in ast.walk(statement):
        if getattr(node, "lineno", 0) != line or not isinstance(node, (ast.Assign, ast.AugAssign)):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if name in [t.id for t in targets if isinstance(t, ast.Name)]:
            headline = f"Line {line} makes {code(name)} from what it was, and it has no value before."
            where = (
                "before the loop" if isinstance(statement, (ast.For, ast.While, ast.AsyncFor)) else "before that line"
            )
            return finding(
                "used_before_defined", headline, 0.85, explanation=f"Give {code(name)} its first value {where}."
            )
    return None


def branch_in_cell(context: Context, name: str) -> Optional[Finding]:
    """A name that a statement above gives a value in a branch, a loop or an ``except`` alone."""
    tree, here = context.tree(), context.line()
    if tree is None or not here or context.own_frame() is not context.frame():
        return None
    function = function_of(context)
    for statement in function.body if function is not None else tree.body:
        if (statement.end_lineno or 0) >= here or isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
            continue
        found = _hidden_in(context, name, statement)
        if found is not None:
            return found
    return None


def _hidden_in(context: Context, name: str, statement: Any) -> Optional[Finding]:
    shown = code(line_text(context.source, statement.lineno).strip())
    for node in ast.walk(statement):
        if isinstance(node, ast.ExceptHandler) and node.name == name:
            headline = (
                f"{code(name)} is gone: Python deletes it at the end of the {code('except')} in line {node.lineno}."
            )
            return finding("except_name", headline, 0.92)
        if isinstance(node, _COMPREHENSIONS) and name in _targets(node):
            headline = f"{code(name)} exists only inside of the comprehension in line {node.lineno}."
            return finding("comprehension_name", headline, 0.9)
    stored = any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) for n in ast.walk(statement))
    if not stored or name in certain_names([statement]):
        return None
    loop = isinstance(statement, (ast.For, ast.AsyncFor, ast.While))
    why = "a loop that did not run once" if loop else "a branch that was not taken"
    headline = f"{code(name)} gets a value only in {why}: {shown}."
    explanation = f"Give {code(name)} a value before it as well, or see why {shown} did not apply."
    return finding("branch_not_taken", headline, 0.88, explanation=explanation)


def _targets(node: Any) -> List[str]:
    return [n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)]


# ------------------------------------------------------------------ in a function, or in another cell


def local_elsewhere(context: Context, name: str) -> Optional[Finding]:
    """A name that only a function has, or a comprehension, here or in a cell that ran before."""
    here = context.line()
    for source, where in _texts(context):
        tree = tree_of(source)
        for node in ast.walk(tree) if tree else ():
            mine = not where and node_holds(node, here)
            if _only_annotates(node, name):
                shown = code(line_text(source, getattr(node, "lineno", 1)).strip())
                return finding("annotation_only", f"{shown}{where} gives {code(name)} a type and no value.", 0.85)
            if isinstance(node, _FUNCTIONS) and not mine and name in _own_names(node):
                headline = f"{code(name)} exists only inside of the function {code(node.name)}{where}."
                explanation = f"Let {code(node.name)} return it, and use what it returns."
                return finding("local_elsewhere", headline, 0.75, explanation=explanation)
            if isinstance(node, _COMPREHENSIONS) and not mine and name in _targets(node):
                headline = f"{code(name)} exists only inside of a comprehension{where or f' in line {node.lineno}'}."
                return finding("comprehension_name", headline, 0.7)
            if isinstance(node, ast.ExceptHandler) and not mine and node.name == name:
                headline = f"{code(name)} is gone: Python deletes it at the end of its {code('except')}{where}."
                return finding("except_name", headline, 0.85)
    return None


def _texts(context: Context) -> Iterator[Tuple[str, str]]:
    """The failing cell, and what ran before, newest first, each with where that is."""
    yield context.source, ""
    for run in reversed(Past(context).runs):
        if run.source and run.ok:
            yield run.source, f", in {label(run)}"


def node_holds(node: Any, line: int) -> bool:
    """Whether a line lies within a node."""
    return getattr(node, "lineno", 0) <= line <= (getattr(node, "end_lineno", 0) or 0)


def _own_names(function: Any) -> List[str]:
    stored = [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    outer = {n for node in ast.walk(function) if isinstance(node, ast.Global) for n in node.names}
    return [n for n in [*stored, *parameters_of(function.args)] if n not in outer]


def unused_local(context: Context, name: str) -> Optional[Finding]:
    """A function that makes a value and never uses it, where a name that does not exist is used: perhaps that was meant."""
    function = function_of(context)
    if function is None or not _used_whole(function, name):
        return None
    # Not what a loop or a branch makes: such a value may not be there, or is one of many.
    made = [t.id for s in function.body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)]
    own = [
        n
        for n in dict.fromkeys([*parameters_of(function.args), *made])
        if n not in (name, "self", "cls") and n[0] != "_"
    ]
    idle = [local for local in own if _is_idle(function, local)]
    if len(idle) != 1:
        return None
    headline = f"There is no {code(name)}; {code(function.name)} makes {code(idle[0])} and never uses it: perhaps that is meant."
    start, end = offset_of(context.source, function.lineno), span(context.source, function)[1]
    uses = [e for e in name_edits(context.source, name, idle[0]) if start <= e.start and e.end <= end]
    return finding("undefined_name", headline, 0.55, fixes=edit(f"Write {code(idle[0])}", uses, 0.5))


def _used_whole(function: Any, name: str) -> bool:
    """Whether a name stands for the function's result or for what it goes through, not for an index or a part."""
    wholes = []
    for node in ast.walk(function):
        if isinstance(node, (ast.Return, ast.Attribute)):
            wholes.append(node.value)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            wholes.append(node.iter)
    uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
    return all(use in wholes for use in uses)


def _is_idle(function: Any, name: str) -> bool:
    """Whether nothing reads a name, other than to fill what it holds: ``found.append(x)``, ``found[k] = x``."""
    filling = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
                filling.add(id(called.value))
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            filling.add(id(node.value))
    return not any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) and id(node) not in filling
        for node in ast.walk(function)
    )

"""Calls that pass too many arguments, too few, or one of them twice."""

from __future__ import annotations

import ast
import re
from typing import Any, Dict, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix, Look
from .. import tables
from ..base import Context, closest, code, count_of, edit, finding, listed
from ..reading.source import span, text_of
from .callees import (
    BY_NAME,
    BY_POSITION,
    call_of,
    callee,
    is_starred,
    last_name,
    own_parameters,
    signature,
    unread_as_none,
)
from .slips import is_sure

_MISSING = re.compile(r"^([\w.<>]+?)\(\) missing (\d+) required (positional|keyword-only) arguments?: (.*)$")
_TOO_MANY = re.compile(
    r"^([\w.<>]+?)\(\) takes (?:from \d+ to )?(\d+) positional arguments? but (\d+)"
    r"(?: positional arguments? \(and \d+ keyword-only arguments?\))? (?:was|were) given"
)
_TWICE = re.compile(r"^([\w.<>]+?)\(\) got multiple values for argument '(\w+)'")
_NOTHING = re.compile(r"^([\w.]+)\(\) takes no arguments(?: \((\d+) given\))?$")
_BUILTIN = re.compile(
    r"^([\w.]+)(?:\(\))? (?:takes (?:exactly |at most |at least )?|expected (?:exactly |at most |at least )?)(\w+)"
    r" (?:positional )?arguments?,? (?:got |\()(\d+)"
)


def wrong_count(context: Context) -> Optional[Finding]:
    """Missing arguments, or too many."""
    if not context.is_("TypeError"):
        return None
    for pattern, build in (
        (_MISSING, _missing), (_TOO_MANY, _too_many), (_TWICE, _given_twice), (_NOTHING, _takes_nothing), (_BUILTIN, _of_builtin),
    ):  # fmt: skip
        match = pattern.search(context.message)
        if match:
            return build(context, match)
    return None


def _facts(context: Context, called: str) -> List[str]:
    look = context.namespace.subject()
    if look is None or look.parameters is None:
        look = context.namespace.look(called)
    return [fact for fact in [signature(look)] if fact]


# ------------------------------------------------------------------ too few


def _missing(context: Context, match: Any) -> Finding:
    called, names = match.group(1), re.findall(r"'(\w+)'", match.group(4))
    if names[:1] == ["self"]:
        return _without_object(context, called)
    if called.endswith("__init__"):
        called = called.rpartition(".")[0].rpartition(".")[2] or called
    facts = _facts(context, called)
    headline = f"{code(called)} needs {listed(names)}, which {'was' if len(names) == 1 else 'were'} not passed."
    call = call_of(context, match.group(1))
    look = callee(context, call)
    unknown = (
        [k for k in call.keywords if k.arg and look and k.arg not in [p.name for p in own_parameters(look)]]
        if call
        else []
    )
    for keyword in unknown:  # taken by `**options`, and so not noticed
        near = closest(keyword.arg or "", names, 0.75)
        if near is not None and is_sure(keyword.arg or "", near):
            start = span(context.source, keyword)[0]
            edits = [Edit(start, start + len(keyword.arg or ""), near.name)]
            return finding("misspelled_keyword", f"{code(called)} needs {code(near.name)}; {code(keyword.arg or '')} is passed.",
                           0.86, facts=facts, fixes=edit(f"Write {code(near.name)}", edits, near.confidence))  # fmt: skip
    fixes = unread_as_none(context, call, called, names) if call is not None else []
    return finding("missing_argument", headline, 0.85, facts=facts, fixes=fixes)


def _without_object(context: Context, called: str) -> Finding:
    """``Dog.bark()``, or ``dog = Dog`` and then ``dog.bark()``: the class itself is asked."""
    call = call_of(context, called)
    owner = call.func.value if call is not None and isinstance(call.func, ast.Attribute) else None
    shown = code(context.text(owner)) if owner is not None else code(called)
    look = context.namespace.look(text_of(context.source, owner)) if owner is not None else None
    needs = (
        [p for p in own_parameters(look) if p.default is None and p.kind in (*BY_POSITION, "keyword_only")]
        if look
        else []
    )
    fixes: List[Fix] = []
    if owner is not None and look is not None and look.parameters is not None and not needs:
        end = span(context.source, owner)[1]
        fixes = edit(f"Make an object: {code(text_of(context.source, owner) + '()')}", [Edit(end, end, "()")], 0.8)
    headline = (
        f"{shown} is the class itself; {code(last_name(call.func) if call else called)} is called on an object of it."
    )
    return finding("class_not_object", headline, 0.88, fixes=fixes)


def _takes_nothing(context: Context, match: Any) -> Finding:
    """A class without ``__init__``, or with one that is misspelled."""
    name = match.group(1)
    tree = context.tree()
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.ClassDef) or node.name != name:
            continue
        for method in node.body:
            misspelled = isinstance(method, ast.FunctionDef) and re.match(
                r"^_+i?n?i?t?t?_*$|^_*(init|int|inti)_*$", method.name
            )
            if isinstance(method, ast.FunctionDef) and misspelled and method.name != "__init__":
                return _misspelled_init(context, name, method)
    headline = f"{code(name)} takes no arguments: the class has no method `__init__` that would take them."
    return finding("too_many_arguments", headline, 0.85)


def _misspelled_init(context: Context, name: str, method: ast.FunctionDef) -> Finding:
    start, end = span(context.source, method)
    place = re.compile(rf"def\s+({re.escape(method.name)})\b").search(context.source, start, end)
    edits = [Edit(place.start(1), place.end(1), "__init__")] if place else []
    headline = f"{code(name)} takes no arguments: its method is called {code(method.name)}, not `__init__`."
    return finding("misspelled_init", headline, 0.95, fixes=edit("Write `__init__`", edits, 0.93))


# ------------------------------------------------------------------ too many


def _too_many(context: Context, match: Any) -> Finding:
    called, takes, given = match.group(1), int(match.group(2)), int(match.group(3))
    method = "." in called and "<locals>" not in called
    facts = _facts(context, called)
    if method and takes == 0:
        return _without_self(context, called, facts)
    call = call_of(context, called)
    look = callee(context, call)
    named = _to_names(call, look, called)
    own = 1 if method and not called.endswith(".__new__") else 0  # `self` was counted
    takes, given = takes - own, given - own
    shown = code(context.text(call.func)) if call is not None else code(_class_or_function(called))
    passed = f"{given} {'is' if given == 1 else 'are'} passed"
    headline = f"{shown} takes {count_of(takes, 'positional argument')}, but {passed}"
    if named:
        names = [name for name, _ in named]
        edits = [Edit(start, start, f"{name}=") for name, node in named for start in [span(context.source, node)[0]]]
        headline += f"; {listed(names)} {'has' if len(names) == 1 else 'have'} to be named."
        fixes = edit(f"Name {listed(names)}", edits, 0.9)
        return finding("positional_argument", headline, 0.9, facts=facts, fixes=fixes)
    return finding("too_many_arguments", headline + ".", 0.8, facts=facts)


def _class_or_function(called: str) -> str:
    return called.rpartition(".")[0] if called.endswith((".__init__", ".__new__")) else called


def _positions(called: str, look: Optional[Look]) -> List[str]:
    """The order in which a library once took what it takes by name alone now, as the table knows it."""
    parts = _class_or_function(called).split(".")
    top = (
        look.name.split(".")[0] if look is not None and "." in look.name else look.module.split(".")[0] if look else ""
    )
    if top == "builtins" and look is not None and look.type == "method":
        top = look.name.split(".")[0]
    rows: Dict[str, str] = {}
    for row in tables.rows("positions"):
        owner = row["owner"].split(".")
        if owner[-1] == parts[-1] and (top in ("", owner[0])):
            specific = len(parts) > 1 and len(owner) > 2 and owner[-2] == parts[-2]
            if specific or row["owner"] not in rows:
                rows = {row["owner"]: row["order"], **rows} if specific else {**rows, row["owner"]: row["order"]}
    return next(iter(rows.values()), "").split()


def _to_names(call: Optional[ast.Call], look: Optional[Look], called: str) -> List[Tuple[str, ast.expr]]:
    """The arguments that have to be named, each with its name; empty where that is not known of all of them."""
    if call is None or look is None or is_starred(call):
        return []
    parameters = own_parameters(look)
    taken = [p.name for p in parameters if p.kind in BY_POSITION]
    by_name = [p.name for p in parameters if p.kind in BY_NAME]
    before = _positions(called, look)
    if before and taken and before[0] not in by_name:
        before[0] = taken[0]  # renamed, and still the first
    order = before or [*taken, *(p.name for p in parameters if p.kind == "keyword_only")]
    # Those that stand where they did need no name.
    same = next((i for i, pair in enumerate(zip(taken, order)) if pair[0] != pair[1]), min(len(taken), len(order)))
    passed = [k.arg for k in call.keywords]
    found = list(zip(order[same:], call.args[same:]))
    whole = len(order) >= len(call.args) and all(name in by_name and name not in passed for name, _ in found)
    return found if whole else []


def _without_self(context: Context, called: str, facts: List[str]) -> Finding:
    name = called.rpartition(".")[2]
    headline = f"The method {code(called)} has no parameter `self`, which Python passes first."
    tree = context.tree()
    methods = [m for c in ast.walk(tree) if isinstance(c, ast.ClassDef) for m in c.body] if tree else []
    found = [m for m in methods if isinstance(m, ast.FunctionDef) and m.name == name and not m.args.args]
    edits: List[Edit] = []
    if len(found) == 1:
        start, end = span(context.source, found[0])
        place = re.compile(rf"def\s+{re.escape(name)}\s*\(").search(context.source, start, end)
        rest = found[0].args.vararg or found[0].args.kwarg or found[0].args.kwonlyargs
        edits = [Edit(place.end(), place.end(), "self, " if rest else "self")] if place else []
    return finding("missing_self_parameter", headline, 0.92, facts=facts, fixes=edit("Add `self`", edits, 0.93))


def _given_twice(context: Context, match: Any) -> Finding:
    called, name = match.groups()
    call = call_of(context, called)
    look = callee(context, call)
    facts = _facts(context, called)
    named = _to_names(call, look, called) if _positions(called, look) else []
    if named:
        edits = [Edit(start, start, f"{new}=") for new, node in named for start in [span(context.source, node)[0]]]
        names = listed([new for new, _ in named])
        shown = code(context.text(call.func)) if call else code(called)
        headline = (
            f"{shown} takes {code(name)} first now, so {names} {'has' if len(named) == 1 else 'have'} to be named."
        )
        return finding("positional_argument", headline, 0.92, facts=facts, fixes=edit(f"Name {names}", edits, 0.9))
    headline = f"{code(called)} gets {code(name)} twice: once by position and once by name."
    first = own_parameters(look)[:1]
    hint = "Python passes the object itself first, as `self`." if call is not None and look and not first else ""
    return finding("argument_twice", headline, 0.9, explanation=hint, facts=facts)


def _of_builtin(context: Context, match: Any) -> Optional[Finding]:
    """``len(a, b)``, ``xs.append(1, 2)``: functions written in C say it in other words."""
    called, takes, given = match.groups()
    number = {"no": 0, "one": 1, "two": 2, "three": 3}.get(takes, int(takes) if takes.isdigit() else -1)
    if number < 0:
        return None
    name = called.rpartition(".")[2]
    if name == "module":
        return None  # a class derived from a module
    few = int(given) < number
    headline = (
        f"{code(called)} takes {count_of(number, 'argument')}, but {given} {'is' if given == '1' else 'are'} passed."
    )
    hint = "`extend([...])` adds several items; `append((...))` adds them as one tuple." if name == "append" else ""
    kind = "missing_argument" if few else "too_many_arguments"
    return finding(kind, headline, 0.86, explanation=hint, facts=_facts(context, called))


RULES: Tuple[Any, ...] = (wrong_count,)

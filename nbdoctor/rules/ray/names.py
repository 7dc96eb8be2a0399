"""Ray: options, arguments, methods and actors that it does not know, and a start that was made already."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix
from ..api.callees import unread_as_none
from ..base import CERTAIN, Context, closest, code, edit, finding, listed
from ..reading.functions import cell_sources
from ..reading.source import argument_edit, keyword_edit, span, string_edit

_OPTION = re.compile(
    r"^Invalid option keyword (\w+) for [^.]*\. Valid ones are \[(.*?)\]|^Unknown keyword argument\(s\): (\w+)$"
)
_SIGNATURE = re.compile(
    r"^(?:missing a required argument: '(\w+)'|(too many positional arguments)|got an unexpected keyword argument '(\w+)')$"
)


def is_remote(node: ast.AST) -> bool:
    """Whether it is a call of ``….remote(…)``."""
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "remote"


def called_name(call: ast.Call) -> str:
    """The last part of what is called."""
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


def unknown_option(context: Context) -> Optional[Finding]:
    """A keyword of ``@ray.remote``, ``.options`` or ``ray.init`` that Ray does not know."""
    match = _OPTION.match(context.message) if context.is_("ValueError", "RuntimeError") else None
    if not match:
        return None
    name = match[1] or match[3]
    valid = re.findall(r"'(\w+)'", match[2] or "")
    if not valid:
        look = context.namespace.look("ray.init")
        valid = [p.name for p in (look.parameters or [])] if look is not None else []
    nodes = [n for n in ast.walk(context.tree() or ast.Module([], [])) if isinstance(n, ast.keyword) and n.arg == name]
    near = closest(name, [option for option in valid if not option.startswith("_")], 0.7)
    where = "Ray" if match[1] else "`ray.init`"
    if near is None:
        return finding(
            "ray_option", f"{where} has no option {code(name)}.", 0.85, facts=[f"Options: {listed(valid, 12)}."]
        )
    change = (
        keyword_edit(context.source, nodes[0], near.name) if len(nodes) == 1 and near.confidence >= CERTAIN else None
    )
    fixes = edit(f"Write {code(near.name)}", [change] if change else [], near.confidence)
    return finding(
        "ray_option", f"{where} has no option {code(name)}; the closest is {code(near.name)}.", 0.94, fixes=fixes
    )


def wrong_arguments(context: Context) -> Optional[Finding]:
    """A task, actor or method called with arguments that it does not take: Ray checks them before it starts anything."""
    match = _SIGNATURE.match(context.message) if context.is_("TypeError") else None
    calls = [call for call in context.nodes(ast.Call) if is_remote(call)] if match else []
    if match is None or len(calls) != 1:
        return None
    call = calls[0]
    shown = code(context.text(call.func.value))
    if match[2]:
        headline = f"{shown} takes fewer arguments than the {len(call.args)} that are passed."
        return finding("too_many_arguments", headline, 0.88)
    if match[3]:
        return finding("unknown_keyword", f"{shown} takes no argument {code(match[3])}.", 0.88)
    name = match[1]
    headline = f"{shown} needs {code(name)}, which was not passed."
    if name in context.namespace.names():
        change = argument_edit(context.source, call, f"{name}={name}")
        fixes = edit(f"Pass your variable {code(name)}", [change] if change else [], 0.7)
        return finding("missing_argument", headline, 0.9, fixes=fixes)
    fixes = unread_as_none(context, call, getattr(call.func.value, "id", ""), [name])
    return finding("missing_argument", headline, 0.9, fixes=fixes)


def missing_method(context: Context) -> Optional[Finding]:
    """An actor's handle has the methods of its class, and nothing else."""
    match = re.match(r"'ActorHandle' object has no attribute '(\w+)'", context.message)
    if not match or not context.is_("AttributeError"):
        return None
    name = match[1]
    nodes = [n for n in context.nodes(ast.Attribute) if isinstance(n, ast.Attribute) and n.attr == name]
    owner = context.text(nodes[0].value) if nodes else ""
    look = context.namespace.look(f"{owner}._ray_method_signatures") if owner else None
    methods = [m for m in (key.strip("'\"") for key in (look.keys if look else [])) if not m.startswith("_")]
    shown = code(owner) if owner else "The actor"
    near = closest(name, methods, 0.7)
    facts = [f"Its methods: {listed(methods, 12)}." if methods else ""]
    if near is None:
        note = "Other processes cannot read an actor's attributes: a method has to return them."
        return finding(
            "ray_no_method", f"{shown} is an actor without a method {code(name)}.", 0.93, explanation=note, facts=facts
        )
    end = span(context.source, nodes[0])[1]
    fixes = edit(f"Write {code(near.name)}", [Edit(end - len(name), end, near.name)], near.confidence)
    headline = f"{shown} is an actor without a method {code(name)}; the closest is {code(near.name)}."
    return finding("ray_no_method", headline, 0.95, facts=facts, fixes=fixes if near.confidence >= CERTAIN else [])


def no_such_actor(context: Context) -> Optional[Finding]:
    """`ray.get_actor` with a name that no living actor has."""
    match = re.match(r"Failed to look up actor with name '([^']*)'", context.message)
    if not match or not context.is_("ValueError"):
        return None
    name = match[1]
    texts = [context.source, *(text for _, text in cell_sources())]
    given = re.findall(r"options\([^)]*?\bname=['\"]([^'\"]+)['\"]", "\n".join(texts))
    near = closest(name, given, 0.7)
    if near is not None:
        nodes = [n for n in context.nodes(ast.Constant) if isinstance(n, ast.Constant) and n.value == name]
        change = string_edit(context.source, nodes[0], near.name) if len(nodes) == 1 else None
        fixes = edit(f"Write {near.name!r}", [change] if change and near.confidence >= CERTAIN else [], near.confidence)
        return finding(
            "ray_no_actor", f"No actor is named {code(name)}; the closest is {code(near.name)}.", 0.92, fixes=fixes
        )
    why = (
        f"An actor of that name was made here: it has died, or lives in another namespace than {code('ray.init')} chose."
        if name in given
        else "None was made in this notebook; one that another program made is found in its own namespace alone."
    )
    return finding("ray_no_actor", f"No living actor of this namespace is named {code(name)}.", 0.9, facts=[why])


def initialised_twice(context: Context) -> Optional[Finding]:
    """`ray.init` while Ray runs already."""
    if not context.is_("RuntimeError") or "called ray.init twice" not in context.message:
        return None
    calls = [c for c in context.nodes(ast.Call) if isinstance(c, ast.Call) and called_name(c) == "init"]
    fixes: List[Fix] = []
    if len(calls) == 1:
        change = argument_edit(context.source, calls[0], "ignore_reinit_error=True")
        fixes = edit("Keep the Ray that is running", [change] if change else [], 0.85)
    return finding(
        "ray_init_twice",
        "This kernel is connected to Ray already, so `ray.init` has nothing to start.",
        0.95,
        fixes=fixes,
    )


RULES: Tuple[Any, ...] = (unknown_option, wrong_arguments, missing_method, no_such_actor, initialised_twice)

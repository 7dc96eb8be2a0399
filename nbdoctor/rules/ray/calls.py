"""Ray: calls that lack ``.remote`` or ``ray.get``, and those that get what is no reference."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Sequence, Tuple

from ...protocol import Edit, Finding, Fix
from ..base import Context, code, edit, finding, listed
from ..reading.source import span
from . import names as ray_names
from .names import called_name, is_remote
from .tasks import remote_calls

_DIRECT = re.compile(
    r"^(Remote functions|Actors|Actor methods) cannot be (?:called|instantiated) directly.*?'([\w.]+)\(\)'"
)
_NOT_A_REFERENCE = re.compile(
    r"^Invalid type of object refs, <class '([\w.]+)'>|^Attempting to call `get` on the value (.*?), which"
)
_ITERABLES = (
    "tuple",
    "set",
    "generator",
    "map",
    "filter",
    "zip",
    "dict_values",
    "dict_keys",
    "deque",
    "ndarray",
    "Series",
)


def called_directly(context: Context) -> Optional[Finding]:
    """A remote function, class or method called as if it were none."""
    match = _DIRECT.match(context.message) if context.is_("TypeError") else None
    if not match:
        return None
    name = match[2].rpartition(".")[2]
    calls = [c for c in context.nodes(ast.Call) if isinstance(c, ast.Call) and called_name(c) == name]
    what = {"Actors": "an actor's class", "Actor methods": "a method of an actor"}.get(match[1], "a remote function")
    instead = "made by" if match[1] == "Actors" else "called by"
    shown = code(context.text(calls[0].func)) if calls else code(name)
    headline = f"{shown} is {what}, which is {instead} {code(shown.strip('`') + '.remote(...)')}."
    fixes: List[Fix] = []
    if len(calls) == 1:
        fixes = _with_remote(context, calls[0], is_class=match[1] == "Actors")
    return finding("ray_not_remote", headline, 0.96, fixes=fixes)


def _with_remote(context: Context, call: ast.Call, *, is_class: bool) -> List[Fix]:
    """`.remote` alone where a reference is wanted, with ``ray.get`` around it where a value is; the likelier one first."""
    start, end = span(context.source, call)
    middle = span(context.source, call.func)[1]
    shown = context.text(call.func)
    remote = Edit(middle, middle, ".remote")
    title = f"Write {code(shown + '.remote(...)')}"
    if is_class or any(_is_get(outer) for outer in _around(context, call)) or not _has_ray(context):
        return edit(title, [remote], 0.93)
    later = _is_get_somewhere(context)
    reference = edit(title, [remote], 0.93 if later else 0.85)
    around = [Edit(start, start, "ray.get("), remote, Edit(end, end, ")")]
    value = edit(f"Write {code('ray.get(' + shown + '.remote(...))')}", around, 0.85 if later else 0.93)
    return reference + value if later else value + reference


def _around(context: Context, node: ast.AST) -> List[ast.AST]:
    tree = context.tree()
    every = list(ast.walk(tree)) if tree else []
    return [outer for outer in every if outer is not node and any(inner is node for inner in ast.walk(outer))]


def _is_get(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and called_name(node) in ("get", "wait") and not isinstance(node.func, ast.Name)


def _is_get_somewhere(context: Context) -> bool:
    tree = context.tree()
    return any(_is_get(node) for node in ast.walk(tree)) if tree else False


def _has_ray(context: Context) -> bool:
    look = context.namespace.look("ray")
    return (look is not None and look.type == "module") or bool(
        re.search(r"^import ray$", context.source, re.MULTILINE)
    )


# ------------------------------------------------------------------ a reference where a value is needed


def reference_as_value(context: Context) -> Optional[Finding]:
    """An ObjectRef used as if it were the result."""
    if not context.is_("TypeError", "AttributeError") or "ObjectRef" not in context.message:
        return None
    if re.match(r"Calling 'put'|Attempting to call|wait\(\) expected", context.message):
        return None
    found = _references(context)
    if not found:
        headline = "A reference to a result that Ray is still computing is used here as if it were the result."
        return finding("ray_reference", headline, 0.85)
    names = [context.text(node) for node in found]
    several = len(set(names)) > 1
    if any(_is_list(context, node) for node in found):
        verb, value = ("hold" if several else "holds") + " references to results", "the values; `ray.get` fetches them"
    elif several:
        verb, value = "are references to results", "the values; `ray.get` fetches them"
    else:
        verb, value = "is a reference to a result", "the value; `ray.get` fetches it"
    headline = f"{listed(dict.fromkeys(names))} {verb}, not {value}."
    edits = []
    for node in found:
        start, end = span(context.source, node)
        edits += [Edit(start, start, "ray.get("), Edit(end, end, ")")]
    title = f"Write {code('ray.get(' + names[0] + ')')}"
    return finding("ray_reference", headline, 0.94, fixes=edit(title, edits if _has_ray(context) else [], 0.9))


def _is_list(context: Context, node: Any) -> bool:
    look = context.namespace.look(node.id) if isinstance(node, ast.Name) else None
    return isinstance(node, (ast.List, ast.ListComp)) or (look is not None and look.type == "list")


def _references(context: Context) -> List[Any]:
    """What in the failing expression is a reference, or a list of them; the outermost of each, and none in a ``ray.get``."""
    nodes = context.nodes(ast.expr)
    calls = remote_calls(context)
    found: List[Any] = []
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            look = context.namespace.look(node.id)
            items = context.namespace.look(f"{node.id}[0]") if look is not None and look.type == "list" else look
            if items is not None and items.type == "ObjectRef":
                found.append(node)
        elif isinstance(node, (ast.List, ast.ListComp)):
            inner = node.elts if isinstance(node, ast.List) else [node.elt]
            if inner and all(any(part is call for call in calls) for part in inner):
                found.append(node)
        elif any(node is call for call in calls):
            found.append(node)
    outer = [n for n in found if not any(n is not o and any(n is inner for inner in ast.walk(o)) for o in found)]
    return [n for n in outer if not any(_is_get(o) or is_remote(o) for o in _around(context, n))]


def wrong_reference(context: Context) -> Optional[Finding]:
    """`ray.get`, `ray.wait` or `ray.put` were given what they do not take."""
    match = _NOT_A_REFERENCE.match(context.message) if context.is_("ValueError", "TypeError") else None
    single = context.is_("TypeError") and "wait() expected a list" in context.message and "single" in context.message
    put = context.is_("TypeError") and context.message.startswith("Calling 'put' on")
    if not (match or single or put):
        return None
    wanted = "wait" if single else "put" if put else "get"
    calls = [c for c in context.nodes(ast.Call) if isinstance(c, ast.Call) and called_name(c) == wanted and c.args]
    if len(calls) != 1:
        return finding(
            "ray_wrong_reference", "`ray.get` takes references to results, and was given something else.", 0.8
        )
    call, argument = calls[0], calls[0].args[0]
    shown, whole, inner = context.text(argument), span(context.source, call), span(context.source, argument)
    bare = [Edit(whole[0], inner[0], ""), Edit(inner[1], whole[1], "")]
    listing = [Edit(inner[0], inner[0], "["), Edit(inner[1], inner[1], "]")]
    if isinstance(argument, ast.GeneratorExp):  # the brackets of the call may be its own
        start, end = inner
        listing = [Edit(start, start + 1, "(["), Edit(end - 1, end, "])")]
        headline = "`ray.get` takes a list of references, and a generator is passed."
        return _wrong(
            headline, "[...]", listing if context.source[end - 1] == ")" == context.source[whole[1] - 1] else []
        )
    if single:
        return _wrong(f"`ray.wait` takes a list, and {code(shown)} is one reference.", f"[{shown}]", listing)
    if put:
        return _wrong(f"{code(shown)} is a reference already, which `ray.put` does not take.", shown, bare)
    kind = (match[1] or "").rpartition(".")[2] if match else ""
    if kind in _ITERABLES:
        to_list = [Edit(inner[0], inner[0], "list("), Edit(inner[1], inner[1], ")")]
        return _wrong(
            f"`ray.get` takes a list of references, and {code(shown)} is a {kind}.", f"list({shown})", to_list
        )
    if kind in ("RemoteFunction", "ActorClass", "ActorMethod"):
        headline = (
            f"{code(shown)} was not called: `ray.get` needs the reference that {code(shown + '.remote(...)')} returns."
        )
        return finding("ray_wrong_reference", headline, 0.94)
    if match and match[2]:
        headline = f"{code(shown)} holds values, such as {code(match[2])}, where `ray.get` needs references."
        return finding("ray_wrong_reference", headline, 0.9)
    plain = isinstance(argument, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Constant))
    headline = f"{code(shown)} is the value itself (of type {code(kind)}), so there is nothing for `ray.get` to fetch."
    return _wrong(headline, shown, bare if plain and not call.keywords else [])


def _wrong(headline: str, new: str, edits: Sequence[Edit]) -> Finding:
    return finding("ray_wrong_reference", headline, 0.94, fixes=edit(f"Write {code(new)}", edits, 0.9))


RULES: Tuple[Any, ...] = (called_directly, reference_as_value, wrong_reference, *ray_names.RULES)

"""Items, lengths and membership asked of what has none: numbers, functions that were not called, generators."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding
from ..base import Context, code, edit, finding
from ..reading.place import Place, place_of
from ..reading.words import FUNCTIONS, a_kind, sentence


def not_iterable(context: Context) -> Optional[Finding]:
    """Something is gone through that has no items: a number, a function that was not called, None."""
    match = re.match(r"'([\w.]+)' object is not iterable|.*argument after \* must be an iterable, not (\w+)",
                     context.message) if context.is_("TypeError") else None  # fmt: skip
    if not match:
        return None
    kind = match[1] or match[2]
    place = place_of(context)
    node = _gone_through(place) if place is not None and (place.direct or place.exact) else None
    shown = code(place.text(node)) if place is not None and node is not None else ""
    if kind == "NoneType":
        return finding(
            "none_value", f"{shown or 'What is gone through here'} is None, so there is nothing to go through.", 0.85
        )
    if kind in FUNCTIONS:
        why = "Its parentheses are missing: without them it is the function itself, not its result."
        changes = (
            place.wrap(node, "", "()") if place is not None and isinstance(node, (ast.Name, ast.Attribute)) else []
        )
        headline = f"{shown or 'What is gone through here'} is a function that is not called."
        return finding("not_iterable", headline, 0.88, explanation=why, fixes=edit("Call it", changes, 0.85))
    headline = f"{shown} is {a_kind(kind)}, which has no items to go through." if shown else (
        f"{sentence(a_kind(kind))} has no items to go through.")  # fmt: skip
    number = kind in ("int", "float", "int64", "float64", "bool")
    why = "To count up to a number, use `range(...)`." if kind.startswith("int") else ""
    loop = place is not None and node is not None and any(
        getattr(holder, "iter", None) is node for holder in place.near)  # fmt: skip
    changes = place.wrap(node, "range(", ")") if place is not None and loop and kind == "int" else []
    if kind == "type":
        why = "A class is no collection; to go through its values it has to be an `Enum`, or an object of it is meant."
    elif number and not loop:
        why = (
            "A list with the one item is written `[...]`." if not why else f"{why} A list with the one item is `[...]`."
        )
    elif not why:
        why = "Only collections can be gone through, and objects whose class has an `__iter__`."
    return finding("not_iterable", headline, 0.9 if changes else 0.82, explanation=why,
                   fixes=edit("Go through `range(...)`", changes, 0.88))  # fmt: skip


def _gone_through(place: Place) -> Any:
    """The expression whose items are asked for: of a loop, a call such as ``list(...)``, or a ``*``."""
    inside = [n for n in place.near if isinstance(n, ast.expr) and place.span(n) == (place.start, place.end)]
    for node in inside:
        if isinstance(node, ast.Call):
            return node.args[0] if len(node.args) == 1 and not node.keywords else None
        if isinstance(getattr(node, "ctx", None), ast.Load) or not hasattr(node, "ctx"):
            return node
    loops = place.nodes(ast.For, ast.comprehension) if not place.exact else []
    return loops[0].iter if len(loops) == 1 else None


def no_length(context: Context) -> Optional[Finding]:
    """``len`` of something that has none."""
    match = re.match(r"object of type '([\w.]+)' has no len\(\)", context.message) if context.is_("TypeError") else None
    if not match:
        return None
    kind, place = match[1], place_of(context)
    call = place.node(ast.Call, check=lambda n: getattr(n.func, "id", "") == "len") if place is not None else None
    node = call.args[0] if call is not None and len(call.args) == 1 else None
    shown = code(place.text(node)) if place is not None and node is not None else ""
    if kind == "NoneType":
        return finding("none_value", f"{shown or 'The value'} is None, so it has no length.", 0.85)
    headline = (
        f"{shown} is {a_kind(kind)}, which has no length." if shown else f"{sentence(a_kind(kind))} has no length."
    )
    changes, title, why = [], "", ""
    if kind in FUNCTIONS:
        headline = f"{shown or 'What `len` is given'} is a function that is not called."
        why, title = "The length of its result is meant: parentheses call it.", "Call it"
        changes = place.wrap(node, "", "()") if place and isinstance(node, (ast.Name, ast.Attribute)) else []
    elif kind in ("generator", "map", "filter", "zip"):
        why, title = (
            "It gives its items one after another and does not know how many; a list does.",
            "Make a list first",
        )
        if place is not None and isinstance(node, ast.GeneratorExp) and place.editable:
            changes = _as_list(place, call, node)
        elif place is not None and node is not None:
            changes = place.wrap(node, "list(", ")")
    elif kind in ("int", "float"):
        why = "A number has no length. The number of its digits is the length of its text, `len(str(...))`."
        literal = place is not None and isinstance(node, ast.Constant)
        title, changes = "Count its digits", place.wrap(node, "str(", ")") if place is not None and literal else []
    return finding("no_length", headline, 0.88, explanation=why, fixes=edit(title, changes, 0.75))


def _as_list(place: Place, call: Any, node: ast.GeneratorExp) -> List[Edit]:
    """``len(x for x in y)``: the brackets go into the parentheses of the call, which are the generator's own."""
    start, end = place.span(node)
    opening, closing = place.source.find("(", place.span(call.func)[1]) + 1, place.span(call)[1] - 1
    own = place.source[start] == "(" and start > opening - 1
    return (
        [Edit(start, start, "["), Edit(end, end, "]")]
        if own
        else [Edit(opening, opening, "["), Edit(closing, closing, "]")]
    )


def not_container(context: Context) -> Optional[Finding]:
    """``in`` asked of something that holds nothing."""
    pattern = r"argument of type '([\w.]+)' is not (?:iterable|a container or iterable)"
    match = re.match(pattern, context.message) if context.is_("TypeError") else None
    if not match:
        return None
    kind, place = match[1], place_of(context)
    node = place.node(ast.Compare, check=lambda n: isinstance(n.ops[-1], (ast.In, ast.NotIn))) if place else None
    shown = code(place.text(node.comparators[-1])) if place is not None and node is not None else ""
    if kind == "NoneType":
        return finding("none_value", f"{shown or 'The value'} is None, so `in` cannot look into it.", 0.85)
    if kind in FUNCTIONS and place is not None and node is not None:
        changes = place.wrap(node.comparators[-1], "", "()")
        return finding("not_iterable", f"{shown} is a function that is not called, so `in` cannot look into it.", 0.88,
                       fixes=edit("Call it", changes, 0.8))  # fmt: skip
    why = "`in` looks into text, lists, dicts and other collections." + (
        " To look for digits, make text of the number: `str(...)`." if kind in ("int", "float") else "")  # fmt: skip
    headline = (
        f"{shown} is {a_kind(kind)}, which `in` cannot look into."
        if shown
        else f"`in` cannot look into {a_kind(kind)}."
    )
    return finding("not_iterable", headline, 0.85, explanation=why)


RULES: Tuple[Any, ...] = (not_iterable, no_length, not_container)

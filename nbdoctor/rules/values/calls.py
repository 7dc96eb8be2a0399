"""Parentheses and brackets after what cannot be called or has no items, or that belong there and are missing."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding, Look
from ..base import Context, code, edit, finding
from ..reading.past import Past, label
from ..reading.place import Place, place_of
from ..reading.scopes import BUILTINS
from ..reading.source import import_edit
from ..reading.words import FUNCTIONS, a_kind, sentence

_ITEMS = ("list", "tuple", "dict", "str", "bytes", "ndarray", "Series", "DataFrame", "Index", "range", "deque", "OrderedDict",
          "defaultdict", "Counter", "Tensor")  # fmt: skip


def not_callable(context: Context) -> Optional[Finding]:
    """Something is called that is no function: a builtin's name that is a variable now, an operator or comma that is
    missing, parentheses in the place of brackets."""
    match = re.match(r"'([\w.]+)' object is not callable", context.message) if context.is_("TypeError") else None
    if not match or match[1] == "module":
        return None
    kind = match[1]
    place = place_of(context)
    call = place.node(ast.Call) if place is not None else None
    if place is None or call is None:
        hidden = _hidden_on(place, context) if place is not None else None
        return hidden or finding(
            "not_callable", f"{sentence(a_kind(kind))} is called here as if it were a function.", 0.6
        )
    shown = code(place.text(call.func))
    if isinstance(call.func, ast.Name) and call.func.id in BUILTINS and call.func.id in context.namespace.names():
        return _hidden(context, call.func.id, kind)
    if kind == "NoneType":
        return finding(
            "none_value", f"{shown} is None, so it cannot be called.", 0.85, explanation=_decorated(place, call)
        )
    if isinstance(call.func, (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.BinOp, ast.JoinedStr)):
        return _operator(place, call, kind)
    if isinstance(call.func, ast.Call):
        return _twice(place, call, kind)
    return _indexed(place, call, kind)


def _hidden(context: Context, name: str, kind: str) -> Finding:
    run = Past(context).last_bound(name)
    since = f" since {label(run)} ran" if run is not None else ""
    headline = (
        f"{code(name)} is a variable of yours, {a_kind(kind)}, which hides the builtin function {code(name)}{since}."
    )
    why = f"Give the variable another name where it is assigned, and run `del {name}` to have the function back."
    fixes = []
    tree = context.tree()
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)} if tree else set()
    uses = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name] if tree else []
    if uses and all(id(use) in called for use in uses):
        # As `del` does, but this line can run again.
        line = f"from builtins import {name}"
        fixes = edit(f"Have the function {code(name)} back, in place of your variable",
                     [import_edit(context.source, line)], 0.75)  # fmt: skip
    return finding("builtin_hidden", headline, 0.93, explanation=why, fixes=fixes)


def _hidden_on(place: Place, context: Context) -> Optional[Finding]:
    """A builtin that is hidden, where Python does not say which of the calls on the line failed."""
    names = {n.func.id for n in place.nodes(ast.Call) if isinstance(n.func, ast.Name)}
    hidden = [name for name in names if name in BUILTINS and name in context.namespace.names()]
    look = context.namespace.look(hidden[0]) if len(hidden) == 1 else None
    return _hidden(context, hidden[0], look.type) if look is not None and look.type not in FUNCTIONS else None


def _decorated(place: Place, call: ast.Call) -> str:
    name = getattr(call.func, "id", "")
    for node in ast.walk(place.tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name and node.decorator_list:
            return f"{code(name)} is what its decorator returned. A decorator has to return the function at its end."
    return "It was given a value that is None, or it is the result of a function that returns nothing."


def _operator(place: Place, call: ast.Call, kind: str) -> Finding:
    """``2(a + b)``: a factor; ``(1, 2)(3, 4)``: the next item; ``[1, 2](0)``: an index."""
    shown, position = code(place.text(call.func)), place.span(call.func)[1]
    opening = place.source.find("(", position)  # the value may stand in parentheses itself
    if isinstance(call.func, ast.BinOp) or (
        isinstance(call.func, ast.Constant) and kind in ("int", "float", "complex")
    ):
        headline = f"An operator is missing between {shown} and its parentheses: Python does not multiply by itself."
        single = len(call.args) == 1 and not call.keywords
        changes = [Edit(opening, opening, " * ")] if place.editable and single and opening >= 0 else []
        if changes and isinstance(call.func, ast.BinOp):
            changes = [Edit(position + 1, position + 1, " * ")] if place.source[position : position + 2] == ")(" else []
        return finding("called_without_operator", headline, 0.9, fixes=edit("Write `*` between them", changes, 0.85))
    listed_ = isinstance(place.parent(call), (ast.List, ast.Tuple, ast.Set))
    many = len(call.args) != 1 or (isinstance(call.args[0], (ast.Constant, ast.Tuple)) and kind == "tuple")
    if kind == "str" and not listed_:
        headline = f"The text {shown} is followed by parentheses, as if it were a function."
        return finding(
            "not_callable", headline, 0.8, explanation="A `%`, a `+` or a comma may be missing between them."
        )
    headline = f"A comma is missing after {shown}: with parentheses behind it, Python tries to call it."
    if not listed_ and not many:
        headline = f"{shown} is followed by parentheses, as if it were a function; an item is taken by square brackets."
    missing = listed_ or many
    why = "Without a comma between them, the second pair of parentheses counts as a call of what stands before it."
    return finding(
        "called_without_operator" if missing else "not_callable", headline, 0.85, explanation=why if missing else ""
    )


def _twice(place: Place, call: Any, kind: str) -> Finding:
    inner = code(place.text(call.func))
    headline = f"{inner} returns {a_kind(kind)}, and the second pair of parentheses tries to call that."
    _, end = place.span(call.func)
    empty = not call.args and not call.keywords
    changes = [Edit(end, place.span(call)[1], "")] if place.editable and empty else []
    return finding("not_callable", headline, 0.85, fixes=edit("Take the second `()` away", changes, 0.8))


def _indexed(place: Place, call: Any, kind: str) -> Finding:
    """A collection, a property, or a variable that has the name of a function."""
    shown = code(place.text(call.func))
    headline = f"{shown} is {a_kind(kind)}, not a function, so it cannot be called."
    _, end = place.span(call.func)
    last = place.span(call)[1]
    changes: List[Edit] = []
    why, title = "", ""
    simple = len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], ast.Starred)
    if kind in _ITEMS and simple:
        why, title = "Items are taken by square brackets.", "Write square brackets"
        changes = [Edit(end, end + 1, "["), Edit(last - 1, last, "]")]
        headline = f"{shown} is {a_kind(kind)}: its items are taken by square brackets, not parentheses."
    elif isinstance(call.func, ast.Attribute) and not call.args and not call.keywords:
        why, title = f"{shown} is no method but a value that is there without a call.", "Take the `()` away"
        changes = [Edit(end, last, "")]
    elif isinstance(call.func, ast.Name):
        why = f"If a function of that name existed before, {shown} was given another value since."
    if not place.editable or place.source[end : end + 1] != "(":
        changes = []
    return finding("not_callable", headline, 0.88 if changes else 0.8, explanation=why, fixes=edit(title, changes, 0.8))


def module_called(context: Context) -> Optional[Finding]:
    """A module called as if it were the function or class of the same name in it."""
    if not context.is_("TypeError") or not context.message.startswith("'module' object is not callable"):
        return None
    place = place_of(context)
    calls = place.nodes(ast.Call) if place is not None else []
    for call in calls:
        look = place.look(call.func) if place is not None else None
        if place is None or look is None or look.type != "module":
            continue
        name = place.whole(call.func)
        inside = _function_of(look)
        edits = place.replace(call.func, f"{name}.{inside}") if inside else []
        hint = f"; the function is {code(name + '.' + inside)}" if inside else ""
        return finding("module_called", f"{code(name)} is a module, which cannot be called{hint}.", 0.95,
                       fixes=edit(f"Write {code(name + '.' + inside)}", edits, 0.9))  # fmt: skip
    return None


def _function_of(module: Look) -> str:
    """The name in a module that is the module's own, in whatever case: ``tqdm.tqdm``, ``pprint.pprint``, ``Decimal``."""
    last = module.name.rpartition(".")[2]
    if last in module.attributes:
        return last
    same = [name for name in module.attributes if name.casefold() == last.replace("_", "").casefold()]
    return same[0] if len(same) == 1 else ""


def class_of_module(context: Context) -> Optional[Finding]:
    """A class that names a module as its base."""
    if not context.is_("TypeError") or not re.match(r"module\(\) takes at most 2 arguments", context.message):
        return None
    place = place_of(context)
    node = place.statement() if place is not None else None
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    for base in bases:
        look = place.look(base) if place is not None else None
        if place is None or look is None or look.type != "module":
            continue
        name = place.whole(base)
        inside = _function_of(look)
        changes = place.replace(base, f"{name}.{inside}") if inside else []
        hint = f"; perhaps its class {code(name + '.' + inside)} is meant" if inside else ""
        return finding("module_called", f"{code(name)} is a module, and a class needs a class as its base{hint}.", 0.92,
                       fixes=edit(f"Write {code(name + '.' + inside)}", changes, 0.85))  # fmt: skip
    return None


def not_subscriptable(context: Context) -> Optional[Finding]:
    """Square brackets after something that has no items."""
    match = re.match(r"'([\w.]+)' object is not subscriptable", context.message) if context.is_("TypeError") else None
    if not match:
        return None
    kind = match[1]
    place = place_of(context)
    node = place.node(ast.Subscript) if place is not None else None
    shown = (
        code(place.text(node.value)) if place is not None and node is not None else "What stands before the brackets"
    )
    if kind == "NoneType":
        return finding("none_value", f"{shown} is None, so nothing can be taken from it.", 0.8)
    if kind in FUNCTIONS:
        return _brackets(place, node, shown)
    why = {
        "set": "A set has no order, so no first item; `in` asks whether something is in it, `sorted(...)` makes a list.",
        "int": "A number has no digits to take by position; `str(...)` makes text of it, which has.",
        "float": "A number has no digits to take by position; `str(...)` makes text of it, which has.",
        "generator": "A generator gives one item after another: `next(...)` takes the first, `list(...)` makes a list of all.",
        "map": "Since Python 3 `map` gives one item after another; `list(...)` makes a list of all.",
        "filter": "Since Python 3 `filter` gives one item after another; `list(...)` makes a list of all.",
        "zip": "Since Python 3 `zip` gives one item after another; `list(...)` makes a list of all.",
    }.get(kind, "")
    if kind.startswith("dict_") or kind in ("map", "filter", "zip", "generator"):
        why = why or "Since Python 3 this is a view and no list; `list(...)` makes one."
        changes = place.wrap(node.value, "list(", ")") if place is not None and node is not None else []
        fixes = edit("Make a list of it", changes, 0.85)
        return finding("not_subscriptable", f"{shown} is {a_kind(kind)}, of which no item can be taken by its position.", 0.9,
                       explanation=why, fixes=fixes)  # fmt: skip
    headline = f"{shown} is {a_kind(kind)}, which has no items to take by `[...]`."
    return finding("not_subscriptable", headline, 0.85, explanation=why)


def _brackets(place: Optional[Place], node: Any, shown: str) -> Finding:
    """``f[1]`` where ``f(1)`` was meant; ``df.head[5]``."""
    headline = f"{shown} is a function; call it with parentheses, not square brackets."
    if place is None or node is None or not place.editable or isinstance(node.ctx, (ast.Store, ast.Del)):
        return finding("not_subscriptable", headline, 0.88)
    (_, end), last = place.span(node.value), place.span(node)[1]
    opening = place.source.find("[", end, last)
    if isinstance(node.slice, ast.Slice) or ":" in place.source[opening:last] or opening < 0:
        return finding("not_subscriptable", f"{shown} is a function: its result has items, and `()` calls it.", 0.85)
    changes = [Edit(opening, opening + 1, "("), Edit(last - 1, last, ")")]
    return finding("not_subscriptable", headline, 0.9, fixes=edit("Write parentheses", changes, 0.85))


RULES: Tuple[Any, ...] = (module_called, class_of_module, not_callable, not_subscriptable)

"""Text and sequences: what cannot be changed in place, indices of the wrong type, places in a format, JSON."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix
from .. import tables
from ..base import Context, code, count_of, edit, finding
from ..reading.place import Place, place_of
from ..reading.words import a_kind, sentence


def immutable(context: Context) -> Optional[Finding]:
    """An item of a text or a tuple is set."""
    match = re.match(r"'([\w.]+)' object (?:does not|doesn't) support item (assignment|deletion)", context.message)
    if not match or not context.is_("TypeError"):
        return None
    kind, deleted = match[1], match[2] == "deletion"
    place = place_of(context)
    node = place.node(ast.Subscript, check=lambda n: not isinstance(n.ctx, ast.Load)) if place is not None else None
    owner = code(place.text(node.value)) if place is not None and node is not None else sentence(a_kind(kind))
    if kind == "NoneType":
        return finding("none_value", f"{owner} is None, so no item of it can be set.", 0.85)
    if kind not in ("str", "tuple", "bytes", "range", "frozenset"):
        headline = f"{owner} is {a_kind(kind)}, of which no item can be {'deleted' if deleted else 'set'} by `[...]`."
        return finding(
            "immutable", headline, 0.85, explanation="Its class does not offer that: perhaps a list or dict is meant."
        )
    what = "deletes" if deleted else "sets"
    is_ = f" is {a_kind(kind)}, which" if node is not None else ""
    headline = f"{owner}{is_} cannot be changed in place, and this {what} an item of it."
    why = "Make a new text of the parts that stay and the new one, or use `.replace(...)`." if kind == "str" else \
        "A list can be changed: `list(...)` makes one of it."  # fmt: skip
    fixes = _anew(place, node) if place is not None and node is not None and kind == "str" and not deleted else []
    return finding("immutable", headline, 0.9, explanation=why, fixes=fixes)


def _anew(place: Place, node: Any) -> List[Fix]:
    """``name[0] = 'd'`` as ``name = 'd' + name[1:]``."""
    statement, index = place.statement(), node.slice
    if not isinstance(statement, ast.Assign) or statement.targets != [node] or not isinstance(node.value, ast.Name):
        return []
    if not isinstance(index, ast.Constant) or not isinstance(index.value, int) or index.value < 0:
        return []
    name, number = node.value.id, index.value
    value = place.whole(statement.value)
    value = value if isinstance(statement.value, (ast.Constant, ast.Name, ast.Call, ast.Subscript)) else f"({value})"
    before = f"{name}[:{number}] + " if number else ""
    return edit(
        "Make a new text with that character",
        place.replace(statement, f"{name} = {before}{value} + {name}[{number + 1}:]"),
        0.88,
    )


def index_type(context: Context) -> Optional[Finding]:
    """An index of the wrong type: text, a float, a tuple, a list."""
    match = re.match(r"([\w.]+) indices must be integers(?: or slices)?(?:, not '?([\w.]+)'?)?", context.message)
    slices = re.match(r"slice indices must be integers", context.message)
    arrays = re.match(r"only integers, slices|arrays used as indices must be of integer", context.message)
    if (
        not (match and context.is_("TypeError"))
        and not (slices and context.is_("TypeError"))
        and not (arrays and context.is_("IndexError"))
    ):
        return None
    place = place_of(context)
    node = place.node(ast.Subscript) if place is not None else None
    if place is None or node is None:
        what = sentence(a_kind(match[1])) if match else "This"
        return finding("index_type", f"{what} is indexed by whole numbers, and something else is passed.", 0.75)
    if slices:
        return _slice(place, node)
    owner, index = code(place.text(node.value)), code(place.text(node.slice))
    look = place.look(node.value)
    kind = match[1] if match else look.type if look is not None else "ndarray"
    kind = {"string": "str"}.get(kind, kind)
    given = (match[2] if match else "") or _given(place, node.slice)
    headline = (
        f"{owner} is {a_kind(kind)}, whose items have whole numbers; {index} is {a_kind(given) if given else 'none'}."
    )
    why, changes, title = _whole(place, node, kind, given)
    return finding("index_type", headline, 0.9, explanation=why, fixes=edit(title, changes, 0.82))


def _given(place: Place, node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return type(node.value).__name__
    look = place.look(node)
    return (
        look.type
        if look is not None
        else "float"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        else ""
    )


def _whole(place: Place, node: Any, kind: str, given: str) -> Tuple[str, List[Edit], str]:
    index = node.slice
    if given == "float":
        if isinstance(index, ast.BinOp) and isinstance(index.op, ast.Div):
            (_, left), (right, _) = place.span(index.left), place.span(index.right)
            at = place.source.find("/", left, right)
            changes = [Edit(at, at + 1, "//")] if place.editable and at >= 0 else []
            return "`/` always gives a float; `//` gives a whole number.", changes, "Divide by `//`"
        value = getattr(index, "value", None)
        whole = isinstance(value, float) and value.is_integer()
        changes = place.replace(index, f"{value:.0f}") if whole else place.wrap(index, "int(", ")")
        return "`int(...)` drops what is after the point.", changes, "Make a whole number of it"
    if given == "str":
        if isinstance(index, ast.Constant) and re.fullmatch(r"-?\d+", str(index.value)):
            return "A number in quotes is text.", place.replace(index, str(index.value)), "Take the quotes away"
        if kind == "str":
            why = "It is text, where a dict was expected: perhaps the keys of a dict are gone through, not its values."
            return why, [], ""
        first = place.context.namespace.look(f"{place.whole(node.value)}[0]")
        if kind == "list" and first is not None and first.type == "dict":
            return "It is a list of dicts: take one of them first, by its number, or go through them in a loop.", [], ""
        return "Keys in quotes belong to a dict or a table; an item of a list has a number.", [], ""
    if given == "tuple" and kind in ("list", "tuple", "str"):
        deep = place.context.namespace.look(f"{place.whole(node.value)}[0]")
        parts = index.elts if isinstance(index, ast.Tuple) else []
        if len(parts) == 2 and deep is not None and deep.type in ("list", "tuple"):
            text = f"{place.whole(node.value)}[{place.whole(parts[0])}][{place.whole(parts[1])}]"
            return ("A list of lists takes one index after the other; only a NumPy array takes both at once.",
                    place.replace(node, text), "Write one index after the other")  # fmt: skip
        return "A range of items has a colon, `[1:2]`; only a NumPy array takes several indices at once.", [], ""
    if given in ("list", "ndarray", "Series"):
        return "A list takes one index at a time; a NumPy array takes a list of them: `np.array(...)`.", [], ""
    return "", [], ""


def _slice(place: Place, node: Any) -> Finding:
    part = node.slice if isinstance(node.slice, ast.Slice) else None
    ends = [end for end in (part.lower, part.upper, part.step) if end is not None] if part is not None else []
    wrong = [end for end in ends if _given(place, end) not in ("int", "NoneType", "")] or [
        e for e in ends if _given(place, e) == ""
    ]
    shown = " and ".join(code(place.text(end)) for end in wrong) or "one of them"
    headline = f"The ends of a slice are whole numbers, and {shown} {'are' if len(wrong) > 1 else 'is'} not."
    changes: List[Edit] = []
    for end in wrong:
        value = getattr(end, "value", None)
        if isinstance(value, float) and value.is_integer():
            changes += place.replace(end, str(int(value)))
        elif _given(place, end) == "float":
            changes += _whole(place, ast.Subscript(node.value, end, node.ctx), "list", "float")[1]
    why = "`//` divides without a remainder; `int(...)` drops what is after the point."
    return finding(
        "index_type", headline, 0.9, explanation=why, fixes=edit("Make whole numbers of them", changes, 0.85)
    )


def format_places(context: Context) -> Optional[Finding]:
    """More or fewer places in a text than values for them."""
    few = re.match(r"not all arguments converted during (?:string|bytes) formatting", context.message)
    many = re.match(r"not enough arguments for format string", context.message)
    new = re.match(r"Replacement index (\d+) out of range for positional args tuple", context.message)
    if not ((few or many) and context.is_("TypeError")) and not (new and context.is_("IndexError")):
        return None
    place = place_of(context)
    if new:
        call = (
            place.node(ast.Call, check=lambda n: getattr(n.func, "attr", "") == "format") if place is not None else None
        )
        given = count_of(len(call.args), "value") if call is not None else "fewer values"
        return finding(
            "format_count",
            f"The text has a place for a value number {int(new[1]) + 1}, and `format` is given {given}.",
            0.9,
        )
    node = place.node(ast.BinOp, check=lambda n: isinstance(n.op, ast.Mod)) if place is not None else None
    text = getattr(node.left, "value", None) if node is not None else None
    if place is None or node is None or not isinstance(text, str):
        return _no_template(place, node, bool(few))
    places = len(
        re.findall(r"%(?:\(\w+\))?[#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[diouxXeEfFgGcrsa]", text.replace("%%", ""))
    )
    values = len(node.right.elts) if isinstance(node.right, ast.Tuple) else 1
    headline = (
        f"The text has {count_of(places, 'place')} (`%s` and the like), and {count_of(values, 'value')} "
        f"{'follows' if values == 1 else 'follow'}."
    )
    why = "Several values after `%` stand in parentheses: `'%s and %s' % (a, b)`."
    fixes: List[Fix] = []
    above = place.parent(node)
    follow: List[Any] = above.elts if isinstance(above, ast.Tuple) else getattr(above, "args", [])
    if many and values == 1 and follow and follow[0] is node and len(follow) == places and place.editable:
        (start, _), (_, end) = place.span(node.right), place.span(follow[-1])
        fixes = edit("Put the values in parentheses", [Edit(start, start, "("), Edit(end, end, ")")], 0.85)
    return finding("format_count", headline, 0.92, explanation=why, fixes=fixes)


def _no_template(place: Optional[Place], node: Any, few: bool) -> Finding:
    """``%`` after what is no text in quotes: perhaps a remainder was meant."""
    side = place.look(node.left) if place is not None and node is not None else None
    if place is not None and few and side is not None and side.type == "str":
        headline = f"{code(place.text(node.left))} is text, for which `%` fills in places; it has none."
        why = "For a remainder it has to be a number: `int(...)`."
        return finding("format_count", headline, 0.88, explanation=why)
    return finding("format_count", f"The text has {'fewer' if few else 'more'} `%` places than values after it.", 0.85)


def json_text(context: Context) -> Optional[Finding]:
    """Text that is no JSON: where, and what it has there, as far as the message tells."""
    if not context.is_("JSONDecodeError"):
        return None
    match = re.match(r"(.*?):? line (\d+) column (\d+) \(char (\d+)\)", context.message)
    if not match:
        return finding("invalid_json", "The text is not valid JSON.", 0.7)
    said, line, column, position = match[1].strip(":"), int(match[2]), int(match[3]), int(match[4])
    where = f"line {line}, column {column}"
    if said == "Expecting value" and position == 0:
        why = (
            "It may be an error page that a server sent, a file of another kind, or a path instead of its content: look at "
            "its first characters. `json.loads` takes the text itself, `json.load` an open file."
        )
        return finding(
            "invalid_json",
            "The text does not begin like JSON: it is empty, or something else altogether.",
            0.92,
            explanation=why,
        )
    rows = {row["message"]: row["explanation"] for row in tables.load("json_errors")}
    told = rows.get(said, "")
    return finding("invalid_json", f"The text is no valid JSON at {where}.", 0.92, explanation=told)


RULES: Tuple[Any, ...] = (immutable, index_type, format_places, json_text)

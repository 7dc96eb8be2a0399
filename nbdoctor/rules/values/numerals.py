"""Numbers: divisors that are zero, text that is no number, and whole numbers that are needed."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix
from ..base import Context, code, edit, finding
from ..reading.place import Place, place_of
from ..reading.words import FUNCTIONS, a_kind
from . import tallied

_DIVISIONS = (ast.Div, ast.FloorDiv, ast.Mod)


def zero_division(context: Context) -> Optional[Finding]:
    """A division by something that is zero: which expression it is."""
    if not context.is_("ZeroDivisionError", "DivisionByZero", "InvalidOperation"):
        return None
    place = place_of(context)
    node = _division(place) if place is not None else None
    if place is None or node is None:
        return finding("zero_division", "The divisor is zero here.", 0.6)
    if isinstance(node, ast.Call):
        name, divisor = place.text(node.func), code(place.text(node.args[-1]))
        return finding("zero_division", f"{divisor}, by which {code(name)} divides, is zero.", 0.85)
    if isinstance(node, ast.AugAssign):
        left, right, power = node.target, node.value, isinstance(node.op, ast.Pow)
    else:
        left, right, power = node.left, node.right, isinstance(node.op, ast.Pow)
    if power:
        why = "A negative power divides: `x ** -1` is `1 / x`."
        return finding("zero_division", f"{code(place.text(left))} is zero and is raised to a negative power.", 0.85,
                       explanation=why)  # fmt: skip
    why = "`%` divides, too: it gives what is left over." if isinstance(node.op, ast.Mod) else ""
    shown = code(place.text(right))
    if isinstance(right, ast.Constant):
        return finding("zero_division", f"{code(place.text(left))} is divided by {shown}.", 0.85, explanation=why)
    headline = f"{shown} is zero when it divides {code(place.text(left))}."
    if "len(" in place.text(right):
        why = "Nothing is in it, so that there is nothing to take the mean of."
    return finding("zero_division", headline, 0.88, explanation=why)


def _division(place: Place) -> Any:
    node = place.node(ast.Call, check=lambda n: getattr(n.func, "id", getattr(n.func, "attr", "")) in
                      ("divmod", "pow", "Fraction") and n.args) if place.exact else None  # fmt: skip
    kinds = (*_DIVISIONS, ast.Pow)
    if node is not None and place.span(node) == (place.start, place.end):
        return node
    return place.node(ast.BinOp, ast.AugAssign, check=lambda n: isinstance(n.op, kinds)) or node


_NOT_A_NUMBER = re.compile(
    r"(?:could not convert string to (?P<to>float|int|complex)|invalid literal for (?P<of>int)\(\) with base (?P<base>\d+)"
    r"|Unable to parse string|could not convert string '(?P<loadtxt>.*?)' to (?P<dtype>\w+) at row (?P<row>\d+))"
    r"(?:: | )?(?P<text>(?:b?['\"]).*?['\"](?=$| at position|\n))?(?: at position (?P<position>\d+))?"
)
_MONEY = r"\s*[$€£¥]?\s*[-+]?\d{1,3}(,\d{3})+(\.\d+)?\s*[$€£¥]?\s*|\s*[$€£¥]\s*[-+]?\d+(\.\d+)?\s*|\s*\d+(\.\d+)?\s*[$€£¥]\s*"


def not_a_number(context: Context) -> Optional[Finding]:
    """Text that cannot be read as a number: which, what is wrong with it, and where it is."""
    found = _not_a_number(context)
    if found is not None:
        values = tallied.count(place_of(context), "unreadable")
        found.facts += tallied.facts(values)
        found.fixes = found.fixes or tallied.as_missing(values)
    return found


def _not_a_number(context: Context) -> Optional[Finding]:
    match = _NOT_A_NUMBER.match(context.message) if context.is_("ValueError") else None
    text = (match["text"] or match["loadtxt"]) if match else None
    if not match or text is None:
        return None
    wanted = match["to"] or match["of"] or "float"
    inner = text if match["loadtxt"] is not None else text[2:-1] if text[:1] == "b" else text[1:-1]
    where = f" It is in the row with the position {match['position']}." if match["position"] else ""
    where = where or (f" It is in row {match['row']} of the file, counted from 0." if match["row"] else "")
    quoted = code(repr(inner))
    place = place_of(context)
    if not inner.strip():
        why = "Leave empty cells and lines out, or give them a number, before the text is read."
        return finding(
            "not_a_number", f"An empty text cannot be read as {a_kind(wanted)}.", 0.88, explanation=why + where
        )
    whole = wanted == "int" and (match["base"] or "10") == "10"
    if whole and re.fullmatch(r"\s*[-+]?(\d+\.\d*|\.\d+|\d+(\.\d*)?[eE][-+]?\d+)\s*", inner):
        headline = f"{quoted} is a number with a decimal point or exponent; `int` reads whole numbers alone."
        fixes = _inner(place, "int", "float(", ")", "Read it by `float`, then drop what is after the point")
        return finding("not_a_number", headline, 0.92, fixes=fixes,
                       explanation="`int(float(...))` reads it and drops what is after the point." + where)  # fmt: skip
    if re.fullmatch(_MONEY, inner):
        return _with_signs(place, inner, wanted, quoted, where)
    if wanted == "float" and re.fullmatch(r"\s*[-+]?\d+,\d+\s*", inner):
        why = "Python writes the decimals after a point. In `read_csv`, `decimal=','` reads such numbers."
        fixes = _inner(place, "float", "", ".replace(',', '.')", "Write a point in place of the comma")
        return finding("not_a_number", f"{quoted} has a decimal comma; `float` reads a point.", 0.9, explanation=why + where,
                       fixes=fixes)  # fmt: skip
    return _other(inner, wanted, match["base"] or "10", where)


def _with_signs(place: Optional[Place], inner: str, wanted: str, quoted: str, where: str) -> Finding:
    signs = sorted(set(re.findall(r"[^\d.\s+-]", inner)))
    named = " and ".join(code(sign) for sign in signs)
    why = "Take what is no digit out of the text before it is read. In `read_csv`, `thousands=','` reads separators."
    fixes = _inner(place, wanted, "", "".join(f".replace({sign!r}, '')" for sign in signs), f"Take out {named}")
    if not fixes and place is not None:
        call = place.node(ast.Call, check=lambda n: getattr(n.func, "attr", "") == "astype")
        if call is not None and place.editable:
            _, end = place.span(call.func.value)
            taken = "".join(f".str.replace({sign!r}, '', regex=False)" for sign in signs)
            fixes = edit(f"Take out {named}", [Edit(end, end, taken)], 0.85)
    return finding("not_a_number", f"{quoted} has {named} in it; `{wanted}` reads digits, a sign and a point.", 0.9,
                   explanation=why + where, fixes=fixes)  # fmt: skip


def _other(inner: str, wanted: str, base: str, where: str) -> Finding:
    quoted = code(repr(inner))
    kind = a_kind(wanted) + (f" of base {base}" if base not in ("10", "0") else "")
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"[: int(base) or 36]
    allowed = digits + ".e+- " if wanted != "int" else digits + "+-_"
    odd = list(dict.fromkeys(c for c in inner if c.lower() not in allowed))
    facts = [f"It contains {', '.join(code(c) if c.strip() else 'a space' for c in odd[:4])}."] if odd else []
    why = "Only digits can be read, with a sign before them" + (
        ", a decimal point and an exponent." if wanted != "int" else "."
    )
    if base == "0":
        why = "With base 0 the text is read as Python writes numbers: digits, or `0x`, `0o` or `0b` and digits."
    elif inner.strip().lower() in tallied.MARKERS:
        why = "It stands for a missing value. `read_csv(..., na_values=[...])` reads it as NaN."
    elif len(odd) > 2 and re.search(r"[^\W\d]{2}", inner):
        why = (
            "It is a word and no number: perhaps another column was meant, or words have to be encoded as "
            "numbers first."
        )
    return finding(
        "not_a_number", f"The text {quoted} cannot be read as {kind}.", 0.87, explanation=why + where, facts=facts
    )


def _inner(place: Optional[Place], name: str, before: str, after: str, title: str) -> List[Fix]:
    """A change to the one argument of ``int(...)`` or ``float(...)``."""
    if place is None or not place.direct:
        return []
    call = place.node(ast.Call, check=lambda n: getattr(n.func, "id", "") == name)
    if call is None or len(call.args) != 1 or call.keywords:
        return []
    if after.startswith(".") and not isinstance(
        call.args[0], (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Call)
    ):
        return []
    if after.startswith(".") and place.context.in_function():
        before, after = f"{before}str(", f"){after}"  # another call may pass a number
    return edit(title, [e for e in place.wrap(call.args[0], before, after) if e.text], 0.88)


def needs_integer(context: Context) -> Optional[Finding]:
    """A whole number is needed, and something else is passed: which argument, and ``int(...)`` or ``//`` where that fits."""
    pattern = r"'([\w.]+)' object cannot be interpreted as an integer|(integer) argument expected, got (\w+)"
    match = re.match(pattern, context.message) if context.is_("TypeError") else None
    if not match:
        return None
    kind, place = match[1] or match[3], place_of(context)
    call = place.node(ast.Call) if place is not None else None
    if place is None or call is None:
        return finding("needs_integer", f"A whole number is needed here, and {a_kind(kind)} is passed.", 0.75)
    wrong = [node for node in call.args if _kind_of(place, node) == kind]
    shown = " and ".join(code(place.text(node)) for node in wrong) or f"what {code(place.text(call.func))} is given"
    verb = "are" if len(wrong) > 1 else "is"
    headline = f"{code(place.text(call.func))} needs a whole number; {shown} {verb} {a_kind(kind)}."
    if kind in FUNCTIONS:
        why = "The function is not called: its parentheses are missing."
        changes = [
            e for node in wrong if isinstance(node, (ast.Name, ast.Attribute)) for e in place.wrap(node, "", "()")
        ]
        return finding("needs_integer", headline, 0.88, explanation=why, fixes=edit("Call it", changes, 0.8))
    if kind in ("list", "tuple", "str", "dict", "set", "ndarray", "Series", "DataFrame") and kind != "str":
        why = "To count its items use `range(len(...))`; a loop goes through the items themselves without `range`."
        changes = (
            [e for node in wrong for e in place.wrap(node, "len(", ")")] if len(wrong) == 1 == len(call.args) else []
        )
        fixes = edit("Count up to its length", changes, 0.75) if getattr(call.func, "id", "") == "range" else []
        return finding("needs_integer", headline, 0.87, explanation=why, fixes=fixes)
    why = "`int(...)` makes a whole number of it." if kind in ("float", "str", "float64") else ""
    if kind in ("float", "float64"):
        why += " `//` divides without a remainder, where `/` always gives a float."
    changes = [e for node in wrong for e in _as_int(place, node, kind)]
    return finding(
        "needs_integer", headline, 0.9, explanation=why, fixes=edit("Make a whole number of it", changes, 0.85)
    )


def _as_int(place: Place, node: ast.expr, kind: str) -> List[Edit]:
    if kind == "str" and isinstance(node, ast.Constant) and not re.fullmatch(r"\s*[-+]?\d+\s*", str(node.value)):
        return []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        (_, left), (right, _) = place.span(node.left), place.span(node.right)
        position = place.source.find("/", left, right)
        return [Edit(position, position + 1, "//")] if place.editable and position >= 0 else []
    return place.wrap(node, "int(", ")") if kind in ("float", "str", "float64") else []


def _kind_of(place: Place, node: ast.expr) -> str:
    """The type of an expression, as far as it shows."""
    if isinstance(node, ast.Constant):
        return type(node.value).__name__
    for kind, name in (
        (ast.List, "list"),
        (ast.Tuple, "tuple"),
        (ast.JoinedStr, "str"),
        (ast.Dict, "dict"),
        (ast.ListComp, "list"),
    ):
        if isinstance(node, kind):
            return name
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return "float"
    look = place.look(node)
    return look.type if look is not None else ""


RULES: Tuple[Any, ...] = (zero_division, not_a_number, needs_integer)

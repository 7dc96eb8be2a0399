"""Values of the wrong kind: types that do not go together, text that is no number, counts that differ, zero."""

from __future__ import annotations

import ast
import re
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..protocol import Edit, Finding, Fix, Look
from . import tables
from .base import Context, code, count_of, edit, finding
from .scopes import BUILTINS
from .source import span, string_edit, text_of

_OPERATORS = {
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mult,
    "/": ast.Div,
    "//": ast.FloorDiv,
    "%": ast.Mod,
    "**": ast.Pow,
    "@": ast.MatMult,
}


def zero_division(context: Context) -> Optional[Finding]:
    """A division by something that is zero: which expression it is."""
    if not context.is_("ZeroDivisionError"):
        return None
    nodes = [
        n
        for n in context.nodes(ast.BinOp)
        if isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Div, ast.FloorDiv, ast.Mod))
    ]
    if len(nodes) != 1 or not context.direct():
        return finding("zero_division", "The divisor is zero here.", 0.5)
    divisor = nodes[0].right
    shown = code(context.text(divisor))
    if isinstance(divisor, ast.Constant):
        return finding("zero_division", f"This divides by {shown}.", 0.8)
    return finding("zero_division", f"{shown} is zero when it divides {code(context.text(nodes[0].left))}.", 0.85)


def not_callable(context: Context) -> Optional[Finding]:
    """Something is called that is no function, often a builtin's name that was given to a variable."""
    match = re.match(r"'([\w.]+)' object is not callable", context.message) if context.is_("TypeError") else None
    if not match:
        return None
    calls = [n for n in context.nodes(ast.Call) if isinstance(n, ast.Call)]
    named = [n.func.id for n in calls if isinstance(n.func, ast.Name)]
    hidden = [name for name in named if name in BUILTINS and name in context.namespace.names()]
    if hidden and len(set(hidden)) == 1:
        name = hidden[0]
        headline = (
            f"{code(name)} is a variable of yours, {_a(match.group(1))}, which hides the builtin function {code(name)}."
        )
        return finding(
            "builtin_hidden",
            headline,
            0.93,
            explanation=f"Give the variable another name, and run `del {name}` to have the function back.",
        )
    shown = code(context.text(calls[0].func)) if len(calls) == 1 else "What stands before the parentheses"
    if len(calls) == 1 and isinstance(calls[0].func, (ast.Tuple, ast.List, ast.Constant)):
        return finding(
            "not_callable",
            f"{shown} is followed by parentheses, as if it were a function; a comma or operator may be missing.",
            0.8,
        )
    hint = (
        "To take an item of it, use square brackets."
        if match.group(1) in ("list", "dict", "tuple", "DataFrame", "Series", "ndarray", "str")
        else ""
    )
    return finding(
        "not_callable",
        f"{shown} is {_a(match.group(1))}, not a function, so it cannot be called.",
        0.8,
        explanation=hint,
    )


def not_subscriptable(context: Context) -> Optional[Finding]:
    """Square brackets after something that has no items."""
    match = re.match(r"'([\w.]+)' object is not subscriptable", context.message) if context.is_("TypeError") else None
    if not match:
        return None
    nodes = [n for n in context.nodes(ast.Subscript) if isinstance(n, ast.Subscript)]
    kind = match.group(1)
    shown = code(context.text(nodes[0].value)) if len(nodes) == 1 else "What stands before the brackets"
    if kind in ("function", "method", "builtin_function_or_method", "type"):
        return finding(
            "not_subscriptable", f"{shown} is a function; call it with parentheses, not square brackets.", 0.85
        )
    if kind == "NoneType":
        return finding("none_value", f"{shown} is None, so nothing can be taken from it.", 0.8)
    return finding("not_subscriptable", f"{shown} is {_a(kind)}, which has no items to take by `[...]`.", 0.8)


def operand_types(context: Context) -> Optional[Finding]:
    """An operator between values that do not go together."""
    if not context.is_("TypeError"):
        return None
    match = re.match(
        r"unsupported operand type\(s\) for (\S+?)=?(?: or pow\(\))?: '([\w.]+)' and '([\w.]+)'", context.message
    )
    if match:
        operator, left, right = match.groups()
    else:
        match = re.match(r"can only concatenate (\w+) \(not \"([\w.]+)\"\) to \w+", context.message)
        compared = re.match(
            r"'([<>=!]+)' not supported between instances of '([\w.]+)' and '([\w.]+)'", context.message
        )
        if match:
            operator, left, right = "+", match.group(1), match.group(2)
        elif compared:
            operator, left, right = compared.groups()
        else:
            return None
    return _operands(context, operator, left, right)


def _operands(context: Context, operator: str, left: str, right: str) -> Finding:
    wanted = _OPERATORS.get(operator)
    sides = _sides(context, wanted)
    shown_left = f"{code(sides[0])}, {_a(left)}," if sides else _a(left)[0].upper() + _a(left)[1:]
    shown_right = f"{code(sides[1])}, {_a(right)}" if sides else _a(right)
    headline = f"{shown_left} and {shown_right}, do not go together with `{operator}`."
    if not sides:
        headline = f"{shown_left} and {shown_right} do not go together with `{operator}`."
    explanation = ""
    if "NoneType" in (left, right):
        which = (sides[0] if left == "NoneType" else sides[1]) if sides else "One of the two"
        return finding(
            "none_value", f"{code(which) if sides else which} is None, so `{operator}` cannot work with it.", 0.85
        )
    numbers = {"int", "float"}
    if "str" in (left, right) and (left in numbers or right in numbers):
        explanation = "Make both numbers with `int(...)` or `float(...)`, or both text with `str(...)`."
    return finding("operand_types", headline, 0.85 if sides else 0.7, explanation=explanation)


def _sides(context: Context, operator: Any) -> Optional[Tuple[str, str]]:
    if not context.direct():
        return None
    found = []
    for node in context.nodes(ast.BinOp, ast.AugAssign, ast.Compare):
        if isinstance(node, ast.BinOp) and (operator is None or isinstance(node.op, operator)):
            found.append((context.text(node.left), context.text(node.right)))
        elif isinstance(node, ast.AugAssign) and (operator is None or isinstance(node.op, operator)):
            found.append((context.text(node.target), context.text(node.value)))
        elif isinstance(node, ast.Compare) and operator is None and len(node.comparators) == 1:
            found.append((context.text(node.left), context.text(node.comparators[0])))
    return found[0] if len(found) == 1 else None


def not_a_number(context: Context) -> Optional[Finding]:
    """Text that cannot be read as a number."""
    match = re.match(
        r"(?:could not convert string to (float|int)|invalid literal for (int)\(\) with base \d+): (['\"].*['\"])",
        context.message,
    )
    if not match or not context.is_("ValueError"):
        return None
    text = match.group(3)
    wanted = "float" if match.group(1) == "float" else "int"
    inner = text[1:-1]
    if not inner.strip():
        return finding("not_a_number", f"An empty text cannot be read as {_a(wanted)}.", 0.85)
    if wanted == "int" and re.match(r"^\s*[-+]?(\d+\.\d*|\.\d+|\d+(\.\d*)?[eE][-+]?\d+)\s*$", inner):
        headline = f"{code(text)} is a number with a decimal point or exponent; `int` reads whole numbers alone."
        return finding("not_a_number", headline, 0.9, explanation="`int(float(...))` drops what is after the point.")
    odd = sorted(set(re.findall(r"[^\d.\seE+-]", inner)))
    hint = f"It contains {', '.join(code(c) for c in odd[:4])}." if odd else ""
    return finding("not_a_number", f"The text {code(text)} cannot be read as {_a(wanted)}.", 0.85, facts=[hint])


def unpack_count(context: Context) -> Optional[Finding]:
    """More or fewer values than names to the left of ``=``."""
    few = re.match(r"not enough values to unpack \(expected (at least )?(\d+), got (\d+)\)", context.message)
    many = re.match(r"too many values to unpack \(expected (\d+)(?:, got (\d+))?\)", context.message)
    if not context.is_("ValueError") or not (few or many):
        return None
    expected = int(few.group(2) if few else many.group(1))  # type: ignore[union-attr]
    got = int(few.group(3)) if few else None
    value = _unpacked(context)
    look: Optional[Look] = context.namespace.look(value) if value else None
    if got is None:
        got = int(many.group(2)) if many and many.group(2) else look.length if look is not None else None
    shown = code(value) if value else "the right side"
    names = f"{'at least ' if few and few.group(1) else ''}{count_of(expected, 'name')}"
    how_many = f"{count_of(got, 'value')}" if got is not None else "more values" if many else "fewer values"
    return finding(
        "unpack_count", f"{names[0].upper() + names[1:]} stand on the left, but {shown} has {how_many}.", 0.8
    )


def _unpacked(context: Context) -> str:
    nodes = context.nodes(ast.Assign, ast.For)
    if len(nodes) != 1:
        return ""
    node = nodes[0]
    return text_of(context.source, node.value) if isinstance(node, ast.Assign) else ""


def known_message(context: Context) -> Optional[Finding]:
    """Messages whose meaning does not depend on the kernel: a table of patterns and sentences."""
    for row in tables.messages():
        if context.error.name not in row["errors"]:
            continue
        match = re.search(row["pattern"], context.message)
        if match:
            parts = [part or "" for part in match.groups()]
            headline = row["headline"].format(*parts, expression=_shown(context))
            headline = re.sub(r"\b([Aa]) (?=[aeioAEIO])", r"\1n ", headline)
            explanation = row.get("explanation", "").format(*parts)
            fixes = _other_text(context, match[1], *row["text"]) if "text" in row else []
            return finding(row["kind"], headline, row["confidence"], explanation=explanation, fixes=fixes)
    return None


def _in_parts(text: str, names: Dict[str, str]) -> str:
    """A frequency with each of its parts renamed: ``2H30T`` has the parts ``H`` and ``T``."""
    return re.sub(r"[A-Za-z]+", lambda part: names.get(part[0], part[0]), text)


def _other_text(context: Context, old: str, pattern: str, new: str) -> List[Fix]:
    """The one text of the failing expression that says ``old`` says what becomes of it by a substitution."""
    text = re.sub(pattern, new, old)
    nodes = [n for n in context.nodes(ast.Constant) if isinstance(n, ast.Constant) and n.value == old]
    change = string_edit(context.source, nodes[0], text) if len(nodes) == 1 and text != old else None
    return edit(f"Write {text!r}", [change] if change else [], 0.93)


def _shown(context: Context) -> str:
    text = " ".join(context.expression().split())
    return code(text) if text else "this"


_TOLD = re.compile(r"Invalid frequency: ([\w-]+)\.[^?]*Did you mean ([\w-]+)\?|'([\w-]+)'[^']*[Pp]lease use '([\w-]+)'")

_TOLD_OTHERWISE = re.compile(r"use '([\w-]+)' instead of '([\w-]+)'")


def frequency(context: Context) -> Optional[Finding]:
    """A frequency that pandas has renamed, alone or as a part of a longer one (``2H30T``)."""
    match = re.match(r"Invalid frequency: ([\w-]+)", context.message) if context.is_("ValueError") else None
    if not match:
        return None
    old, known = match.group(1), {row["old"]: row["new"] for row in tables.rows("frequencies")}
    of_periods = "KeyError(" in context.message or "for Period" in context.message
    told: Dict[str, str] = dict(found[:2] if found[0] else found[2:] for found in _TOLD.findall(context.message))
    told.update((before, after) for after, before in _TOLD_OTHERWISE.findall(context.message))
    # Periods keep the names that offsets have given up.
    new = _in_parts(old, told if of_periods else known)
    if new == old:
        new = told.get(old, old)
    if new == old:
        return None
    nodes = [n for n in context.nodes(ast.Constant) if isinstance(n, ast.Constant) and n.value == old]
    change = string_edit(context.source, nodes[0], new) if len(nodes) == 1 else None
    fixes = edit(f"Write {new!r}", [change] if change else [], 0.93)
    return finding("frequency", f"pandas calls the frequency {code(old)} {code(new)} now.", 0.93, fixes=fixes)


def module_called(context: Context) -> Optional[Finding]:
    """A module called as if it were the function or class of the same name in it."""
    if not context.is_("TypeError") or not context.message.startswith("'module' object is not callable"):
        return None
    calls = [n for n in context.nodes(ast.Call) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    for call in calls:
        name = call.func.id  # type: ignore[attr-defined]
        look = context.namespace.look(name)
        if look is not None and look.type == "module":
            last = (look.name or name).rpartition(".")[2]
            inside = last if last in look.attributes else ""
            edits = [Edit(*span(context.source, call.func), f"{name}.{inside}")] if inside else []
            hint = f"; the function is {code(name + '.' + inside)}" if inside else ""
            return finding("module_called", f"{code(name)} is a module, which cannot be called{hint}.", 0.95,
                           fixes=edit(f"Write {code(name + '.' + inside)}", edits, 0.9))  # fmt: skip
    return None


def _a(kind: str) -> str:
    words = {
        "str": "text",
        "NoneType": "None",
        "int": "an int",
        "builtin_function_or_method": "a function",
        "ndarray": "an array",
    }
    return words.get(kind) or f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


RULES: Tuple[Callable[[Context], Optional[Finding]], ...] = (
    zero_division,
    module_called,
    not_callable,
    not_subscriptable,
    operand_types,
    not_a_number,
    frequency,
    unpack_count,
    known_message,
)

"""Operators between values that do not go together: what the two are, and what was probably meant (``data/operators.json``)."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Dict, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix
from .. import tables
from ..base import Context, code, edit, finding
from ..reading.place import Place, place_of
from ..reading.words import a_kind, sentence

_OPERATORS: Dict[str, Any] = {
    "+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "//": ast.FloorDiv, "%": ast.Mod, "**": ast.Pow,
    "@": ast.MatMult, "&": ast.BitAnd, "|": ast.BitOr, "^": ast.BitXor, "<<": ast.LShift, ">>": ast.RShift,
    "<": ast.Lt, ">": ast.Gt, "<=": ast.LtE, ">=": ast.GtE,
}  # fmt: skip

#: Messages of Python, each with the operator, where it is said, and the types of both sides.
_MESSAGES = (
    re.compile(r"unsupported operand type\(s\) for (?P<op>\S+?)(?: or pow\(\))?: '(?P<left>[\w.]+)' and '(?P<right>[\w.]+)'"),
    re.compile(r"can only concatenate (?P<left>\w+) \(not \"(?P<right>[\w.]+)\"\) to \w+"),
    re.compile(r"must be (?P<left>str), not (?P<right>\w+)$"),
    re.compile(r"'(?P<op>[<>=!]+)' not supported between instances of '(?P<left>[\w.]+)' and '(?P<right>[\w.]+)'"),
    re.compile(r"can't compare (?P<left>[\w.]+) to (?P<right>[\w.]+)"),
    re.compile(r"can't multiply sequence by non-int of type '(?P<right>[\w.]+)'"),
    re.compile(r"can't concat (?P<right>\w+) to (?P<left>\w+)"),
)  # fmt: skip
_SIMPLE = (
    ast.Name,
    ast.Attribute,
    ast.Call,
    ast.Subscript,
    ast.Constant,
    ast.JoinedStr,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.Tuple,
)


@dataclass
class Sides:
    """An operator, what stands on its two sides, and which types they have."""

    place: Optional[Place]
    node: Any
    operator: str
    types: Tuple[str, str]
    nodes: Tuple[Any, Any] = (None, None)

    @property
    def augmented(self) -> bool:
        """Whether it is an assignment such as ``+=``."""
        return isinstance(self.node, ast.AugAssign)

    @cached_property
    def says(self) -> Tuple[str, str]:
        """What the text on each side is, see `_says`."""
        return _says(self, 0), _says(self, 1)

    def shown(self, number: int) -> str:
        """The text of a side in a sentence; empty where it is not known."""
        node = self.nodes[number]
        return code(self.place.text(node)) if self.place is not None and node is not None else ""


def operand_types(context: Context) -> Optional[Finding]:
    """An operator between values that do not go together."""
    if not context.is_("TypeError"):
        return None
    match = next((found for found in (pattern.match(context.message) for pattern in _MESSAGES) if found), None)
    if match is None:
        return None
    said = match.groupdict()
    sides = _sides(context, said.get("op") or ("*" if "multiply" in context.message else "+" if "conc" in context.message
                   or "must be str" in context.message else ""), (said.get("left") or "", said["right"]))  # fmt: skip
    if "NoneType" in sides.types:
        return _nothing(sides)
    return _told(sides)


def _sides(context: Context, operator: str, types: Tuple[str, str]) -> Sides:
    place = place_of(context)
    if len(operator) > 1 and operator.endswith("=") and operator not in ("<=", ">=", "==", "!="):
        operator = operator[:-1]
    wanted = _OPERATORS.get(operator)
    node = None
    if place is not None and (place.direct or place.exact):
        node = place.node(ast.BinOp, ast.AugAssign, ast.Compare, check=lambda n: _is(n, wanted))
    if node is None:
        return Sides(place, None, operator, _known(types))
    if isinstance(node, ast.Compare):
        operator = operator or next(sign for sign, kind in _OPERATORS.items() if isinstance(node.ops[0], kind))
        return Sides(place, node, operator, _known(types), (node.left, node.comparators[0]))
    if isinstance(node, ast.AugAssign):
        return Sides(place, node, operator, _known(types), (node.target, node.value))
    nodes = (node.left, node.right)
    if not types[0]:  # of a repetition, Python names the one type alone: the other is the sequence
        text = [
            isinstance(getattr(n, "value", None), str) or _type(place, n) in ("str", "list", "tuple") for n in nodes
        ]
        types = (types[1], _type(place, nodes[1]) or "str") if text == [False, True] else ("str", types[1])
    return Sides(place, node, operator, types, nodes)


def _known(types: Tuple[str, str]) -> Tuple[str, str]:
    return (types[0] or "str", types[1])


def _type(place: Optional[Place], node: Any) -> str:
    look = place.look(node) if place is not None else None
    return look.type if look is not None else ""


def _is(node: Any, wanted: Any) -> bool:
    if isinstance(node, ast.Compare):
        return len(node.ops) == 1 and (wanted is None or isinstance(node.ops[0], wanted))
    return wanted is not None and isinstance(node.op, wanted)


def _nothing(sides: Sides) -> Finding:
    number = 1 if sides.types[1] == "NoneType" else 0
    shown = sides.shown(number) or ("the right side" if number else "the left side")
    headline = f"{sentence(shown)} is None, so `{sides.operator}` cannot work with it."
    fixes = _printed(sides) if number == 0 else []
    why = "`print` shows a text and returns None; what follows it belongs inside of its parentheses." if fixes else ""
    return finding("none_value", headline, 0.85, explanation=why, fixes=fixes)


def _printed(sides: Sides) -> List[Fix]:
    """``print("a" + "b") % c``: the closing parenthesis belongs at the end."""
    call, place = sides.nodes[0], sides.place
    if place is None or not place.editable or sides.augmented or not isinstance(call, ast.Call) or call.keywords:
        return []
    if getattr(call.func, "id", "") != "print" or not call.args:
        return []
    _, end = place.span(call)
    _, last = place.span(sides.node)
    return edit("Move the parenthesis to the end", [Edit(end - 1, end, ""), Edit(last, last, ")")], 0.9)


def _told(sides: Sides) -> Finding:
    left, right = (a_kind(kind) for kind in sides.types)
    if sides.shown(0):
        headline = (
            f"{sides.shown(0)}, {left}, and {sides.shown(1)}, {right}, do not go together with `{sides.operator}`."
        )
    elif sides.operator:
        headline = f"{sentence(left)} and {right} do not go together with `{sides.operator}`."
    else:
        headline = f"{sentence(left)} and {right} cannot be compared."
    row = next((row for row in tables.load("operators") if _fits(row, sides)), None)
    names = _names(sides)
    explanation = row["explanation"].format(**names) if row else ""
    if not sides.shown(0) and sides.operator in ("<", ">") and not (row and sides.types[0] == sides.types[1]):
        explanation = "To sort or to take the largest, all items have to be of one kind: all numbers, or all text."
    fixes = _fixes(row, sides, names) if row and row.get("becomes") else []
    return finding("operand_types", headline, 0.85 if sides.shown(0) else 0.7, explanation=explanation, fixes=fixes)


def _fits(row: Dict[str, Any], sides: Sides) -> bool:
    if sides.operator not in row["operators"]:
        return False
    if not all(
        set(row[side]) & {"*", kind, kind.rpartition(".")[2]} for side, kind in zip(("left", "right"), sides.types)
    ):
        return False
    needs = row.get("if", "")
    if needs and not isinstance(sides.nodes[needs == "right_access"], (ast.Name, ast.Attribute)):
        return False
    return all(not said or sides.says[number] == said for number, said in enumerate(row.get("says", ())))


def _says(sides: Sides, number: int) -> str:
    """What the text on one side is, as far as the cell shows: ``words``, a ``number`` in quotes, or ``input``."""
    node, place = sides.nodes[number], sides.place
    if node is None or place is None or sides.types[number] != "str":
        return ""
    if isinstance(node, ast.Constant):
        return "number" if _number(node.value) else "words" if re.search(r"[^\W\d]|\s|[:$%]", str(node.value)) else ""
    if isinstance(node, ast.JoinedStr):
        return "words"
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):  # the end of a longer text
        parts = [part for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        return "words" if any(re.search(r"[^\W\d]|\s|[:$%]", str(part.value)) for part in parts) else ""
    if isinstance(node, ast.Name) and re.search(rf"\b{node.id}\s*=[^=]", place.source):
        given = [n.value for n in ast.walk(place.tree) if isinstance(n, ast.Assign) and _binds(n, node.id)]
        if len(given) == 1 and isinstance(given[0], ast.Call) and getattr(given[0].func, "id", "") == "input":
            return "input"
        return "number" if len(given) == 1 and _number(getattr(given[0], "value", None)) else ""
    return "input" if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "input" else ""


def _binds(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def _number(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", value))


def _names(sides: Sides) -> Dict[str, str]:
    """What a row's sentences and templates can put in: the two sides, also read as numbers."""
    place, found = sides.place, {"operator": sides.operator}
    for number, side in enumerate(("left", "right")):
        node = sides.nodes[number]
        text = place.text(node) if place is not None and node is not None else "…"
        value = getattr(node, "value", None)
        whole = not isinstance(value, str) or bool(re.fullmatch(r"\s*[-+]?\d+\s*", value))
        found[side] = text
        found[f"number_{side}"] = f"{'int' if whole else 'float'}({text})"
    return found


def _fixes(row: Dict[str, Any], sides: Sides, names: Dict[str, str]) -> List[Fix]:
    place = sides.place
    if place is None or sides.node is None or not place.editable or "…" in names["left"] + names["right"]:
        return []
    whole = dict(names, left=place.whole(sides.nodes[0]), right=place.whole(sides.nodes[1]))
    becomes = row["becomes"]
    if not all(_can_stand(sides, number, becomes) for number in (0, 1)):
        return []
    text = becomes.format(**whole)
    if sides.augmented:
        start = f"{whole['left']} {sides.operator} "
        new = f"{whole['left']} {row['operators'][0] if len(row['operators']) == 1 else sides.operator}= "
        if becomes.startswith(("{left} **", "{left} |")):
            text = text.replace(" ** ", " **= ", 1).replace(" | ", " |= ", 1)
        elif text.startswith(start):
            text = new + text[len(start) :]
        else:
            text = f"{whole['left']} = {text}"
    changes = place.replace(sides.node, text)
    title = row["title"].format(**{key: code(value) for key, value in names.items()})
    return edit(title, changes, row["confidence"])


def _can_stand(sides: Sides, number: int, becomes: str) -> bool:
    """Whether a side keeps its meaning where a template puts it."""
    node, side = sides.nodes[number], "{left}" if number == 0 else "{right}"
    if isinstance(node, _SIMPLE) or f"({side})" in becomes:
        return True
    if sides.place is None or f"{side}." in becomes or f"{side}(" in becomes or " ** " in becomes or " | " in becomes:
        return False
    # Parentheses around a side are no part of it: where there are none, the ends are the same.
    return sides.place.span(sides.node)[number] == sides.place.span(node)[number]


def unary(context: Context) -> Optional[Finding]:
    """A sign before something that has none: also ``=+`` where ``+=`` was meant."""
    match = re.match(r"bad operand type for (?:unary (\S+)|(abs)\(\)): '([\w.]+)'", context.message)
    if not match or not context.is_("TypeError"):
        return None
    sign, kind = match[1] or match[2], match[3]
    place = place_of(context)
    node = place.node(ast.UnaryOp) if place is not None else None
    if place is None or node is None:
        return finding("operand_types", f"`{sign}` takes a number, and {a_kind(kind)} is none.", 0.8)
    headline = f"{code(place.text(node.operand))} is {a_kind(kind)}, which the sign `{sign}` cannot stand before."
    statement, (start, _) = place.statement(), place.span(node)
    swapped = isinstance(statement, ast.Assign) and statement.value is node and place.source[start - 1] == "="
    if swapped and sign in ("+", "-"):
        why = f"`={sign}` assigns a value with a sign; `{sign}=` adds to what is there." if sign == "+" else ""
        changes = [Edit(start - 1, start + 1, f"{sign}=")] if place.editable else []
        return finding("operand_types", headline, 0.88, explanation=why, fixes=edit(f"Write `{sign}=`", changes, 0.85))
    why = "`~` turns the truth values of arrays around; for a single one write `not`." if sign == "~" else ""
    if kind == "str":
        why = "If it is a number in quotes, `int(...)` or `float(...)` reads it."
    return finding("operand_types", headline, 0.85, explanation=why)


RULES: Tuple[Any, ...] = (operand_types, unary)

"""None where a value was expected: which assignment made it, where the notebook shows that."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Sequence, Tuple

from ...protocol import Cell, Edit, Finding, Fix
from .. import tables
from ..base import Context, code, edit, finding
from ..reading.place import Place, place_of
from ..reading.source import span, text_of, tree_of


def assigned_nothing(context: Context) -> Optional[Finding]:
    """``x = x.sort()``: the method changed its object and returned None, which the name has now."""
    if context.is_("AttributeError") and not context.notebook:
        return None  # `nones` looks at attributes of None
    name = _name_of_none(context)
    if not name:
        return None
    own = _assignment(context.cell, name, context.line())
    if own is not None:
        return _finding(context, name, context.cell, own)
    for cell in reversed(_before(context.notebook, context.cell)):
        made = _assignment(cell, name, 0)
        if made is not None:
            return _finding(context, name, cell, made)
        if name in cell.source and re.search(rf"\b{re.escape(name)}\s*=[^=]", cell.source):
            return None  # it has its value from something else
    return None


def _name_of_none(context: Context) -> str:
    """The variable that is None, as far as the line that failed tells."""
    if "NoneType" not in context.message and "None" not in context.message:
        return ""
    place = place_of(context)
    if place is None or not context.is_("TypeError", "AttributeError", "ValueError"):
        return ""
    names = {n.id for n in place.nodes(ast.Name) if isinstance(n.ctx, ast.Load)} | {
        n.id for n in ast.walk(place.statement() or ast.Module([], []))
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }  # fmt: skip
    none = sorted(name for name in names if _is_none(place, name))
    return none[0] if len(none) == 1 else ""


def _is_none(place: Place, name: str) -> bool:
    look = place.context.namespace.look(name)
    if look is not None:
        return look.type == "NoneType"
    return not place.context.namespace.live and bool(re.search(r"NoneType", place.context.message))


def _before(notebook: Sequence[Cell], failing: Cell) -> List[Cell]:
    found: List[Cell] = []
    for cell in notebook:
        if cell.id is not None and cell.id == failing.id:
            break
        if cell.kind == "code":
            found.append(cell)
    return found


def _assignment(cell: Cell, name: str, line: int) -> Any:
    """The last assignment to ``name`` in a cell (before a line, if one is given), if its value is None for sure."""
    tree = tree_of(cell.source)
    given = [n for n in ast.walk(tree) if isinstance(n, ast.Assign) and (not line or n.lineno < line)] if tree else []
    mine = [n for n in given if any(isinstance(t, ast.Name) and t.id == name for t in n.targets)]
    last = max(mine, key=lambda n: n.lineno, default=None)
    return last if last is not None and _reason(cell, last.value) else None


def _reason(cell: Cell, value: Any) -> str:
    """Why a call returns None, in words; empty where it may well return something."""
    if not isinstance(value, ast.Call):
        return ""
    if any(k.arg == "inplace" and getattr(k.value, "value", None) is True for k in value.keywords):
        return "with `inplace=True` it changes its object and returns nothing"
    name = getattr(value.func, "attr", getattr(value.func, "id", ""))
    row = tables.load("returns_nothing").get(name)
    if row is None or (row["function"] and isinstance(value.func, ast.Attribute) and not row["of"]):
        return ""
    if not row["function"] and isinstance(value.func, ast.Name):
        return ""
    owner = text_of(cell.source, value.func.value) if isinstance(value.func, ast.Attribute) else ""
    return str(row["why"]) if not row["of"] or owner in row["of"] else ""


def _finding(context: Context, name: str, cell: Cell, node: ast.Assign) -> Finding:
    value: Any = node.value
    called = code(text_of(cell.source, value.func))
    reason = _reason(cell, value)
    place = f" in an earlier cell, line {node.lineno}" if cell is not context.cell else f" in line {node.lineno}"
    headline = f"{code(name)} is None because it was given the result of {called}{place}."
    edits, title = _repair(cell, node)
    fixes: List[Fix] = edit(title, edits, 0.88) if cell is context.cell else []
    why = f"{called} returns None: {reason}. Call it without assigning its result."
    if cell is not context.cell and edits:
        why += f" There, {title[0].lower()}{title[1:]}, then run that cell again, and the ones that make its object before."
    return finding("assigned_nothing", headline, 0.95, explanation=why, fixes=fixes)


def _repair(cell: Cell, node: ast.Assign) -> Tuple[List[Edit], str]:
    """The edit that keeps the value: without the assignment where the object has the name already, or with a copy."""
    value: Any = node.value
    start, _ = span(cell.source, node)
    begin, end = span(cell.source, value)
    if len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
        return [], ""
    name = node.targets[0].id
    owner = value.func.value if isinstance(value.func, ast.Attribute) else None
    in_place = next((k for k in value.keywords if k.arg == "inplace"), None)
    if in_place is not None:
        return _without(cell, in_place), "Leave `inplace=True` out"
    same = isinstance(owner, ast.Name) and owner.id == name
    first = value.args[0] if value.args else None
    if same or (isinstance(first, ast.Name) and first.id == name):
        return [Edit(start, begin, "")], f"Leave {code(name + ' =')} out"
    if owner is not None and value.func.attr == "sort":
        inner = ", ".join([text_of(cell.source, owner), *(text_of(cell.source, k) for k in value.keywords)])
        return [Edit(begin, end, f"sorted({inner})")], "Take a sorted copy"
    if owner is not None and value.func.attr == "reverse" and isinstance(owner, ast.Name):
        return [Edit(begin, end, f"{owner.id}[::-1]")], "Take a reversed copy"
    return [], ""


def _without(cell: Cell, keyword: ast.keyword) -> List[Edit]:
    """Takes a keyword out of a call, with the comma that belongs to it."""
    start, end = span(cell.source, keyword)
    before = re.search(r",\s*$", cell.source[:start])
    after = re.match(r"\s*,\s*", cell.source[end:])
    if before is not None:
        return [Edit(before.start(), end, "")]
    return [Edit(start, end + (after.end() if after else 0), "")]


def missing_return(context: Context) -> Optional[Finding]:
    """A function of the failing cell's returns nothing, and its result is used."""
    if "NoneType" not in context.message or not context.is_("TypeError"):
        return None
    place = place_of(context)
    tree = context.tree()
    if place is None or tree is None or not place.editable:
        return None
    for call in [
        n for n in ast.walk(place.statement() or tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    ]:
        made = next((n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == call.func.id), None)  # type: ignore[attr-defined]
        if made is None or made.decorator_list or _returns(made):
            continue
        last = made.body[-1]
        headline = f"{code(made.name)} returns nothing: it has no `return`, so its result is None."
        changes: List[Edit] = []
        if isinstance(last, ast.Expr) and not isinstance(last.value, ast.Constant) and not _shows(last.value):
            start, _ = span(context.source, last)
            changes = [Edit(start, start, "return ")]
        elif isinstance(last, ast.Assign) and len(last.targets) == 1 and isinstance(last.targets[0], ast.Name):
            _, end = span(context.source, last)
            changes = [Edit(end, end, f"\n{' ' * last.col_offset}return {last.targets[0].id}")]
        return finding("missing_return", headline, 0.93, fixes=edit("Return what it worked out", changes, 0.8))
    return None


def _returns(function: ast.AST) -> bool:
    return any(isinstance(n, (ast.Return, ast.Yield, ast.YieldFrom)) and getattr(n, "value", True) is not None
               for n in ast.walk(function))  # fmt: skip


def _shows(value: ast.expr) -> bool:
    """Whether an expression is there for what it does, such as ``print(...)``: its result is not wanted."""
    name = getattr(getattr(value, "func", None), "id", getattr(getattr(value, "func", None), "attr", ""))
    return name in ("print", "display", "show") or name in tables.load("returns_nothing")


def notebook_nothing(context: Context) -> Optional[Finding]:
    """`assigned_nothing`, where the notebook's cells are known."""
    return assigned_nothing(context) if context.notebook else None


RULES: Tuple[Any, ...] = (assigned_nothing, missing_return)
NOTEBOOK: Tuple[Any, ...] = (notebook_nothing,)

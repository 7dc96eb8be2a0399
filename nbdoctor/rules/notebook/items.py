"""What a cell does to one item of a variable, a column or key: whether it adds it or takes it away. From its text alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Dict, Iterator, List, Optional

from .. import tables
from ..reading.source import line_text, tree_of

#: The verb in the table of removals for what is an index level afterwards.
INDEXED = "made the index"
_ADDING = {"assign": "keyword", "update": "keyword", "insert": "text", "setdefault": "text", "with_columns": "keyword"}


@dataclass(frozen=True)
class Doing:
    """A statement that adds or takes an item: how, in a participle, under what new name, and its line."""

    verb: str
    line: str
    new: str = ""


def taken(cell_source: str, name: str, item: str) -> Optional[Doing]:
    """The last statement of a cell that takes ``item`` away from ``name``, and does not put it back."""
    found: Optional[Doing] = None
    for statement in _statements(cell_source, name):
        doing = _takes(cell_source, statement, name, item)
        if doing is not None:
            found = doing
        elif found is not None and _adds(statement, name, item):
            found = None
    return found


def added(cell_source: str, name: str, item: str) -> str:
    """The line of a cell that adds ``item`` to ``name``; empty where none does."""
    if item not in cell_source:
        return ""
    for statement in _statements(cell_source, name):
        if _adds(statement, name, item):
            return line_text(cell_source, statement.lineno).strip()
    return ""


def made_fresh(cell_source: str, name: str) -> bool:
    """Whether a cell gives the name a value that is not made from the one it had."""
    for statement in _statements(cell_source, name):
        if (
            isinstance(statement, ast.Assign)
            and name in _names(statement.targets)
            and not _reads(statement.value, name)
        ):
            return True
        loops = (ast.For, ast.With, ast.AsyncWith, ast.Import, ast.ImportFrom, ast.AnnAssign)
        if isinstance(statement, loops) and name in _bound_by(statement):
            return True
    return False


@lru_cache(maxsize=64)
def _all_statements(cell_source: str) -> List[Any]:
    tree = tree_of(cell_source)
    found: List[Any] = []
    queue: List[Any] = list(tree.body) if tree is not None else []
    while queue:
        node = queue.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        found.append(node)
        inner: List[Any] = []
        for field in ("body", "handlers", "orelse", "finalbody", "cases"):
            for child in getattr(node, field, None) or [] if not isinstance(node, ast.Expr) else []:
                inner += child.body if not isinstance(child, ast.stmt) else [child]
        queue = inner + queue
    return found


def _statements(cell_source: str, name: str) -> List[Any]:
    return _all_statements(cell_source) if name in cell_source else []


# ------------------------------------------------------------------ taking


def _takes(source: str, statement: Any, name: str, item: str) -> Optional[Doing]:
    line = line_text(source, statement.lineno).strip()
    if isinstance(statement, ast.Delete):
        return Doing("deleted", line) if any(_is_item(t, name, item) for t in statement.targets) else None
    if isinstance(statement, ast.Assign):
        whole = _columns_set(statement, name)
        if whole is not None and whole and item not in whole:
            return Doing("renamed", line)
        if name in _names(statement.targets):
            kept = _selection(statement.value, name)
            if kept and item not in kept:
                return Doing("left out", line)
    assigned = isinstance(statement, ast.Assign) and name in _names(statement.targets)
    for call in _calls(statement):
        row = _row(call)
        if row is None or not _is_about(call, name):
            continue
        if not (assigned or row["in_place"] == "yes" or _is_true(call, "inplace")):
            continue
        renamed = _renamed_to(call, item) if row["verb"] == "renamed" else ""
        if (renamed and renamed != item) or (row["verb"] != "renamed" and item in _texts(call)):
            return Doing(row["verb"], line, renamed)
    return None


def _row(call: ast.Call) -> Optional[Dict[str, str]]:
    method = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return next((row for row in tables.rows("removals") if row["method"] == method), None)


def _is_about(call: ast.Call, name: str) -> bool:
    """Whether a call is a method of the variable, or a function that is given it."""
    if isinstance(call.func, ast.Attribute) and root(call.func.value) == name:
        return True
    return bool(call.args) and isinstance(call.args[0], ast.Name) and call.args[0].id == name


def _renamed_to(call: ast.Call, item: str) -> str:
    """The new name that a renaming call gives an item; empty where it gives none."""
    for node in ast.walk(call):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values):
                if getattr(key, "value", None) == item and isinstance(getattr(value, "value", None), str):
                    return str(getattr(value, "value", ""))
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    return texts[1] if len(texts) == 2 and texts[0] == item else ""


def _columns_set(statement: ast.Assign, name: str) -> Optional[List[str]]:
    """The names of ``name.columns = [...]``; None where the statement is another."""
    for target in statement.targets:
        if isinstance(target, ast.Attribute) and target.attr == "columns" and root(target) == name:
            return _texts(statement.value) if isinstance(statement.value, (ast.List, ast.Tuple)) else None
    return None


def _selection(value: Any, name: str) -> List[str]:
    """The columns that ``name[['a', 'b']]`` keeps; empty where a value is something else."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in ("copy", "select"):
        if value.func.attr == "select" and root(value.func.value) == name:
            return _texts(ast.Tuple(elts=list(value.args), ctx=ast.Load()))
        value = value.func.value
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.List) and root(value.value) == name:
        return _texts(value.slice) if all(isinstance(e, ast.Constant) for e in value.slice.elts) else []
    return []


# ------------------------------------------------------------------ adding


def _adds(statement: Any, name: str, item: str) -> bool:
    if isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        flat = [e for t in targets for e in (t.elts if isinstance(t, (ast.Tuple, ast.List)) else [t])]
        if any(_is_item(target, name, item) for target in flat):
            return True
        if isinstance(statement, ast.Assign) and item in (_columns_set(statement, name) or ()):
            return True
    for call in _calls(statement):
        if not _is_about(call, name) or not isinstance(call.func, ast.Attribute):
            continue
        way = _ADDING.get(call.func.attr)
        if way == "keyword" and (any(k.arg == item for k in call.keywords) or item in _keys(call)):
            return True
        if way == "text" and item in _texts(call):
            return True
        if call.func.attr in ("rename", "rename_column") and item in _values(call):
            return True
    return False


def _is_item(target: Any, name: str, item: str) -> bool:
    """``name['item']``, ``name.item``, ``name.loc[:, 'item']``, or the same within a list of columns."""
    if root(target) != name:
        return False
    if isinstance(target, ast.Attribute):
        return target.attr == item
    return isinstance(target, ast.Subscript) and item in _texts(target.slice)


def _keys(node: Any) -> List[str]:
    return [getattr(key, "value", "") for d in ast.walk(node) if isinstance(d, ast.Dict) for key in d.keys]


def _values(node: Any) -> List[str]:
    return [getattr(value, "value", "") for d in ast.walk(node) if isinstance(d, ast.Dict) for value in d.values]


# ------------------------------------------------------------------ pieces


def root(node: Any) -> str:
    """The variable at the root of ``a.b['c'].d()``; empty where there is none."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _calls(statement: Any) -> Iterator[ast.Call]:
    for part in ast.iter_child_nodes(statement):
        if isinstance(part, ast.expr):
            yield from (node for node in ast.walk(part) if isinstance(node, ast.Call))


def _texts(node: Any) -> List[str]:
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def _is_true(call: ast.Call, name: str) -> bool:
    return any(k.arg == name and getattr(k.value, "value", None) is True for k in call.keywords)


def _names(targets: List[Any]) -> List[str]:
    flat = [e for t in targets for e in (t.elts if isinstance(t, (ast.Tuple, ast.List)) else [t])]
    return [target.id for target in flat if isinstance(target, ast.Name)]


def _reads(value: Any, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(value))


def _bound_by(statement: Any) -> List[str]:
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.split(".")[0] for alias in statement.names]
    if isinstance(statement, ast.AnnAssign):
        return _names([statement.target]) if statement.value and not _reads(statement.value, "") else []
    targets = [statement.target] if isinstance(statement, ast.For) else [i.optional_vars for i in statement.items]
    return _names([target for target in targets if target is not None])

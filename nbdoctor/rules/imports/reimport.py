"""Edits of import statements that leave every use of the imported names valid."""

from __future__ import annotations

import ast
import re
from typing import List, Optional, Tuple

from ...protocol import Edit
from ..base import Context
from ..reading.source import span, tree_of


def _imports(context: Context) -> List[ast.AST]:
    """The import statements of the failing line, or of the cell where Python did not say the line."""
    found = context.nodes(ast.Import, ast.ImportFrom)
    return found or []


def _module_span(source: str, node: ast.ImportFrom) -> Optional[Tuple[int, int]]:
    start, end = span(source, node)
    match = re.match(r"from\s+([\w.]+)", source[start:end])
    return (start + match.start(1), start + match.end(1)) if match and match.group(1) == node.module else None


def alias_span(source: str, statement: ast.AST, name: str) -> Optional[Tuple[int, int]]:
    """Where a name stands in the list of an import statement."""
    start, end = span(source, statement)
    after = re.search(r"\bimport\b", source[start:end])
    if after is None:
        return None
    begin = start + after.end()
    match = re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", source[begin:end])
    return (begin + match.start(), begin + match.end()) if match else None


def module_edits(context: Context, old: str, new: str) -> List[Edit]:
    """Edits by which the failing statement imports ``new`` where it said ``old``; empty where that is not simple."""
    source, found = context.source, []
    for node in _imports(context):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if node.module == old or node.module.startswith(old + "."):
                place = _module_span(source, node)
                found += [Edit(place[0], place[0] + len(old), new)] if place else []
            elif f"{node.module}." == old[: len(node.module) + 1] and old.count(".") == node.module.count(".") + 1:
                found += member_edits(context, node.module, old.rpartition(".")[2], new)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == old or alias.name.startswith(old + "."):
                    found += _alias_edits(context, node, alias, old, new)
    return found


def _alias_edits(context: Context, node: ast.Import, alias: ast.alias, old: str, new: str) -> List[Edit]:
    place = alias_span(context.source, node, alias.name)
    if place is None:
        return []
    replaced = new + alias.name[len(old) :]
    if alias.asname:
        return [Edit(place[0], place[1], replaced)]
    if "." not in alias.name:
        return [Edit(place[0], place[1], f"{replaced} as {alias.name}" if _is_used(context, alias.name) else replaced)]
    edits = [Edit(place[0], place[1], replaced)]
    tree = tree_of(context.source)
    for other in ast.walk(tree) if tree else ():
        if isinstance(other, ast.Attribute) and _dotted(other) == alias.name:
            edits.append(Edit(*span(context.source, other), replaced))
    return edits


def _is_used(context: Context, name: str) -> bool:
    """Whether the cell reads the name, or a later cell may: then it has to stay bound."""
    tree = tree_of(context.source)
    return tree is not None and any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def _dotted(node: ast.AST) -> str:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def rename_member(context: Context, module: str, name: str, new: str) -> List[Edit]:
    """Edits for a misspelled name in ``from module import name``, its uses in the cell included."""
    from ..reading.source import name_edits

    for node in _imports(context):
        if isinstance(node, ast.ImportFrom) and node.module == module:
            alias = next((a for a in node.names if a.name == name), None)
            place = alias_span(context.source, node, name) if alias else None
            if alias is not None and place is not None:
                uses = [] if alias.asname else name_edits(context.source, name, new)
                return [Edit(place[0], place[1], new), *uses]
    return []


def member_edits(context: Context, module: str, name: str, new: str) -> List[Edit]:
    """Edits by which ``from module import name`` takes the thing from its new dotted path."""
    from .. import tables

    parent, _, last = new.rpartition(".")
    source = context.source
    for node in _imports(context):
        if not isinstance(node, ast.ImportFrom) or node.module != module or node.level:
            continue
        alias = next((a for a in node.names if a.name == name), None)
        place, where = alias_span(source, node, name), _module_span(source, node)
        if alias is None or place is None or where is None:
            continue
        bound = alias.asname or alias.name
        single = f"{last} as {bound}" if bound != last else last
        statement = f"from {parent} import {single}" if parent else f"import {single}"
        start, end = span(source, node)
        if len(node.names) == 1:
            return [Edit(start, end, statement)]
        siblings = [tables.moved().get(f"{module}.{a.name}", {}).get("new") for a in node.names]
        if all(moved == f"{parent}.{a.name}" for moved, a in zip(siblings, node.names)):
            return [Edit(where[0], where[1], parent)]
        if node.end_lineno == node.lineno and "#" not in source[start:end]:
            rest = ast.ImportFrom(module=module, names=[a for a in node.names if a is not alias], level=0)
            return [Edit(start, end, f"{ast.unparse(rest)}\n{' ' * node.col_offset}{statement}")]
    return []

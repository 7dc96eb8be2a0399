"""Which names a cell gives a value, in which line, and whether it surely does: from its text alone.

`source.defined_names` knows what Python binds. Here the rest is added: what magics bind, what functions set with ``global``,
and what a cell *may* bring, without saying it (``from module import *``, ``%run``).
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Any, Dict, FrozenSet, List, Optional, Set

from .. import tables
from .source import defined_names, line_text, tree_of

_STAR = re.compile(r"(?m)^\s*from\s+([\w.]+)\s+import\s+\*")


@lru_cache(maxsize=256)
def bindings(cell_source: str) -> Dict[str, int]:
    """The names that a cell leaves bound, each with the line that does it. Never change the answer."""
    found: Dict[str, int] = {}
    tree = tree_of(cell_source)
    if tree is not None:
        lines = _lines(tree)
        found = {name: lines.get(name, 1) for name in defined_names(cell_source)}
        for name in _set_as_global(tree):
            found.setdefault(name, lines.get(name, 1))
    for name, line in _by_magics(cell_source).items():
        found.setdefault(name, line)
    return found


def binds(cell_source: str, name: str) -> bool:
    """Whether a cell leaves a name bound, if it runs through and takes the branches that do it."""
    return name in cell_source and name in bindings(cell_source)


def binding_line(cell_source: str, name: str) -> str:
    """The text of the line that gives a name its value; the cell's first line where there is none."""
    line = line_text(cell_source, bindings(cell_source).get(name, 0)).strip()
    return line or next((text.strip() for text in cell_source.split("\n") if text.strip()), "")


def bound_before(cell_source: str, line: int) -> Set[str]:
    """Names that the statements before ``line`` bind at the top level: what a cell that failed there has done."""
    tree = tree_of(cell_source)
    done = [s for s in tree.body if (s.end_lineno or s.lineno) < line] if tree is not None else []
    return set(certain_names(done))


def surely_binds(cell_source: str, name: str) -> bool:
    """Whether a cell that ran to its end has bound the name, whatever branches it took."""
    tree = tree_of(cell_source)
    return tree is None or name in certain_names(tree.body) or name in _by_magics(cell_source)


def certain_names(statements: List[Any]) -> Set[str]:
    """Names that are bound whichever branch is taken."""
    found: Set[str] = set()
    for node in statements:
        if isinstance(node, ast.If):
            found |= certain_names(node.body) & certain_names(node.orelse)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            found |= _stored([*(item.optional_vars for item in node.items)]) | certain_names(node.body)
        elif hasattr(node, "handlers"):
            ways = [certain_names([*node.body, *node.orelse]), *(certain_names(h.body) for h in node.handlers)]
            found |= set.intersection(*ways) | certain_names(node.finalbody)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)) or hasattr(node, "cases"):
            continue
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        else:
            found |= _stored([node])
    return found


def star_imports(cell_source: str) -> List[str]:
    """Modules of which a cell imports everything."""
    return _STAR.findall(cell_source)


def scripts(cell_source: str) -> List[str]:
    """What ``%run`` runs: whatever names the file binds come into the notebook."""
    return [match.group(1).strip("\"'") for match in re.finditer(r"(?m)^\s*%run\s+(?:-\w\s+)*(\S+)", cell_source)]


def branch_of(cell_source: str, name: str) -> Optional[str]:
    """The line of the branch or loop in which alone a name is bound; None where it is bound outside of any."""
    if surely_binds(cell_source, name):
        return None
    tree = tree_of(cell_source)
    for node in tree.body if tree is not None else ():
        if name in _stored([node]) or any(getattr(n, "name", None) == name for n in ast.walk(node)):
            return line_text(cell_source, node.lineno).strip()
    return None


def _stored(nodes: List[Any]) -> Set[str]:
    """Names bound within nodes, the inside of functions left out."""
    found: Set[str] = set()
    queue = [node for node in nodes if node is not None]
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.comprehension)):
            queue += ast.iter_child_nodes(node)
    return found


def _lines(tree: ast.Module) -> Dict[str, int]:
    """The last line in which each name is bound, wherever in the tree."""
    found: Dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names: FrozenSet[str] = frozenset([node.id])
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = frozenset([node.name])
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = frozenset(alias.asname or alias.name.split(".")[0] for alias in node.names)
        else:
            continue
        for name in names:
            found[name] = max(found.get(name, 0), node.lineno)
    return found


def _set_as_global(tree: ast.Module) -> Set[str]:
    """Names that functions of the cell set with ``global``, where the cell calls them."""
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    found: Set[str] = set()
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and function.name in called:
            declared = {n for node in ast.walk(function) if isinstance(node, ast.Global) for n in node.names}
            found |= declared & _stored(list(function.body))
    return found


def _by_magics(cell_source: str) -> Dict[str, int]:
    """Names that magics bind, by `data/binding_magics.csv`: ``%%capture out``, ``%store -r name``."""
    found: Dict[str, int] = {}
    if "%" not in cell_source:
        return found
    for number, line in enumerate(cell_source.split("\n"), 1):
        if line.lstrip()[:1] != "%":
            continue
        for row in tables.rows("binding_magics"):
            match = re.match(row["pattern"], line.strip())
            for name in re.split(r"[\s,]+", match.group(1)) if match else ():
                if name.isidentifier():
                    found[name] = number
    return found

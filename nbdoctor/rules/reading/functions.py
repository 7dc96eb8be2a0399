"""Functions and classes as the cells define them: where they stand, and what they do with what they are passed."""

from __future__ import annotations

import ast
import linecache
import re
from typing import Any, FrozenSet, Iterator, List, Optional, Sequence, Tuple

from .source import tree_of

#: Files that IPython names for the cells it runs.
CELL_FILE = re.compile(r"<ipython-input-|[/\\]ipykernel_\d+[/\\]")
_LOOKS_AROUND = frozenset({"locals", "vars", "eval", "exec"})


def cell_sources() -> Iterator[Tuple[str, str]]:
    """Names of files and texts of the cells that this kernel has run, the latest first. Nothing outside of a kernel."""
    for name in reversed(list(linecache.cache)):
        entry = linecache.cache.get(name)
        if entry is not None and len(entry) == 4 and CELL_FILE.search(name):
            yield name, "".join(entry[2])


def function_at(source: str, line: int) -> Optional[Any]:
    """The innermost function whose text holds a line."""
    tree = tree_of(source)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    around = [
        node
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, kinds) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(around, key=lambda node: node.lineno) if around else None


def definition(source: str, name: str) -> Optional[Any]:
    """The function or class ``name``, or the method ``Class.name``, of a cell."""
    found: Any = tree_of(source)
    for part in name.split("."):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        inside = [node for node in getattr(found, "body", []) if isinstance(node, kinds) and node.name == part]
        if not inside:
            return None
        found = inside[-1]
    return found


def parameter_names(function: Any) -> List[str]:
    """The names that the caller's values go by, in order; without ``self``."""
    names = [a.arg for a in [*function.args.posonlyargs, *function.args.args]]
    return names[1:] if names[:1] == ["self"] else names


def bound_inside(function: Any) -> FrozenSet[str]:
    """Names that are the function's own: its parameters, and what it assigns."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    names = {a.arg for a in every if a is not None}
    stored = (n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return frozenset(names | set(stored))


def is_unread(source: str, called: str, names: Sequence[str]) -> bool:
    """Whether it makes no difference what is passed by these names: the function's text has no use of them.

    The function or class ``called`` is looked for in the cells that ran. Where the failing cell, ``source``, defines it, the
    definition itself may be the mistake. A decorator may look at what is passed, so what is decorated is not known;
    ``@ray.remote`` alone passes it on as it is.
    """
    if definition(source, called) is not None:
        return False
    for _, text in cell_sources():
        found = definition(text, called)
        function = definition(text, f"{called}.__init__") if isinstance(found, ast.ClassDef) else found
        if found is not None:
            return function is not None and _is_plain(found) and _is_plain(function) and not _uses(function, names)
    return False


def _is_plain(defined: Any) -> bool:
    return all(ast.unparse(node).partition("(")[0] == "ray.remote" for node in defined.decorator_list)


def _uses(function: Any, names: Sequence[str]) -> bool:
    """Whether a function reads a parameter, may read all of them, or does not take it by name."""
    by_name = {argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]}
    read = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return bool(read & {*names, *_LOOKS_AROUND}) or not by_name.issuperset(names)

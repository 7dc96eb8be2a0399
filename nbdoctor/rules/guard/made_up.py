"""What a fix may not make up: a value, function or class that stands in for what is missing."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any, FrozenSet, Iterator, List, Optional, Set, Tuple

from ...protocol import RaisedError
from .. import tables
from ..reading.source import nodes_of
from .fillers import does_nothing, is_filler, is_invented, last_name

_MUTATORS = ("append", "add", "extend", "update", "insert", "setdefault", "appendleft")
_EMPTY = ("list", "dict", "set", "deque", "Counter", "OrderedDict", "defaultdict", "float")
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass
class Facts:
    """What is known of the error: its type, what it says is missing, and the code that its message, or the table of what
    was renamed, recommends instead: ``-0.0`` for ``np.NZERO`` and ``True`` for ``true`` are not made up."""

    error: str = ""
    message: str = ""
    missing: FrozenSet[str] = frozenset()
    recommended: FrozenSet[str] = frozenset()
    #: Variables that a loop of the candidate fills or counts up.
    collected: FrozenSet[str] = frozenset()


_MISSING = (
    r"name '([^']+)'(?: is not defined| from)",
    r"variable '(\w+)'",
    r"has no attribute '(\w+)'",
    r"No module named '?([\w.]+)",
)


def facts_of(error: Optional[RaisedError], tree: ast.Module) -> Facts:
    """Read an error; where the exception itself did not tell what is missing, its message does. ``tree``: of the candidate."""
    if error is None:
        return Facts()
    found = [error.details.get("name", ""), error.details.get("key", "")]
    found += [text for pattern in _MISSING for text in re.findall(pattern, error.message)]
    if error.name == "KeyError":
        found += [error.message, *re.findall(r"'([^'\[\]]+)'", error.message)]
    missing = {text.strip("'\"") for text in found}
    if error.name == "ModuleNotFoundError":
        missing |= {part for text in missing for part in text.split(".")}
    recommended = set(re.findall(r"`([^`]+)`", error.message))
    recommended |= {row["new"] for name in missing for row in tables.renamed().get(name, []) if row["drop_in"]}
    collected = _collected(tree) if error.name in ("NameError", "UnboundLocalError") else set()
    sets = (frozenset(found - {""}) for found in (missing, recommended, collected))
    return Facts(error.name, error.message, *sets)


def placeholders(tree: ast.AST, facts: Facts) -> Iterator[Tuple[str, str]]:
    """Where what was missing is made up: ``total = 0``, ``d['key'] = None``, ``def load(): pass``."""
    if not facts.missing:
        return
    for node in nodes_of(tree):
        begins = isinstance(node, (ast.Assign, ast.AnnAssign)) and last_name(_target(node)) in facts.collected
        for name, value in _given(node):
            if name in facts.missing and is_invented(value) and not (begins and _is_beginning(value)):
                yield name, name
        if isinstance(node, _DEFINITIONS) and node.name in facts.missing and all(map(does_nothing, node.body)):
            yield node.name, node.name


def _target(node: Any) -> Any:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return targets[0] if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def _is_beginning(value: ast.expr) -> bool:
    """What a loop begins with: a number, a text, or an empty container."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, (int, float, str))
    if isinstance(value, ast.Call):
        return last_name(value.func) in _EMPTY
    return not (getattr(value, "elts", None) or getattr(value, "keys", None) or isinstance(value, ast.Lambda))


def _given(node: ast.AST) -> Iterator[Tuple[str, ast.expr]]:
    """What a node gives which value: variables, attributes, keys and parameters, by name."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _pairs(target, node.value)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
        yield from _pairs(node.target, node.value)
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        yield from _pairs(node.target, node.iter)
    elif isinstance(node, ast.arguments):
        positional = [*getattr(node, "posonlyargs", []), *node.args]
        yield from ((a.arg, d) for a, d in zip(reversed(positional), reversed(node.defaults)))
        yield from ((a.arg, d) for a, d in zip(node.kwonlyargs, node.kw_defaults) if d is not None)
    elif isinstance(node, ast.Dict) and None in node.keys:
        yield from ((_text(key), value) for key, value in zip(node.keys, node.values) if key is not None)
    elif isinstance(node, ast.Call):
        yield from _given_by_call(node)


def _given_by_call(node: ast.Call) -> Iterator[Tuple[str, ast.expr]]:
    name = last_name(node.func)
    if name in ("setdefault", "__setitem__", "setattr", "insert", "setitem") and len(node.args) > 1:
        yield _text(node.args[-2]), node.args[-1]
    elif name == "setdefault" and node.args:
        yield _text(node.args[0]), ast.Constant(None)
    elif name in ("update", "assign"):
        yield from ((keyword.arg or "", keyword.value) for keyword in node.keywords)
        for part in node.args:
            if isinstance(part, ast.Dict):
                yield from ((_text(key), value) for key, value in zip(part.keys, part.values))


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[Tuple[str, ast.expr]]:
    if isinstance(target, (ast.Tuple, ast.List)):
        same = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
        for number, part in enumerate(target.elts):
            yield from _pairs(part, value.elts[number] if same else value)  # type: ignore[attr-defined]
    elif isinstance(target, ast.Subscript):
        index = target.slice
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        yield from ((_text(part), value) for part in parts)
    else:
        yield last_name(target), value


def _text(key: Optional[ast.expr]) -> str:
    return str(key.value) if isinstance(key, ast.Constant) else ""


def _collected(tree: ast.AST) -> Set[str]:
    """Variables that a loop fills or counts up: their first value is a beginning, not a placeholder."""
    found: Set[str] = set()
    for loop in nodes_of(tree):
        for node in ast.walk(loop) if isinstance(loop, _LOOPS) else ():
            if isinstance(node, ast.AugAssign):
                found.add(last_name(node.target) or last_name(getattr(node.target, "value", None)))
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MUTATORS:
                found.add(last_name(node.func.value))
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                found.add(last_name(node.value))
            elif isinstance(node, ast.Assign):
                read = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
                found |= {last_name(target) for target in node.targets} & read
    return found


def substitutes(tree: ast.AST, facts: Facts) -> Iterator[Tuple[str, str]]:
    """Where what is missing is asked for first, or something is taken in its place: ``d.get('key')``, ``hasattr``."""
    for node in nodes_of(tree) if facts.missing else ():
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            if _text(node.left) in facts.missing:
                yield "in", "in"
        elif isinstance(node, ast.Call):
            name = last_name(node.func)
            constants = {_text(part) for argument in node.args for part in ast.walk(argument)}  # type: ignore[arg-type]
            constants |= {_text(part) for k in node.keywords for part in ast.walk(k.value)}  # type: ignore[arg-type]
            if constants & facts.missing and _takes_another(name, node.args, facts):
                yield name, name


def _takes_another(name: str, given: List[ast.expr], facts: Facts) -> bool:
    if name in ("hasattr", "find_spec"):
        return True
    if name == "getattr":
        return len(given) > 2 and is_filler(given[2])
    if name in ("get", "pop"):
        return len(given) < 2 or is_filler(given[1])
    return name in ("filter", "reindex") and facts.error == "KeyError"

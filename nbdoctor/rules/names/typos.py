"""A name that is another one misspelled: of the cell, of the function, of the kernel, or a builtin."""

from __future__ import annotations

import ast
import keyword
import re
from typing import Any, List, Optional, Set

from ...protocol import Edit, Finding, Fix
from ..base import CERTAIN, Close, Context, closest, code, edit, finding, listed
from ..guard import granted
from ..reading.scopes import BUILTINS, parameters_of
from ..reading.source import line_text, name_edits, span
from .forgotten import is_called, name_uses
from .nearby import function_of

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def typo(context: Context, name: str) -> Optional[Finding]:
    """The closest name, with the edit where it is close enough and stands alone."""
    word = _keyword(context, name)
    if word is not None:
        return word
    own = [other for other in _locals(context, name) if other not in _loop_variables(context, name)]
    near = closest(name, own, 0.8) or closest(name, _candidates(context, name, own), 0.75)
    if near is None:
        return _part_of(context, name, own)
    confidence = _confidence(context, name, near, own)
    fixes: List[Fix] = []
    if confidence >= CERTAIN:
        edits = _accumulated(context, name, near) or name_uses(context, name, near.name)
        fixes = edit(f"Write {code(edits[0].text if edits else near.name)}", edits, confidence)
    guess = "the closest is" if near.score < 0.95 else "you have"
    headline = f"There is no {code(name)}; {guess} {listed([near.name, *near.others])}."
    return finding("misspelled_name", headline, confidence, fixes=fixes)


def _keyword(context: Context, name: str) -> Optional[Finding]:
    """A keyword that stands alone on its line, misspelled: ``brek``, within a loop; ``passs``."""
    line = context.line()
    if line_text(context.source, line).strip() != name:
        return None
    words = ["pass", *(["break", "continue"] if _in_loop(context, line) else [])]
    near = closest(name, words, 0.75)
    if near is None:
        return None
    fixes = edit(f"Write {code(near.name)}", name_uses(context, name, near.name), 0.9)
    # What ends the round of the loop is what the cell says, but for a letter.
    return finding(
        "misspelled_name",
        f"There is no {code(name)}; the closest is {code(near.name)}.",
        0.9,
        fixes=[granted(fix, "ends") for fix in fixes],
    )


def _in_loop(context: Context, line: int) -> bool:
    tree = context.tree()
    return any(
        isinstance(node, _LOOPS) and node.lineno < line <= (node.end_lineno or 0)
        for node in (ast.walk(tree) if tree else ())
    )


def _locals(context: Context, name: str) -> List[str]:
    """Names that the failing function has, in this cell."""
    function = function_of(context)
    if function is None:
        return []
    stored = [
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.lineno <= context.line()
    ]
    return [n for n in dict.fromkeys([*stored, *parameters_of(function.args)]) if n not in (name, "self", "cls")]


def _loop_variables(context: Context, name: str) -> Set[str]:
    """The variables of loops over something that has the name in it: ``for node in edges[nodes]`` does not mean ``node``."""
    found: Set[str] = set()
    tree = context.tree()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)) and name in _names(node.iter):
            found |= _names(node.target)
    return found


def _names(node: ast.AST) -> Set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _candidates(context: Context, name: str, own: List[str]) -> List[str]:
    names = [*own, *(list(reversed(context.namespace.names())) or list(context.report.names))]
    here = context.line()
    tree = context.tree()
    for node in tree.body if tree else ():
        for inner in [node] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store) and inner.lineno < here:
                names.append(inner.id)
            elif isinstance(inner, (ast.FunctionDef, ast.ClassDef)) and inner.lineno < here:
                names.append(inner.name)
    builtins_ = [
        n
        for n in BUILTINS
        if not n.startswith("_") and (n[0].islower() or name[0].isupper()) and not keyword.iskeyword(n)
    ]
    return [n for n in dict.fromkeys([*names, *builtins_]) if n != name]


def _confidence(context: Context, name: str, near: Close, own: List[str]) -> float:
    """Below 0.93, the confidence of a cell that was not run, unless the case alone differs.

    Half of all short words are close to some builtin: one counts only where it is called like one.
    """
    mine = near.name in own or near.name in context.namespace.names() or near.name in context.report.names
    if near.score >= 0.95:
        return 0.95 if mine or near.name in BUILTINS else 0.85
    called_builtin = near.name in BUILTINS and is_called(context, name)
    if near.score < 0.82 or len(name) <= 2 or not (mine or called_builtin or near.name not in BUILTINS):
        return 0.45
    return min(0.92, near.confidence)


def _accumulated(context: Context, name: str, near: Close) -> List[Edit]:
    """Where the cell itself goes on with the new name, the one place where the other is given is the misspelled one."""
    if name_edits(context.source, name, near.name) or near.score < 0.95:
        return []
    tree = context.tree()
    others: List[Any] = [n for n in (ast.walk(tree) if tree else ()) if isinstance(n, ast.Name) and n.id == near.name]
    if len(others) != 1 or not isinstance(others[0].ctx, ast.Store):
        return []
    return [Edit(*span(context.source, others[0]), name)]


def _part_of(context: Context, name: str, own: List[str]) -> Optional[Finding]:
    """``no_nums`` where the function has ``nums``: the one name that shares a whole word."""
    words = _words(name)
    sharing = [other for other in own if len(other) > 2 and _words(other) < words]
    if len(sharing) != 1:
        return None
    headline = f"There is no {code(name)}; the function has {code(sharing[0])}, which was perhaps meant."
    fixes = edit(f"Write {code(sharing[0])}", name_uses(context, name, sharing[0]), 0.55)
    return finding("misspelled_name", headline, 0.55, fixes=fixes)


def _words(name: str) -> "set[str]":
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", name)}

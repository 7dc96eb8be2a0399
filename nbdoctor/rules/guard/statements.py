"""The statements of two versions of a cell, and which became which."""

from __future__ import annotations

import ast
import copy
import difflib
from dataclasses import dataclass
from typing import Any, Collection, Dict, Iterator, List, Sequence, Set

from .fillers import last_name

# Blocks that may not run. A `try` runs; what its handlers do is looked at elsewhere.
_BRANCHES = (ast.If, ast.While, ast.For, ast.AsyncFor, ast.FunctionDef, ast.AsyncFunctionDef, ast.ExceptHandler)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_JUMPS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_LONG = 300
# Comparing every statement with every other takes its time: of a cell that was written anew, they all count as changed.
_PAIRS = 900


@dataclass
class Place:
    """A statement without its blocks: as text, in how many blocks that may not run, and in which function."""

    node: ast.stmt
    head: str
    depth: int
    function: str = ""


def places(body: Sequence[Any], depth: int = 0, function: str = "") -> Iterator[Place]:
    """All statements that can run, outer ones first."""
    for node in body:
        if isinstance(node, ast.stmt):
            yield Place(node, head_of(node), depth, function)
        within = f"{function}.{node.name}" if isinstance(node, _DEFINITIONS) else function
        inner = depth + (isinstance(node, _BRANCHES) or type(node).__name__ == "match_case")
        for block in _BLOCKS:
            part = getattr(node, block, None)
            if isinstance(part, list) and not (block == "body" and _never(node)):
                yield from places(part, inner, within)
        if isinstance(node, _JUMPS):
            return


def _never(node: Any) -> bool:
    """Whether the body of a block cannot run: ``if False``, ``for x in []``."""
    if isinstance(node, (ast.If, ast.While)):
        return isinstance(node.test, ast.Constant) and not node.test.value
    if isinstance(node, ast.For):
        if isinstance(node.iter, ast.Call):
            given = [getattr(part, "value", None) for part in node.iter.args]
            return last_name(node.iter.func) == "range" and given == [0]
        return isinstance(node.iter, (ast.List, ast.Tuple)) and not node.iter.elts
    return False


def head_of(node: ast.stmt) -> str:
    """The text of a statement; of a compound one, what stands before its block."""
    if not any(hasattr(node, block) for block in _BLOCKS):
        return ast.unparse(node)
    head = copy.copy(node)
    for block in _BLOCKS:
        if hasattr(head, block):
            setattr(head, block, [ast.Pass()] if block == "body" else [])
    return ast.unparse(head)


def own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """A statement and its expressions, without its blocks."""
    yield statement
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, (ast.stmt, ast.ExceptHandler)) and type(child).__name__ != "match_case":
            yield from ast.walk(child)


def at_lines(found: Sequence[Place], lines: Collection[int]) -> Set[int]:
    """Which of the statements of a cell stand at these lines: of each line, the innermost."""
    numbers = set()
    for line in lines:
        covering = [i for i, p in enumerate(found) if _first(p.node) <= line <= (p.node.end_lineno or p.node.lineno)]
        numbers |= {max(covering)} if covering else set()
    return numbers


def _first(node: Any) -> int:
    lines: List[int] = [node.lineno, *(part.lineno for part in getattr(node, "decorator_list", []))]
    return min(lines)


def counterparts(old: Sequence[Place], new: Sequence[Place]) -> Dict[int, List[Place]]:
    """For every statement of ``old`` that is not in its place any more: what is there instead, nothing if it is gone.

    A statement that is there unchanged, but deeper, has itself as its counterpart.
    """
    found: Dict[int, List[Place]] = {}
    matcher = difflib.SequenceMatcher(None, [p.head for p in old], [p.head for p in new], autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            for number, other in zip(range(start, end), new[first:last]):
                if other.depth > old[number].depth:
                    found[number] = [other]
        elif tag != "insert":
            instead = list(new[first:last])
            gone = _left_out(old[start:end], instead)
            for number in range(start, end):
                found[number] = [] if number - start in gone else instead
    return found


def _left_out(old: Sequence[Place], new: Sequence[Place]) -> Set[int]:
    """Which of ``old`` are left over, where ``new`` has fewer, if each goes with the one that it is most like, in order."""
    rows, columns = len(old), len(new)
    if rows <= columns or rows * columns > _PAIRS:
        return set()
    like = [[likeness(a.head, b.head) + 0.01 for b in new] for a in old]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows):
        for j in range(columns):
            best[i + 1][j + 1] = max(best[i][j] + like[i][j], best[i][j + 1], best[i + 1][j])
    i, j, out = rows, columns, set()
    while i:
        if j and best[i][j] == best[i][j - 1]:
            j -= 1
        elif j and best[i][j] != best[i - 1][j]:
            i, j = i - 1, j - 1
        else:
            i -= 1
            out.add(i)
    return out


def likeness(first: str, second: str) -> float:
    """How much two texts are alike, between 0 and 1; their beginnings decide."""
    return difflib.SequenceMatcher(None, first[:_LONG], second[:_LONG], autojunk=False).ratio()

"""What a fix of a cell that does not parse may not take away: its lines, as text."""

from __future__ import annotations

import ast
import difflib
import re
from collections import Counter
from typing import List, Set, Tuple

from ...text import same_ends
from ..reading.source import nodes_of
from ..syntax.reading import code_end
from .kept import DELETED
from .statements import likeness

#: Of what the cell says, a repair of its syntax leaves at least this much.
_SHARE = 0.3
#: Lines that say nothing by themselves.
_WORDLESS = ("else", "try", "finally", "pass")
_WORD = re.compile(r"\w+")
_BLOCK = re.compile(r"[A-Za-z]{0,2}(?:\"{3}|\'{3})")


def lost_lines(code: str, tree: ast.Module, original: str) -> str:
    """Why ``code`` does not keep the lines of ``original``, which does not parse; empty where it does.

    Args:
        code: the candidate.
        tree: its syntax tree.
        original: the failing cell.
    """
    old = [line for line in _lines(original, set()) if line]
    new = [line for line in _lines(code, _commented_out(code, tree, original)) if line]
    count = Counter(new)
    count.subtract(old)
    old, new = _without_same_ends(old, new)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for _tag, start, end, first, last in matcher.get_opcodes():
        instead = new[first:last]
        gone = [line for line in old[start:end] if count[line] < 0]  # the others were moved
        if not all(_stays(line, instead) for line in gone):
            return DELETED
    return ""


def _without_same_ends(old: List[str], new: List[str]) -> Tuple[List[str], List[str]]:
    """Both without the lines with which they begin and end alike: comparing long cells costs the square of their lines."""
    start, end = same_ends(old, new)
    return old[start : len(old) - end], new[start : len(new) - end]


def _stays(line: str, instead: List[str]) -> bool:
    words = [word for word in _WORD.findall(line) if line.rstrip(" :") not in _WORDLESS]
    left = [word for other in instead for word in _WORD.findall(other)]
    kept = [word for word in words if word in left]
    return len(kept) >= _SHARE * len(words) or any(likeness(line, other) >= 0.5 for other in instead)


def _lines(source: str, without: Set[int]) -> List[str]:
    """The lines without their comments and indentation."""
    lines = source.split("\n")
    return ["" if number in without else line[: code_end(line)].strip() for number, line in enumerate(lines, 1)]


def _commented_out(code: str, tree: ast.Module, original: str) -> Set[int]:
    """Lines of strings of several lines that the original has not: code in them does not run."""
    texts = [node for node in nodes_of(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    new = [node for node in texts if node.end_lineno != node.lineno and str(node.value) not in original]
    # Texts side by side, a line each, are one text to the parser, and not what a line is hidden in.
    new = [node for node in new if _BLOCK.match(code.split("\n")[node.lineno - 1][node.col_offset :])]
    return {line for node in new for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}

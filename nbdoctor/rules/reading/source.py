"""The text of a cell: what it binds and reads, offsets, and edits that leave the rest as it is."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from functools import lru_cache
from typing import Any, List, Optional, Tuple

from ...protocol import Edit
from .cells import is_magic_line, parse, python_source
from .scopes import bound_names, free_names

__all__ = ["is_magic_line", "parse", "python_source"]  # re-exported; the rest is defined here


def tree_of(cell_source: str) -> Optional[ast.Module]:
    """The syntax tree of a cell's Python; None where there is none."""
    python = python_source(cell_source)
    return None if python is None else parse(python)


@lru_cache(maxsize=4)
def nodes_of(tree: ast.AST) -> Tuple[ast.AST, ...]:
    """All nodes of a tree, outermost first. Many ask for those of the same two trees."""
    return tuple(ast.walk(tree))


def compiles(cell_source: str) -> bool:
    """Whether the cell's Python is valid, as far as the compiler can tell (``return`` outside of a function is not)."""
    import warnings

    python = python_source(cell_source)
    if python is None:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(python, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    return True


def defined_names(cell_source: str) -> List[str]:
    """Names that a cell leaves bound at its top level, in order. Empty where the cell does not parse."""
    tree = tree_of(cell_source)
    return [] if tree is None else bound_names(tree)


def used_names(cell_source: str) -> List[str]:
    """Names that a cell needs from before: read before the cell binds them. Empty where it does not parse."""
    tree = tree_of(cell_source)
    return [] if tree is None else free_names(tree)


# ------------------------------------------------------------------ offsets


@lru_cache(maxsize=64)
def _offsets(source: str) -> Tuple[int, ...]:
    return (0, *(match.end() for match in re.finditer(r"\n", source)))


def line_offsets(source: str) -> List[int]:
    """The offset at which each line starts."""
    return list(_offsets(source))


def offset_of(source: str, line: int, column: int = 0) -> int:
    """The offset of a line (from 1) and a column in characters (from 0), kept within the text."""
    offsets = _offsets(source)
    start = offsets[min(max(line, 1), len(offsets)) - 1]
    return min(start + max(column, 0), len(source))


def line_of(source: str, offset: int) -> int:
    """The line, from 1, that holds an offset."""
    return bisect_right(_offsets(source), offset)


def line_text(source: str, line: int) -> str:
    """The text of a line, from 1, without its end; empty where there is no such line."""
    lines = source.split("\n")
    return lines[line - 1] if 0 < line <= len(lines) else ""


def span(source: str, node: Any) -> Tuple[int, int]:
    """Start and end offset of a node of the syntax tree; `ast` counts bytes of UTF-8, we count characters."""
    return (
        _char_offset(source, node.lineno, node.col_offset),
        _char_offset(source, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
    )


def _char_offset(source: str, line: int, byte_column: int) -> int:
    text = line_text(source, line)
    if not text.isascii():
        byte_column = len(text.encode("utf-8", "surrogatepass")[:byte_column].decode("utf-8", "replace"))
    return offset_of(source, line, byte_column)


def text_of(source: str, node: Any) -> str:
    """The source text of a node."""
    start, end = span(source, node)
    return source[start:end]


# ------------------------------------------------------------------ edits


def name_edits(cell_source: str, name: str, new: str, *, reads_only: bool = True) -> List[Edit]:
    """Edits that replace a variable everywhere in a cell: never an attribute, keyword or string of the same text.

    With ``reads_only`` nothing is offered where the cell itself binds the name.
    """
    tree = tree_of(cell_source)
    if tree is None:
        return []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name:
            if reads_only and not isinstance(node.ctx, ast.Load):
                return []
            start, end = span(cell_source, node)
            if cell_source[start:end] != name:  # positions inside f-strings are wrong before Python 3.12
                return []
            found.append(Edit(start, end, new))
    return sorted(found, key=lambda edit: edit.start)


def attribute_edit(cell_source: str, node: ast.Attribute, new: str) -> Optional[Edit]:
    """The edit that renames the attribute of a node."""
    _, end = span(cell_source, node)
    start = end - len(node.attr)
    return Edit(start, end, new) if cell_source[start:end] == node.attr else None


def keyword_edit(cell_source: str, node: ast.keyword, new: str) -> Optional[Edit]:
    """The edit that renames a keyword argument."""
    start, _ = span(cell_source, node)
    end = start + len(node.arg or "")
    return Edit(start, end, new) if cell_source[start:end] == node.arg else None


def argument_edit(cell_source: str, call: ast.Call, text: str) -> Optional[Edit]:
    """The edit that adds an argument at the end of a call; None where the call's end cannot be seen."""
    end = span(cell_source, call)[1] - 1
    before = cell_source[:end].rstrip()
    if cell_source[end : end + 1] != ")" or "#" in before.rpartition("\n")[2]:
        return None
    between = "" if not call.args and not call.keywords else " " if before.endswith(",") else ", "
    return Edit(end, end, f"{between}{text}")


def string_edit(cell_source: str, node: ast.Constant, new: str) -> Optional[Edit]:
    """The edit that changes what a string literal says, keeping its prefix and quotes."""
    start, end = span(cell_source, node)
    match = re.match(r"(?s)^([rR]?)(\"\"\"|'''|\"|')(.*)\2$", cell_source[start:end])
    if not match or match.group(3) != node.value or "\\" in new or "\n" in new or match.group(2)[0] in new:
        return None
    inner = start + match.start(3)
    return Edit(inner, inner + len(match.group(3)), new)


def _after(source: str, line: int) -> int:
    """Where the line after ``line`` begins; the end of the text where there is none."""
    offsets = _offsets(source)
    return offsets[line] if line < len(offsets) else len(source)


def import_line(cell_source: str) -> int:
    """Offset for an import: after a cell magic, a docstring and ``from __future__``, else at the top."""
    position = 0
    lines = cell_source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        position = _after(cell_source, first + 1)
    tree = tree_of(cell_source)
    for i, statement in enumerate(tree.body if tree else []):
        docstring = (
            i == 0 and isinstance(statement, ast.Expr) and isinstance(getattr(statement.value, "value", None), str)
        )
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not docstring and not future:
            break
        position = _after(cell_source, statement.end_lineno or statement.lineno)
    return position


def import_edit(cell_source: str, statement: str) -> Edit:
    """The edit that puts an import statement at the top of a cell."""
    position = import_line(cell_source)
    at_end = position == len(cell_source) and position > 0 and cell_source[position - 1] != "\n"
    return Edit(position, position, f"\n{statement}" if at_end else f"{statement}\n")

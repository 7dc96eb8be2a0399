"""A model's code made presentable: what it wraps around the code and the remarks it adds are taken off."""

from __future__ import annotations

import builtins
import io
import sys
import tokenize
from collections.abc import Collection

from ..llm.structured import fenced
from ..rules.reading.source import defined_names, python_source, tree_of, used_names


def tidy(code: str) -> str:
    """A model's code without the fence and the blank lines around it."""
    return fenced(code).strip("\n").rstrip()


def without_new_comments(code: str, original: str) -> str:
    """``code`` without the comments that ``original`` does not have: a model's ``# corrected line`` says nothing.

    Args:
        code: the candidate.
        original: the failing cell.

    Returns:
        The code; unchanged where it does not tokenize.
    """
    python = python_source(code)
    if python is None or "#" not in code:
        return code
    try:
        found = [t for t in tokenize.generate_tokens(io.StringIO(python).readline) if t.type == tokenize.COMMENT]
    except (tokenize.TokenError, SyntaxError):
        return code
    lines: list[str | None] = list(code.split("\n"))
    for token in found:
        if token.string.strip() not in original:
            row, column = token.start
            rest = (lines[row - 1] or "")[:column].rstrip()
            lines[row - 1] = rest or None
    return "\n".join(line for line in lines if line is not None)


def with_imports(code: str, original: str, known: Collection[str]) -> str:
    """``code`` with an import of each module of the standard library that it uses and the original does not: who is told to write
    ``ast.literal_eval`` needs ``import ast``.

    Args:
        code: the candidate.
        original: the failing cell.
        known: names that the kernel has.

    Returns:
        The code; unchanged where it does not parse, and where the whole cell belongs to a magic, which has to stand first.
    """
    if tree_of(code) is None or code.startswith("%%"):
        return code
    there = {*used_names(original), *defined_names(code), *known, *dir(builtins)}
    needed = sorted({name for name in used_names(code) if name in sys.stdlib_module_names} - there)
    return "".join(f"import {name}\n" for name in needed) + code

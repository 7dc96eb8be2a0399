"""May a failing cell be run again whole? It has half run: what it changed would be changed twice.

Running again is harmless as long as nothing that was there before is changed in a way that depends on how it was.
Objects that the cell itself made are made anew, so changing them does not count.
"""

from __future__ import annotations

import ast
from typing import Any, Collection, List, Optional

from ...protocol import Rerun
from .changes import Changes
from .source import line_text, parse, python_source

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def rerun(cell_source: str, failing_line: Optional[int], existing_names: Collection[str]) -> Rerun:
    """Return whether a cell that failed in ``failing_line`` may be run again.

    Parameters
    ----------
    cell_source : the cell's text.
    failing_line : the line of the cell that raised; None where nothing of it ran.
    existing_names : names that were bound before the cell ran.
    """
    if failing_line is None:
        return Rerun()
    python = python_source(cell_source)
    if python is None:
        first = cell_source.lstrip().split("\n", 1)[0]
        return Rerun(False, [f"The cell hands its text to `{first[:40]}`, which may have changed something already."])
    tree = parse(python)
    if tree is None:
        return Rerun()  # the parser refused it, nothing ran
    changes = Changes(cell_source, python, existing_names, tree)
    index = _failing_index(cell_source, tree, failing_line)
    for statement in tree.body[:index]:
        changes.statement(statement)
    before = len(changes.found)
    resume = None
    if index < len(tree.body):
        failing = tree.body[index]
        _half(failing, failing_line, changes)
        if len(changes.found) == before and not _shares_line(tree.body, index):
            resume = _first_line(failing)
    return Rerun(
        safe=not changes.found,
        reasons=[change.sentence for change in changes.found][:6],
        changed=list(dict.fromkeys(change.name for change in changes.found if change.name)),
        resume_line=resume,
    )


def _failing_index(source: str, tree: ast.Module, line: int) -> int:
    """Index of the top-level statement that failed; beyond the last where that cannot be told.

    Inside ``%%time`` Python counts no lines of the cell: everything may have run.
    """
    if source.lstrip().startswith("%%") and line_text(source, line).startswith("%%"):
        return len(tree.body)
    holding = [
        index
        for index, statement in enumerate(tree.body)
        if _first_line(statement) <= line <= (statement.end_lineno or statement.lineno)
    ]
    if holding:
        return holding[-1]  # of several on one line, those before may have run
    return next((i for i, statement in enumerate(tree.body) if statement.lineno > line), len(tree.body))


def _first_line(statement: Any) -> int:
    return int(min([statement.lineno, *(node.lineno for node in getattr(statement, "decorator_list", ()))]))


def _shares_line(body: List[ast.stmt], index: int) -> bool:
    return index > 0 and (body[index - 1].end_lineno or 0) >= _first_line(body[index])


def _half(statement: Any, line: int, changes: Changes) -> None:
    """Note the changes of the part of a failing statement that has run."""
    blocks = _blocks(statement)
    if not blocks or isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        changes.half_done(statement)
        return
    holder = next((i for i, block in enumerate(blocks) if _holds(block, line)), None)
    if holder is None:
        return  # the head failed: a condition, the iterable, a context manager
    changes.head(statement)
    if isinstance(statement, _LOOPS):
        # Earlier rounds may have run all of the body.
        for block in blocks[: holder + 1]:
            changes.block(block)
        return
    if isinstance(statement, ast.Try) or type(statement).__name__ == "TryStar":
        for block in blocks[:holder]:
            changes.block(block)
    for inner in blocks[holder]:
        if (inner.end_lineno or inner.lineno) < line:
            changes.statement(inner)
        else:
            _half(inner, line, changes)
            break


def _holds(block: List[Any], line: int) -> bool:
    return bool(block) and _first_line(block[0]) <= line <= (block[-1].end_lineno or block[-1].lineno)


def _blocks(statement: Any) -> List[List[Any]]:
    """The blocks of a compound statement, in the order in which they run."""
    found: List[List[Any]] = [statement.body] if isinstance(getattr(statement, "body", None), list) else []
    found += [handler.body for handler in getattr(statement, "handlers", ())]
    found += [case.body for case in getattr(statement, "cases", ())]
    for name in ("orelse", "finalbody"):
        block = getattr(statement, name, None)
        if block:
            found.append(block)
    return found

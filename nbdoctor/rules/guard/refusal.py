"""Why a fix is none. A refusal is a reason in words, to be read after "it was no good: "; it is empty where there is none."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from typing import Collection, List, Literal, Optional, Sequence, Tuple

from ...protocol import Action, Cell, Fix, RaisedError, Report
from ...text import apply_edits, same_ends
from ..reading.source import compiles, defined_names, line_text, python_source, tree_of
from .hiding import hidden
from .kept import removal
from .made_up import facts_of
from .unparsed import lost_lines

UNCHANGED = "it was the failing cell, unchanged"
INVALID = "it is not valid Python"
OTHER_CELL = "it changes another cell than the one that failed"

#: What the row of a table may allow a rule: to catch, silence or end, to put a value where none was, to remove.
Allowance = Literal["catches", "silences", "ends", "makes_up", "removes"]


@dataclass
class Granted(Fix):
    """A rule's raw fix that may do more, because the row of the table that it is made from says so."""

    allows: Tuple[Allowance, ...] = ()


def granted(fix: Fix, *allows: Allowance) -> Granted:
    """``fix``, with what the row of the table allows it. What a model proposes is allowed nothing."""
    return Granted(fix.id, fix.title, fix.actions, fix.origin, fix.by, fix.confidence, fix.verdict, allows)


def objection(fix: Fix, report: Report, notebook: Sequence[Cell] = ()) -> str:
    """Why a whole fix is not to be offered.

    Args:
        fix: with edits or with new sources.
        report: the error, with the failing cell.
        notebook: all cells; without them no other cell may be changed, and no name is known to be used nowhere.
    """
    reasons = (_objection(action, fix, report, notebook) for action in fix.actions)
    return next((reason for reason in reasons if reason), "") if fix.actions else "it does nothing"


def _objection(action: Action, fix: Fix, report: Report, notebook: Sequence[Cell]) -> str:
    error = report.errors[0] if report.errors else None
    if action.kind == "insert_cell":
        tree = tree_of(action.new_source or "")
        if tree is None or not compiles(action.new_source or ""):
            return INVALID
        return next((reason for _, reason in hidden(tree, _NOTHING, "", facts_of(error, tree))), "")
    if action.kind != "replace_cell":
        return ""
    cell: Optional[Cell] = report.cell
    if action.cell_id not in (None, report.cell.id):
        cell = next((c for c in notebook if c.id == action.cell_id), None) if fix.origin != "model" else None
        if cell is None:
            return OTHER_CELL
    assert cell is not None
    try:
        code = action.new_source if action.new_source is not None else apply_edits(cell.source, action.edits)
    except ValueError:
        return "its edits do not fit the cell"
    lines = failing_lines(error, cell.source, cell.id)
    allows = set(fix.allows) if isinstance(fix, Granted) and fix.origin == "rule" else set()
    if fix.origin == "rule" and fix.title.startswith("Remove") and _unused(code, cell, notebook):
        allows.add("removes")
    return refusal(code, cell.source, error, lines, allows)


def _unused(code: str, cell: Cell, notebook: Sequence[Cell]) -> bool:
    """Whether the cell binds names that ``code`` does not, and nothing in the notebook reads one of them."""
    gone = set(defined_names(cell.source)) - set(defined_names(code))
    others = [other.source for other in notebook if other.id != cell.id or (other is not cell and other.id is None)]
    used = {word for source in [code, *others] for word in re.findall(r"\w+", source)}
    return bool(gone and notebook) and not gone & used


def refusal(
    code: str,
    original: str,
    error: Optional[RaisedError] = None,
    lines: Collection[int] = (),
    allows: Collection[Allowance] = (),
) -> str:
    """Why a new text of a cell is no fix.

    Args:
        code: the new text, all of it.
        original: the failing cell.
        error: what it raised.
        lines: the lines of the failing cell that it came through; without them, no statement may be deleted.
        allows: what is allowed all the same.
    """
    if python_source(code) is None and python_source(original) is None:
        return UNCHANGED if code == original else ""  # a cell of another language is not ours to judge
    tree, old = tree_of(code), tree_of(original)
    if not code.strip() and "removes" not in allows:
        return "it was empty"
    if tree is None or not compiles(code):
        return INVALID
    if is_unchanged(code, original):
        return UNCHANGED
    facts = facts_of(error, tree)
    after, before = (tree, None) if old is None else _changed((code, tree), (original, old))
    reasons = [reason for allowance, reason in hidden(after, before, original, facts) if allowance not in allows]
    if reasons or "removes" in allows:
        return reasons[0] if reasons else ""
    # What the compiler refused (`return` at the top level) is not in the blocks that it belongs into.
    broken = old is None or (facts.error in ("SyntaxError", "IndentationError") and not compiles(original))
    reason = lost_lines(code, tree, original) if broken else ""
    if old is None or before is None or reason:
        return reason
    if any(isinstance(node, ast.Raise) for node in after.body):
        after, before = tree, old  # what comes after it does not run any more
    return removal(after.body, before.body, lines, facts, in_place=not broken)


def _changed(new: Tuple[str, ast.Module], old: Tuple[str, ast.Module]) -> Tuple[ast.Module, ast.Module]:
    """Both cells without the statements at the beginning and at the end that are the same: cells may be long."""
    after, before = _texts(*new), _texts(*old)
    start, tail = same_ends(before, after)
    bodies = [body[start : len(body) - tail] for body in (new[1].body, old[1].body)]
    return ast.Module(bodies[0], []), ast.Module(bodies[1], [])


def _texts(source: str, tree: ast.Module) -> List[str]:
    """The lines of every statement, and its column: two on one line have the same lines."""
    lines = source.split("\n")
    firsts = [min([n.lineno, *(part.lineno for part in getattr(n, "decorator_list", []))]) for n in tree.body]
    return [f"{n.col_offset} " + "\n".join(lines[i - 1 : n.end_lineno]) for n, i in zip(tree.body, firsts)]


_NOTHING = ast.Module([], [])


def is_unchanged(code: str, original: str) -> bool:
    """Whether two cells are the same but for white space and comments."""
    new, old = tree_of(code), tree_of(original)
    if new is not None and old is not None:
        after, before = _changed((code, new), (original, old))
        return ast.dump(after) == ast.dump(before) and magics(code) == magics(original)
    if (new is None) is not (old is None):
        return False  # white space is what was wrong
    return re.sub(r"#.*|\s+", "", code) == re.sub(r"#.*|\s+", "", original)


def magics(code: str) -> Counter[str]:
    """Lines that IPython handles: magics and shell commands."""
    python = (python_source(code) or "").split("\n")
    return Counter(line.strip() for line, plain in zip(code.split("\n"), python) if line != plain)


def failing_lines(error: Optional[RaisedError], source: str, cell_id: Optional[str] = None) -> List[int]:
    """The lines of a cell that an error came through, as far as its frames tell.

    Without the cell's id, frames count whose text is the line's. IPython takes leading blank lines away before it counts.
    """
    blank = len(source) - len(source.lstrip("\n"))
    found = []
    for frame in error.frames if error is not None else ():
        text = frame.source.strip()
        if (
            frame.where != "cell"
            or (cell_id is None and not text)
            or frame.cell_id not in (None, cell_id or frame.cell_id)
        ):
            continue
        lines = [line for line in (frame.line, frame.line + blank) if line_text(source, line).strip()]
        found += [line for line in lines if not text or line_text(source, line).strip().startswith(text[:200])][:1]
    return found

"""What a Fix does, step by step, and what a person is given to carry it out where nothing can do it for them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Union

from ..protocol import Action, Fix

#: A sentence, or the lines of a difference between two texts, each with its sign: ``-``, ``+`` or a blank.
Part = Union[str, List[str]]


def difference(old: str, new: str) -> List[str]:
    """The lines of a unified diff of two cell sources, without file names and places."""
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))[2:]
    return [line for line in lines if not line.startswith("@@")]


def parts(fix: Fix, old: str, others: Optional[Mapping[str, str]] = None) -> List[Part]:
    """What the fix does, in order. ``old``: the failing cell's text; ``others``: those of all cells, by cell id."""
    found: List[Part] = []
    for action in fix.actions:
        if action.kind == "replace_cell" and action.new_source is not None:
            before = (others or {}).get(action.cell_id or "", old)
            found.append(difference(before, action.new_source))
        elif action.kind == "insert_cell":
            found.append(difference("", action.new_source or ""))
        elif action.kind == "install":
            found.append(f"install {action.requirement} into the kernel's environment")
        elif action.kind == "run_cells" and action.cell_ids:
            found.append(f"run {len(action.cell_ids)} earlier cell{'s' if len(action.cell_ids) > 1 else ''} first")
        elif action.kind == "run_from":
            found.append(f"run the cell from line {action.line} on")
        elif action.kind == "restart_kernel":
            found.append("restart the kernel")
    return found


@dataclass
class Offer:
    """A text that carries a fix out when the person runs it, and what to do with it, in a sentence."""

    text: str
    how: str


def offer(fix: Fix) -> Optional[Offer]:
    """The text that carries the fix out when the user runs it; None where a plan is no matter of text."""
    by_kind: Dict[str, Action] = {action.kind: action for action in reversed(fix.actions)}
    if "install" in by_kind:
        text = f"%pip install {by_kind['install'].requirement}"
        return Offer(text, "Run this line in a new cell, then run the failing cell again.")
    replaced = by_kind.get("replace_cell") or by_kind.get("insert_cell")
    if replaced is None or replaced.new_source is None:
        return None
    start = by_kind.get("run_from")
    if start is not None and start.line is not None:
        rest = "\n".join(replaced.new_source.splitlines()[start.line - 1 :])
        return Offer(rest, "Run these lines in a new cell: what stands above them has been done already.")
    if replaced.kind == "insert_cell":
        return Offer(replaced.new_source, "Run this in a new cell above, then run the failing cell again.")
    return Offer(replaced.new_source, "Put this in place of the cell's text, then run the cell.")

"""A column or key that the failing line asks for: taken away by a cell that ran, or added by one that did not."""

from __future__ import annotations

import ast
from typing import List, Optional

from ...protocol import Edit, Executed, Finding, Fix
from ..base import Context, code, edit, finding
from ..reading.past import error_type, label
from ..reading.source import span, string_edit
from ..reading.words import sentence
from .items import INDEXED, Doing, added, made_fresh, taken
from .standing import SURE, State
from .wanted import Wanted

# ------------------------------------------------------------------ a column or key that was taken away


def item_taken(state: State) -> Optional[Finding]:
    """An item that a cell which ran has dropped, renamed, left out or made the index."""
    item = state.item
    if item is None or _is_there(state, item):
        return None
    for run in reversed(state.past.runs):
        if not run.source or item.name not in run.source:
            continue
        doing = taken(part_run(run), item.name, item.key)
        if doing is not None and _was_known(state, item, run):
            return _told_taken(state, item, run, doing)
        if run.ok and (made_fresh(run.source, item.name) or added(run.source, item.name, item.key)):
            return None
    return None


def _was_known(state: State, item: Wanted, run: Executed) -> bool:
    """Whether the item was there before: that ``df[['a', 'b']]`` leaves out what it does not name says nothing of it."""
    if item.key in run.source:
        return True
    earlier = [r for r in state.past.runs if r.ok and r not in state.past.since(run)]
    return any(repr(item.key) in r.source or f'"{item.key}"' in r.source for r in earlier)


def _told_taken(state: State, item: Wanted, run: Executed, doing: Doing) -> Finding:
    what = f"{code(item.key)} of {code(item.name)}"
    became = f" to {code(doing.new)}" if doing.new else ""
    if state.past.is_this_cell(run):
        line = code(doing.line)
        headline = f"This cell itself has {doing.verb} {what}{became} already, when it ran as {label(run)}: {line}."
        title = f"Make {code(item.name)} anew, then run this cell once"
        told = f"What it does to {code(item.name)} is done: go on with the next cell, or make {code(item.name)} anew first."
        return finding("ran_twice", headline, SURE, fixes=state.anew(item.name, title, 0.9), explanation=told)
    headline = f"{what} was {doing.verb}{became} by {label(run)}: {code(doing.line)}."
    index = state.index_of(run)
    above = index is not None and index < state.book.here
    fixes: List[Fix] = []
    if (above or state.context.cell.id is None) and doing.new:
        fixes = _use_new(state.context, item, doing.new)
    elif above and doing.verb == INDEXED:
        fixes = _out_of_index(state.context, item)
    elif not above:
        fixes = state.anew(item.name, f"Make {code(item.name)} anew, then run this cell", 0.85)
    where = "That cell stands further down in the notebook." if index is not None and not above else ""
    # A closest column, which another rule finds, says more than that all columns have got other names.
    sure = SURE if doing.new or doing.verb != "renamed" else 0.75
    return finding("changed_elsewhere", headline, sure, facts=[where], fixes=fixes)


def _use_new(context: Context, item: Wanted, new: str) -> List[Fix]:
    nodes = [n for n in context.nodes(ast.Constant) if isinstance(n, ast.Constant) and n.value == item.key]
    change = string_edit(context.source, nodes[0], new) if len(nodes) == 1 else None
    return edit(f"Write {code(repr(new))}", [change] if change is not None else [], 0.85)


def _out_of_index(context: Context, item: Wanted) -> List[Fix]:
    """``df['city']`` where ``city`` is the index: the column that it was."""
    start, end = context.failing_span() or (0, 0)
    reads = [
        n
        for n in context.nodes(ast.Subscript)
        if isinstance(n.ctx, ast.Load) and getattr(n.value, "id", "") == item.name
    ]
    owners = [n.value for n in reads if getattr(n.slice, "value", None) == item.key]
    if len(owners) != 1:
        return []
    _, position = span(context.source, owners[0])
    title = f"Have {code(item.key)} as a column again, for this line"
    return edit(title, [Edit(position, position, ".reset_index()")], 0.8) if start <= position <= end else []


def _is_there(state: State, item: Wanted) -> bool:
    """Whether the live object has the item after all: then the error is about something else."""
    if not state.context.namespace.live:
        return False
    look = state.context.namespace.look(item.name)
    return look is not None and repr(item.key) in look.keys


def part_run(run: Executed) -> str:
    """The text of an execution that failed, up to the line where it did; all of one that did not."""
    if run.ok or run.line is None:
        return run.source if run.ok else ""
    return "\n".join(run.source.split("\n")[: run.line - 1])


# ------------------------------------------------------------------ a column or key that is not there yet


def item_not_added(state: State) -> Optional[Finding]:
    """An item that a cell adds which was not run, failed, or ran before the variable was made anew."""
    item = state.item
    if item is None or _is_there(state, item):
        return None
    what = f"{code(item.key)} of {code(item.name)}"
    adder = next((r for r in reversed(state.past.runs) if r.ok and added(r.source, item.name, item.key)), None)
    if adder is not None and not state.past.is_this_cell(adder):
        fresh = next((r for r in state.past.since(adder) if r.ok and made_fresh(r.source, item.name)), None)
        if fresh is not None:
            line = code(added(adder.source, item.name, item.key))
            start, again = label(fresh), f"made {code(item.name)} anew after {label(adder)} had added {code(item.key)}"
            headline = f"{sentence(start)} {again}: {line}."
            return finding("made_anew", headline, SURE, fixes=_run_again(state, adder, item.name, 0.9))
    book = state.book
    cells = [i for i, cell in enumerate(book.cells) if i != book.here and added(cell.source, item.name, item.key)]
    above = [i for i in cells if i < book.here]
    index = above[-1] if above else (cells[0] if cells else None)
    if index is None or book.state(index) == "ran":
        return None
    line = code(added(book.cells[index].source, item.name, item.key))
    how = book.state(index)
    if how == "failed":
        run = book.run_of(index)
        error = f" with {error_type(run)}" if run is not None and run.error else ""
        headline = f"{what} is missing because {book.place(index)}, which adds it, failed{error}: {line}."
        return finding("cell_failed", headline, SURE)
    kind, was = ("cell_edited", "edited and not run since") if how == "edited" else ("cell_not_run", "not run")
    headline = f"{what} is added by a cell {book.direction(index)} that was {was}: {line}."
    plan = book.plan([], cells=[index])
    return finding(kind, headline, SURE, fixes=book.fixes(plan, "Run the cell that adds it", SURE))


def _run_again(state: State, run: Executed, name: str, confidence: float) -> List[Fix]:
    index = state.index_of(run)
    if index is None or index == state.book.here:
        return []
    plan = state.book.plan([], cells=[index])
    return state.book.fixes(plan, f"Run {label(run)}, which adds it to {code(name)}, again", confidence)

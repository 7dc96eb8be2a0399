"""A variable that is not what the cell expects: changed by this cell's own earlier run, by another cell, or made anew since.

The kernel tells what ran, the notebook how the cells stand. Both sides come to the same sentence: in the kernel without a
fix, where the notebook is known with the cells to run.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import Any, List, Optional, Tuple

from ...protocol import Executed, Finding, Fix
from ...text import digest
from ..base import CERTAIN, Context, code, edit, finding, short
from ..reading import effects
from ..reading.binding import binding_line, binds
from ..reading.past import Past, error_type, label
from ..reading.source import line_text, string_edit
from ..reading.words import sentence
from .book import Notebook, changes_of
from .items import Doing, added, made_fresh, root, taken
from .wanted import Wanted, wanted_item

_ERRORS = ("AttributeError", "TypeError", "KeyError", "ValueError", "IndexError", "NotFittedError", "InvalidIndexError")
# The same line ran before without an error: that is surer than what its message alone tells.
_SURE = 0.95
_LIKELY = 0.93


class _State:
    """The failing statement's variables, with what ran and how the cells stand."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.past, self.book = Past(context), Notebook(context)
        self.item: Optional[Wanted] = wanted_item(context)

    def variables(self) -> List[str]:
        """Variables of the failing expression that a cell made, the one that the error is about first."""
        found = [self.item.name] if self.item is not None else []
        subject = _subject(self.context.expression())
        inside = [*self.context.nodes(ast.Name), *_names_of(_failing_statement(self.context))]
        reads = [node.id for node in inside if isinstance(node.ctx, ast.Load)]
        ordered = dict.fromkeys([*found, *([subject] if subject else []), *reads])
        return [name for name in ordered if name and self.past.binders(name)]

    def anew(self, name: str, title: str, confidence: float) -> List[Fix]:
        """The fix that makes a variable anew by its cells, and runs this cell."""
        if not self.context.notebook or not self.book.live:
            return []
        plan = self.book.plan([name], anew=frozenset([name]))
        return self.book.fixes(plan, title, confidence)

    def index_of(self, run: Executed) -> Optional[int]:
        """Where the cell of an execution stands in the notebook."""
        if run.cell_id is None:
            return None
        return next((i for i, cell in enumerate(self.book.cells) if cell.id == run.cell_id), None)


def changed_state(context: Context) -> Optional[Finding]:
    """An error of a line whose variable is not what it was when the cell was written."""
    if not context.is_(*_ERRORS) or not context.report.live or context.frame() is None:
        return None
    state = _State(context)
    for look, seen_in_kernel in (
        (_item_taken, True),
        (_item_not_added, False),
        (_worked_before, True),
        (_set_further_down, False),
    ):
        found = look(state)
        if found is not None:
            return _settled(context, found, seen_in_kernel and not context.namespace.live)
    return None


def _settled(context: Context, found: Finding, was_seen: bool) -> Optional[Finding]:
    """On the notebook's side, the kernel's own sentence: it has seen the objects themselves. ``was_seen``: the kernel has
    come to it as well, or it is not so."""
    if context.namespace.live:
        return found
    said = next((f for f in context.report.findings if f.kind == found.kind), None)
    if said is None:
        return None if was_seen and context.report.findings else found
    return replace(found, headline=said.headline, facts=found.facts or said.facts)


# ------------------------------------------------------------------ a column or key that was taken away


def _item_taken(state: _State) -> Optional[Finding]:
    item = state.item
    if item is None or _is_there(state, item):
        return None
    for run in reversed(state.past.runs):
        if not run.source or item.name not in run.source:
            continue
        doing = taken(_part_run(run), item.name, item.key) if item.key in run.source else None
        if doing is not None:
            return _told_taken(state, item, run, doing)
        if run.ok and (made_fresh(run.source, item.name) or added(run.source, item.name, item.key)):
            return None
    return None


def _told_taken(state: _State, item: Wanted, run: Executed, doing: Doing) -> Finding:
    what = f"{code(item.key)} of {code(item.name)}"
    became = f" to {code(doing.new)}" if doing.new else ""
    if state.past.is_this_cell(run):
        line = code(doing.line)
        headline = f"This cell itself has {doing.verb} {what}{became} already, when it ran as {label(run)}: {line}."
        title = f"Make {code(item.name)} anew, then run this cell once"
        told = f"What it does to {code(item.name)} is done: go on with the next cell, or make {code(item.name)} anew first."
        return finding("ran_twice", headline, _SURE, fixes=state.anew(item.name, title, 0.9), explanation=told)
    headline = f"{what} was {doing.verb}{became} by {label(run)}: {code(doing.line)}."
    index = state.index_of(run)
    above = index is not None and index < state.book.here
    fixes: List[Fix] = []
    if (above or state.context.cell.id is None) and doing.new:
        fixes = _use_new(state.context, item, doing.new)
    elif not above:
        fixes = state.anew(item.name, f"Make {code(item.name)} anew, then run this cell", 0.85)
    where = "That cell stands further down in the notebook." if index is not None and not above else ""
    return finding("changed_elsewhere", headline, _SURE, facts=[where], fixes=fixes)


def _use_new(context: Context, item: Wanted, new: str) -> List[Fix]:
    nodes = [n for n in context.nodes(ast.Constant) if isinstance(n, ast.Constant) and n.value == item.key]
    change = string_edit(context.source, nodes[0], new) if len(nodes) == 1 else None
    return edit(f"Write {code(repr(new))}", [change] if change is not None else [], 0.85)


def _is_there(state: _State, item: Wanted) -> bool:
    """Whether the live object has the item after all: then the error is about something else."""
    if not state.context.namespace.live:
        return False
    look = state.context.namespace.look(item.name)
    return look is not None and repr(item.key) in look.keys


def _part_run(run: Executed) -> str:
    """The text of an execution that failed, up to the line where it did; all of one that did not."""
    if run.ok or run.line is None:
        return run.source if run.ok else ""
    return "\n".join(run.source.split("\n")[: run.line - 1])


# ------------------------------------------------------------------ a column or key that is not there yet


def _item_not_added(state: _State) -> Optional[Finding]:
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
            return finding("made_anew", headline, _SURE, fixes=_run_again(state, adder, item.name, 0.9))
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
        return finding("cell_failed", headline, _SURE)
    kind, was = ("cell_edited", "edited and not run since") if how == "edited" else ("cell_not_run", "not run")
    headline = f"{what} is added by a cell {book.direction(index)} that was {was}: {line}."
    plan = book.plan([], cells=[index])
    return finding(kind, headline, _SURE, fixes=book.fixes(plan, "Run the cell that adds it", _SURE))


def _run_again(state: _State, run: Executed, name: str, confidence: float) -> List[Fix]:
    index = state.index_of(run)
    if index is None or index == state.book.here:
        return []
    plan = state.book.plan([], cells=[index])
    return state.book.fixes(plan, f"Run {label(run)}, which adds it to {code(name)}, again", confidence)


# ------------------------------------------------------------------ the same line worked before


def _worked_before(state: _State) -> Optional[Finding]:
    """The failing line has run without error before: what its variables were then, they are not now."""
    before = _good_run(state)
    if before is None:
        return None
    since = state.past.since(before)
    ended = before.source.count("\n") + 2
    for name in state.variables():
        for run in reversed(since):
            if run.source and not state.past.is_this_cell(run) and _touches(run, name):
                return _other_value(state, name, run, before)
        itself = effects.rerun(before.source, ended, [name]).changed if _rebinds(before, name) else []
        if name in itself:
            return _itself(state, name, before)
    return None


def _good_run(state: _State) -> Optional[Executed]:
    """The last run of this cell that came past the failing line, with the same text."""
    line = state.context.line()
    text = line_text(state.context.source, line).strip()
    for run in reversed(state.past.of_this_cell()):
        same = run.digest == digest(state.context.source) or text in map(str.strip, run.source.split("\n"))
        if run.source and same and (run.ok or (run.line is not None and run.line > line)):
            return run
    return None


def _touches(run: Executed, name: str) -> bool:
    return (run.ok or run.line is not None) and (binds(_part_run(run), name) or changes_of(_part_run(run), name))


def _rebinds(run: Executed, name: str) -> bool:
    return name in run.source


def _itself(state: _State, name: str, before: Executed) -> Finding:
    reason = effects.rerun(before.source, before.source.count("\n") + 2, [name]).reasons
    number = re.match(r"Line (\d+)", reason[0]) if reason else None
    line = line_text(before.source, int(number.group(1))).strip() if number else ""
    headline = f"{code(name)} {_now(state, name)} since this cell itself ran, as {label(before)}: {code(line)}."
    told = f"The cell changes {code(name)} and cannot do it twice: go on with the next cell, or make {code(name)} anew first."
    fixes = state.anew(name, f"Make {code(name)} anew, then run this cell once", 0.85)
    return finding("ran_twice", headline, _SURE, facts=reason[:1], fixes=fixes, explanation=told)


def _now(state: _State, name: str) -> str:
    """What a variable is now, as far as it can be seen."""
    look = state.context.namespace.look(name) if state.context.namespace.live else None
    if look is None:
        return "is not what it was"
    return "is None" if look.type == "NoneType" else f"is {_article(look.type)} {code(look.type)}"


def _article(name: str) -> str:
    return "an" if name[:1].lower() in "aeiou" else "a"


def _other_value(state: _State, name: str, run: Executed, before: Executed) -> Finding:
    line = code(short(binding_line(run.source, name)) if binds(run.source, name) else _line_with(run.source, name))
    headline = (
        f"{code(name)} {_now(state, name)} since {label(run)}: {line}; this cell ran before that, as {label(before)}."
    )
    index = state.index_of(run)
    above = index is not None and index < state.book.here
    fixes = [] if above else state.anew(name, f"Make {code(name)} anew, then run this cell", 0.8)
    return finding("changed_elsewhere", headline, _SURE, fixes=fixes)


def _line_with(source: str, name: str) -> str:
    return next((line.strip() for line in source.split("\n") if name in line), "")


# ------------------------------------------------------------------ set by a cell further down


def _set_further_down(state: _State) -> Optional[Finding]:
    """The variable's last value comes from a cell below this one, though one above makes it as well."""
    book = state.book
    if book.here >= len(book.cells) or _has_an_edit(state.context):
        return None
    for name in state.variables()[:3]:
        run = state.past.last_bound(name)
        index = state.index_of(run) if run is not None else None
        above = book.definer(name)
        if run is None or index is None or above is None or not index > book.here > above:
            continue
        line = code(binding_line(run.source, name))
        headline = (
            f"{code(name)} comes from {label(run)}, further down in the notebook: {line}; this cell stands before it."
        )
        facts = [
            f"Above this cell, {book.place(above)} makes it: {code(binding_line(book.cells[above].source, name))}."
        ]
        fixes = state.anew(name, f"Make {code(name)} anew, then run this cell", 0.75)
        return finding("changed_elsewhere", headline, _LIKELY, facts=facts, fixes=fixes)
    return None


def _has_an_edit(context: Context) -> bool:
    """Whether the kernel's own rules would correct the cell's text: then the text is at fault, wherever the variable is from."""
    edits = [fix for found in context.report.findings if found.confidence >= CERTAIN for fix in found.fixes]
    return any(action.kind == "replace_cell" for fix in edits for action in fix.actions)


def _failing_statement(context: Context) -> Optional[ast.stmt]:
    """The simple statement that failed, or the head of the compound one."""
    tree, line = context.tree(), context.line()
    holding = [
        node
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return min(holding, key=lambda node: (node.end_lineno or node.lineno) - node.lineno, default=None)


def _names_of(statement: Optional[ast.stmt]) -> List[ast.Name]:
    return [n for n in ast.walk(statement) if isinstance(n, ast.Name)] if statement is not None else []


def _subject(expression: str) -> str:
    try:
        node = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return ""
    return root(node)


RULES: Tuple[Any, ...] = (changed_state,)

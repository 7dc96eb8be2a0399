"""A variable that is not what the cell expects: changed by this cell's own earlier run, by another cell, or made anew since.

The kernel tells what ran, the notebook how the cells stand. Both sides come to the same sentence: in the kernel without a
fix, where the notebook is known with the cells to run.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Optional, Tuple

from ...protocol import Executed, Finding
from ...text import digest
from ..base import CERTAIN, Context, code, finding, short
from ..reading import effects
from ..reading.binding import binding_line, binds
from ..reading.past import label
from ..reading.source import line_text
from .book import changes_of
from .gone import item_not_added, item_taken, part_run
from .standing import LIKELY, SURE, State

_ERRORS = ("AttributeError", "TypeError", "KeyError", "ValueError", "IndexError", "NotFittedError", "InvalidIndexError")


def changed_state(context: Context) -> Optional[Finding]:
    """An error of a line whose variable is not what it was when the cell was written."""
    if not context.is_(*_ERRORS) or not context.report.live or context.frame() is None:
        return None
    state = State(context)
    for look, seen_in_kernel in (
        (item_taken, True),
        (item_not_added, False),
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


# ------------------------------------------------------------------ the same line worked before


def _worked_before(state: State) -> Optional[Finding]:
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


def _good_run(state: State) -> Optional[Executed]:
    """The last run of this cell that came past the failing line, with the same text."""
    line = state.context.line()
    text = line_text(state.context.source, line).strip()
    for run in reversed(state.past.of_this_cell()):
        same = run.digest == digest(state.context.source) or text in map(str.strip, run.source.split("\n"))
        if run.source and same and (run.ok or (run.line is not None and run.line > line)):
            return run
    return None


def _touches(run: Executed, name: str) -> bool:
    return (run.ok or run.line is not None) and (binds(part_run(run), name) or changes_of(part_run(run), name))


def _rebinds(run: Executed, name: str) -> bool:
    return name in run.source


def _itself(state: State, name: str, before: Executed) -> Finding:
    reason = effects.rerun(before.source, before.source.count("\n") + 2, [name]).reasons
    number = re.match(r"Line (\d+)", reason[0]) if reason else None
    line = line_text(before.source, int(number.group(1))).strip() if number else ""
    headline = f"{code(name)} {_now(state, name)} since this cell itself ran, as {label(before)}: {code(line)}."
    told = f"The cell changes {code(name)} and cannot do it twice: go on with the next cell, or make {code(name)} anew first."
    fixes = state.anew(name, f"Make {code(name)} anew, then run this cell once", 0.85)
    return finding("ran_twice", headline, SURE, facts=reason[:1], fixes=fixes, explanation=told)


def _now(state: State, name: str) -> str:
    """What a variable is now, as far as it can be seen."""
    look = state.context.namespace.look(name) if state.context.namespace.live else None
    if look is None:
        return "is not what it was"
    return "is None" if look.type == "NoneType" else f"is {_article(look.type)} {code(look.type)}"


def _article(name: str) -> str:
    return "an" if name[:1].lower() in "aeiou" else "a"


def _other_value(state: State, name: str, run: Executed, before: Executed) -> Finding:
    line = code(short(binding_line(run.source, name)) if binds(run.source, name) else _line_with(run.source, name))
    headline = (
        f"{code(name)} {_now(state, name)} since {label(run)}: {line}; this cell ran before that, as {label(before)}."
    )
    index = state.index_of(run)
    above = index is not None and index < state.book.here
    fixes = [] if above else state.anew(name, f"Make {code(name)} anew, then run this cell", 0.8)
    return finding("changed_elsewhere", headline, SURE, fixes=fixes)


def _line_with(source: str, name: str) -> str:
    return next((line.strip() for line in source.split("\n") if name in line), "")


# ------------------------------------------------------------------ set by a cell further down


def _set_further_down(state: State) -> Optional[Finding]:
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
        return finding("changed_elsewhere", headline, LIKELY, facts=facts, fixes=fixes)
    return None


def _has_an_edit(context: Context) -> bool:
    """Whether the kernel's own rules would correct the cell's text: then the text is at fault, wherever the variable is from."""
    edits = [fix for found in context.report.findings if found.confidence >= CERTAIN for fix in found.fixes]
    return any(action.kind == "replace_cell" for fix in edits for action in fix.actions)


RULES: Tuple[Any, ...] = (changed_state,)

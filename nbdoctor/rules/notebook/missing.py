"""A name that another cell of the notebook makes: it was not run, failed, was edited, or deleted the name again."""

from __future__ import annotations

import re
import sys
from typing import Any, List, Optional, Sequence, Tuple

from ...protocol import Executed, Finding, Fix
from ..base import Context, code, edit, finding
from ..guard import granted
from ..reading.binding import binding_line, binds, branch_of, scripts, star_imports, surely_binds
from ..reading.past import Past, error_type, label, missed
from ..reading.scopes import BUILTINS
from ..reading.source import import_edit, line_text, text_of, tree_of, used_names
from ..reading.words import sentence
from .book import Notebook

_NAME = re.compile(r"name '([^']+)' is not defined")

# Surer than a guess at a typo, less sure than a name that differs in its case alone.
_SURE = 0.93
_PERHAPS = 0.55
# Without the notebook: what it knows comes before.
_ALONE = 0.88


class _Case:
    """One missing name, with what is known of the notebook and of what ran."""

    def __init__(self, context: Context, name: str) -> None:
        self.context, self.name = context, name
        self.book, self.past = Notebook(context), Past(context)

    def wanted(self) -> List[str]:
        """The missing name, and what else the failing cell needs and has not."""
        book = self.book
        return [self.name, *(book.missing(book.here) if book.here < len(book.cells) and book.live else [])]


def missing_name(context: Context) -> Optional[Finding]:
    """A name that another cell of the notebook makes, or made."""
    match = _NAME.search(context.message) if context.is_("NameError") else None
    frame = context.own_frame()
    if not match or (frame is not None and frame.where == "user"):
        return None
    case = _Case(context, context.detail("name") or match.group(1))
    gone = case.past.deleter(case.name)
    if gone is not None and case.past.meant_to_bind(case.name) is not None:
        return _deleted(case, gone)
    index = case.book.definer(case.name)
    if index is not None:
        return _of_cell(case, index)
    return _by_star(case) or _of_past(case)


def _of_cell(case: _Case, index: int) -> Finding:
    book, name = case.book, code(case.name)
    line, state = code(binding_line(book.cells[index].source, case.name)), book.state(index)
    if state == "failed":
        return _after_failure(case, index)
    if state == "ran":
        return _ran_without_it(case, index)
    place = book.direction(index)
    kind, headline = {
        "not_run": ("cell_not_run", f"{name} is defined in a cell {place} that was not run: {line}."),
        "edited": ("cell_edited", f"{name} is defined in a cell {place} that was edited and not run since: {line}."),
        "restarted": (
            "cell_not_run",
            f"{name} is defined in {book.place(index)}, which has not run since the kernel was restarted: {line}.",
        ),
    }[state]
    return _with_plan(case, kind, headline, _SURE)


def _with_plan(
    case: _Case, kind: str, headline: str, confidence: float, *, facts: Sequence[str] = (), explanation: str = ""
) -> Finding:
    """A finding with the fix that runs what is needed for the name."""
    book = case.book
    plan = book.plan(case.wanted())
    count = len(plan.cells)
    title = "Run the cell that defines it" if count == 1 else f"Run the {count} cells that this one needs"
    fixes = book.fixes(plan, title, confidence)
    told = list(facts)
    if plan.blocked is not None:
        told.append(f"{sentence(book.place(plan.blocked))}, which this needs, failed and has to be corrected first.")
    return finding(kind, headline, confidence, facts=[*told, *plan.repeats], fixes=fixes, explanation=explanation)


# ------------------------------------------------------------------ it failed


def _after_failure(case: _Case, index: int) -> Finding:
    """The defining cell failed: the first cause is what matters, not the last cell that it took down."""
    book = case.book
    facts: List[str] = []
    cause, run = index, book.run_of(index)
    for _ in range(10):
        lacking = missed(run) if run is not None else None
        if lacking is None or lacking in book.names:
            break
        before = book.definer(lacking, cause)
        if before is None or before == cause or book.state(before) == "ran":
            break
        facts.append(f"{sentence(book.place(cause))} failed for lack of {code(lacking)}.")
        cause, run = before, book.run_of(before)
        if book.state(before) != "failed":
            return _cause_not_run(case, cause, tuple(facts))
    assert run is not None
    told = f"{error_type(run)}: {run.error.partition(': ')[2]}" if run.error else ""
    return _with_plan(
        case,
        "cell_failed",
        _failed_headline(case.name, book.place(cause), run, book.cells[cause].source, bool(facts)),
        _SURE,
        facts=(*facts, f"{sentence(book.place(cause))} failed with {code(told)}." if told else ""),
        explanation=_what_to_do(book, cause, run),
    )


def _what_to_do(book: Notebook, cause: int, run: Executed) -> str:
    if error_type(run) == "KeyboardInterrupt":
        return "Run that cell to its end, then this one."
    if not book.is_blocked(cause):
        return "What that cell lacked is there now: run it again, then this one."
    return "Nothing is wrong with this cell. Correct that cell first and run it, then this one."


def _failed_headline(name: str, place: str, run: Executed, source: str, chain: bool) -> str:
    source = run.source or source
    line = line_text(source, run.line).strip() if run.line else ""
    shown = code(line or binding_line(source, name))
    what = error_type(run)
    how = "was interrupted" if what == "KeyboardInterrupt" else f"failed with {what}" if what else "failed"
    if chain:
        return f"{code(name)} is missing because of {place}, which {how} at {shown}."
    return f"{code(name)} is missing because {place}, which defines it, {how}: {shown}."


def _cause_not_run(case: _Case, cause: int, facts: Tuple[str, ...]) -> Finding:
    book = case.book
    state = "was edited and not run since" if book.state(cause) == "edited" else "was not run"
    first = next((line.strip() for line in book.cells[cause].source.split("\n") if line.strip()), "")
    headline = f"{code(case.name)} is missing because a cell {book.direction(cause)} {state}: {code(first)}."
    kind = "cell_edited" if book.state(cause) == "edited" else "cell_not_run"
    return _with_plan(case, kind, headline, _SURE, facts=facts)


# ------------------------------------------------------------------ it ran, and the name is not there


def _deleted(case: _Case, gone: Executed) -> Finding:
    name, sure = code(case.name), _SURE if case.context.notebook else _ALONE
    line = next((t.strip() for t in gone.source.split("\n") if case.name in t and "del" in t), "")
    line = line or next((t.strip() for t in gone.source.split("\n") if t.lstrip().startswith("%reset")), "")
    if case.past.is_this_cell(gone):
        headline = f"This cell itself deleted {name} when it ran before, as {label(gone)}."
        return _with_plan(case, "ran_twice", headline, sure)
    headline = f"{name} was deleted by {label(gone)}{': ' + code(line) if line else ''}."
    if case.book.definer(case.name) is None and case.context.notebook:
        return _of_past(case) or finding("name_deleted", headline, _ALONE)
    return _with_plan(case, "name_deleted", headline, sure)


def _ran_without_it(case: _Case, index: int) -> Finding:
    book, name = case.book, code(case.name)
    source = book.cells[index].source
    branch = branch_of(source, case.name)
    if branch is not None:
        loop = branch.startswith(("for ", "async for ", "while "))
        why = "a loop that did not run once" if loop else "a branch that was not taken"
        headline = f"{sentence(book.place(index))} gives {name} a value only in {why}: {code(branch)}."
        explanation = f"Give {name} a value before it as well, or see why {code(branch)} did not apply."
        return finding("branch_not_taken", headline, 0.85, explanation=explanation)
    line = code(binding_line(source, case.name))
    headline = f"{name} was defined by a cell {book.direction(index)}, and is gone again: {line}."
    return _with_plan(case, "name_deleted", headline, 0.7)


# ------------------------------------------------------------------ no cell defines it


def _by_star(case: _Case) -> Optional[Finding]:
    """A cell that was not run and takes over all names of a module or script."""
    book = case.book
    for index, cell in enumerate(book.cells):
        if index == book.here or book.state(index) == "ran":
            continue
        for module in star_imports(cell.source):
            has = _has(module, case.name)
            if has is False:
                continue
            sure = has is True
            comes = "comes with" if sure else "comes perhaps with"
            headline = (
                f"{code(case.name)} {comes} {code(f'from {module} import *')}, in a cell {book.direction(index)}"
                " that was not run."
            )
            return _by_cell(case, index, headline, _SURE if sure else _PERHAPS)
        for script in scripts(cell.source):
            headline = (
                f"{code(case.name)} comes perhaps from {code(script)}, which a cell {book.direction(index)} runs;"
                " that cell was not run."
            )
            return _by_cell(case, index, headline, _PERHAPS)
    return None


def _by_cell(case: _Case, index: int, headline: str, confidence: float) -> Finding:
    book = case.book
    plan = book.plan([case.name])
    plan.cells = sorted({*plan.cells, index})
    return finding(
        "cell_not_run", headline, confidence, fixes=book.fixes(plan, "Run the cell that brings it", confidence)
    )


def _has(module: str, name: str) -> Optional[bool]:
    """Whether a module of the standard library has a public name; None where that is not known without importing."""
    loaded = sys.modules.get(module)
    if loaded is None or module.partition(".")[0] not in getattr(sys, "stdlib_module_names", ()):
        return None
    return name in vars(loaded)


def _of_past(case: _Case) -> Optional[Finding]:
    """What only the history knows: the cell is not in the notebook any more, or there is no notebook to look at."""
    run = case.past.meant_to_bind(case.name)
    if run is None or (run.ok and not surely_binds(run.source, case.name)):
        return None
    name, line = code(case.name), code(binding_line(run.source, case.name))
    if not case.context.notebook:
        if run.ok:
            return None
        headline = _failed_headline(case.name, label(run), run, run.source, chain=False)
        return finding(
            "cell_failed", headline, _ALONE, facts=[f"{sentence(label(run))} failed with {code(run.error)}."]
        )
    if run.cell_id is not None and any(cell.id == run.cell_id for cell in case.book.cells):
        headline = f"{name} was made by {label(run)} as it stood then; the cell has been edited: {line}."
        told = "The cell makes it no more: use the name that it makes now, or put the line back."
        return finding("cell_edited", headline, 0.75, explanation=told)
    statement = _statement(case, run)
    fixes: List[Fix] = []
    if statement:
        change = import_edit(case.context.source, statement)
        # Not made up: it is what ran here before, word for word.
        fixes = [granted(f, "makes_up") for f in edit(f"Put {line} back, at the top of this cell", [change], 0.75)]
    how = "" if run.ok else f", which failed with {error_type(run)}" if error_type(run) else ", which failed"
    headline = f"{name} was defined by {label(run)}{how}, and that cell has been deleted: {line}."
    # Where the cell makes the name itself, further down, that is the likelier reason.
    sure = 0.7 if binds(case.context.source, case.name) else 0.9
    return finding("cell_deleted", headline, sure, facts=[f"Its text was {line}."], fixes=fixes)


def _statement(case: _Case, run: Executed) -> str:
    """The statement that made the name, where it can stand alone; empty where it cannot."""
    tree = tree_of(run.source)
    there = {*case.context.report.names, *BUILTINS}
    for node in reversed(tree.body if tree is not None else []):
        text = text_of(run.source, node)
        if binding_line(text, case.name) and case.name in text and surely_binds(text, case.name):
            from ..reading.source import defined_names

            alone = case.name in defined_names(text) and set(used_names(text)) <= there and len(text) <= 2_000
            if alone:
                return text
    return ""


def missing_name_in_history(context: Context) -> Optional[Finding]:
    """The same where no notebook is known: in a kernel by itself, what ran before tells."""
    return None if context.notebook else missing_name(context)


RULES: Tuple[Any, ...] = (missing_name,)

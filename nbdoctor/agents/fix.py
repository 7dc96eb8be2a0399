"""Third job: propose what to do. Each category has a specialist; each answer is constrained and then checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from ..errors import OutputInvalid, OutputTruncated
from ..llm import structured
from ..llm.budget import tokens
from ..llm.client import Message
from ..llm.structured import schema_of
from ..protocol import Action, Category, Cell, Edit, Fix, Verdict
from ..rules.base import code as quoted
from ..rules.diagnosis import materialise
from ..rules.guard.statements import likeness
from ..rules.imports.distributions import distribution_of
from ..rules.plan import plan, with_defining_cells
from ..rules.reading.source import defined_names, tree_of, used_names
from ..text import clip, first_sentence, same_ends
from ..tools.inquiry import defining_cells
from . import guard
from .case import Case
from .extract import extract
from .options import options
from .tidy import tidy, with_imports, without_new_comments

T = TypeVar("T")

#: Until a trial has said something else.
NOT_CHECKED = "a model proposed this, and it was not run"
_NONE = "none"
#: The answer that none of the options is right, and the share from which an option is tried besides the chosen one.
_NO_OPTION, _LIKELY = "0", 0.15
#: Tokens of a cell above which a model is not made to write all of it again, but the failing statement alone.
_WHOLE_CELL = 700


@dataclass
class WholeCell:
    """Answer: the corrected cell. The title comes first, so that the model says what it will do before it does it."""

    title: str
    code: str


@dataclass
class OneStatement:
    """Answer: the failing statement, corrected."""

    title: str
    statement: str


@dataclass
class Cells:
    """Answer: numbers of cells."""

    cells: list[str]


@dataclass
class Distribution:
    """Answer: the name of a distribution."""

    distribution: str


Specialist = Callable[[Case], Awaitable[list[Fix]]]


async def edit_cell(case: Case) -> list[Fix]:
    """Specialist of ``python``: an edit of the cell. First the narrow question, which of the ways that exist was meant; then the
    wide one, the cell anew. Asked a second time, differently, where nothing was acceptable.

    Raises:
        ModelError: where no usable answer comes.
    """
    fixes = await _chosen(case)
    if fixes:
        return fixes
    reason = "the cell is long"
    known = case.context.failure is not None
    if tokens(case.cell.source) <= _WHOLE_CELL or not known:
        try:
            fixes, reason = await _whole_cell(case)
        except (OutputTruncated, OutputInvalid):
            if not known:
                raise
            reason = "it did not have the asked form"
    return fixes if fixes or not known else await _one_statement(case, reason)


async def edit_again(case: Case, problem: str) -> list[Fix]:
    """Another edit of the failing line, after ``problem`` with the first; none where it is not known which line failed.

    Raises:
        ModelError: where no usable answer comes.
    """
    return await _one_statement(case, problem) if case.context.failure is not None else []


async def _chosen(case: Case) -> list[Fix]:
    """The ways to write the failing statement that the model finds right, the likeliest first; none where it finds none."""
    ways = {str(number): way for number, way in enumerate(await options(case), 1)}
    if not ways:
        return []
    listed = "\n".join(f"{number}: {way.statement}" for number, way in ways.items())
    messages = case.messages("options", line=case.failing_text, options=listed)
    try:
        chosen = await structured.choose(case.client("options"), messages, [*ways, _NO_OPTION])
    except (OutputTruncated, OutputInvalid):
        return []  # the wide question is left
    if chosen.label == _NO_OPTION:
        return []
    shares = chosen.probabilities
    likely = sorted((label for label in ways if shares.get(label, 0.0) >= _LIKELY), key=lambda label: -shares[label])
    best = list(dict.fromkeys([chosen.label, *likely]))[: max(2, case.settings.candidates)]
    return _accept(case, "options", [(f"Write {quoted(ways[x].statement)}", ways[x].code) for x in best])[0]


async def _whole_cell(case: Case) -> tuple[list[Fix], str]:
    count = case.settings.candidates
    heat = 0.4 if count > 1 else 0.0
    messages = case.messages("python", line=case.failing_text)
    answers = await _ask(case, "python", messages, WholeCell, n=count, max_tokens=_room(case), temperature=heat)
    return _accept(
        case, "python", [(_title(a.title), _completed(case, case.context.mask.reveal(tidy(a.code)))) for a in answers]
    )


async def _one_statement(case: Case, reason: str) -> list[Fix]:
    messages, count = case.messages("again", line=case.failing_text, problem=f"{reason}."), case.settings.candidates
    room = min(_room(case), 400)
    answers = await _ask(case, "again", messages, OneStatement, n=count, max_tokens=room, temperature=0.7)
    return _accept(case, "again", [(_title(a.title), _spliced(case, a.statement)) for a in answers])[0]


async def ask_for_less(case: Case) -> list[Fix]:
    """Specialist of ``infra``: an edit that asks the machine for less, or nothing.

    Raises:
        ModelError: where no usable answer comes.
    """
    messages = case.messages("infra", line=case.failing_text)
    answers = await _ask(case, "infra", messages, WholeCell, max_tokens=_room(case))
    return _accept(case, "infra", [(_title(a.title), case.context.mask.reveal(tidy(a.code))) for a in answers])[0]


async def run_cells(case: Case) -> list[Fix]:
    """Specialist of ``notebook``: which of the cells that could help are to run first.

    Raises:
        ModelError: where no usable answer comes.
    """
    options = _cell_options(case)
    if not options:
        return []
    numbers = {str(number): cell for number, cell in enumerate(options, 1)}
    listed = "\n\n".join(f"cell {number}:\n{clip(cell.source, 300)}" for number, cell in numbers.items())
    schema = schema_of(Cells)
    # Where a cell defines the very name that is missing, "none" would be wrong, and is not offered.
    choices = list(numbers) if _defines_the_missing_name(case, options) else [*numbers, _NONE]
    schema["properties"] = {
        "cells": {"type": "array", "items": {"enum": choices}, "minItems": 1, "maxItems": len(numbers)}
    }
    messages = case.messages("notebook", cells=listed)
    answer = (await _ask(case, "notebook", messages, Cells, schema=schema, max_tokens=60))[0]
    chosen = [cell for number, cell in numbers.items() if number in answer.cells]
    if not chosen:
        return []
    title = (
        "Run the cell that is needed first"
        if len(chosen) == 1
        else f"Run the {len(chosen)} cells that are needed first"
    )
    action = Action("run_cells", cell_ids=[cell.id for cell in chosen if cell.id])
    return _planned(case, "notebook", title, action, 0.5)


async def install(case: Case) -> list[Fix]:
    """Specialist of ``dependency``: which of the known distributions is to be installed. Names are never free text.

    Raises:
        ModelError: where no usable answer comes.
    """
    options = _distributions(case)
    if not options:
        return []
    schema = schema_of(Distribution)
    schema["properties"] = {"distribution": {"enum": [*options, _NONE]}}
    messages = case.messages("dependency", distributions="\n".join(f"- {name}" for name in options))
    answer = (await _ask(case, "dependency", messages, Distribution, schema=schema, max_tokens=40))[0]
    if answer.distribution not in options:
        return []
    action = Action("install", requirement=answer.distribution)
    return _planned(case, "dependency", f"Install {answer.distribution}", action, 0.5)


SPECIALISTS: dict[Category, Specialist] = {
    "python": edit_cell,
    "notebook": run_cells,
    "dependency": install,
    "infra": ask_for_less,
}


async def _ask(case: Case, job: str, messages: list[Message], form: type[T], **options: Any) -> list[T]:
    """`structured.ask`, of the job's own model, with `extract` at hand."""
    return await structured.ask(case.client(job), messages, form, extract=partial(extract, case), **options)


def _room(case: Case) -> int:
    return 2 * tokens(case.context.variables["cell"]) + 160


def _spliced(case: Case, statement: str) -> str:
    """The cell with the failing statement replaced, at its own indentation."""
    failure = case.context.failure
    assert failure is not None
    lines = case.cell.source.split("\n")
    old = lines[failure.first - 1]
    indent = old[: len(old) - len(old.lstrip())]
    new = case.context.mask.reveal(tidy(statement)).strip().split("\n")
    lines[failure.first - 1 : failure.last] = [indent + line for line in new]
    return "\n".join(lines)


def _completed(case: Case, code: str) -> str:
    """The whole cell, where a small model was asked for it and wrote the failing statement alone."""
    tree, old = tree_of(code), tree_of(case.cell.source)
    if tree is None or old is None or len(tree.body) != 1 or len(old.body) < 2:
        return code
    alike = likeness(code, case.failing_text) > max(likeness(code, case.cell.source), 0.5)
    return _spliced(case, code) if alike and case.context.failure is not None else code


def _accept(case: Case, job: str, candidates: list[tuple[str, str]]) -> tuple[list[Fix], str]:
    """The candidates that the guard lets through, those that several answers agree on first; and why not the others."""
    error = case.report.errors[0] if case.report.errors else None
    votes: Counter[str] = Counter()
    titles: dict[str, str] = {}
    problem = ""
    for title, written in candidates:
        code = without_new_comments(written, case.cell.source)
        code = with_imports(code, case.cell.source, case.report.names)
        reason = guard.refusal(code, case.cell.source, error, case.context.failure)
        if reason:
            problem = problem or reason
            continue
        same = next((known for known in titles if guard.is_unchanged(code, known)), code)
        votes[same] += 1
        titles.setdefault(same, title)
    fixes: list[Fix] = []
    for code, count in votes.most_common():
        action = Action("replace_cell", edits=[_edit(case.cell.source, code)])
        fixes += _planned(case, job, titles[code], action, 0.3 + 0.3 * count / len(candidates))
    return fixes, problem


def _edit(old: str, new: str) -> Edit:
    """The one edit that turns ``old`` into ``new``, without their common beginning and end."""
    start, tail = same_ends(old, new)
    return Edit(start, len(old) - tail, new[start : len(new) - tail])


def _title(text: str) -> str:
    title = re.sub(r"[`*#]", "", first_sentence(text)).strip(" .") or "Change the failing line"
    return clip(title[:1].upper() + title[1:], 90)


def _planned(case: Case, job: str, title: str, action: Action, confidence: float) -> list[Fix]:
    fix = Fix("", title, [action], "model", case.client(job).model, confidence, Verdict("not_tried", NOT_CHECKED))
    plans = with_defining_cells(plan(fix, case.report.rerun, case.cell.source), case.report, case.notebook)
    return [found for found in (materialise(one, case.cell.source) for one in plans) if found is not None]


def _cell_options(case: Case) -> list[Cell]:
    """Cells that bind a name which the failing cell uses and the kernel does not have, in the notebook's order."""
    error = case.report.errors[0] if case.report.errors else None
    missing = [error.details["name"]] if error and error.details.get("name") else []
    missing += [name for name in used_names(case.cell.source) if name not in case.report.names and name not in missing]
    wanted = [c for name in missing for c in defining_cells(name, case.cell, case.notebook) if c.id]
    return [cell for cell in case.notebook if any(cell is one for one in wanted)][:9]


def _defines_the_missing_name(case: Case, options: list[Cell]) -> bool:
    missing = case.report.errors[0].details.get("name") if case.report.errors else None
    return bool(missing) and any(missing in defined_names(cell.source) for cell in options)


def _distributions(case: Case) -> list[str]:
    """Distributions that rules or tables know to provide what is missing."""
    actions = (action for finding in case.findings for fix in finding.fixes for action in fix.actions)
    found = [action.requirement for action in actions if action.kind == "install" and action.requirement]
    name = case.report.errors[0].details.get("name", "") if case.report.errors else ""
    provider = distribution_of(name) or distribution_of(name.partition(".")[0])
    if provider:
        found.append(provider)
    return list(dict.fromkeys(found))

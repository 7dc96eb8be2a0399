"""What a model is told about an error: the report as text, cut to the facts about the failing expression."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..llm.budget import Section, fit
from ..protocol import Cell, RaisedError, Report
from ..rules.reading.source import defined_names, line_text, python_source, text_of, tree_of, used_names
from ..text import clip, digest, plain
from ..tools.inquiry import Failure, Inquiry, in_cell, line_in
from .mask import Mask

_MESSAGE = 1500
#: Characters of what the person tells the model, at most.
MAX_REMARK = 1000
_NOTHING = "(none)"


@dataclass
class Context:
    """The report for prompts. ``variables`` are safe to send; ``mask`` turns answers back; ``failure`` is None
    where it is not known which line of the cell failed."""

    variables: dict[str, str]
    mask: Mask
    failure: Failure | None


def build(inquiry: Inquiry, facts: Sequence[str], *, room: int, remark: str = "") -> Context:
    """Turn a report into the variables of the prompts.

    Args:
        inquiry: the error.
        facts: what the tools say of it.
        room: characters that the variables may have together.
        remark: what the person tells the model; where there is none, there is no such variable.

    Returns:
        The context, without secrets and within ``room``.
    """
    mask, report, cell = Mask(), inquiry.report, inquiry.cell
    source = mask.hide(cell.source)  # first, so that its secrets are found whole
    error = "\n".join(_error_lines(report.errors)) or _NOTHING
    sections = [
        Section("earlier", mask.hide("\n".join(earlier(cell, inquiry.notebook, inquiry.failure))), 0),
        Section("facts", mask.hide("\n".join(f"- {fact}" for fact in facts)), 1, 300),
        Section("traceback", mask.hide("\n".join(_traceback(report, cell))), 2, 300),
        Section("error", mask.hide(error), 3, 300),
        Section("cell", source, 4, 1000),
    ]
    # Masked before it is cut, so that its secrets are found whole; of one that is far longer nothing else is kept.
    if said := clip(mask.hide(plain(remark, 4 * MAX_REMARK).strip()), MAX_REMARK):
        sections.append(Section("remark", said, 5, MAX_REMARK))
    variables = {name: text or _NOTHING for name, text in fit(sections, room).items()}
    return Context(variables, mask, inquiry.failure)


def _error_lines(errors: Sequence[RaisedError]) -> Iterator[str]:
    relations = {"cause": "caused by ", "context": "raised while handling ", "member": "containing "}
    for error in errors[:3]:
        yield f"{relations.get(error.relation, '')}{error.name}: {plain(error.message, _MESSAGE)}"
        yield from (plain(note, 300) for note in error.notes[:3])


def _traceback(report: Report, cell: Cell) -> Iterator[str]:
    """The user's frames, and the library function in which it ended; the text of the cell's lines is the cell's own."""
    frames = report.errors[0].frames if report.errors else []
    mine = [frame for frame in frames if frame.where != "library"]
    for frame in mine[-6:]:
        place = "the cell" if in_cell(frame, cell) else "another cell" if frame.where == "cell" else frame.file
        text = line_text(cell.source, line_in(frame, cell.source)) if in_cell(frame, cell) else frame.source
        mark = "  <-- the error comes from here" if frame is mine[-1] else ""
        yield f"line {frame.line} of {place}: {clip(text.strip(), 300)}{mark}"
    if frames and frames[-1].where == "library":
        yield f"raised in {frames[-1].function} of {_module(frames[-1].file)}"


def _module(file: str) -> str:
    parts = re.split(r"[\\/]", file)
    return "/".join(parts[parts.index("site-packages") + 1 :] if "site-packages" in parts else parts[-2:])


def earlier(cell: Cell, notebook: Sequence[Cell], failure: Failure | None) -> Iterator[str]:
    """The statements of earlier cells that bound the names which the failing cell uses: not a window, a slice.

    Args:
        cell: the failing cell.
        notebook: all cells, in order.
        failure: names of the failing statement are looked for first.
    """
    failing = re.findall(r"[^\W\d]\w*", failure.text(cell.source)) if failure else []
    used = used_names(cell.source) or failing
    wanted = [name for name in used if name in failing] + [name for name in used if name not in failing]
    before = _before(cell, notebook)
    found: dict[tuple[int, int], str] = {}
    for depth in (1, 2):
        needed: list[str] = []
        for name in wanted[:12]:
            place = _binding(name, before)
            if place is not None and place[:2] not in found:
                found[place[:2]] = place[2]
                needed += used_names(place[2])
        wanted = needed if depth == 1 else []
    yield from (clip(found[place], 600) for place in sorted(found))


def _before(cell: Cell, notebook: Sequence[Cell]) -> list[Cell]:
    code = [c for c in notebook if c.kind == "code"]
    position = next((i for i, c in enumerate(code) if c.id is not None and c.id == cell.id), len(code))
    return code[:position]


def _binding(name: str, cells: Sequence[Cell]) -> tuple[int, int, str] | None:
    """The last statement that binds ``name``: number of its cell, its line, its text."""
    for number in range(len(cells) - 1, -1, -1):
        source = cells[number].source
        if name not in source or name not in defined_names(source):
            continue
        python, tree = python_source(source) or "", tree_of(source)
        for statement in reversed(tree.body if tree else []):
            text = text_of(python, statement)
            if name in defined_names(text):
                return number, statement.lineno, text
    return None


def ran_digest(report: Report, cell: Cell) -> str | None:
    """The digest of the source that failed, where the kernel said which."""
    runs = [run for run in report.history if run.cell_id is not None and run.cell_id == cell.id]
    return runs[-1].digest if runs and not runs[-1].ok else None


def is_current(report: Report, cell: Cell) -> bool:
    """Whether ``cell`` is still what ran; true where that is not known."""
    ran = ran_digest(report, cell)
    return ran is None or ran == digest(cell.source)

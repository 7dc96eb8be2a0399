"""What a model is told about an error: the report as text, cut to the facts about the failing expression."""

from __future__ import annotations

import ast
import difflib
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..llm.budget import Section, fit
from ..protocol import Cell, Finding, Frame, RaisedError, Report
from ..rules.reading.source import defined_names, line_text, python_source, text_of, tree_of, used_names
from ..text import clip, digest, plain
from .mask import Mask

_MESSAGE = 1500
_NOTHING = "(none)"


@dataclass
class Failure:
    """Where the cell failed: the line, counted from 1, and the statement of the cell that it belongs to
    (lines ``first`` to ``last``, both included)."""

    line: int
    first: int
    last: int

    def text(self, source: str) -> str:
        """The failing statement's lines."""
        return "\n".join(source.split("\n")[self.first - 1 : self.last])


@dataclass
class Context:
    """The report for prompts. ``variables`` are safe to send; ``mask`` turns answers back; ``failure`` is None
    where it is not known which line of the cell failed."""

    variables: dict[str, str]
    mask: Mask
    failure: Failure | None


def build(report: Report, cell: Cell, notebook: Sequence[Cell], findings: Sequence[Finding], *, room: int) -> Context:
    """Turn a report into the variables of the prompts.

    Args:
        report: the error.
        cell: the failing cell, with its authentic text.
        notebook: all cells, in order.
        findings: what the rules concluded.
        room: characters that the variables may have together.

    Returns:
        The context, without secrets and within ``room``.
    """
    mask = Mask()
    source = mask.hide(cell.source)  # first, so that its secrets are found whole
    failure = find_failure(report, cell)
    error = "\n".join(_error_lines(report.errors)) or _NOTHING
    sections = [
        Section("earlier", mask.hide("\n".join(earlier(cell, notebook, failure))), 0),
        Section("facts", mask.hide("\n".join(f"- {f}" for f in facts(report, cell, notebook, findings))), 1, 300),
        Section("traceback", mask.hide("\n".join(_traceback(report, cell))), 2, 300),
        Section("error", mask.hide(error), 3, 300),
        Section("cell", source, 4, 1000),
    ]
    variables = {name: text or _NOTHING for name, text in fit(sections, room).items()}
    return Context(variables, mask, failure)


def find_failure(report: Report, cell: Cell) -> Failure | None:
    """Where in the cell the error was raised, or passed through last."""
    frames = [frame for error in report.errors[:1] for frame in error.frames if _in_cell(frame, cell)]
    count = cell.source.count("\n") + 1
    if not frames or not 1 <= frames[-1].line <= count:
        return Failure(1, 1, 1) if count == 1 else None
    line = _line(frames[-1], cell.source)
    tree = tree_of(cell.source)
    inner = [n for n in ast.walk(tree) if isinstance(n, ast.stmt) and _covers(n, line)] if tree else []
    simple = [n for n in inner if not hasattr(n, "body")]
    if not simple:  # a syntax error, or the head of a block
        return Failure(line, line, line)
    statement = min(simple, key=lambda n: (n.end_lineno or n.lineno) - n.lineno)
    return Failure(line, statement.lineno, statement.end_lineno or statement.lineno)


def _line(frame: Frame, source: str) -> int:
    # IPython takes leading blank lines away before it counts; the frame's own text decides.
    blank = len(source) - len(source.lstrip("\n"))
    same = (n for n in (frame.line, frame.line + blank) if line_text(source, n).strip() == frame.source.strip())
    return next(same, frame.line)


def _covers(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _in_cell(frame: Frame, cell: Cell) -> bool:
    return frame.where == "cell" and frame.cell_id in (None, cell.id)


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
        place = "the cell" if _in_cell(frame, cell) else "another cell" if frame.where == "cell" else frame.file
        text = line_text(cell.source, _line(frame, cell.source)) if _in_cell(frame, cell) else frame.source
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


def facts(report: Report, cell: Cell, notebook: Sequence[Cell], findings: Sequence[Finding]) -> Iterator[str]:
    """What is known about the failing expression, a sentence each."""
    for finding in findings[:2]:
        yield from (finding.headline, *finding.facts[:6])
    if not report.errors:
        return
    error = report.errors[0]
    if expression := error.details.get("expression"):
        yield f"The failing expression is: {clip(expression, 200)}"
    if kind := error.details.get("object_type"):
        yield f"The object there is of the type {kind}."
    if not findings:
        yield from _name_facts(report, cell, notebook, error)
    yield from _syntax_facts(cell, error)
    yield from (f"The installed version of {name} is {version}." for name, version in _versions(report, cell))


def _name_facts(report: Report, cell: Cell, notebook: Sequence[Cell], error: RaisedError) -> Iterator[str]:
    name = error.details.get("name") or next(iter(re.findall(r"name '(\w+)' is not defined", error.message)), "")
    if error.name in ("NameError", "UnboundLocalError") and name:
        where = defining_cells(name, cell, notebook)
        if where:
            ran = {run.cell_id for run in report.history if run.ok}
            state = "was run" if any(c.id in ran for c in where) else "was not run in this session"
            yield f"Another cell of this notebook defines {name}; that cell {state}."
        elif notebook:
            yield f"No other cell of this notebook defines {name}."
        close = difflib.get_close_matches(name, report.names, n=2, cutoff=0.75)
        if close and not where:
            yield f"Existing variables with a similar name: {', '.join(close)}."
    if error.name == "ModuleNotFoundError" and name:
        standard = name.partition(".")[0] in sys.stdlib_module_names
        yield f"{name} is {'' if standard else 'not '}part of Python's standard library."


def defining_cells(name: str, cell: Cell, notebook: Sequence[Cell]) -> list[Cell]:
    """The other code cells that bind ``name`` at their top level."""
    others = [c for c in notebook if c.kind == "code" and (c.id is None or c.id != cell.id)]
    return [c for c in others if name in c.source and name in defined_names(c.source)]


def _syntax_facts(cell: Cell, error: RaisedError) -> Iterator[str]:
    if error.name in ("SyntaxError", "IndentationError", "TabError") and error.frames:
        frame = error.frames[-1]
        text = line_text(cell.source, _line(frame, cell.source))
        yield f"Python stopped reading in line {frame.line}: {clip(text.strip(), 200)}"
        if frame.column is not None and 0 <= frame.column < len(text):
            yield f"It stopped at: {clip(text[frame.column :].strip(), 60)}"


def _versions(report: Report, cell: Cell) -> list[tuple[str, str]]:
    """Versions of the libraries that the error passed through or the cell names."""
    frames = report.errors[0].frames if report.errors else []
    text = " ".join([cell.source, *(f.file for f in frames), *(e.message for e in report.errors)])
    kind = report.errors[0].details.get("object_type", "")
    words = set(re.findall(r"[A-Za-z]\w*", f"{text} {kind}"))
    return [(n, v) for n, v in report.versions.items() if n.replace("-", "_") in words or n in words][:4]


def ran_digest(report: Report, cell: Cell) -> str | None:
    """The digest of the source that failed, where the kernel said which."""
    runs = [run for run in report.history if run.cell_id is not None and run.cell_id == cell.id]
    return runs[-1].digest if runs and not runs[-1].ok else None


def is_current(report: Report, cell: Cell) -> bool:
    """Whether ``cell`` is still what ran; true where that is not known."""
    ran = ran_digest(report, cell)
    return ran is None or ran == digest(cell.source)

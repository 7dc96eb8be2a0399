"""What every rule works with: the failing place, sentences, closest names, and findings."""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, List, Optional, Sequence, Tuple

from ..protocol import Action, Cell, Edit, Finding, Fix, Frame, Namespace, RaisedError, Report
from . import tables
from .reading.source import line_of, line_text, offset_of, span, text_of, tree_of

#: Below this confidence a sentence says that it is a guess.
CERTAIN = 0.6

Rule = Callable[["Context"], Optional[Finding]]


@dataclass
class Context:
    """One failure, as a rule sees it. ``error`` is what the user saw: the first of the Report's errors."""

    report: Report
    namespace: Namespace
    notebook: Sequence[Cell] = ()
    error: RaisedError = field(init=False)
    cell: Cell = field(init=False)

    def __post_init__(self) -> None:
        self.error = self.report.errors[0]
        self.cell = self.report.cell

    @property
    def source(self) -> str:
        """The text of the failing cell."""
        return self.cell.source

    @property
    def message(self) -> str:
        """What the exception says."""
        return self.error.message

    def is_(self, *names: str) -> bool:
        """Whether the error is one of these types, by the name of its class."""
        return self.error.name in names

    def detail(self, key: str) -> str:
        """What the exception object knows by itself; empty where it does not."""
        return self.error.details.get(key, "")

    def frame(self) -> Optional[Frame]:
        """The innermost frame of the failing cell."""
        for frame in reversed(self.error.frames):
            if frame.where == "cell" and frame.cell_id in (None, self.cell.id) and self.line(frame):
                return frame
        return None

    def own_frame(self) -> Optional[Frame]:
        """The innermost frame that is the user's: of a cell or of a file."""
        return next((frame for frame in reversed(self.error.frames) if frame.where != "library"), None)

    def in_function(self) -> bool:
        """Whether it failed in a function of the user's, rather than at the top level of a cell or file."""
        frame = self.own_frame() or next(iter(self.error.frames), None)
        return frame is not None and frame.function not in ("<module>", "<cell line: 1>")

    def direct(self) -> bool:
        """Whether the failing cell's own line raised, rather than code that it called."""
        frames = self.error.frames
        return bool(frames) and frames[-1] is self.frame()

    def line(self, frame: Optional[Frame] = None) -> int:
        """The line of the cell where it failed; 0 where that is unknown.

        IPython takes leading blank lines away before it counts, so the frame's text decides.
        """
        frame = frame or self.frame()
        if frame is None:
            return 0
        wanted = frame.source.strip()
        blank = len(self.source) - len(self.source.lstrip("\n"))
        for line in (frame.line, frame.line + blank):
            text = line_text(self.source, line).strip()
            if text and (not wanted or text.startswith(wanted[:200])):
                return line
        return 0

    def failing_span(self) -> Optional[Tuple[int, int]]:
        """Offsets of the failing expression, or of the failing line where Python does not say more."""
        frame = self.frame()
        line = self.line(frame)
        if frame is None or not line:
            return None
        text = line_text(self.source, line)
        if frame.column is None or frame.source.rstrip() != text.rstrip():
            return offset_of(self.source, line), offset_of(self.source, line, len(text))
        last = line + max((frame.end_line or frame.line) - frame.line, 0)
        end = len(line_text(self.source, last)) if frame.end_column is None else frame.end_column
        return offset_of(self.source, line, frame.column), offset_of(self.source, last, end)

    def expression(self) -> str:
        """The source text of the failing expression; empty where it is not known."""
        span_ = self.failing_span()
        frame = self.frame()
        if span_ and frame is not None and frame.column is not None:
            return self.source[span_[0] : span_[1]]
        return self.detail("expression")

    def tree(self) -> Optional[ast.Module]:
        """The syntax tree of the failing cell."""
        return tree_of(self.source)

    def nodes(self, *types: type) -> List[Any]:
        """Nodes of these types that overlap the failing line, those within the failing expression first."""
        tree, span_ = self.tree(), self.failing_span()
        if tree is None or span_ is None:
            return []
        inside: List[Any] = []
        touching: List[Any] = []
        lines = line_of(self.source, span_[0]), line_of(self.source, span_[1])
        for node in ast.walk(tree):
            if not isinstance(node, types):
                continue
            found: Any = node
            start, end = span(self.source, found)
            if span_[0] <= start and end <= span_[1]:
                inside.append(found)
            elif found.lineno <= lines[1] and (found.end_lineno or found.lineno) >= lines[0]:
                touching.append(found)
        return inside or touching

    def text(self, node: ast.AST) -> str:
        """The source text of a node of the failing cell, on one line and short."""
        return short(" ".join(text_of(self.source, node).split()))


def short(text: str, limit: int = 60) -> str:
    """``text`` cut to what a sentence can hold."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def code(text: str) -> str:
    """A name or piece of code as sentences show it."""
    return f"`{short(text)}`"


def listed(names: Iterable[str], limit: int = 6) -> str:
    """Names in a sentence: ``a, b and c``, or the first few and how many more."""
    shown = [code(name) for name in names]
    if len(shown) > limit:
        return ", ".join(shown[:limit]) + f" and {len(shown) - limit} more"
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1] if shown else ""


def count_of(number: int, noun: str) -> str:
    """``1 value``, ``2 values``, ``no values``."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def finding(
    kind: str,
    headline: str,
    confidence: float,
    *,
    explanation: str = "",
    facts: Sequence[str] = (),
    fixes: Sequence[Fix] = (),
) -> Finding:
    """A Finding of a kind that ``data/kinds`` knows; where no explanation is given, what the kind means."""
    known = tables.kinds()[kind]
    return Finding(
        kind=kind,
        category=known["category"],
        headline=headline,
        explanation=explanation or known["means"],
        confidence=confidence,
        facts=[fact for fact in facts if fact],
        fixes=list(fixes),
    )


def fix(title: str, *actions: Action, confidence: float = 0.5) -> Fix:
    """A raw fix: without the rerun, which `plan` adds."""
    return Fix(id="", title=title, actions=list(actions), confidence=confidence)


def edit(title: str, edits: Sequence[Edit], confidence: float = 0.5) -> List[Fix]:
    """A fix that edits the failing cell, as a list; empty where there is nothing to edit."""
    if not edits:
        return []
    return [fix(title, Action("replace_cell", edits=sorted(edits, key=lambda e: e.start)), confidence=confidence)]


# ------------------------------------------------------------------ closest names


def _folded(name: str) -> str:
    return re.sub(r"[\s_\-.]+", "", name).casefold()


def similarity(wanted: str, name: str, least: float = 0.0) -> float:
    """How much ``name`` looks like ``wanted``, between 0 and 1: case, spaces and underscores count little.

    What cannot reach ``least`` is told from an upper bound, in a fraction of the time, and is 0.
    """
    if wanted == name:
        return 1.0
    if _folded(wanted) == _folded(name) and _folded(name):
        return 0.97
    plain, other = wanted.casefold(), name.casefold()
    matcher = difflib.SequenceMatcher(None, plain, other, autojunk=False)
    if matcher.quick_ratio() < least:
        return 0.0
    ratio = matcher.ratio()
    if len(plain) == len(other) and sorted(plain) == sorted(other) and len(plain) > 2:
        ratio = max(ratio, 0.9)  # letters in another order
    if _differ_by_digits(plain, other):
        ratio = min(ratio, 0.74)  # x1 and x2 are two names, not one misspelled
    return ratio


def _differ_by_digits(first: str, second: str) -> bool:
    return re.sub(r"\d+", "", first) == re.sub(r"\d+", "", second)


@dataclass
class Close:
    """The closest name, how close, and whether it stands alone."""

    name: str
    score: float
    others: List[str] = field(default_factory=list)

    @property
    def confidence(self) -> float:
        """How sure a rule may be that this was meant."""
        if self.score < 0.76:
            return 0.5  # a hint, never an edit
        return max(0.3, min(0.95, self.score) - 0.15 * len(self.others))


def closest(wanted: str, names: Iterable[str], cutoff: float = 0.72) -> Optional[Close]:
    """The name most like ``wanted``, with those that are nearly as close; None where none is like it."""
    # One letter more or less weighs more the shorter the name is.
    cutoff = min(cutoff, 0.66) if len(wanted) <= 4 else cutoff
    scored = []
    for name in dict.fromkeys(names):
        # An upper bound on the ratio, cheap: names of very different length cannot be close.
        if name and name != wanted and 2.0 * min(len(name), len(wanted)) / (len(name) + len(wanted)) >= cutoff - 0.1:
            score = similarity(wanted, name, cutoff)
            if score >= cutoff:
                scored.append((score, name))
    if not scored or len(wanted) < 2:
        return None
    scored.sort(key=lambda pair: -pair[0])
    best, name = scored[0]
    rivals = [other for score, other in scored[1:4] if best - score < 0.05]
    return Close(name, best, rivals)

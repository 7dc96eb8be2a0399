"""A Diagnosis as text: short below a traceback, in full for ``%why``, and the diff for ``%fix``."""

from __future__ import annotations

import textwrap
from typing import Mapping, Optional

from ..protocol import Diagnosis, Fix, Verdict
from ..text import strip_ansi
from .plan import parts

_COLOURS = {"bold": "\x1b[1m", "dim": "\x1b[2m", "red": "\x1b[31m", "green": "\x1b[32m"}
_RESET = "\x1b[0m"
_OF_SIGN = {"-": "red", "+": "green"}

CATEGORY_NAMES = {"python": "code", "notebook": "notebook state", "dependency": "package", "infra": "system"}


class TerminalPresenter:
    """Renders to strings; prints nothing. ``colour``: whether escape sequences may be used; ``width``: columns.

    Escape sequences within what is shown (a cell's text, a model's words) are taken out: they would steer the terminal.
    """

    def __init__(self, *, colour: bool = False, width: int = 80) -> None:
        self.colour = colour
        self.width = max(40, min(width, 120))

    def short(self, diagnosis: Diagnosis) -> str:
        """Two lines: the headline, and what to type next."""
        next_step = "%why explains" + (", %fix shows the fix." if diagnosis.fixes else ".")
        return f"{self._wrap('nbdoctor: ' + diagnosis.headline, 'bold')}\n{self._wrap(next_step, 'dim')}"

    def full(self, diagnosis: Diagnosis) -> str:
        """Headline, explanation, facts, fixes and notes."""
        lines = [self._wrap(diagnosis.headline, "bold")]
        if diagnosis.explanation:
            lines.append(self._wrap(diagnosis.explanation))
        lines += [self._wrap(f"- {fact}") for fact in diagnosis.facts]
        if not diagnosis.rerun.safe:
            lines += [self._wrap(reason, "red") for reason in diagnosis.rerun.reasons]
        for fix in diagnosis.fixes:
            lines.append(self._wrap(f"Fix: {fix.title} ({origin(fix)}; {verdict(fix.verdict)})", "green"))
        lines += [self._wrap(note, "dim") for note in diagnosis.notes]
        category = CATEGORY_NAMES.get(diagnosis.category or "", "")
        return "\n".join(lines) + (f"\n{self._wrap('Kind: ' + category, 'dim')}" if category else "")

    def plan(self, fix: Fix, old: str, others: Optional[Mapping[str, str]] = None) -> str:
        """What the fix does, step by step. ``old``: the failing cell's text; ``others``: those of all cells, by cell id."""
        shown = []
        for part in parts(fix, old, others):
            if isinstance(part, str):
                shown.append(self._wrap(part))
            else:
                shown += [self._paint(strip_ansi(line), _OF_SIGN.get(line[:1])) for line in part]
        return "\n".join(shown)

    def _wrap(self, text: str, style: Optional[str] = None) -> str:
        indent = "  " if text.startswith("- ") else ""
        filled = textwrap.fill(strip_ansi(text), self.width, subsequent_indent=indent, break_on_hyphens=False)
        return self._paint(filled, style)

    def _paint(self, text: str, style: Optional[str]) -> str:
        return f"{_COLOURS[style]}{text}{_RESET}" if self.colour and style else text


def origin(fix: Fix) -> str:
    """Where a fix came from, in words."""
    return {"rule": "from nbdoctor's rules", "model": f"from {fix.by or 'the model'}", "memory": "remembered"}[
        fix.origin
    ]


def verdict(given: Verdict) -> str:
    """A verdict in words, never more than is true."""
    if given.status == "passed":
        seconds = f" in {given.seconds:.1f} s" if given.seconds is not None and given.seconds >= 0.05 else ""
        return f"checked: ran in a copy of the kernel{seconds}"
    word = "failed its check" if given.status == "failed" else "not checked"
    return f"{word}: {given.reason}" if given.reason else word

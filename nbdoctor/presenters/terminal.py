"""A Diagnosis as text: short below a traceback, in full for ``%why``, and the diff for ``%fix``."""

from __future__ import annotations

import difflib
import textwrap
from typing import List, Mapping, Optional

from ..protocol import Diagnosis, Fix, Verdict

_COLOURS = {"bold": "\x1b[1m", "dim": "\x1b[2m", "red": "\x1b[31m", "green": "\x1b[32m", "cyan": "\x1b[36m"}
_RESET = "\x1b[0m"

CATEGORY_NAMES = {"python": "code", "notebook": "notebook state", "dependency": "package", "infra": "system"}


class TerminalPresenter:
    """Renders to strings; prints nothing. ``colour``: whether escape sequences may be used; ``width``: columns."""

    def __init__(self, *, colour: bool = False, width: int = 80) -> None:
        self.colour = colour
        self.width = max(40, min(width, 120))

    def short(self, diagnosis: Diagnosis) -> str:
        """Two lines: the headline, and what to type next."""
        next_step = "%why explains" + (", %fix shows the fix." if diagnosis.fixes else ".")
        return f"{self._wrap('nbdoctor: ' + diagnosis.headline, 'bold')}\n{self._paint(next_step, 'dim')}"

    def full(self, diagnosis: Diagnosis) -> str:
        """Headline, explanation, facts, fixes and notes."""
        parts = [self._wrap(diagnosis.headline, "bold")]
        if diagnosis.explanation:
            parts.append(self._wrap(diagnosis.explanation))
        parts += [self._wrap(f"- {fact}") for fact in diagnosis.facts]
        if not diagnosis.rerun.safe:
            parts += [self._wrap(reason, "red") for reason in diagnosis.rerun.reasons]
        for fix in diagnosis.fixes:
            parts.append(self._wrap(f"Fix: {fix.title} ({origin(fix)}; {verdict(fix.verdict)})", "green"))
        parts += [self._wrap(note, "dim") for note in diagnosis.notes]
        category = CATEGORY_NAMES.get(diagnosis.category or "", "")
        return "\n".join(parts) + (f"\n{self._paint('Kind: ' + category, 'dim')}" if category else "")

    def diff(self, old: str, new: str) -> str:
        """A unified diff of two cell sources, without file names."""
        lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))[2:]
        colours = {"-": "red", "+": "green", "@": "cyan"}
        return "\n".join(self._paint(line, colours.get(line[:1])) for line in lines if not line.startswith("@@"))

    def plan(self, fix: Fix, old: str, others: Optional[Mapping[str, str]] = None) -> str:
        """What the fix does, step by step. ``old``: the failing cell's text; ``others``: those of all cells, by cell id."""
        parts: List[str] = []
        for action in fix.actions:
            if action.kind == "replace_cell" and action.new_source is not None:
                before = (others or {}).get(action.cell_id or "", old)
                parts.append(self.diff(before, action.new_source))
            elif action.kind == "insert_cell":
                parts.append(self.diff("", action.new_source or ""))
            elif action.kind == "install":
                parts.append(f"install {action.requirement} into the kernel's environment")
            elif action.kind == "run_cells" and action.cell_ids:
                parts.append(f"run {len(action.cell_ids)} earlier cell{'s' if len(action.cell_ids) > 1 else ''} first")
            elif action.kind == "run_from":
                parts.append(f"run the cell from line {action.line} on")
            elif action.kind == "restart_kernel":
                parts.append("restart the kernel")
        return "\n".join(parts)

    def _wrap(self, text: str, style: Optional[str] = None) -> str:
        indent = "  " if text.startswith("- ") else ""
        return self._paint(textwrap.fill(text, self.width, subsequent_indent=indent, break_on_hyphens=False), style)

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

"""What ``nbdoctor run`` prints: a progress line on a terminal, plain lines otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table

from ..errors import NBDoctorError
from ..presenters.terminal import CATEGORY_NAMES, TerminalPresenter, origin, verdict
from ..protocol import Diagnosis, Fix, PostedError
from ..text import clip, plain


class Reporter:
    """Prints one run."""

    def __init__(self, path: Path, console: Optional[Console] = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=False)
        self.path = path
        self._text = TerminalPresenter(width=self.console.width)
        self._status: Any = None
        self._words_open = False

    def started(self, trouble: Optional[NBDoctorError]) -> None:
        """The kernel is up."""
        self.console.print(f"[bold]{escape(str(self.path))}[/bold]")
        if trouble is not None:
            self.sentence(f"{trouble.message} {trouble.hint}", "yellow")

    def cell(self, number: int, total: int) -> None:
        """A cell starts."""
        if self.console.is_terminal:
            text = f"cell {number} of {total}"
            if self._status is None:
                self._status = self.console.status(text)
                self._status.start()
            self._status.update(text)

    def stop(self) -> None:
        """Take the progress line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def event(self, name: str, payload: Any) -> None:
        """An event of the diagnosis: the model's words as they come, and what went wrong."""
        if name == "progress" and self._status is not None:
            self._status.update(payload.sentence)
        elif name == "words":
            self.stop()
            self._words_open = True
            self.console.out(plain(payload.text, 10_000), end="", highlight=False)
        elif name in ("trouble", "diagnosis"):
            if self._words_open:
                self.console.print()
                self._words_open = False
            if name == "trouble":
                self.sentence(f"{payload.message} {payload.hint}", "yellow")

    def diagnosis(self, index: int, error: PostedError, diagnosis: Diagnosis) -> None:
        """What was found."""
        first = plain(error.value, 300).splitlines()
        category = CATEGORY_NAMES.get(diagnosis.category or "", "unknown")
        self.stop()
        self.console.print(
            f"  cell {index + 1} failed: [red]{escape(error.name)}: {escape(first[0] if first else '')}[/red]"
        )
        self._field("category", category)
        self._field("headline", diagnosis.headline)
        if diagnosis.explanation:
            self._field("because", diagnosis.explanation)
        if not diagnosis.rerun.safe:
            self._field("careful", " ".join(diagnosis.rerun.reasons))
        for note in diagnosis.notes:
            self._field("note", note)

    def applying(self, fix: Fix, source: str, others: Mapping[str, str]) -> None:
        """A fix is applied. ``source``: the failing cell's text; ``others``: those of all cells, by cell id."""
        self._field("fix", f"{fix.title} ({origin(fix)}; {verdict(fix.verdict)})")
        plan = self._text.plan(fix, source, others)
        if plan:
            syntax = Syntax(clip(plan, 4_000), "diff", theme="ansi_dark", background_color="default")
            self.console.print(Padding(syntax, (0, 0, 0, 14), expand=False))

    def refused(self, fixes: Sequence[Fix]) -> None:
        """No fix is left: those that failed their check, and were not applied."""
        for fix in fixes:
            if fix.verdict.status == "failed":
                self._field("refused", f"{fix.title} ({origin(fix)}; {verdict(fix.verdict)})")

    def line(self, text: str) -> None:
        """A line of an installer: the command, and at last what came of it."""
        if text.startswith(("Successfully", "ERROR")) or " install " in text:
            self._field("", f"[dim]{escape(text)}[/dim]", markup=True)

    def rerun(self, error: Optional[PostedError]) -> None:
        """How the rerun ended."""
        if error is None:
            self._field("rerun", "[green]passed[/green]", markup=True)
        else:
            self._field("rerun", f"failed with {error.name}: {plain(error.value, 200)}")

    def written(self, path: Path) -> None:
        """The repaired notebook is on disk."""
        self._field("written", str(path))

    def ended(self, ok: bool, repaired: int) -> None:
        """The last line."""
        after = f" after {repaired} repaired cell{'s' if repaired != 1 else ''}" if repaired else ""
        if ok:
            self.sentence(f"The notebook ran to its end{after}.", "green")
        else:
            self.sentence(f"An error stands{after}.", "red")

    def sentence(self, text: str, style: str = "") -> None:
        """One sentence of its own."""
        self.stop()
        self.console.print(f"  {escape(text.strip())}", style=style)

    def _field(self, name: str, text: str, *, markup: bool = False) -> None:
        row = Table.grid(padding=(0, 1))
        row.add_column(width=9, style="dim", no_wrap=True)
        row.add_column()
        row.add_row(name, text if markup else escape(text))
        self.console.print(Padding(row, (0, 0, 0, 4), expand=False))

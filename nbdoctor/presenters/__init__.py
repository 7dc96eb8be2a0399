"""How a Diagnosis is shown where there is no card: a terminal's text."""

from __future__ import annotations

from typing import Mapping, Optional, Protocol

from ..protocol import Diagnosis, Fix


class Presenter(Protocol):
    """Renders to strings and prints nothing. Another distribution adds one by an entry point of ``nbdoctor.presenters``: what
    it names is called with ``colour`` (whether escape sequences may be used) and ``width`` (columns)."""

    def short(self, diagnosis: Diagnosis) -> str:
        """A line or two, below the traceback."""

    def full(self, diagnosis: Diagnosis) -> str:
        """All that is known."""

    def plan(self, fix: Fix, old: str, others: Optional[Mapping[str, str]] = None) -> str:
        """What a fix does. ``old``: the failing cell's text; ``others``: those of all cells, by cell id."""

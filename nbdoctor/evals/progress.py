"""What a run says while it goes on: counts so far, on one line of a terminal or now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TextIO

from .cases import Case
from .results import Result

#: Cases between two lines of a log.
EVERY = 20


class Progress:
    """Counts the results of nbdoctor itself (``system``) as they come."""

    def __init__(self, total: int, system: str, stream: TextIO | None = None) -> None:
        self._total, self._system = total, system
        self._stream = stream if stream is not None else sys.stderr
        self._began = time.monotonic()
        self._done = self._known = self._solved = self._false = self._broken = 0

    def add(self, case: Case, results: Sequence[Result]) -> None:
        """One case more."""
        self._done += 1
        for result in results:
            if result.system == self._system:
                self._known += result.fix_known and result.solved is not None
                self._solved += result.fix_known and bool(result.solved)
                self._false += result.false_pass
                self._broken += result.outcome == "harness_failed"
        if self._stream.isatty():
            self._stream.write(f"\r\x1b[K{self._line()}, {case.id}"[:160])
        elif self._done % EVERY == 0 or self._done == self._total:
            self._stream.write(f"{self._line()}\n")
        self._stream.flush()

    def end(self) -> None:
        """Take the line away."""
        if self._stream.isatty():
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _line(self) -> str:
        minutes = (time.monotonic() - self._began) / 60
        broken = f", {self._broken} not examined" if self._broken else ""
        return (
            f"{self._done} of {self._total} cases in {minutes:.1f} min: {self._solved} solved of {self._known} with a known "
            f"fix, {self._false} false passes{broken}"
        )

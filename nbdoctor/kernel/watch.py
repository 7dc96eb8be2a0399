"""The two callbacks that IPython calls around every cell, and what they keep: a short history and the last few Reports.

A cell that succeeds costs one tuple. Nothing raised in here ever reaches the user's cell.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Callable, Deque, Dict, FrozenSet, List, Optional, Tuple

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

    from ..config import NBDoctor
    from ..protocol import Diagnosis, Prompt, Report
    from .trial.trials import Trials

log = logging.getLogger("nbdoctor.kernel")

MAX_REPORTS = 20
MAX_HISTORY = 1000
MAX_FAILURES = 200

#: (cell id, execution count, succeeded, source that ran)
Ran = Tuple[Optional[str], Optional[int], bool, str]
#: (type and message, line of the cell) of an execution that failed
Failed = Tuple[str, Optional[int]]


class Watch:
    """Sees cells come and go. ``front_end`` is set once a front end of ours has asked for something."""

    def __init__(self, shell: InteractiveShell, settings: NBDoctor) -> None:
        self.shell = shell
        self.settings = settings
        self.front_end = False
        self.history: Deque[Ran] = deque(maxlen=MAX_HISTORY)
        self.failures: Dict[int, Failed] = {}  # by execution count
        self.reports: Deque[Report] = deque(maxlen=MAX_REPORTS)
        self.answers: Dict[str, Diagnosis] = {}  # with verdicts, by report
        self.sent: List[Prompt] = []  # what a model was sent from this kernel, the last time
        self.trouble: str = ""
        self.executing = False
        self.seconds: float = 0.0  # that the last failing cell took
        self._existing: FrozenSet[str] = frozenset()
        self._started: float = 0.0
        self._trials: Optional[Trials] = None

    @property
    def trials(self) -> Trials:
        """The trials of this shell; made when they are first asked for."""
        if self._trials is None:
            from .trial.trials import Trials

            self._trials = Trials(self)
        return self._trials

    def callbacks(self) -> List[Tuple[str, Callable[..., None]]]:
        """What is registered with IPython's events, in order."""
        return [
            ("pre_execute", self.pre_execute),
            ("pre_run_cell", self.pre_run_cell),
            ("post_execute", self.post_execute),
            ("post_run_cell", self.post_run_cell),
        ]

    def pre_execute(self) -> None:
        """Any code starts, a silent one too: it comes before trials."""
        self.executing = True
        if self._trials is not None:
            self._trials.give_way()

    def post_execute(self) -> None:
        """It has ended."""
        self.executing = False
        if self._trials is not None:
            self._trials.rest()

    def pre_run_cell(self, info: ExecutionInfo) -> None:
        """Remember which names existed: what the cell makes anew, it may make again."""
        self._existing = frozenset(self.shell.user_ns)
        self._started = time.monotonic()

    def post_run_cell(self, result: Optional[ExecutionResult]) -> None:
        """Record the cell; where it failed, capture and present."""
        try:
            if result is None or result.info is None:  # an async cell that was cancelled
                return
            error = result.error_before_exec or result.error_in_exec
            info = result.info
            self.history.append(
                (getattr(info, "cell_id", None), result.execution_count, error is None, info.raw_cell or "")
            )
            if error is not None:
                self._keep(result.execution_count, type(error).__name__, None)
                self._failed(result, error)
        except Exception:
            log.exception("nbdoctor failed while it looked at a failing cell")
            self.trouble = "nbdoctor itself failed while it looked at this error; its log says more."

    def latest(self, cell_id: Optional[str] = None, name: Optional[str] = None) -> Optional[Report]:
        """The newest Report, or the newest of a cell; with ``name`` only if that error is the one reported."""
        for report in reversed(self.reports):
            if cell_id is not None and report.cell.id is not None and report.cell.id != cell_id:
                continue
            return report if name in (None, "", report.errors[0].name) else None
        return None

    def _keep(self, count: Optional[int], error: str, line: Optional[int]) -> None:
        """Note how an execution failed: a later cell may fail because of it."""
        if count is not None:
            self.failures[count] = (error, line)
        while len(self.failures) > MAX_FAILURES:
            del self.failures[min(self.failures)]

    def _failed(self, result: ExecutionResult, error: BaseException) -> None:
        if isinstance(error, (KeyboardInterrupt, SystemExit)) or "raises-exception" in _tags(result.info):
            return
        from .capture import build_report

        self.trouble = ""
        self.seconds = time.monotonic() - self._started
        report = build_report(
            self.shell, result.info, error, list(self.history), self._existing, failures=self.failures
        )
        self.reports.append(report)
        said = report.errors[0]
        line = said.frames[0].line if said.frames and said.frames[0].where == "cell" else None
        self._keep(result.execution_count, f"{said.name}: {said.message}".strip(": ")[:300], line)
        from .local import present

        present(self, report)


def _tags(info: Any) -> List[str]:
    meta = getattr(info, "cell_meta", None)  # ipykernel 7.3 and later
    tags = meta.get("tags", ()) if isinstance(meta, dict) else ()
    return [tag for tag in tags if isinstance(tag, str)]

"""From how a trial ended to a Verdict. ``passed`` is said only of a plan that ran to its end and was denied nothing."""

from __future__ import annotations

import os
from typing import Any, Dict, Optional

from ...protocol import Verdict
from ...redact import Redactor, environment_secrets
from ...text import plain
from .limits import Limits
from .quiet import INPUT
from .request import ANOTHER_CELL, GIVEN_UP
from .watcher import THREADS, Outcome

MAX_OUTPUT = 2_000

_STOPPED = {
    "time": "it did not end within {seconds:.0f} s",
    "memory": "it needs more memory than a check may take",
    "processes": "it starts more than {processes} processes",
    "threads": f"it starts more than {THREADS} threads",
}

#: What the candidate needed and a trial does not give, by the needs of ``syscalls.csv``.
NEEDS = {
    "file": "it writes to {detail}",
    "attributes": "it changes attributes of a file",
    "network": "it uses the network",
    "program": "it starts a program",
    "signal": "it sends a signal to another process",
    "process": "it reaches into another process",
    "shared": "it uses memory that is shared with other processes",
    "inherited": "it uses a file or a connection that the kernel has open",
    "system": "it does what only an administrator may do",
    INPUT: "it asks for input",
    "space": "it writes more than a check may",
    "memory": _STOPPED["memory"],
    "left": "a program that it started still runs",
}
# Where several things were denied, the first of these tells the most.
_ORDER = ("network", INPUT, "file", "program", "shared", "inherited")


def judge(outcome: Outcome, limits: Limits, others: int = 0) -> Verdict:
    """The Verdict of a trial that has ended. ``others``: how many threads and tasks of the user's ran beside the cells."""
    reason = _not_tried(outcome, limits)
    said = outcome.said or {}
    error = said.get("error")
    if reason is None and error and (error.get("own") or others):
        reason = _not_certain(error)
    verdict = Verdict("not_tried", reason or "", output=_output(outcome))
    if reason is not None:
        verdict.can_check = outcome.stopped in (ANOTHER_CELL, GIVEN_UP)
        return verdict
    verdict.seconds = round(float(said["seconds"]), 3)
    verdict.status = "failed" if error else "passed"
    verdict.reason = _failure(said) if error else ""
    return verdict


def _not_tried(outcome: Outcome, limits: Limits) -> Optional[str]:
    """Why nothing can be said; None where the outcome counts."""
    if outcome.refused:
        return outcome.refused
    if outcome.stopped:
        known = _STOPPED.get(outcome.stopped)
        return known.format(seconds=limits.seconds, processes=limits.processes) if known else outcome.stopped
    denied = _denied(outcome)
    if denied is not None:
        return denied
    if outcome.said is None:
        return _death(outcome.status)
    if not (outcome.said.get("returned") or outcome.said.get("error")):
        return "nbdoctor did not learn how it ended"
    return None


def _denied(outcome: Outcome) -> Optional[str]:
    found = [(str(need), str(detail)) for need, detail in outcome.denied]
    found += [(need, "") for need in (outcome.said or {}).get("refused", ())]
    if not found:
        return None
    need, detail = min(found, key=lambda pair: _ORDER.index(pair[0]) if pair[0] in _ORDER else len(_ORDER))
    return NEEDS.get(need, "it needs what a check does not allow").format(detail=_short(detail))


def _short(path: str) -> str:
    here = os.getcwd()
    text = os.path.relpath(path, here) if path.startswith(f"{here}/") else path
    return plain(_redacted(text), 120) if path.startswith("/") else "a file"


def _death(status: Optional[int]) -> str:
    if status is not None and os.WIFSIGNALED(status):
        return f"the copy of the kernel died (signal {os.WTERMSIG(status)})"
    code = os.WEXITSTATUS(status) if status is not None and os.WIFEXITED(status) else 0
    if code > 128:
        return f"the copy of the kernel died (signal {code - 128})"
    return "the cell ended the copy of the kernel"


def _not_certain(error: Dict[str, Any]) -> str:
    if error["name"] == "MemoryError":
        return _STOPPED["memory"]
    if error.get("own"):
        return f"it ended with {error['name']}, which the check itself may have caused"
    return f"it ended with {error['name']}, and the kernel runs threads or tasks, which a copy does not have"


def _failure(said: Dict[str, Any]) -> str:
    error = said["error"]
    lines = _redacted(str(error.get("message") or "")).splitlines()
    text = f"{error['name']}: {lines[0]}" if lines and lines[0] else str(error["name"])
    return f"import {said['module']} fails: {text}" if said.get("module") else plain(text, 300)


def _output(outcome: Outcome) -> str:
    return plain(_redacted(outcome.output[-2 * MAX_OUTPUT :]), MAX_OUTPUT)


def _redacted(text: str) -> str:
    return Redactor(environment_secrets()).redact(text)

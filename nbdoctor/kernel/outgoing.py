"""What leaves the kernel: redacted, and small enough for a comm message.

A comm message reaches every front end that is attached, so a Report carries no cell text beyond what it must, and the
edits of a fix instead of the repaired cell.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass, replace
from typing import Any, Callable, Dict

from ..protocol import MAX_COMM_BYTES, Finding, Fix, Look, Report
from ..redact import Redactor, environment_secrets

# Room for the envelope around the Report.
_LIMIT = MAX_COMM_BYTES - 4_000


def outgoing(report: Report) -> Dict[str, Any]:
    """Return ``report`` as JSON-able dictionaries, redacted and at most `MAX_COMM_BYTES` long as JSON."""
    redactor = Redactor(environment_secrets())
    findings = [_safe_fixes(finding, redactor) for finding in report.findings]
    clean: Report = _map_text(replace(report, findings=findings), redactor.redact)
    clean.redacted = dict(redactor.counts)
    return _bounded(clean)  # a copy: the Report in the kernel stays whole


def outgoing_looks(looks: Dict[str, Look]) -> Dict[str, Any]:
    """Return looks as JSON-able dictionaries, redacted and at most `MAX_COMM_BYTES` long as JSON together."""
    redactor = Redactor(environment_secrets())
    clean: Dict[str, Look] = _map_text({k: replace(v, index=[], doc="") for k, v in looks.items()}, redactor.redact)
    data = {name: asdict(look) for name, look in clean.items()}
    for most in (400, 100, 20, 0):
        if len(json.dumps(data)) <= _LIMIT:
            break
        for look in data.values():
            for name in ("attributes", "keys", "bases"):
                del look[name][most:]
    return data if len(json.dumps(data)) <= _LIMIT else {}


def _safe_fixes(finding: Finding, redactor: Redactor) -> Finding:
    """Without the fixes whose own text holds a secret: redacting it would put the placeholder into the user's cell."""

    def leaks(fix: Fix) -> bool:
        texts = [e.text for a in fix.actions for e in a.edits] + [a.new_source or "" for a in fix.actions]
        return any(redactor.redact(text) != text for text in texts)

    return replace(finding, fixes=[fix for fix in finding.fixes if not leaks(fix)])


def _map_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_map_text(item, change) for item in value]
    if isinstance(value, dict):
        return {key: _map_text(item, change) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _map_text(getattr(value, f.name), change) for f in fields(value)})
    return value


def _bounded(report: Report) -> Dict[str, Any]:
    """Leave out the least important parts until the Report fits."""
    for step in (_as_it_is, _without_texts, _less_context, _fewer_frames, _strongest_finding, _error_alone):
        step(report)
        data = asdict(report)
        if len(json.dumps(data)) <= _LIMIT:
            break
    return data


def _as_it_is(report: Report) -> None:
    pass


def _without_texts(report: Report) -> None:
    for run in report.history:
        run.source = ""


def _less_context(report: Report) -> None:
    del report.history[:-50], report.names[:-100]
    report.cell.source = report.cell.source[:4_000]  # the server has it from the browser


def _fewer_frames(report: Report) -> None:
    del report.errors[2:]
    for error in report.errors:
        del error.frames[3:-5]


def _strongest_finding(report: Report) -> None:
    del report.findings[1:]


def _error_alone(report: Report) -> None:
    report.findings, report.history, report.names, report.versions = [], [], [], {}
    report.cell.source = ""

"""Errors made by hand, and a Doctor whose model is the fake one."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from nbdoctor.agents.doctor import Doctor
from nbdoctor.config import NBDoctor
from nbdoctor.llm.client import ModelClient
from nbdoctor.llm.fake import FakeModel
from nbdoctor.protocol import Cell, Diagnosis, Frame, RaisedError, Report

CODE = '# the year\ntotal = sales["revenu"].sum()\nprint(total)'
NOTEBOOK = [
    Cell("import pandas as pd", "c1"),
    Cell("sales = pd.DataFrame({'month': [1, 2], 'revenue': [3, 4]})\nother = 1", "c2"),
    Cell(CODE, "c3"),
]


def report_of(cell: Cell, name: str = "KeyError", message: str = "'revenu'", line: int = 2, **fields: Any) -> Report:
    """A report of one error in ``line`` of ``cell``; ``details`` and ``names`` may be given."""
    text = cell.source.split("\n")[line - 1]
    details = fields.pop("details", {"key": "'revenu'"} if name == "KeyError" else {})
    error = RaisedError(
        name, message, name, frames=[Frame("cell", line, "<module>", text, "cell", cell.id)], details=details
    )
    return Report("r1", cell, [error], **{"names": ["pd", "sales"], **fields})


def doctor_of(model: FakeModel | Any, *, use_rules: bool = False, **settings: Any) -> Doctor:
    """A Doctor that asks ``model``."""
    configured = NBDoctor(**{"llm_url": "http://127.0.0.1:8000", **settings})
    return Doctor(configured, ModelClient(configured, httpx.MockTransport(model)), use_rules=use_rules)


def events_of(doctor: Doctor, report: Report, cell: Cell, notebook=(), **options: Any) -> list[tuple[str, Any]]:
    """All events of one diagnosis."""

    async def main():
        return [event async for event in doctor.diagnose(report, cell, notebook, **options)]

    return asyncio.run(main())


def asked(model: FakeModel, **options: Any) -> tuple[list[tuple[str, Any]], Diagnosis]:
    """The events and the Diagnosis of the usual error, rules off."""
    cell = NOTEBOOK[2]
    events = events_of(doctor_of(model, **options), report_of(cell), cell, NOTEBOOK)
    return events, events[-1][1]


def named(events: list[tuple[str, Any]], name: str) -> list[Any]:
    return [what for event, what in events if event == name]


FIXES = {"replace": {'"revenu"': '"revenue"'}}

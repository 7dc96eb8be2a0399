"""What leaves the kernel: redacted and small."""

from __future__ import annotations

import json

import msgspec

from nbdoctor.kernel.outgoing import outgoing
from nbdoctor.protocol import MAX_COMM_BYTES, Action, Cell, Edit, Executed, Finding, Fix, Frame, RaisedError, Report

SECRET = "sk-abcdefghijklmnopqrstuvwx"


def _report(**changes):
    error = RaisedError("KeyError", f"no {SECRET}", frames=[Frame("<cell>", 1, "f", f"x = '{SECRET}'", "cell")] * 40)
    error.details = {"key": SECRET}
    fields = {"id": "r", "cell": Cell(f"key = '{SECRET}'"), "errors": [error], **changes}
    return Report(**fields)


def test_no_secret_leaves_wherever_it_stands(monkeypatch):
    monkeypatch.setenv("MY_SERVICE_TOKEN", "from-the-environment")
    finding = Finding("k", "python", f"{SECRET} from-the-environment", facts=[SECRET])
    sent = json.dumps(outgoing(_report(findings=[finding])))
    assert SECRET not in sent
    assert "from-the-environment" not in sent
    assert outgoing(_report())["redacted"] == {"token": 1}


def test_a_fix_that_would_carry_a_secret_is_left_out():
    def with_text(text):
        return Fix("f", "t", [Action("replace_cell", edits=[Edit(0, 1, text)])])

    finding = Finding("k", "python", "h", fixes=[with_text(f"'{SECRET}'"), with_text("fine")])
    (sent,) = outgoing(_report(findings=[finding]))["findings"]
    assert [fix["actions"][0]["edits"][0]["text"] for fix in sent["fixes"]] == ["fine"]


def test_a_report_of_any_size_fits_into_a_message():
    error = RaisedError(
        "E", "m" * 4_000, notes=["n" * 500] * 5, frames=[Frame("f" * 200, 1, "f", "s" * 300, "user")] * 40
    )
    report = _report(
        errors=[error] * 8,
        cell=Cell("x" * 200_000),
        names=["n" * 200] * 300,
        history=[Executed("c" * 36, 1, True, "d" * 16)] * 200,
        findings=[Finding("k", "python", "h" * 5_000, facts=["f" * 5_000])] * 6,
    )
    sent = outgoing(report)
    assert len(json.dumps(sent)) < MAX_COMM_BYTES
    assert msgspec.convert(sent, Report).errors[0].name == "E"


def test_the_report_that_stays_in_the_kernel_is_not_changed():
    report = _report()
    outgoing(report)
    assert report.cell.source == f"key = '{SECRET}'"
    assert len(report.errors[0].frames) == 40


def test_texts_of_earlier_executions_are_redacted_and_go_before_the_executions_themselves():
    ran = [Executed("c", number, True, "d" * 16, source=f"key = '{SECRET}'" + " " * 150) for number in range(100)]
    sent = outgoing(_report(history=ran))
    assert SECRET not in json.dumps(sent["history"])
    assert sent["history"][0]["source"].startswith("key = ")
    large = outgoing(_report(history=ran, cell=Cell("x" * 35_000)))
    assert len(large["history"]) == 100
    assert large["history"][0]["source"] == ""
    assert SECRET in ran[0].source

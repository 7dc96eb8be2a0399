"""The protocol's JSON schema, from which the browser's types are generated.

``python -m nbdoctor.server.schema`` writes ``docs/protocol.schema.json``; a test fails when the file is not current.
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from .. import protocol

WIRE = (
    protocol.DiagnosisRequest,
    protocol.Diagnosis,
    protocol.Report,
    protocol.Progress,
    protocol.Words,
    protocol.Prompt,
    protocol.Trouble,
    protocol.Done,
    protocol.ServerStatus,
    protocol.KernelStatus,
    protocol.About,
    protocol.DeathRequest,
    protocol.LoadRequest,
    protocol.TrialRequest,
    protocol.Candidate,
    protocol.TrialResult,
    protocol.Correction,
)


def schema() -> str:
    """JSON schema (2020-12) of everything that passes between kernel, server and browser, as text."""
    _, components = msgspec.json.schema_components(WIRE, ref_template="#/$defs/{name}")
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Protocol",
        "type": "object",
        "$defs": dict(sorted(components.items())),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (Path(__file__).parents[2] / "docs" / "protocol.schema.json").write_text(schema(), encoding="utf-8")

"""Server-sent events (WHATWG HTML, 9.2): one event a pair of lines, its data one line of JSON."""

from __future__ import annotations

from typing import Any

import msgspec

CONTENT_TYPE = "text/event-stream"


def encode(name: str, payload: Any) -> bytes:
    """Return one event. JSON text never holds a raw newline, so one ``data`` line is enough."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(payload) + b"\n\n"

"""What passes between a kernel and an attached JupyterLab: nbdoctor's messages hold no secret and stay small."""

from __future__ import annotations

import json
import struct

from playwright.sync_api import expect

SECRET = "sk-" + "k3J9x7Qm2Lp8Vt5Rw1Zn"
PASSWORD = "correct-horse-battery"
LIMIT = 64 * 1024


def _message(frame):
    """Take a frame of Jupyter's `v1.kernel.websocket` protocol apart: a channel, then header, parent, metadata, content."""
    (count,) = struct.unpack_from("<Q", frame)
    offsets = struct.unpack_from(f"<{count}Q", frame, 8)
    parts = [frame[start:end] for start, end in zip(offsets, offsets[1:])]
    return json.loads(parts[1])["msg_type"], b"".join(parts[1:])


def test_no_secret_of_the_cell_is_in_a_comm_message(servers, open_notebook):
    frames = []

    def listen(socket):
        if "/channels" in socket.url:
            socket.on("framereceived", lambda frame: isinstance(frame, bytes) and frames.append(_message(frame)))

    # The edit stands on a line with secrets, in a cell that is large.
    filler = "\n".join(f"text_{i} = '{'x' * 400}'" for i in range(300))
    cell = f"{filler}\napi_key = '{SECRET}'\npassword = '{PASSWORD}'\nprint(revenu, api_key, '{SECRET}')"
    notebook = open_notebook(servers(), "%load_ext nbdoctor", "revenue = 3", cell, on_websocket=listen)
    for index in range(3):
        notebook.run(index)
    card = notebook.card(2, "ready")
    expect(card.locator(".jp-nbdoctor-diff")).to_contain_text("print(revenue")
    comms = [body for kind, body in frames if kind.startswith("comm_")]
    assert any(b"revenu" in body for body in comms), "the report did not pass, so that this test shows nothing"
    for body in comms:
        assert SECRET.encode() not in body
        assert PASSWORD.encode() not in body
        assert len(body) <= LIMIT
    # What Jupyter itself sends holds the cell, of course: the listener works.
    assert any(SECRET.encode() in body for kind, body in frames if kind == "execute_input")

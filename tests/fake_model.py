"""The scripted model, `nbdoctor.llm.fake`, as a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

from .ports import free_port


def start_fake(*arguments: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start it, and wait until it answers; gives the process and its address. See `stop`."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "nbdoctor.llm.fake", "--port", str(port), *arguments])
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, f"http://127.0.0.1:{port}/v1"
        time.sleep(0.1)
    stop(process)
    raise RuntimeError("the fake model did not start")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End it."""
    process.terminate()
    process.wait(10)

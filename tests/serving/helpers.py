"""What tests of the room and of its command share."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from nbdoctor.serving import process, state


def isolated(tmp_path, monkeypatch):
    """For a fixture: nothing of this machine is seen, and no server is left behind."""
    runtime = tmp_path / "runtime"
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    for name in ("NBDOCTOR_LLM_URL", "NBDOCTOR_LLM_KEY", "NBDOCTOR_LLM_MODEL", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    yield runtime
    running = state.current()
    if running is not None and running.pid != os.getpid():
        process.stop(running, grace=2)
    for left in process._LEFT:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(left.pid, signal.SIGKILL)
        left.wait()
    process._LEFT.clear()

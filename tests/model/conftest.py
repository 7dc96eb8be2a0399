"""A real vLLM, started by `nbdoctor serve`, with a tiny random model. ``.ci/model_server`` makes its environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nbdoctor.config import NBDoctor
from nbdoctor.llm.client import ModelClient

from ..ports import free_port

FOLDER = Path(os.environ.get("NBDOCTOR_MODEL_ENV", Path(__file__).parents[2] / ".model"))
START_SECONDS = 300


class Served:
    """A server of `nbdoctor serve`, which settings find by themselves."""

    def __init__(self, runtime: str) -> None:
        self.runtime = runtime
        self.port = free_port()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``nbdoctor serve`` with these arguments."""
        return subprocess.run(
            [str(Path(sys.executable).with_name("nbdoctor")), "serve", *arguments],
            env={**os.environ, "JUPYTER_RUNTIME_DIR": self.runtime, "VLLM_CPU_KVCACHE_SPACE": "1"},
            capture_output=True,
            text=True,
            timeout=START_SECONDS + 60,
            check=False,
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        done = self.command(
            "--python", str(FOLDER / "venv" / "bin" / "python"), "--model", str(FOLDER / "tiny"), "--profile", "cpu",
            "--port", str(self.port), "--background",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def state(self) -> dict[str, object]:
        """What the state says."""
        (path,) = Path(self.runtime).glob("nbdoctor/*/server.json")
        found: dict[str, object] = json.loads(path.read_text())
        return found


@pytest.fixture(scope="session")
def served(_no_model_server):
    """The server; it runs from the first test that wants it to the last."""
    if not (FOLDER / ".ready").is_file():
        pytest.fail(f"There is no model server in {FOLDER}: run `make test-model`, which makes it.")
    with tempfile.TemporaryDirectory(prefix="nbd-") as runtime:
        server = Served(runtime)
        server.start()
        yield server
        server.command("stop")


@pytest.fixture()
def settings(served, monkeypatch):
    """Settings that say nothing of a model."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", served.runtime)
    monkeypatch.delenv("NBDOCTOR_LLM_URL", raising=False)
    return NBDoctor(llm_timeout=120.0)


@pytest.fixture()
def client(settings):
    return ModelClient(settings)

"""Servers that start, answer, end and are stopped; all are small scripts."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from nbdoctor.config import NBDoctor
from nbdoctor.errors import ServingError
from nbdoctor.kernel import local
from nbdoctor.llm.client import ModelClient
from nbdoctor.server.service import Service
from nbdoctor.serving import environment, health, plan, process, state
from nbdoctor.serving.plan import Options

from ..ports import free_port
from .fake_engine import Environment


@pytest.fixture()
def start(engine, tiny):
    """Start a server; it is stopped at the end."""
    begun = []

    def begin(place=engine, **options):
        made = plan.make(Options(**{"port": free_port(), "model": str(tiny), "profile": "cpu", **options}))
        found = environment.find(made.engine, str(place.python))
        begun.append(process.start(made, found.executable, environment.flags(found)))
        return begun[-1]

    yield begin
    for started in begun:
        process.stop(started.running, started.process, grace=1)


def _dead(pid):
    until = time.monotonic() + 5
    while state.start_of(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_a_server_with_a_key_that_settings_find(start, engine):
    started = start()
    assert state.discover() is None  # it has not answered yet
    running = process.wait(started)
    assert (running.ready, running.model, state.current()) == (True, "tiny", running)
    called = engine.called()
    assert called["env"]["VLLM_API_KEY"] == running.key()
    assert running.key() not in json.dumps(called["argv"])
    assert called["env"]["VLLM_NO_USAGE_STATS"] == "1"
    assert "--disable-uvicorn-access-log" not in called["argv"]  # this version lacks it
    assert stat.S_IMODE(os.stat(running.log_file).st_mode) == 0o600
    assert running.key() not in Path(running.log_file).read_text()
    assert health.requests(running) == {"running": 2, "waiting": 1}
    assert health.listed(replace(running, key_file="")) is None
    assert asyncio.run(_asked()) == ("tiny", 8192)


async def _asked():
    client = ModelClient(NBDoctor())
    try:
        assert client.configured
        return await client.resolve_model(), await client.context_length()
    finally:
        await client.aclose()


def test_a_jupyter_server_and_a_kernel_see_it_come_and_go(start):
    settings = NBDoctor()
    service, watch = Service(settings), SimpleNamespace(settings=settings)
    found = [_seen(service, watch)]
    started = start()
    process.wait(started)
    found.append(_seen(service, watch))
    process.stop(started.running, started.process)
    found.append(_seen(service, watch))
    assert found == [(False, "", False), (True, "tiny", True), (False, "", False)]


def _seen(service, watch):
    async def status():
        try:
            return await service.status("1")
        finally:
            await service.close()

    said = asyncio.run(status())
    assert said.model_trouble is None
    return said.model_configured, said.model, local.has_model(watch)


def test_the_last_line_of_the_log_is_shown_meanwhile(start, engine):
    engine.tell(names=["still another program"])
    started, said = start(), []

    def progress(line):
        said.append(line)
        if line:
            started.process.kill()

    with pytest.raises(ServingError):
        process.wait(started, progress)
    assert said[-1] == "Loading weights"


def test_all_that_it_started_is_stopped(start, engine):
    engine.tell(child=True)
    started = start()
    process.wait(started)
    child = int((engine.bin / "child").read_text())
    assert process.stop(started.running, started.process)
    assert _dead(child)
    assert _dead(started.running.pid)
    assert state.current() is None
    assert not (state.folder() / "key").exists()


def test_a_server_that_does_not_end_is_killed(start, engine):
    engine.tell(ignores_signals=True)
    started = start()
    process.wait(started)
    assert not process.stop(started.running, started.process, grace=0.1)
    assert _dead(started.running.pid)


def test_a_server_that_dies_while_it_starts(start, engine):
    engine.tell(lines=["INFO 11-21 10:00:00 [a.py:1] Loading", "ValueError: no such thing as a head"], exit=7)
    started = start()
    with pytest.raises(ServingError) as caught:
        process.wait(started)
    assert caught.value.message == "vLLM ended while it started (exit code 7): ValueError: no such thing as a head."
    assert caught.value.hint == f"The log: {started.running.log_file}"


def test_another_user_who_takes_the_port_is_told_nothing(start, monkeypatch):
    monkeypatch.setattr(process, "taken_by_another_user", lambda port: True)
    monkeypatch.setattr(process, "listed", lambda running: pytest.fail("the key was sent"))
    with pytest.raises(ServingError, match=r"^Another user's program took port"):
        process.wait(start())


def test_a_gated_download(start, engine):
    engine.tell(lines=["OSError: You are trying to access a gated repo."], exit=1)
    with pytest.raises(ServingError, match=r"^The model org/name may only be downloaded"):
        process.wait(start(model="org/name"))


def test_a_second_server_is_refused(start):
    started = start()
    with pytest.raises(ServingError) as caught:
        start()
    assert f"process {started.process.pid}." in caught.value.message
    assert "nbdoctor serve stop" in caught.value.hint


def test_a_program_that_cannot_be_started(start, engine):
    environment.flags(environment.find(plan.engines()["vllm"], str(engine.python)))
    engine.executable.write_text("#!/no/such/interpreter\n")
    with pytest.raises(ServingError, match="cannot be started: No such file"):
        start()
    assert state.current() is None


def test_ray_runs_the_application_that_is_written(start, tmp_path):
    ray = Environment(tmp_path / "ray", executable="serve", distributions=("ray", "vllm"))
    started = start(ray, engine="ray", replicas=(1, 2))
    running = process.wait(started)
    verb, path = ray.called()["argv"]
    assert (verb, running.key(), running.model) == ("run", "", "tiny")
    assert "max_replicas: 2" in Path(path).read_text()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert process.stop(started.running, started.process)  # by SIGINT


@pytest.mark.parametrize("names", [["something from the cache"], None])  # without a cache it answers with an error
def test_transformers_lists_what_it_likes(start, tmp_path, tiny, names):
    place = Environment(tmp_path / "t", executable="transformers", distributions=("transformers",))
    place.tell(names=names, flags="  --host TEXT\n  --port INTEGER\n")
    running = process.wait(start(place, engine="transformers"))
    assert running.model == str(tiny)
    assert "VLLM_API_KEY" not in place.called()["env"]
    assert place.called()["argv"][:2] == ["serve", str(tiny)]
    assert asyncio.run(_asked()) == (str(tiny), 8192)


def test_nobody_answers():
    gone = state.Running("http://127.0.0.1:9/v1", "m", 1, "1", 0.0, "", "", "vllm", "cpu", 8192)
    assert (health.answers(gone), health.listed(gone), health.requests(gone)) == (False, None, {})

"""The state of a server: who may read it, when it counts, and how settings find it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time

import pytest
from traitlets.config import Config

from nbdoctor.config import ModelServer, NBDoctor
from nbdoctor.serving import state
from nbdoctor.serving.state import Running


def running(**fields):
    known = {
        "url": "http://127.0.0.1:8123/v1",
        "model": "tiny",
        "pid": os.getpid(),
        "started": state.start_of(os.getpid()),
        "since": time.time(),
        "key_file": "",
        "log_file": "/tmp/log",
        "engine": "vllm",
        "profile": "cpu",
        "context": 8192,
        "ready": True,
    }
    return Running(**{**known, **fields})


@pytest.fixture()
def served():
    """A server that is ready, with a key."""
    found = running(key_file=str(state.new_key()))
    assert state.claim(found)
    return found


def test_files_are_for_their_owner_alone(served):
    old = os.umask(0)
    try:
        state.update(served)
    finally:
        os.umask(old)
    folder = state.folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "server.json": 0o600,
        "key": 0o600,
    }
    assert len(served.key()) >= 40


def test_a_second_claim_is_refused(served):
    assert not state.claim(running())
    assert state.current() == served


def test_the_process_that_has_gone_is_forgotten():
    with subprocess.Popen([sys.executable, "-IS", "-c", "input()"], stdin=subprocess.PIPE) as child:
        gone = running(pid=child.pid, started=state.start_of(child.pid))
        assert state.claim(gone)
        assert state.current() == gone
    assert state.current(clean=False) is None
    assert list(state.folder().iterdir()) != []  # whoever only looks removes nothing
    assert state.current() is None
    assert list(state.folder().iterdir()) == []


def test_a_process_that_ended_and_was_not_waited_for_has_gone():
    child = subprocess.Popen([sys.executable, "-IS", "-c", ""])
    started = state.start_of(child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not state.alive(child.pid, started or "1")
    child.wait()


def test_another_process_with_the_number_is_not_taken_for_it():
    assert state.claim(running(started="1"))
    assert state.discover() is None
    assert state.current() is None


def test_the_state_of_a_later_server_is_left_alone(served):
    state.clear(served.pid + 1)
    assert state.current() == served
    state.clear(served.pid)
    assert state.current() is None


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"url": "http://127.0.0.1:1/v1"}'])
def test_a_state_that_is_none_is_removed(text):
    path = state.folder(create=True) / "server.json"
    path.write_text(text)
    path.chmod(0o600)
    assert state.current() is None
    assert not path.exists()


def test_a_state_that_others_can_write_is_not_believed(served):
    (state.folder() / "server.json").chmod(0o666)
    assert state.discover() is None


def test_a_newer_version_may_say_more(served):
    path = state.folder() / "server.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "colour": "green"}))
    assert state.current() == served


def test_settings_find_the_server_with_its_key_and_model(served, monkeypatch):
    monkeypatch.setenv("NBDOCTOR_LLM_KEY", "for-another-server")
    assert NBDoctor().model_server == ModelServer(served.url, served.key(), "tiny", 8192)
    other = NBDoctor(llm_model="other", llm_context=99).model_server
    assert (other.model, other.context) == ("other", 99)
    assert served.key() not in repr(NBDoctor().model_server)


@pytest.mark.parametrize("changed", [{"ready": False}, {"url": "http://10.0.0.1:80/v1"}])
def test_settings_find_no_server_that_cannot_be_asked(changed):
    assert state.claim(running(**changed))
    assert NBDoctor().model_server == ModelServer()


def test_a_server_that_is_set_is_never_replaced(served, monkeypatch):
    monkeypatch.setenv("NBDOCTOR_LLM_KEY", "k")
    assert NBDoctor(llm_url="http://h").model_server == ModelServer("http://h", "k")
    monkeypatch.setenv("NBDOCTOR_LLM_URL", "http://e")
    assert NBDoctor().model_server == ModelServer("http://e", "k")


def test_nothing_is_looked_for_where_the_address_is_set_to_nothing(served, monkeypatch):
    assert NBDoctor(llm_url="").model_server.url == ""
    assert NBDoctor(config=Config(NBDoctor={"llm_url": ""})).model_server.url == ""
    monkeypatch.setenv("NBDOCTOR_LLM_URL", "")
    assert NBDoctor().model_server.url == ""


def test_a_server_that_starts_or_ends_later_is_seen(monkeypatch):
    settings = NBDoctor()
    assert settings.model_server.url == ""
    assert state.claim(running())
    assert settings.model_server.url == "http://127.0.0.1:8123/v1"
    state.clear()
    assert settings.model_server.url == ""


def test_settings_read_no_more_than_they_need():
    code = "import sys, nbdoctor.config, nbdoctor.serving.state; print({'httpx', 'rich', 'jupyter_core'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


def test_the_state_of_processes_as_ps_says_it(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    began = state.start_of(os.getpid())
    assert began.count(":") == 2
    assert state.alive(os.getpid(), began)
    assert state.start_of(2**22 - 1) == ""

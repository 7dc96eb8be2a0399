"""``nbdoctor serve`` with an engine that is a small script."""

from __future__ import annotations

import io
import os
import re
import signal
import time

import httpx
import pytest
from rich.console import Console

from nbdoctor.cli import main, serve
from nbdoctor.serving import process, state

from ..ports import free_port
from ..serving.fake_engine import Environment, model
from ..serving.helpers import isolated


@pytest.fixture(autouse=True)
def runtime(tmp_path, monkeypatch):
    yield from isolated(tmp_path, monkeypatch)


@pytest.fixture()
def engine(tmp_path):
    return Environment(tmp_path / "env")


@pytest.fixture()
def words(tmp_path, engine):
    """The command line that starts the small script."""
    tiny = model(tmp_path / "tiny")
    return ["serve", "--python", str(engine.python), "--model", str(tiny), "--port", str(free_port())]


def test_in_the_background_then_status_then_stop(words, engine, capsys):
    assert main([*words, "--background"]) == 0
    shown = capsys.readouterr()
    running = state.current()
    assert f"tiny is served at {running.url} since " in shown.out
    assert f"export NBDOCTOR_LLM_URL={running.url}" in shown.out
    assert f'export NBDOCTOR_LLM_KEY="$(cat {running.key_file})"' in shown.out
    assert "`nbdoctor serve stop` stops it." in shown.out
    assert running.key() not in shown.out + shown.err
    assert "vLLM 9.9 starts with tiny (profile cpu)." in shown.err
    assert httpx.get(f"{running.url}/models", trust_env=False).status_code == 401

    assert main(["serve", "status"]) == 0
    shown = capsys.readouterr().out
    assert f"{running.url}  model tiny\nProcess {running.pid}, vLLM, profile cpu, since 20" in shown
    assert "It answers. Requests: 2 running, 1 waiting.\n" in shown

    assert main([*words, "--background"]) == 1
    assert "A model server runs already" in capsys.readouterr().err

    assert main(["serve", "stop"]) == 0
    assert capsys.readouterr().out == f"The server at {running.url} is stopped.\n"
    assert state.start_of(running.pid) == ""


def test_on_a_terminal_the_logs_last_line_is_shown_meanwhile(words, engine, monkeypatch, capsys):
    screen = io.StringIO()
    monkeypatch.setattr(serve, "Console", lambda **_: Console(file=screen, force_terminal=True, width=150))
    engine.tell(lines=["INFO 11-21 10:00:00 [loader.py:12] Loading [bold]weights"], pause=0.4)
    assert main([*words, "--background"]) == 0
    assert "vLLM 9.9 starts with tiny (profile cpu), 0 s: Loading [bold]weights" in screen.getvalue()
    assert main(["serve", "stop"]) == 0


def test_where_none_runs(capsys):
    assert main(["serve", "status"]) == 1
    assert main(["serve", "stop"]) == 0
    assert capsys.readouterr().out == 2 * "No model server of nbdoctor serve runs on this machine.\n"


def test_a_server_that_starts_or_hangs(words, engine, capsys):
    engine.tell(names=[])
    assert main(["serve", "status"]) == 1
    started = process.start(*_prepared(words))
    assert main(["serve", "status"]) == 1
    assert "It is starting." in capsys.readouterr().out
    state.update(serve.process.replace(started.running, ready=True, url="http://127.0.0.1:9/v1"))
    assert main(["serve", "status"]) == 1
    assert "It does not answer." in capsys.readouterr().out
    process.stop(started.running, started.process, grace=2)


def _prepared(words):
    chosen = serve.plan.make(serve.plan.Options(model=words[4], port=int(words[6]), profile="cpu"))
    found = serve.environment.find(chosen.engine, words[2])
    return chosen, found.executable, frozenset({"--port"})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_and_the_end_of_a_terminal_or_container_stop_it(words, monkeypatch, capsys, number):
    def interrupted(seconds):
        if seconds == serve._WATCH_SECONDS:
            os.kill(os.getpid(), number)
        sleep(seconds)

    sleep, before = time.sleep, signal.getsignal(number)
    monkeypatch.setattr(serve.time, "sleep", interrupted)
    assert main(words) == 0
    shown = capsys.readouterr()
    assert "Ctrl+C stops it." in shown.out
    assert "Stopping the server." in shown.err
    assert state.current() is None
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_stopped_while_it_starts(words, monkeypatch, capsys, number):
    def wait(started):
        os.kill(os.getpid(), number)
        time.sleep(5)

    monkeypatch.setattr(process, "wait", wait)
    assert main(words) == 1
    assert "nbdoctor serve: interrupted" in capsys.readouterr().err
    assert state.current() is None


def test_a_server_that_ends_later(words, engine, capsys):
    engine.tell(serve_seconds=0.4, lines=["INFO ready", "RuntimeError: the card has gone"])
    assert main(words) == 1
    assert "the server ended (exit code 3): RuntimeError: the card has gone The log: " in capsys.readouterr().err
    assert state.current() is None


def test_a_server_that_is_stopped_elsewhere(words, monkeypatch, capsys):
    def stopped(seconds):
        if seconds == serve._WATCH_SECONDS:
            assert main(["serve", "stop"]) == 0
        else:
            sleep(seconds)

    sleep = time.sleep
    monkeypatch.setattr(serve.time, "sleep", stopped)
    assert main(words) == 0
    assert "The server was stopped." in capsys.readouterr().err


def test_the_reason_is_said_and_nothing_is_left(words, engine, capsys):
    engine.tell(lines=["OSError: You are trying to access a gated repo."], exit=1)
    assert main(words) == 1
    said = capsys.readouterr().err
    assert "nbdoctor serve: The model tiny may only be downloaded by people who have accepted its terms." in said
    assert re.search(r"The log: \S+/vllm\.log$", said.strip())
    assert state.current() is None


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--model", "/no/such"], 2, "There is no folder /no/such."),
        (["--profile", "tpu"], 2, "There is no profile named 'tpu'."),
        (["--python", "/no/python"], 2, "There is no Python interpreter /no/python."),
        (["--port", "0"], 2, "--port is between 1 and 65535."),
        (["--context", "-1"], 2, "--context cannot be negative"),
        (["--tensor-parallel", "0"], 2, "--tensor-parallel is at least 1."),
        (["--replicas", "2"], 2, "--replicas needs --engine ray"),
        (["--engine", "ray", "--replicas", "4-1"], 2, "--replicas is a number, or the fewest and the most"),
        (["--profile", "gpu-24gb"], 1, "The profile gpu-24gb needs a GPU, and nvidia-smi lists none."),
        (["--engine", "transformers"], 1, "lacks transformers."),
    ],
)
def test_what_is_wrong_is_said(words, arguments, code, said, capsys):
    assert main([*words, *arguments]) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""
    assert state.current() is None


@pytest.mark.parametrize("arguments", [["--engine", "abacus"], ["restart"], ["--port", "x"]])
def test_what_is_no_option_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["serve", *arguments])
    assert caught.value.code == 2


def test_only_the_command(words, engine, capsys):
    assert main([*words, "--print"]) == 0
    shown = capsys.readouterr()
    assert f"VLLM_API_KEY=… {engine.executable} serve {words[4]} --host 127.0.0.1 --port {words[6]}" in shown.out
    assert "--disable-uvicorn-access-log" not in shown.out
    assert not (engine.bin / "called.json").exists()
    assert not (state.folder() / "key").exists()


def test_only_the_command_for_another_machine(tmp_path, capsys):
    bare = Environment(tmp_path / "bare", distributions=())
    assert main(["serve", "--python", str(bare.python), "--print", "--profile", "a100-80gb"]) == 0
    shown = capsys.readouterr()
    assert " vllm serve TheBloke/CodeLlama-34B-Instruct-AWQ " in shown.out
    assert "--speculative-config" in shown.out
    assert "lacks vllm" in shown.err
    assert main(["serve", "--python", str(bare.python), "--print", "--engine", "ray", "--replicas", "1-3"]) == 0
    assert "max_replicas: 3" in capsys.readouterr().out

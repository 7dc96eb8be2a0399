"""Which flags an engine has, and what its log says."""

from __future__ import annotations

import pytest

from nbdoctor.errors import ServingError
from nbdoctor.serving import environment, logs
from nbdoctor.serving.tables import engines, load

from .fake_engine import Environment

FACTS = {"model": "tiny", "engine": "vLLM", "port": "8123", "context": "8192"}


def _installed(engine, name="vllm"):
    return environment.find(engines()[name], str(engine.python))


def test_flags_are_asked_once_for_each_version(engine):
    said = []
    found = environment.flags(_installed(engine), said.append)
    assert {"--host", "--no-enforce-eager", "--speculative-config"} < found
    assert "--unheard-of" not in found  # only mentioned
    assert environment.flags(_installed(engine), said.append) == found
    assert engine.asked() == ["serve --help=all"]
    assert said == ["Asking vLLM 9.9 which flags it knows; once for this version."]
    engine.rename("9.10")
    environment.flags(_installed(engine))
    assert len(engine.asked()) == 2


def test_an_older_version_lists_them_otherwise(engine):
    engine.tell(help_all=False)
    assert "--host" in environment.flags(_installed(engine))
    assert engine.asked() == ["serve --help=all", "serve --help"]


def test_an_engine_that_does_not_even_list_its_flags(engine):
    engine.tell(help_exit=1, help_all=True, flags="Traceback\n  File x\nImportError: libgomp.so.1: cannot open")
    with pytest.raises(ServingError) as caught:
        environment.flags(_installed(engine))
    assert caught.value.message.endswith("does not start: ImportError: libgomp.so.1: cannot open")


def test_flags_in_a_frame():
    text = "╭─ Options ───╮\n│ --host        TEXT     Listen on, see --other.  │\n│ *  -p, --port  INTEGER  │\n"
    assert environment.listed(text) == {"--host", "--port"}


def test_ray_takes_no_flags(tmp_path):
    ray = Environment(tmp_path / "ray", executable="serve", distributions=("ray", "vllm"))
    assert environment.flags(_installed(ray, "ray")) == frozenset()
    assert ray.asked() == []


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("You are trying to access a gated repo.", "may only be downloaded by people who have accepted", "HF_TOKEN"),
        (
            "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: x",
            "cannot be downloaded",
            "HF_TOKEN",
        ),
        ("HTTPError: 403 Client Error: Forbidden for url: x", "cannot be downloaded", "--model"),
        ("OSError: a/b is not a local folder and is not a valid model identifier", "none of that name", "--model"),
        ("OSError: We couldn't connect to 'x' to load the files", "download does not get through", "--model"),
        ("OSError: [Errno 28] No space left on device", "The disk is full.", "HF_HOME"),
        ("RuntimeError: Found no NVIDIA driver on your system.", "driver is missing", "newer driver"),
        ("RuntimeError: Failed to infer device type, please set", "finds no device", "--python"),
        ("OSError: [Errno 98] Address already in use", "Another program took port 8123.", "--port"),
        (
            "ValueError: User-specified max_model_len (9) is greater than the derived max_model_len (8)",
            "8192",
            "--context",
        ),
        ("ValueError: To serve at least one request with the model's max seq len (8)", "8192 tokens", "--context 4096"),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried", "memory does not suffice", "--model"),
        (
            "ValueError: Model architectures ['X'] are not supported for now.",
            "does not know this kind",
            "newer version",
        ),
        ("vllm serve: error: unrecognized arguments: --x", "lacks a flag", "--print"),
    ],
)
def test_what_the_log_means(tmp_path, line, message, hint):
    path = tmp_path / "vllm.log"
    path.write_text(
        f"INFO starting\n(EngineCore_0 pid=7) ERROR 11-21 10:00:00 [core.py:842] {line}\nRuntimeError: Engine core initialization failed. See root cause above.\n"
    )
    error = logs.explain(path, FACTS, "exit code 1")
    assert message in error.message
    assert hint in error.hint
    assert error.hint.endswith(f"The log: {path}")


def test_every_row_can_be_said():
    for row in load("log")["meanings"]:
        for sentence in (row["message"].format_map(FACTS), row["hint"].format_map(FACTS)):
            assert sentence.endswith(".")


def test_the_last_error_that_says_something(tmp_path):
    path = tmp_path / "log"
    path.write_text(
        "\x1b[36m(EngineCore pid=7)\x1b[0;0m ERROR 11-21 10:00:00 [core.py:8] AssertionError: heads 12 of 5\n"
        "  File 'x.py'\nRuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}\n\n"
        "resource_tracker: There appear to be 1 leaked objects\n"
    )
    error = logs.explain(path, FACTS, "signal SIGKILL")
    assert error.message == "vLLM ended while it started (signal SIGKILL): AssertionError: heads 12 of 5."


def test_a_log_without_words(tmp_path):
    error = logs.explain(tmp_path / "none", FACTS, "exit code 1")
    assert error.message == "vLLM ended while it started (exit code 1) and wrote nothing."


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("INFO 11-21 10:00:00 [loader.py:12] Loading weights", "Loading weights"),
        ("(APIServer pid=12) INFO 11-21 10:00:00 [a/b.py:1] Hello", "Hello"),
        ("INFO:     Started server process [7]", "Started server process [7]"),
        ("Loading:  10%\rLoading: 20%", "Loading: 20%"),
        ("-----", ""),
        ("x" * 300, "x" * 239 + "…"),
    ],
)
def test_a_line_without_what_the_logger_wrote(line, left):
    assert logs.stripped(line) == left


def test_a_log_that_grows(tmp_path):
    path = tmp_path / "log"
    path.write_text("")
    tail = logs.Tail(path)
    assert tail.latest() == ""
    with path.open("a") as file:
        file.write("one\ntwo\n\n")
        file.flush()
        assert tail.latest() == "two"
        assert tail.latest() == "two"
        file.write("three\n")
        file.flush()
        assert tail.latest() == "three"

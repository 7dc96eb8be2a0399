"""``nbdoctor check`` on real kernels."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from nbdoctor.cli import main
from nbdoctor.cli.check import Findings, sentences
from nbdoctor.protocol import Confinement, KernelStatus, ServerStatus, Trouble

from .. import environments

ROOT = Path(__file__).parents[2]
PYTHON = ".".join(map(str, sys.version_info[:3]))


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("NBDOCTOR_LLM_URL", raising=False)


def _kernel(tmp_path, monkeypatch, *argv, language="python"):
    """A kernel named ``other`` that is started so."""
    folder = tmp_path / "jupyter" / "kernels" / "other"
    folder.mkdir(parents=True)
    spec = {"argv": [*argv, "-f", "{connection_file}"], "display_name": "Other", "language": language}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))


def test_a_kernel_that_nbdoctor_loads_in(capsys):
    assert main(["check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("nbdoctor ")
    assert lines[1] == f"Kernel python3 (Python {PYTHON})"
    assert lines[2] == "nbdoctor loads in it."
    assert len(lines) == 5
    assert lines[3].endswith(".")
    assert lines[4] == "No model server is set: nbdoctor's rules work alone."


def test_as_json(capsys, monkeypatch):
    monkeypatch.setenv("NBDOCTOR_LLM_URL", "http://127.0.0.1:9/v1")
    assert main(["check", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kernel"], found["loads"], found["status"]["python"]) == ("python3", True, PYTHON)
    assert found["status"]["trouble"] is None
    assert found["server"]["model_trouble"]["code"] == "model_unavailable"


def test_a_kernel_whose_environment_has_none_is_sent_it(tmp_path, monkeypatch, capsys):
    python = environments.bare_python(tmp_path / "env")
    monkeypatch.delenv("PYTHONPATH")
    monkeypatch.chdir(tmp_path)
    _kernel(tmp_path, monkeypatch, python, "-m", "ipykernel_launcher")
    assert main(["check", "--kernel", "other"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == ("nbdoctor loads in it. Its environment has none of this version, so the kernel half was sent.")
    assert main(["check", "--kernel", "other", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["loads"], found["sent"], found["status"]["trouble"]) == (True, True, None)


def test_a_kernel_of_another_language_exits_with_1(tmp_path, monkeypatch, capsys):
    _kernel(tmp_path, monkeypatch, sys.executable, "-m", "ipykernel_launcher", language="R")
    assert main(["check", "--kernel", "other"]) == 1
    said = "nbdoctor does not load in it: nbdoctor looks into Python kernels, and this one runs R."
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("argv", [["/no/such/python"], [sys.executable, "-c", "raise SystemExit(3)"]])
def test_a_kernel_that_does_not_start_exits_with_1(tmp_path, monkeypatch, capsys, argv):
    _kernel(tmp_path, monkeypatch, *argv)
    assert main(["check", "--kernel", "other"]) == 1
    assert "nbdoctor does not load in it: The kernel does not start." in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--kernel", "no-such"], ["--config", "no-such.py"]])
def test_a_wrong_command_line_exits_with_2(arguments, capsys):
    assert main(["check", *arguments]) == 2
    assert "no-such" in capsys.readouterr().err


def _said(status, **server):
    return sentences(
        Findings("k", "python 3.12.1", status.trouble is None, status, ServerStatus("1.0", 1, "model", **server))
    )


def test_what_is_said():
    status = KernelStatus("3.12.1", Confinement("basic", "Fixes are tried without namespaces."))
    assert _said(status, model="qwen", model_configured=True) == [
        "nbdoctor 1.0",
        "Kernel k (Python 3.12.1)",
        "nbdoctor loads in it.",
        "Fixes are tried without namespaces.",
        "The model server answers with the model qwen.",
    ]
    trouble = Trouble("model_refused", "The key is wrong.", "Check it.")
    assert _said(status, model_configured=True, model_trouble=trouble)[-1] == (
        "The model server does not answer: The key is wrong. Check it."
    )

"""``nbdoctor run`` on real kernels."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from nbdoctor.cli import main

from .. import environments

ROOT = Path(__file__).parents[2]


@pytest.fixture()
def notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("NBDOCTOR_LLM_URL", raising=False)

    def write(*cells, name="story.ipynb", tags=()):
        made = [nbformat.v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate(cells)]
        for index, tag in tags:
            made[index].metadata["tags"] = [tag]
        path = tmp_path / name
        nbformat.write(nbformat.v4.new_notebook(cells=made), path)
        return path

    return write


def _sources(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def test_a_notebook_that_runs_exits_with_0_and_writes_nothing(notebook, capsys):
    path = notebook("x = 1", "x + 1")
    assert main(["run", "--fix", str(path)]) == 0
    assert "ran to its end." in capsys.readouterr().out
    assert sorted(p.name for p in path.parent.glob("*.ipynb")) == ["story.ipynb"]


def test_without_fix_the_first_error_is_explained_and_stands(notebook, capsys, tmp_path):
    path = notebook("revenue = 3", "print(revenu)", "never_reached")
    assert main(["run", str(path), "--json", str(tmp_path / "out.json")]) == 1
    shown = capsys.readouterr().out
    assert "`revenue`" in shown
    assert "never_reached" not in shown
    data = json.loads((tmp_path / "out.json").read_text())
    (failure,) = data["failures"]
    assert (data["ok"], failure["index"], failure["cell"], failure["applied"]) == (False, 1, "c1", None)
    assert failure["diagnosis"]["category"] == "python"
    assert not list(path.parent.glob("*.fixed.ipynb"))


def test_with_fix_errors_are_repaired_and_the_original_is_kept(notebook, capsys):
    path = notebook("revenue = 3", "print(revenu)", "total = (1 + 2", "total")
    before = path.read_bytes()
    assert main(["run", "--fix", str(path)]) == 0
    assert path.read_bytes() == before
    assert _sources(path.with_name("story.fixed.ipynb")) == [
        "revenue = 3",
        "print(revenue)",
        "total = (1 + 2)",
        "total",
    ]
    shown = capsys.readouterr().out
    assert shown.count("rerun     passed") == 2
    assert "+print(revenue)" in shown


def test_in_place_writes_over_the_original(notebook):
    path = notebook("revenue = 3", "print(revenu)")
    assert main(["run", "--fix", "--in-place", str(path)]) == 0
    assert _sources(path)[1] == "print(revenue)"
    assert not path.with_name("story.fixed.ipynb").exists()


def test_a_cell_that_was_not_run_is_run_first(notebook, tmp_path):
    path = notebook("rate = 2", "rate * 3", tags=[(0, "nbdoctor-skip")])
    out = tmp_path / "out.json"
    assert main(["run", "--fix", str(path), "--json", str(out)]) == 0
    assert json.loads(out.read_text())["failures"][0]["diagnosis"]["category"] == "notebook"
    assert _sources(path.with_name("story.fixed.ipynb")) == ["rate = 2", "rate * 3"]


def test_a_change_of_state_is_not_made_twice(notebook):
    path = notebook("values = [1]\ntotal = 0", "values.append(2)\ntotl", "assert values == [1, 2], values")
    assert main(["run", "--fix", str(path)]) == 0
    assert _sources(path.with_name("story.fixed.ipynb"))[1] == "values.append(2)\ntotal"


def test_expected_errors_are_passed_over(notebook):
    path = notebook("1/0", "2", tags=[(0, "raises-exception")])
    assert main(["run", str(path)]) == 0


def test_an_error_without_a_fix_stands(notebook, capsys):
    path = notebook("raise RuntimeError('the reactor is cold')")
    assert main(["run", "--fix", str(path)]) == 1
    assert "An error stands" in capsys.readouterr().out


def test_a_kernel_that_dies_is_said(notebook, capsys):
    path = notebook("import os\nos._exit(3)")
    assert main(["run", str(path)]) == 1
    assert "kernel died" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["none.ipynb"], ["x.ipynb", "--in-place"], [], ["x.ipynb", "--kernel", "no-such"]]
)
def test_a_wrong_command_line_exits_with_2(notebook, capsys, monkeypatch, arguments):
    monkeypatch.chdir(notebook("1", name="x.ipynb").parent)
    try:
        assert main(["run", *arguments]) == 2
    except SystemExit as stop:  # argparse
        assert stop.code == 2
    assert capsys.readouterr().err


def test_what_is_no_notebook_is_said(notebook, capsys, tmp_path):
    (tmp_path / "no.ipynb").write_text("hello")
    assert main(["run", str(tmp_path / "no.ipynb")]) == 2
    assert "is not a notebook" in capsys.readouterr().err


def test_a_fix_that_did_not_help_does_not_stay(notebook, capsys, monkeypatch):
    # The rule's edit is right, and yet the cell fails on its next line, which no trial has shown: nothing is written.
    monkeypatch.setenv("NBDOCTOR_TRIALS", "off")
    path = notebook("revenue = 3", "print(revenu)\nraise RuntimeError('still')")
    assert main(["run", "--fix", str(path)]) == 1
    assert "its text is as it was" in capsys.readouterr().out
    assert not path.with_name("story.fixed.ipynb").exists()
    path = notebook("revenue = 3", "print(revenu)", "print(revenu)\nraise RuntimeError('still')")
    assert main(["run", "--fix", str(path)]) == 1
    assert _sources(path.with_name("story.fixed.ipynb"))[1:] == [
        "print(revenue)",
        "print(revenu)\nraise RuntimeError('still')",
    ]


def test_a_kernel_of_another_environment_is_sent_nbdoctor(notebook, capsys, tmp_path, monkeypatch):
    environments.specify(
        tmp_path / "jupyter" / "kernels", "bare", environments.bare_python(tmp_path / "env"), "-m", "ipykernel_launcher"
    )
    monkeypatch.delenv("PYTHONPATH")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    path = notebook("revenue = 3", "print(revenu)")
    assert main(["run", "--fix", "--kernel", "bare", str(path), "--json", str(tmp_path / "out.json")]) == 0
    assert "could not be loaded" not in capsys.readouterr().out
    (failure,) = json.loads((tmp_path / "out.json").read_text())["failures"]
    assert failure["diagnosis"]["live"] is True

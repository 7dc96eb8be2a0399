"""The real programs that run notebooks see what they saw without nbdoctor, byte for byte."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
CELLS = [
    "import json\nvalues = {'a': 1}",
    "def f(x):\n    return values[x]",
    "print('before')\nf('b')",
    "print('never reached')",
]


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    """A folder with the same failing notebook for a kernel with nbdoctor and one without, and the kernelspecs."""
    folder = tmp_path_factory.mktemp("harmless")
    shutil.copytree(ROOT / "kernels" / "nbdoctor", folder / "share" / "kernels" / "nbdoctor")
    for name in ("python3", "nbdoctor"):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(c, id=f"c{i}") for i, c in enumerate(CELLS)]
        )
        notebook.metadata["kernelspec"] = {"name": name, "display_name": name, "language": "python"}
        nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder


def _run(notebooks, *command):
    env = {**os.environ, "JUPYTER_PATH": str(notebooks / "share"), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=notebooks, env=env, capture_output=True, text=True, check=False
    )


def _outputs(path):
    return [cell.outputs for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_nbconvert_fails_with_the_same_outputs(notebooks):
    results = {}
    for name in ("python3", "nbdoctor"):
        common = ("nbconvert", "--to", "notebook", "--execute", f"{name}.ipynb", "--output", f"{name}.out.ipynb")
        assert _run(notebooks, *common).returncode != 0
        assert _run(notebooks, *common, "--allow-errors").returncode == 0
        results[name] = _outputs(notebooks / f"{name}.out.ipynb")
    assert json.dumps(results["python3"]) == json.dumps(results["nbdoctor"])
    assert results["nbdoctor"][2][-1]["ename"] == "KeyError"


def test_papermill_fails_with_the_same_outputs(notebooks):
    results = {}
    for name in ("python3", "nbdoctor"):
        done = _run(notebooks, "papermill", "--no-progress-bar", f"{name}.ipynb", f"{name}.pm.ipynb")
        assert done.returncode != 0
        assert "KeyError" in done.stderr
        results[name] = _outputs(notebooks / f"{name}.pm.ipynb")
    assert json.dumps(results["python3"]) == json.dumps(results["nbdoctor"])


def test_nbclient_raises_the_same_error(notebooks):
    code = (
        "import sys, nbformat, nbclient\n"
        "nb = nbformat.read(sys.argv[1], as_version=4)\n"
        "try: nbclient.NotebookClient(nb).execute()\n"
        "except nbclient.exceptions.CellExecutionError as e: print(e.ename, e.evalue, e.traceback)\n"
    )
    (notebooks / "client.py").write_text(code)
    env = {**os.environ, "JUPYTER_PATH": str(notebooks / "share"), "PYTHONPATH": str(ROOT)}
    shown = [
        subprocess.run(
            [sys.executable, "client.py", f"{name}.ipynb"],
            cwd=notebooks,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for name in ("python3", "nbdoctor")
    ]
    assert shown[0] == shown[1]
    assert shown[0].startswith("KeyError")

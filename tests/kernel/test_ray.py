"""Errors of Ray, in real kernels with a Ray of their own: diagnosed where they were raised, repaired, and run again."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import nbformat
import pytest

from nbdoctor.cli import main

# Ray takes a few seconds to start; on a busy machine, many.
pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "demo_notebooks" / "06_ray.ipynb"

START = """
import logging
import numpy as np
import ray
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)

@ray.remote
def square(x):
    return x * x

@ray.remote
class Counter:
    def __init__(self):
        self.count = 0

    def step(self, number):
        self.count += number
        return self.count

counter = Counter.remote()
""".strip()

#: Cells that fail, what they fail with, and how they stand in the notebook afterwards.
CELLS = [
    ("ray_not_remote", "four = square(2)", "four = ray.get(square.remote(2))"),
    ("ray_not_remote", "ray.get(counter.step(1))", "ray.get(counter.step.remote(1))"),
    ("ray_reference", "square.remote(3) + 1", "ray.get(square.remote(3)) + 1"),
    ("ray_no_method", "ray.get(counter.ste.remote(1))", "ray.get(counter.step.remote(1))"),
    ("ray_init_twice", "ray.init()", "ray.init(ignore_reinit_error=True)"),
    (
        "ray_read_only",
        "@ray.remote\ndef clear(values):\n    values[0] = 0\n    return values\n\nray.get(clear.remote(np.ones(100_000)))",
        "@ray.remote\ndef clear(values):\n    values = values.copy()\n    values[0] = 0\n    return values\n\n"
        "ray.get(clear.remote(np.ones(100_000)))",
    ),
]
LAST = "import os\n\n@ray.remote(max_retries=0)\ndef stop():\n    os._exit(1)\n\nray.get(stop.remote())"


@pytest.fixture()
def run(tmp_path, monkeypatch):
    """Run a notebook with ``nbdoctor run --fix``: its exit code, its failures, and the cells that were written."""
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("NBDOCTOR_LLM_URL", raising=False)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)

    def run(notebook):
        path, found = tmp_path / "story.ipynb", tmp_path / "found.json"
        nbformat.write(notebook, path)
        status = main(["run", "--fix", str(path), "--json", str(found)])
        failures = json.loads(found.read_text())["failures"]
        if any("timed out during startup" in failure["error"]["value"] for failure in failures):
            pytest.skip("Ray did not start within its 30 seconds: this machine is too busy")
        return status, failures, nbformat.read(path.with_suffix(".fixed.ipynb"), as_version=4).cells

    return run


def test_an_error_in_a_task_is_repaired_in_the_cell_that_defines_it(run):
    notebook = nbformat.read(DEMO, as_version=4)
    status, failures, cells = run(notebook)
    (failure,) = failures
    diagnosis = failure["diagnosis"]
    assert diagnosis["kind"] == "missing_column"
    assert diagnosis["headline"] == (
        "Inside of the task `total`: `revenu` is not a column of `sales`; the closest is `revenue`."
    )
    assert failure["verdict"]["status"] == "not_tried"  # Ray lives in other processes, which no copy can have
    changed = [new.source for old, new in zip(notebook.cells, cells) if old.source != new.source]
    assert changed == ['@ray.remote\ndef total(sales):\n    return round(sales["revenue"].sum(), 2)']
    assert status == 0


def test_calls_are_repaired_and_the_rest_is_explained(run):
    texts = [START, *(text for _, text, _ in CELLS), LAST]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(t, id=f"c{i}") for i, t in enumerate(texts)])
    status, failures, cells = run(notebook)
    assert [failure["diagnosis"]["kind"] for failure in failures] == [
        *(kind for kind, _, _ in CELLS),
        "ray_worker_crashed",
    ]
    assert [cell.source for cell in cells[1:-1]] == [new for _, _, new in CELLS]
    assert status == 1
    assert "`ray.get(stop.remote())`" in failures[-1]["diagnosis"]["headline"]
    assert failures[-1]["applied"] is None

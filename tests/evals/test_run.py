"""Whole runs of our own cases, in real kernels and worker processes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nbdoctor.evals import installs, pool
from nbdoctor.evals.cases import Case, CaseError, load
from nbdoctor.evals.compare import SAME
from nbdoctor.evals.options import Options
from nbdoctor.evals.results import Document, Result, read
from nbdoctor.evals.run import run
from nbdoctor.llm.fake import FakeModel
from nbdoctor.llm.fake_server import running

from .helpers import OWN

pytestmark = pytest.mark.timeout(240)


def _cases(*ids: str) -> list[Case]:
    return [case for case in load([OWN]) if case.id in ids]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Iterator[tuple[Document, Any]]:
    """All of our own cases by rules alone, two at a time, and the file with their results."""
    path = tmp_path_factory.mktemp("eval") / "out.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBDOCTOR_LLM_URL", "http://127.0.0.1:9/v1")  # a setting of the caller's that must not count
        patch.setenv("NBDOCTOR_MUTED", "misspelled_name")
        yield asyncio.run(run(load([OWN]), Options(envs="/no/such/folder"), jobs=2, path=path)), path


@pytest.fixture(scope="module")
def by_id(whole) -> dict[str, Result]:
    return {result.id: result for result in whole[0].cases}


def test_every_case_is_in_the_report_in_the_order_of_the_file(whole):
    assert [result.id for result in whole[0].cases] == [case.id for case in load([OWN])]
    assert read(whole[1]) == whole[0]
    assert whole[0].meta["count"] == 17
    assert not [result.id for result in whole[0].cases if result.outcome == "harness_failed"]


@pytest.mark.parametrize("name", ["typo", "value", "file", "order", "twice", "restart"])
def test_a_right_fix_is_solved_and_its_check_holds(by_id, name):
    found = by_id[name]
    assert (found.solved, found.fixed, found.checked, found.reproduced, found.live) == (True,) * 5, found
    assert found.verdict == ("not_tried" if name == "restart" else "passed")


def test_a_fix_that_lies_is_a_false_pass(by_id):
    found = by_id["liar"]
    assert (found.verdict, found.fixed, found.checked) == ("passed", True, False)
    assert (found.outcome, found.false_pass, found.solved) == ("wrong", True, False)
    assert found.reason == "the cell runs, but its check fails: AssertionError, in assert cost == 6"


def test_a_false_pass_says_whether_another_mistake_is_left(by_id):
    assert by_id["liar"].other_mistake is False
    found = by_id["two-mistakes"]
    assert (found.verdict, found.checked, found.false_pass, found.other_mistake) == ("passed", False, True, True)


def test_a_fix_that_does_not_run_the_cell_is_applied_as_a_person_would(by_id):
    assert by_id["restart"].rerun == "restart"
    assert by_id["twice"].rerun == "plan"


def test_imports_count_by_name(by_id):
    assert (by_id["install"].right, by_id["install"].distribution) == (True, "opencv-python")
    assert (by_id["install"].fixed, by_id["install"].invented, by_id["install"].solved) == (None, False, True)
    assert (by_id["nothing-to-install"].right, by_id["nothing-to-install"].solved) == (True, True)


@pytest.mark.parametrize(
    ("name", "outcome", "solved", "reason"),
    [
        ("unfixed", "no_fix", False, "no fix was proposed"),
        ("runs", "did_not_fail", None, "the cell did not fail"),
        ("earlier", "setup_failed", None, "cell 1, which is run before it, fails: ZeroDivisionError: division by zero"),
        ("slow", "timeout", False, "a cell ran for more than 2 s"),
        ("dies", "kernel_died", False, "the kernel died"),
        ("elsewhere", "no_environment", None, "there is no environment no-such-environment"),
        ("recorded", "not_runnable", None, "the case cannot be run"),
    ],
)
def test_what_cannot_be_scored_is_an_outcome_with_a_reason(by_id, name, outcome, solved, reason):
    assert (by_id[name].outcome, by_id[name].solved) == (outcome, solved)
    assert by_id[name].reason.startswith(reason)


def test_seconds_are_those_from_the_error(by_id):
    seconds = by_id["typo"].seconds
    assert 0 < seconds["findings"] <= seconds["fix"] <= seconds["passed"] <= seconds["diagnosis"] < seconds["total"]
    assert seconds["words"] is None


def test_a_run_goes_on_where_it_was_and_comes_out_the_same(whole, by_id, tmp_path):
    ids = ["typo", "liar", "twice", "install"]
    options = Options(envs="/no/such/folder")
    first = asyncio.run(run(_cases(*ids), options, jobs=2, path=tmp_path / "out.json"))
    for found in first.cases:
        assert [getattr(found, name) for name in SAME] == [getattr(by_id[found.id], name) for name in SAME]
    kept = Document(dict(first.meta), first.cases[:3])
    kept.cases[0].reason = "kept as it was"
    kept.cases[1].outcome = "harness_failed"
    again = asyncio.run(run(_cases(*ids), options, kept=kept))
    assert [(r.id, r.outcome) for r in again.cases] == [
        ("typo", "solved"),
        ("liar", "wrong"),
        ("twice", "solved"),
        ("install", "solved"),
    ]
    assert again.cases[0].reason == "kept as it was"
    with pytest.raises(CaseError, match="its options, cases_digest differ"):
        asyncio.run(run(_cases("typo"), Options(trials=False), kept=kept))


def test_without_trials_nothing_is_tried():
    (found,) = asyncio.run(run(_cases("liar"), Options(trials=False))).cases
    assert (found.verdict, found.outcome, found.false_pass) == ("not_tried", "wrong", False)


def test_a_recorded_traceback_is_diagnosed_without_running():
    (slow, recorded) = asyncio.run(run(_cases("slow", "recorded"), Options(diagnose_only=True))).cases
    assert (recorded.outcome, recorded.found_category, recorded.category_right) == ("diagnosed", "infra", True)
    assert (recorded.fixed, recorded.live, recorded.solved) == (None, False, None)
    assert slow.outcome == "diagnosed"


def _with_model(model: FakeModel, *ids: str, **options: Any) -> list[Result]:
    async def main():
        async with running(model) as url:
            return (await run(_cases(*ids), Options(llm_url=url, **options))).cases

    return asyncio.run(main())


def test_the_model_the_baseline_and_the_grades():
    model = FakeModel({"replace": {"price_ne2": "price_net"}, "category": "python"})
    model.enqueue("The name is price_net. It was cut short.", job="summarize")
    model.enqueue("Misspelt.\n```python\ncost = price_net2 * 2\n```", job="summarize")
    ours, theirs = _with_model(model, "liar", rules=False, baseline=True, grade=True)
    assert (ours.system, ours.outcome, ours.origin, ours.by) == ("model", "solved", "model", "fake")
    assert ours.headline == "The name is price_net."
    assert ours.seconds["words"] > 0
    assert {"summarize", "fix"} <= set(ours.tokens)
    assert ours.calls == sum(row["calls"] for row in ours.tokens.values())
    assert (theirs.system, theirs.outcome, theirs.rerun) == ("baseline", "wrong", "cell")
    assert (theirs.verdict, theirs.explanation, set(theirs.tokens)) == (None, "Misspelt.", {"baseline"})
    assert ours.grades["baseline"] == {"won": "tie", "consistent": False}  # the fake always says A


def test_the_baseline_installs_nothing():
    model = FakeModel()
    model.enqueue("```\npip install opencv-python\n```", job="summarize")
    ours, theirs = _with_model(model, "install", baseline=True)
    assert (ours.system, ours.calls, ours.solved) == ("rules+model", 0, True)
    assert (theirs.right, theirs.distribution, theirs.fixed, theirs.solved) == (True, "opencv-python", None, True)


def test_a_server_that_fails_is_an_outcome():
    model = FakeModel()
    for _ in range(12):
        model.enqueue('{"error": {"message": "out of memory"}}', status=500)
    (found,) = _with_model(model, "liar", rules=False)
    assert (found.outcome, found.solved) == ("model_failed", False)
    assert "out of memory" in found.reason


def _prefix(python: str) -> str:
    code = "import ipykernel, sys; print(sys.prefix)"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_a_throw_away_environment_sees_what_is_below_it_and_is_removed():
    async def main():
        async with installs.throw_away(sys.executable) as python:
            prefix = _prefix(python)
            worked, said = await installs.install(python, "no-such-thing-1234", {**os.environ, "PIP_NO_INDEX": "1"})
        return python, prefix, worked, said

    python, prefix, worked, said = asyncio.run(main())
    assert Path(prefix) == Path(python).parents[1] != Path(sys.prefix)
    assert not Path(python).exists()
    assert not worked
    assert installs.invented("no-such-thing-1234", None, said) is True


def test_a_worker_that_dies_is_an_outcome_and_the_run_goes_on(tmp_path, monkeypatch):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no such thing' >&2\nexit 3\n")
    broken.chmod(0o755)
    heard = []

    async def main():
        monkeypatch.setattr(sys, "executable", str(broken))
        await pool.examine_all(_cases("typo", "liar"), Options(), 1, lambda case, results: heard.extend(results))

    asyncio.run(main())
    assert [(r.id, r.outcome, r.solved) for r in heard] == [
        ("typo", "harness_failed", False),
        ("liar", "harness_failed", False),
    ]
    assert heard[0].reason == "its worker died: no such thing"


def test_an_interrupted_run_keeps_what_it_has(tmp_path, monkeypatch):
    path = tmp_path / "out.json"
    (ends,), (hangs,) = _cases("elsewhere"), _cases("slow")
    monkeypatch.setattr("nbdoctor.evals.run._SAVE_SECONDS", -1.0)

    async def main():
        task = asyncio.ensure_future(run([ends, replace(hangs, timeout=600)], Options(), path=path))
        while not path.exists():
            await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return task.cancelled()

    assert asyncio.run(main())
    assert [(r.id, r.outcome) for r in read(path).cases] == [("elsewhere", "no_environment")]

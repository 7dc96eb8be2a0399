"""``nbdoctor run --fix`` and the verdicts of trials."""

from __future__ import annotations

import json

import pytest

from nbdoctor.cli import main
from nbdoctor.cli.run import best
from nbdoctor.protocol import Action, Diagnosis, Fix, TrialResult, Verdict
from nbdoctor.server import service
from nbdoctor.server.trial import Trier

from .test_run import notebook  # noqa: F401

PASSED = Verdict("passed", seconds=0.3)
FAILED = Verdict("failed", "KeyError: 'x'")


def _fix(name, verdict, kind="run_cells"):
    return Fix(name, name, [Action("replace_cell", new_source=name), Action(kind)], verdict=verdict)


@pytest.fixture()
def trials(monkeypatch):
    """Every trial ends as ``use(verdict)`` says; returns what was tried, and whether after a click."""
    tried = []

    def use(verdict):
        class Told(Trier):
            async def __call__(self, fix, *, clicked=False, on_line=None):
                planned = self.plan(fix, clicked=clicked)
                if isinstance(planned, Verdict):
                    return TrialResult(planned)
                tried.append((fix.title, clicked))
                if on_line:
                    on_line("python -m pip install it\n")
                return TrialResult(verdict)

        monkeypatch.setattr(service, "Trier", Told)
        return tried

    return use


def _best(*fixes, tried=()):
    found = best(Diagnosis("d", "h", fixes=list(fixes)), set(tried))
    return found.id if found else None


def test_the_best_fix_passed_or_was_at_least_not_seen_to_fail():
    failed, untried, passed = _fix("f", FAILED), _fix("n", Verdict()), _fix("p", PASSED)
    assert _best(failed, untried, passed) == "p"
    assert _best(failed, untried, passed, tried="p") == "n"
    assert _best(failed, untried, passed, tried="pn") is None
    assert _best(_fix("e", PASSED, "replace_cell"), untried) == "n"


def test_a_fix_that_failed_its_trial_is_not_applied(notebook, trials, capsys, tmp_path):  # noqa: F811
    tried = trials(FAILED)
    path, out = notebook("revenue = 3", "print(revenu)"), tmp_path / "out.json"
    assert main(["run", "--fix", str(path), "--json", str(out)]) == 1
    assert tried
    assert "rerun" not in capsys.readouterr().out
    (failure,) = json.loads(out.read_text())["failures"]
    assert (failure["applied"], failure["verdict"]) == (None, None)
    assert failure["diagnosis"]["fixes"][0]["verdict"]["status"] == "failed"
    assert not path.with_name("story.fixed.ipynb").exists()


def test_the_verdict_is_printed_and_written(notebook, trials, capsys, tmp_path):  # noqa: F811
    trials(PASSED)
    path, out = notebook("revenue = 3", "print(revenu)"), tmp_path / "out.json"
    assert main(["run", "--fix", str(path), "--json", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "checked: ran in a copy of the kernel in 0.3 s" in " ".join(shown.split())
    assert "Checking the fix" not in shown
    (failure,) = json.loads(out.read_text())["failures"]
    assert (failure["verdict"]["status"], failure["rerun"]) == ("passed", "passed")


def test_an_install_is_checked_before_it_is_applied(notebook, trials, capsys, tmp_path):  # noqa: F811
    tried = trials(FAILED)
    path, out = notebook("import slugify"), tmp_path / "out.json"
    assert main(["run", "--fix", str(path), "--json", str(out)]) == 1
    assert [clicked for _, clicked in tried] == [True]
    shown = capsys.readouterr().out
    assert "refused" in shown
    assert "failed its check: KeyError: 'x'" in " ".join(shown.split())
    assert "pip install" not in shown
    (failure,) = json.loads(out.read_text())["failures"]
    assert failure["applied"] is None
    assert failure["diagnosis"]["fixes"][0]["verdict"]["status"] == "failed"


def test_trials_may_be_switched_off(notebook, monkeypatch, tmp_path):  # noqa: F811
    monkeypatch.setenv("NBDOCTOR_TRIALS", "off")
    path, out = notebook("revenue = 3", "print(revenu)"), tmp_path / "out.json"
    assert main(["run", "--fix", str(path), "--json", str(out)]) == 0
    (failure,) = json.loads(out.read_text())["failures"]
    assert failure["verdict"]["reason"] == "trials are switched off"

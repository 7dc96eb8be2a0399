"""``%why`` and ``%fix``, in a shell of this process and in a real terminal."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pexpect
import pytest

from nbdoctor.kernel import extension
from nbdoctor.kernel.local import diagnose
from nbdoctor.kernel.magics import _stream

ROOT = Path(__file__).parents[2]


@pytest.fixture()
def say(shell, capsys):
    """Run a line and return what it printed."""

    def say(line):
        capsys.readouterr()
        shell.run_cell(line, store_history=True)
        return capsys.readouterr().out

    return say


def test_why_explains_in_full(say):
    say("revenue = 3")
    say("print(revenu)")
    shown = say("%why")
    assert "`revenu`" in shown
    assert "`revenue`" in shown
    assert "from nbdoctor's rules; checked: ran in a copy of the kernel" in " ".join(shown.split())


def test_fix_shows_the_diff_and_offers_the_cell(say, shell):
    offered = []
    shell.set_next_input = offered.append
    say("revenue = 3")
    say("x = 1\nprint(revenu)")
    shown = say("%fix")
    assert "-print(revenu)" in shown
    assert "+print(revenue)" in shown
    assert offered == ["x = 1\nprint(revenue)"]


def test_fix_offers_the_installing_line(say, shell):
    offered = []
    shell.set_next_input = offered.append
    say("import slugify")
    say("%fix")
    assert offered == ["%pip install python-slugify"]


def test_an_unsafe_rerun_is_said_and_not_offered_whole(say, shell):
    offered = []
    shell.set_next_input = offered.append
    say("values = [1]\ntotal = 0")
    say("values.append(2)\nprint(totl)")
    shown = say("%fix")
    assert "run from line 2 on (checked: ran in a copy of the kernel)" in shown
    assert "values" in shown
    assert offered[-1] == "print(total)"
    assert "not checked: it only changes the text" in say("%fix 2")


def test_a_fix_that_fails_says_with_what(say, monkeypatch):
    # Shells of other tests have left threads in this process.
    monkeypatch.setattr("nbdoctor.kernel.trial.fitness.users_threads", lambda shell: 0)
    say("import math")
    say("math.sqrtt(valu)")
    assert "failed its check: NameError: name 'valu' is not defined" in say("%fix")


def test_fixes_are_tried_once(say, shell, monkeypatch):
    say("revenue = 3")
    say("print(revenu)")
    trials = extension.loaded(shell).watch.trials
    asked = []
    run = trials.run
    monkeypatch.setattr(trials, "run", lambda job: asked.append(job) or run(job))
    say("%why")
    say("%fix")
    say("%fix")
    assert len(asked) == 1  # %fix takes what %why has found out


def test_without_trials_nothing_is_run(say, shell):
    extension.loaded(shell).watch.settings.trials = "off"
    say("revenue = 3")
    say("print(revenu)")
    assert "not checked: trials are switched off" in say("%fix")


def test_there_is_nothing_to_explain(say):
    assert "no failed cell" in say("%why")
    assert "no failed cell" in say("%fix")


@pytest.fixture()
def learner(shell):
    """Hints come first."""
    extension.loaded(shell).watch.settings.hints = True


def test_a_learner_is_shown_a_hint_then_the_explanation_then_the_fix(say, shell, learner):
    offered = []
    shell.set_next_input = offered.append
    say("revenue = 3")
    say("print(revenu)")
    watch = extension.loaded(shell).watch
    watch.answers[watch.latest().id] = replace(diagnose(watch.latest()), hint="Compare the names.")
    hint = say("%why")
    assert hint == "Compare the names.\n%why --explain explains, %fix shows the fix.\n"
    explanation = say("%why --explain")
    assert "`revenue`" in explanation
    assert "Fix: " not in explanation
    assert "%fix shows the fix." in explanation
    assert offered == []
    assert "+print(revenue)" in say("%fix")
    assert offered == ["print(revenue)"]


def test_without_a_hint_a_learner_is_told_where_to_look(say, shell, learner):
    say("raise RuntimeError('cold')")
    watch = extension.loaded(shell).watch
    watch.answers[watch.latest().id] = replace(diagnose(watch.latest()), hint="")
    assert say("%why").splitlines()[0] == "Look at the last line of the traceback that is yours."


def test_who_does_not_learn_gets_it_in_full(say):
    say("revenue = 3")
    say("print(revenu)")
    assert say("%why --explain") == say("%why")


@pytest.fixture()
def terminal(monkeypatch):
    """As if this process had IPython's terminal, of 40 columns."""
    monkeypatch.setattr("nbdoctor.kernel.local.is_terminal", lambda _: True)
    monkeypatch.setattr("nbdoctor.kernel.local.sys", SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True)))
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("NO_COLOR", raising=False)


def _ours(shown):
    """What nbdoctor printed below a traceback."""
    return shown[shown.index("NameError: name") :].partition("\n")[2]


@pytest.mark.parametrize(("value", "coloured"), [(None, True), ("", True), ("1", False)])
def test_no_line_is_coloured_where_that_is_not_wanted(say, terminal, monkeypatch, value, coloured):
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    say("values = [1]\nrevenue = 3")
    shown = [_ours(say("values.append(2)\nprint(revenu)")), say("%why"), say("%fix")]
    assert ["\x1b[" in text for text in shown] == [coloured] * 3


def test_a_narrow_terminal_is_respected(say, terminal, monkeypatch, learner):
    monkeypatch.setenv("NO_COLOR", "1")
    say("values = [1]\nrevenue = 3")
    shown = _ours(say("values.append(2)\nprint(revenu)"))
    assert shown.startswith("nbdoctor: ")
    assert "%why --explain explains, %fix shows the\nfix." in shown
    shown += "".join(say(line) for line in ("%why", "%why --explain", "%fix", "%fix 9", "%why --prompt"))
    assert max(map(len, shown.splitlines())) <= 40


def test_a_models_words_do_not_steer_the_terminal(capsys):
    _stream("cold\x1b[2J\x1b")
    _stream("[31m")
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_in_a_real_terminal(tmp_path):
    env = {
        **os.environ,
        "IPYTHONDIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }
    child = pexpect.spawn(
        sys.executable,
        ["-m", "IPython", "--no-banner", "--no-confirm-exit", "--colors=nocolor", "--ext=nbdoctor"],
        env=env,
        encoding="utf-8",
        timeout=30,
        dimensions=(40, 100),
    )

    def prompt(number):
        child.expect(re.escape(f"In [{number}]:"))

    prompt(1)
    child.send("revenue = 3\r")
    prompt(2)
    child.send("print(revenu)\r")
    child.expect("NameError: name 'revenu' is not defined")
    child.expect("nbdoctor: .*`revenue`")
    child.expect("%fix shows the fix")
    prompt(3)
    child.send("%fix\r")
    child.expect(re.escape("+print(revenue)"))
    prompt(4)
    child.send("\r")  # the corrected cell stands in the prompt already
    child.expect(r"(?:\n|2004l)3\r?\n")  # printed, not typed: after the end of bracketed paste
    prompt(5)
    child.send("exit\r")
    child.expect(pexpect.EOF)

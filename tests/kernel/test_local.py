"""Where the kernel itself shows the diagnosis: below the failing cell, and later results in that place and no other."""

from __future__ import annotations

import threading

import pytest

from nbdoctor.kernel import extension
from nbdoctor.kernel.local import diagnose, place, remember
from nbdoctor.llm.fake import FakeModel

from ..llm.helpers import serving
from ..waiting import wait_until


@pytest.fixture()
def model_url():
    """A fake model, served from a thread."""
    with serving(FakeModel({"summary": "The word is cold."})) as url:
        yield url


@pytest.fixture()
def published(shell, monkeypatch):
    """What the shell published: (display id, whether it was an update, text)."""
    seen = []

    def publish(data, metadata=None, *, transient=None, update=False, **_):
        seen.append(((transient or {}).get("display_id"), update, data.get("text/plain", "")))

    monkeypatch.setattr(shell.display_pub, "publish", publish)
    monkeypatch.setattr("IPython.core.interactiveshell.InteractiveShell.initialized", lambda: True)
    monkeypatch.setattr("IPython.core.interactiveshell.InteractiveShell.instance", lambda *a, **k: shell)
    return seen


def test_a_late_answer_updates_the_display_of_its_own_cell(shell, capsys, published, model_url):
    settings = extension.loaded(shell).watch.settings
    settings.display, settings.llm_url = "text", model_url
    shell.run_cell("memoryview(b'cold!').cast('Q')")  # no rule knows it
    shell.run_cell("revenue = 1\nprint(revenu)")
    assert wait_until(lambda: len(published) == 4, seconds=20)  # two displays, the model's answer, the verdict
    (first, _, _), (second, _, _) = [entry for entry in published if not entry[1]]
    updates = {entry[0]: entry[2] for entry in published if entry[1]}
    assert first != second
    assert "The word is cold." in updates[first]


def test_a_verdict_updates_the_display(shell, capsys, published):
    extension.loaded(shell).watch.settings.display = "text"
    shell.run_cell("revenue = 1\nprint(revenu)")
    assert wait_until(lambda: len(published) == 2, seconds=20)
    (first, _, before), (second, is_update, after) = published
    assert (first, is_update) == (second, True)
    assert "not checked" in before
    assert "checked: ran in a copy of the kernel" in " ".join(after.split())


def test_why_asks_the_model_where_no_rule_has_a_fix(shell, capsys, model_url):
    extension.loaded(shell).watch.settings.llm_url = model_url
    shell.run_cell("raise RuntimeError('cold')", store_history=True)
    capsys.readouterr()
    shell.run_cell("%why")
    assert "The word is cold." in capsys.readouterr().out


def test_a_model_that_is_named_for_a_job_alone_is_asked(shell, capsys, model_url):
    extension.loaded(shell).watch.settings.models = {"fix": {"url": model_url}}
    shell.run_cell("raise RuntimeError('cold')", store_history=True)
    capsys.readouterr()
    shell.run_cell("%why")
    assert "The word is cold." in capsys.readouterr().out


def test_the_prompts_can_be_read_as_they_were_sent(shell, capsys, model_url):
    extension.loaded(shell).watch.settings.llm_url = model_url
    shell.run_cell("%why --prompt")
    assert "No model was asked from this kernel." in capsys.readouterr().out
    shell.run_cell("key = 'sk-abcdefghijklmnopqrstuvwx'; raise RuntimeError('cold')", store_history=True)
    shell.run_cell("%why --model")
    capsys.readouterr()
    shell.run_cell("%why --prompt")
    said = capsys.readouterr().out
    assert "=== summarize, sent to fake ===" in said
    assert "<nb:error>\nRuntimeError: cold\n</nb:error>" in said
    assert "sk-abc" not in said


def test_nothing_is_shown_where_a_front_end_of_ours_has_announced_itself(shell, capsys, published):
    watch = extension.loaded(shell).watch
    watch.settings.display = "text"
    watch.front_end = True
    shell.run_cell("nope")
    assert published == []


def test_with_hints_the_text_is_a_hint_and_stays_one(shell, capsys, published, model_url):
    settings = extension.loaded(shell).watch.settings
    settings.display, settings.llm_url, settings.hints = "text", model_url, True
    shell.run_cell("revenue = 1\nprint(revenu)")
    ((_, update, text),) = published
    assert not update
    assert "`revenue`" not in text
    assert text.endswith("%why --explain explains, %fix shows the fix.")
    assert not [t for t in threading.enumerate() if t.name == "nbdoctor-model"]


def test_the_magic_offers_the_models_fix_that_was_shown(shell, capsys, published):
    settings = extension.loaded(shell).watch.settings
    with serving(FakeModel({"replace": {"cast('Q')": "cast('B')"}})) as url:
        settings.display, settings.llm_url = "text", url
        shell.run_cell("memoryview(b'cold!').cast('Q')")
        assert wait_until(lambda: len(published) == 3, seconds=20)  # the display, the model's answer, the verdict
    capsys.readouterr()
    shell.run_cell("%fix")
    assert "+memoryview(b'cold!').cast('B')" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("display", "auto", "where"),
    [
        ("auto", "model", ""),
        ("text", "rules", "text"),
        ("widgets", "rules", "widgets"),
        ("off", "model", ""),
        ("text", "off", ""),
    ],
)
def test_where_it_is_shown_is_the_users_to_set(shell, display, auto, where):
    watch = extension.loaded(shell).watch
    watch.settings.display, watch.settings.auto = display, auto
    assert place(watch) == where


def test_answers_are_kept_as_long_as_their_reports(shell, capsys):
    watch = extension.loaded(shell).watch
    shell.run_cell("nope")
    first = watch.latest()
    remember(watch, first, diagnose(first))
    watch.reports.clear()
    shell.run_cell("nope")
    remember(watch, watch.latest(), diagnose(watch.latest()))
    assert set(watch.answers) == {watch.latest().id}

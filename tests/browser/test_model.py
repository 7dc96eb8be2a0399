"""With a model: its words stream into the card, its fix can be applied, Stop stops it, and its troubles are sentences."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from ..fake_model import start_fake, stop

LOAD = "%load_ext nbdoctor"
# No rule knows what this cell wants; the fake model reads the comment.
BROKEN = "# nbdoctor-fake: replace cold with warm\nword = 'cold'\nassert word == 'warm'\nprint(word)"


@pytest.fixture(scope="module")
def fake():
    """Start fake models; returns their addresses."""
    running = []

    def start(*arguments):
        process, address = start_fake(*arguments)
        running.append(process)
        return address

    yield start
    for process in running:
        stop(process)


@pytest.fixture(scope="module")
def lab(servers, fake):
    return servers("lab", "model", {"NBDOCTOR_LLM_URL": fake("--delay", "0.1")})


def test_the_models_words_stream_and_its_fix_is_applied(lab, open_notebook):
    notebook = open_notebook(lab, LOAD, BROKEN)
    notebook.run(0)
    notebook.run(1)
    card = notebook.card(1, "working")
    expect(card).to_be_visible()
    expect(card.locator(".jp-nbdoctor-stop")).to_be_visible()
    explanation = notebook.card(1).locator(".jp-nbdoctor-explanation")
    expect(explanation).to_contain_text("The cell stopped")
    ready = notebook.card(1, "ready")
    expect(ready).to_be_visible(timeout=30_000)
    # The rules said something too; what the model said stays.
    expect(explanation).to_contain_text("run the cell again.")
    expect(ready.locator(".jp-nbdoctor-origin")).to_contain_text("and fake")
    expect(ready.locator(".jp-nbdoctor-verdict")).to_have_text(re.compile("^Checked: ran in a copy"))
    _look_at_what_was_asked(notebook.page)
    ready.locator(".jp-nbdoctor-fix").click()
    expect(notebook.cells.nth(1).locator(".jp-OutputArea")).to_have_text(re.compile(r"^\s*warm\s*$"))
    notebook.page.keyboard.press("Control+z")
    expect(notebook.editor(1)).to_contain_text("replace cold with warm")
    assert notebook.source(1) == BROKEN


def _look_at_what_was_asked(page):
    """In the panel: each request as it was sent, and what the steps cost, saved without code or data."""
    page.evaluate("() => { window.jupyterapp.commands.execute('nbdoctor:show-panel'); }")
    asked = page.locator(".jp-nbdoctor-asked")
    asked.locator("summary").first.click()
    requests = asked.locator(".jp-nbdoctor-prompt")
    expect(requests).to_have_count(3)
    requests.first.locator("summary").click()
    expect(requests.first.locator("pre")).to_contain_text("word = 'cold'")
    expect(asked.locator(".jp-nbdoctor-costs tr")).not_to_have_count(0)
    with page.expect_download() as download:
        asked.locator(".jp-nbdoctor-save").click()
    figures = json.loads(download.value.path().read_text())
    assert {"rules", "summarize", "categorize", "python", "trial"} <= {figure["stage"] for figure in figures}
    assert "cold" not in str(figures)


def test_stop_stops_the_model_and_not_the_kernel(servers, fake, open_notebook):
    lab = servers("lab", "slow", {"NBDOCTOR_LLM_URL": fake("--delay", "2")})
    notebook = open_notebook(lab, LOAD, "kept = 1", BROKEN, "kept")
    for index in (0, 1, 2):
        notebook.run(index)
    notebook.card(2, "working").locator(".jp-nbdoctor-stop").click()
    expect(notebook.card(2, "working")).to_have_count(0, timeout=5_000)
    notebook.run(3)
    assert notebook.output(3).strip().endswith("1")


def test_a_model_server_that_is_down_is_said_and_the_rules_stay(servers, open_notebook):
    lab = servers("lab", "down", {"NBDOCTOR_LLM_URL": "http://127.0.0.1:9"})
    notebook = open_notebook(lab, LOAD, "revenue = 3", "print(revenu)", BROKEN)
    for index in range(4):
        notebook.run(index)
    expect(notebook.card(2, "ready").locator(".jp-nbdoctor-diff")).to_contain_text("print(revenue)")
    trouble = notebook.card(3).locator(".jp-nbdoctor-trouble")
    expect(trouble).to_contain_text("127.0.0.1:9")
    expect(trouble).to_contain_text("NBDOCTOR_LLM_URL")

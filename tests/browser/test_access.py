"""What axe finds in every state of card and panel, in both themes: nothing."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .test_manners import SAVED
from .test_model import BROKEN, start_fake, stop

LOAD = "%load_ext nbdoctor"
UNSAFE = "values.append(2)\nprint(totl)"
THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")
#: What JupyterLab's page around them is like is not theirs.
OPTIONS = {"resultTypes": ["violations"], "rules": {"region": {"enabled": False}, "heading-order": {"enabled": False}}}


def violations(page, selector: str) -> list[str]:
    """What axe says of a part of the page in each theme, a line for each element."""
    found = []
    for theme in THEMES:
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
        # Colours change by transitions.
        page.evaluate(
            "() => Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => null)))"
        )
        answer = Axe().run(page, context={"include": [selector]}, options=OPTIONS)
        for violation in answer.response["violations"]:
            for node in violation["nodes"]:
                found.append(
                    f"{theme}: {violation['id']}: {node['html'][:200]} {node['any'][0]['message'] if node['any'] else ''}"
                )
    return found


@pytest.fixture(scope="module")
def slow_model():
    process, address = start_fake("--delay", "1")
    yield address
    stop(process)


def card_of(notebook, index: int) -> str:
    """A selector for the card of a cell."""
    identity = notebook.cells.nth(index).evaluate("cell => (cell.dataset.under_test = 'yes') && 'yes'")
    assert identity == "yes"
    return "[data-under_test='yes'] .jp-nbdoctor-card"


def check_card(notebook, index: int, state: str) -> None:
    expect(notebook.card(index, state)).to_be_visible(timeout=30_000)
    notebook.page.evaluate(
        "document.querySelectorAll('[data-under_test]').forEach(cell => delete cell.dataset.under_test)"
    )
    assert violations(notebook.page, card_of(notebook, index)) == []


def test_a_card_that_offers_is_ready_or_found_nothing(servers, open_notebook):
    cells = [
        "print(revenu)",
        LOAD,
        "revenue = 3",
        "print(revenu)",
        "memoryview(b'cold!').cast('Q')",
        "values = [1]\ntotal = 0",
        UNSAFE,
    ]
    notebook = open_notebook(servers(), *cells, outputs={0: SAVED})
    check_card(notebook, 0, "offer")
    for index in range(1, 7):
        notebook.run(index)
    check_card(notebook, 4, "empty")
    card = notebook.card(6, "ready")
    card.locator(".jp-nbdoctor-more-fixes").click()
    check_card(notebook, 6, "ready")
    card = notebook.card(3, "ready")
    expect(card.locator(".jp-nbdoctor-diff .cm-content")).to_be_visible()
    card.locator(".jp-nbdoctor-details > summary").click()
    expect(card.locator(".jp-nbdoctor-about")).to_contain_text("About this kind")
    check_card(notebook, 3, "ready")


def test_a_card_that_is_stale_or_whose_fix_was_applied(servers, open_notebook):
    notebook = open_notebook(servers(), LOAD, "values = [1]\ntotal = 0", UNSAFE, "revenue = 3", "print(revenu)")
    for index in range(5):
        notebook.run(index)
    notebook.editor(4).click()
    notebook.page.keyboard.type("# mine\n")
    notebook.card(4).locator(".jp-nbdoctor-fix").click()
    check_card(notebook, 4, "stale")
    card = notebook.card(2, "ready")
    card.locator(".jp-nbdoctor-more-fixes").click()
    card.get_by_role("button", name="Write total", exact=True).click()
    card.locator(".jp-nbdoctor-fix").click()
    check_card(notebook, 2, "applied")


def test_a_card_at_work_and_its_trouble(servers, open_notebook, slow_model):
    notebook = open_notebook(servers("lab", "access", {"NBDOCTOR_LLM_URL": slow_model}), LOAD, BROKEN)
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1).locator(".jp-nbdoctor-explanation")).to_contain_text("The cell")
    check_card(notebook, 1, "working")
    lab = servers("lab", "down", {"NBDOCTOR_LLM_URL": "http://127.0.0.1:9"})
    notebook = open_notebook(lab, LOAD, BROKEN, name="down.ipynb")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1).locator(".jp-nbdoctor-trouble")).to_be_visible(timeout=30_000)
    expect(notebook.card(1, "working")).to_have_count(0, timeout=30_000)
    notebook.page.evaluate("document.activeElement.blur()")
    assert violations(notebook.page, ".jp-nbdoctor-card") == []


def test_the_panel(servers, open_notebook, slow_model):
    lab = servers("lab", "access", {"NBDOCTOR_LLM_URL": slow_model})
    notebook = open_notebook(lab, LOAD, "revenue = 3", "print(revenu)", "1 / 0", "print(revenu, 2)")
    for index in range(5):
        notebook.run(index)
    notebook.card(2, "ready").locator(".jp-nbdoctor-fix").click()
    page = notebook.page
    page.evaluate("() => { window.jupyterapp.commands.execute('nbdoctor:show-panel'); }")
    expect(page.locator(".jp-nbdoctor-panel-item")).to_have_count(2)
    for summary in page.locator(".jp-nbdoctor-panel summary").all():
        summary.click()
    assert violations(page, ".jp-nbdoctor-panel") == []

"""What a person can do with a card besides Fix it: learn by hints, apply only, undo, judge, ask again, keep, by mouse and keys."""

from __future__ import annotations

import json
import re
import urllib.request

import pytest
from playwright.sync_api import expect

from ..fake_model import start_fake, stop
from .conftest import TOKEN

LOAD = "%load_ext nbdoctor"
BROKEN = "# the total\nprint(revenu)"


def corrections(server) -> list[dict]:
    """What the server has kept, oldest first."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/nbdoctor/api/corrections", headers={"Authorization": f"token {TOKEN}"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)[::-1]


def menu(notebook, index: int, item: str) -> None:
    """Choose an item of a card's menu."""
    notebook.card(index).get_by_role("button", name="More", exact=True).click()
    notebook.page.locator(".lm-Menu-item", has_text=item).click()


def failing(open_notebook, server, *, hints=False, cell=BROKEN):
    """A notebook whose third cell has failed."""
    notebook = open_notebook(
        server, LOAD, "revenue = 3", cell, metadata={"nbdoctor": {"hints": True}} if hints else None
    )
    for index in range(3):
        notebook.run(index)
    return notebook


@pytest.mark.parametrize("kind", ["lab", "notebook"])
def test_who_learns_is_given_a_hint_first(servers, open_notebook, kind):
    notebook = failing(open_notebook, servers(kind), hints=True)
    card = notebook.card(2, "ready")
    expect(card.locator(".jp-nbdoctor-headline")).to_contain_text("Look at line 2")
    expect(card).not_to_contain_text("revenue")
    expect(card.locator(".jp-nbdoctor-fix")).to_be_hidden()
    # The shortcut gives nothing away either.
    notebook.editor(2).click()
    notebook.page.keyboard.press("Control+Shift+F9")
    assert notebook.source(2) == BROKEN
    card.get_by_role("button", name="Show the explanation").click()
    expect(card.locator(".jp-nbdoctor-headline")).to_contain_text("revenue")
    expect(card.locator(".jp-nbdoctor-fix")).to_be_hidden()
    card.get_by_role("button", name="Show the solution").click()
    expect(card.locator(".jp-nbdoctor-diff")).to_contain_text("print(revenue)")
    card.locator(".jp-nbdoctor-fix").click()
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_have_text("3\n")


def test_an_administrator_forces_hints_and_it_is_said(servers, open_notebook):
    arguments = ["--NBDoctor.hints=True", "--NBDoctor.locked=hints"]
    notebook = failing(open_notebook, servers("lab", "course", arguments=arguments))
    expect(notebook.card(2, "ready").locator(".jp-nbdoctor-headline")).to_contain_text("Look at line 2")
    page = notebook.page
    page.evaluate("() => { window.jupyterapp.commands.execute('nbdoctor:show-panel'); }")
    panel = page.locator(".jp-nbdoctor-panel")
    learn = panel.get_by_role("checkbox", name="Learn: a hint first")
    expect(learn).to_be_checked()
    expect(learn).to_be_disabled()
    expect(panel).to_contain_text("Set by your administrator.")
    expect(panel.locator(".jp-nbdoctor-panel-item")).to_contain_text("Look at line 2")


def test_a_fix_is_applied_without_running_and_undone_by_the_button(servers, open_notebook):
    lab = servers("lab", "kept")
    before = len(corrections(lab))
    notebook = failing(open_notebook, lab)
    expect(notebook.card(2, "ready")).to_be_visible()
    menu(notebook, 2, "Apply without running")
    expect(notebook.card(2, "applied")).to_be_visible()
    assert notebook.source(2) == "# the total\nprint(revenue)"
    assert "NameError" in notebook.output(2)
    notebook.card(2).locator(".jp-nbdoctor-undo").click()
    expect(notebook.editor(2)).to_contain_text("print(revenu)")
    assert notebook.source(2) == BROKEN
    expect(notebook.card(2)).to_contain_text("The text is as it was")
    notebook.page.wait_for_timeout(300)
    kept = corrections(lab)[before:]
    assert [(one["outcome"], one["status"], one["before"], one["after"]) for one in kept] == [
        ("accepted", "passed", BROKEN, "# the total\nprint(revenue)"),
        ("undone", "passed", BROKEN, "# the total\nprint(revenue)"),
    ]


def test_what_was_wrong_with_a_diagnosis_is_kept_and_can_be_deleted(servers, open_notebook):
    lab = servers("lab", "kept")
    notebook = failing(open_notebook, lab)
    card = notebook.card(2, "ready")
    card.get_by_role("button", name="No", exact=True).click()
    answer = card.get_by_label("What should it have been?")
    expect(answer).to_be_focused()
    answer.fill("I meant the column, with token ghp_abcdefghijklmnopqrstuvwxyz012345")
    card.get_by_role("button", name="Send").click()
    expect(card).to_contain_text("Thank you")
    kept = corrections(lab)[-1]
    assert (kept["outcome"], kept["kind"]) == ("rejected", "misspelled_name")
    assert kept["comment"] == "I meant the column, with token ‹token-1›"
    page = notebook.page
    page.evaluate("() => { window.jupyterapp.commands.execute('nbdoctor:show-panel'); }")
    panel = page.locator(".jp-nbdoctor-panel")
    panel.locator("summary", has_text="History of fixes").click()
    expect(panel.locator(".jp-nbdoctor-kept").first).to_contain_text("I meant the column")
    with page.expect_download() as download:
        panel.get_by_role("button", name="Export").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["number"] == kept["number"]
    panel.get_by_role("button", name="Delete all").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Delete all").click()
    expect(panel).to_contain_text("Nothing is kept yet.")
    assert corrections(lab) == []


def test_where_nothing_is_kept_nobody_is_asked(servers, open_notebook):
    lab = servers("lab", "forgets", arguments=["--NBDoctor.corrections=False"])
    notebook = failing(open_notebook, lab)
    expect(notebook.card(2, "ready")).to_be_visible()
    expect(notebook.card(2).get_by_text("Was this right?")).to_be_hidden()
    notebook.card(2).locator(".jp-nbdoctor-fix").click()
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_have_text("3\n")
    assert corrections(lab) == []


def test_a_fix_that_was_changed_and_run_is_kept_as_changed(servers, open_notebook):
    lab = servers("lab", "kept")
    before = len(corrections(lab))
    notebook = failing(open_notebook, lab)
    expect(notebook.card(2, "ready")).to_be_visible()
    menu(notebook, 2, "Apply without running")
    expect(notebook.card(2, "applied")).to_be_visible()
    notebook.editor(2).click()
    notebook.page.keyboard.press("Control+End")
    notebook.page.keyboard.type("  # euros")
    notebook.run(2)
    notebook.page.wait_for_timeout(300)
    kept = corrections(lab)[before:]
    assert [(one["outcome"], one["after"]) for one in kept] == [
        ("accepted", "# the total\nprint(revenue)"),
        ("edited", "# the total\nprint(revenue)  # euros"),
    ]


def test_the_explanation_can_be_kept_in_the_notebook(servers, open_notebook):
    notebook = failing(open_notebook, servers())
    expect(notebook.card(2, "ready")).to_be_visible()
    count = notebook.cells.count()
    menu(notebook, 2, "Keep the explanation in the notebook")
    expect(notebook.cells).to_have_count(count + 1)
    source = "window.jupyterapp.shell.currentWidget.content.widgets[3].model.toJSON()"
    cell = notebook.page.evaluate(source)
    assert cell["cell_type"] == "markdown"
    text = "".join(cell["source"])
    assert "revenue" in text
    assert "Traceback" not in text
    saved = notebook.page.evaluate("JSON.stringify(window.jupyterapp.shell.currentWidget.content.model.toJSON())")
    # Nothing else of ours is in the file.
    assert "nbdoctor" not in saved.replace("%load_ext nbdoctor", "")


def test_the_model_is_asked_again_with_a_word_from_the_person(servers, open_notebook):
    process, address = start_fake("--delay", "0.01")
    try:
        lab = servers("lab", "again", {"NBDOCTOR_LLM_URL": address})
        notebook = failing(
            open_notebook, lab, cell="# nbdoctor-fake: replace cold with warm\nword = 'cold'\nassert word == 'warm'"
        )
        card = notebook.card(2, "ready")
        expect(card).to_be_visible(timeout=30_000)
        posted = []
        notebook.page.on(
            "request", lambda request: posted.append(request.post_data) if "/diagnoses" in request.url else None
        )
        card.get_by_role("button", name="Ask again…").click()
        card.get_by_label("What should the model know?").fill("the word is given in winter")
        card.get_by_role("button", name="Send").click()
        expect(notebook.card(2, "working")).to_have_count(0, timeout=30_000)
        expect(notebook.card(2, "ready")).to_be_visible()
        assert json.loads(posted[0])["remark"] == "the word is given in winter"
        page = notebook.page
        page.evaluate("() => { window.jupyterapp.commands.execute('nbdoctor:show-panel'); }")
        asked = page.locator(".jp-nbdoctor-asked")
        asked.locator("summary").first.click()
        # What kind of problem it is does not hang on what the person says.
        asked.locator(".jp-nbdoctor-prompt summary", has_text="python").last.click()
        expect(asked.locator("pre").last).to_contain_text("the word is given in winter")
    finally:
        stop(process)


def test_keys_go_from_error_to_error_into_the_card_and_back(servers, open_notebook):
    notebook = open_notebook(servers(), LOAD, "revenue = 3", BROKEN, "1 / 0", "'between'", "print(revenu, 2)")
    for index in (0, 1, 2, 3, 5):
        notebook.run(index)
    expect(notebook.card(5, "ready")).to_be_visible()
    page = notebook.page
    notebook.editor(4).click()
    page.keyboard.press("F8")
    expect(notebook.cells.nth(5)).to_have_class(re.compile("jp-mod-active"))
    page.keyboard.press("Shift+F8")
    expect(notebook.cells.nth(3)).to_have_class(re.compile("jp-mod-active"))
    page.keyboard.press("Shift+F8")
    expect(notebook.cells.nth(2)).to_have_class(re.compile("jp-mod-active"))
    page.keyboard.press("Control+Shift+F8")
    inside = "() => !!document.activeElement.closest('.jp-nbdoctor-card')"
    page.wait_for_function(inside)
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => !({inside})() && !!document.activeElement.closest('.jp-Notebook')")
    page.keyboard.press("Control+Shift+F9")
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_have_text("3\n")


def test_the_tab_of_the_panel_says_how_many_errors_are_open(servers, open_notebook):
    notebook = open_notebook(servers(), LOAD, "revenue = 3", BROKEN, "1 / 0")
    for index in range(4):
        notebook.run(index)
    expect(notebook.card(2, "ready")).to_be_visible()
    tab = notebook.page.locator(".jp-SideBar.jp-mod-right [data-id='nbdoctor-panel']")
    expect(tab).to_have_attribute("data-nbdoctor-errors", "2")
    assert tab.evaluate("tab => getComputedStyle(tab, '::before').content") == '"2"'
    notebook.card(2).locator(".jp-nbdoctor-fix").click()
    expect(tab).to_have_attribute("data-nbdoctor-errors", "1")


def test_a_failing_fix_keeps_its_undo(servers, open_notebook):
    notebook = failing(open_notebook, servers(), cell="print(revenu)\n1 / 0")
    card = notebook.card(2, "ready")
    expect(card).to_be_visible()
    card.locator(".jp-nbdoctor-fix").click()
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_contain_text("ZeroDivisionError", timeout=20_000)
    undo = notebook.card(2).locator(".jp-nbdoctor-undo")
    expect(undo).to_be_visible(timeout=20_000)
    undo.click()
    expect(notebook.editor(2)).to_contain_text("print(revenu)")
    assert notebook.source(2) == "print(revenu)\n1 / 0"


def test_the_panel_tells_of_itself_until_it_is_put_away(servers, open_notebook):
    lab = servers("lab", "first")
    notebook = open_notebook(lab, LOAD)
    page = notebook.page
    page.evaluate("() => { window.jupyterapp.commands.execute('nbdoctor:show-panel'); }")
    welcome = page.locator(".jp-nbdoctor-welcome")
    expect(welcome.locator("li")).to_have_count(5)
    page.get_by_role("button", name="Close this introduction").click()
    expect(welcome).to_be_hidden()
    page.wait_for_timeout(1500)
    notebook = open_notebook(lab, LOAD, name="next.ipynb")
    notebook.page.evaluate("() => { window.jupyterapp.commands.execute('nbdoctor:show-panel'); }")
    expect(notebook.page.locator(".jp-nbdoctor-panel")).to_contain_text("No errors in this notebook.")
    expect(notebook.page.locator(".jp-nbdoctor-welcome")).to_be_hidden()


def test_the_headline_above_a_long_traceback_leads_to_the_card(servers, open_notebook):
    notebook = open_notebook(
        servers(), LOAD, "import pandas\nsales = pandas.DataFrame({'revenue': [1]})", "sales['revenu']"
    )
    for index in range(3):
        notebook.run(index)
    card = notebook.card(2, "ready")
    expect(card).not_to_be_in_viewport()
    pointer = notebook.cells.nth(2).locator(".jp-nbdoctor-pointer")
    expect(pointer).to_be_in_viewport()
    expect(pointer).to_contain_text("is not a column of")
    pointer.get_by_role("button").click()
    expect(card).to_be_in_viewport()
    expect(card).to_be_focused()

"""A cell fails, the card says why, Fix it repairs it, Ctrl+Z brings the user's text back: in JupyterLab and Notebook 7."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

LOAD = "%load_ext nbdoctor"
BROKEN = "# the total\nprint(revenu)"


@pytest.mark.parametrize("kind", ["lab", "notebook"])
def test_fix_it_and_undo(servers, open_notebook, kind):
    notebook = open_notebook(servers(kind), LOAD, "revenue = 3", BROKEN)
    notebook.run(0)
    notebook.run(1)
    notebook.run(2)
    card = notebook.card(2, "ready")
    expect(card).to_be_visible()
    expect(card.locator(".jp-nbdoctor-headline")).to_contain_text("revenue")
    expect(card.locator(".jp-nbdoctor-category")).to_have_text("Code")
    expect(card.locator(".jp-nbdoctor-diff")).to_contain_text("print(revenue)")
    expect(card.locator(".jp-nbdoctor-verdict")).to_contain_text("Checked: ran in a copy of your kernel")
    expect(card.locator(".jp-nbdoctor-printed")).to_have_text("3\n")
    # The traceback stays as it is, above the card.
    assert "NameError: name 'revenu' is not defined" in notebook.output(2)
    assert notebook.source(2) == BROKEN

    card.locator(".jp-nbdoctor-details > summary").click()
    expect(card.locator(".jp-nbdoctor-about")).to_contain_text("About this kind: misspelled name")

    button = card.locator(".jp-nbdoctor-fix")
    expect(button).to_have_text("Fix it")
    button.click()
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_have_text(re.compile(r"^\s*3\s*$"))
    assert notebook.source(2) == "# the total\nprint(revenue)"
    # The focus is in the cell's editor: one Ctrl+Z restores exactly the user's text.
    notebook.page.keyboard.press("Control+z")
    expect(notebook.editor(2)).to_contain_text("print(revenu)")
    assert notebook.source(2) == BROKEN


def test_an_edit_made_meanwhile_is_never_overwritten(servers, open_notebook):
    notebook = open_notebook(servers(), LOAD, "revenue = 3", BROKEN)
    for index in range(3):
        notebook.run(index)
    card = notebook.card(2, "ready")
    expect(card).to_be_visible()
    notebook.editor(2).click()
    notebook.page.keyboard.press("Control+End")
    notebook.page.keyboard.type("  # mine")
    card.locator(".jp-nbdoctor-fix").click()
    expect(notebook.card(2, "stale")).to_be_visible()
    expect(notebook.card(2)).to_contain_text("nothing was overwritten")
    assert notebook.source(2) == BROKEN + "  # mine"


def test_where_rerunning_would_repeat_a_change_a_plan_only_edits_and_reads_apply(servers, open_notebook):
    notebook = open_notebook(
        servers(), LOAD, "values = [1]\ntotal = 0", "values.append(2)\nprint(totl)", "print(values)"
    )
    for index in range(3):
        notebook.run(index)
    card = notebook.card(2, "ready")
    expect(card).to_be_visible()
    expect(card).to_contain_text("values")
    button = card.locator(".jp-nbdoctor-fix")
    # The plan that runs the rest alone was tried, so that it stands first.
    expect(button).to_have_text("Fix it")
    card.locator(".jp-nbdoctor-more-fixes").click()
    card.get_by_role("button", name="Write total", exact=True).click()
    expect(button).to_have_text("Apply")
    button.click()
    expect(notebook.editor(2)).to_contain_text("print(total)")
    notebook.run(3)
    assert "[1, 2]" in notebook.output(3)


def test_expected_errors_get_no_card(servers, open_notebook):
    notebook = open_notebook(servers(), LOAD, "raise KeyboardInterrupt", "raise SystemExit")
    for index in range(3):
        notebook.run(index)
    notebook.page.wait_for_timeout(1500)
    expect(notebook.page.locator(".jp-nbdoctor-card:not([data-state='offer'])")).to_have_count(0)


@pytest.mark.parametrize("kind", ["lab", "notebook"])
def test_the_panel_lists_the_errors_and_jumps_to_the_cell(servers, open_notebook, kind):
    filler = ["'\\n'.join('line' for _ in range(80))"] * 4
    notebook = open_notebook(servers(kind), LOAD, "revenue = 3", BROKEN, *filler, "print(revenu, 2)")
    for index in (0, 1, 2, 7):
        notebook.run(index)
    expect(notebook.card(7, "ready")).to_be_visible()
    page = notebook.page
    page.keyboard.press("Escape")
    if kind == "lab":
        page.locator(".jp-SideBar.jp-mod-right [data-id='nbdoctor-panel']").click()
    else:
        page.get_by_role("menuitem", name="View").click()
        page.locator(".lm-Menu-item", has_text="Right Sidebar").hover()
        page.locator(".lm-Menu-item", has_text="nbdoctor").click()
    panel = page.locator(".jp-nbdoctor-panel")
    expect(panel.locator(".jp-nbdoctor-panel-item")).to_have_count(2)
    panel.locator(".jp-nbdoctor-panel-item").last.click()
    expect(notebook.cells.nth(2)).to_have_class(re.compile("jp-mod-active"))


def test_a_kernel_without_nbdoctor_is_offered_to_load_it(servers, open_notebook):
    notebook = open_notebook(servers(), "revenue = 3", BROKEN)
    notebook.run(0)
    notebook.run(1)
    card = notebook.card(1)
    load = card.locator(".jp-nbdoctor-load")
    load.click()
    # The error that was just raised is looked at once more: no need to run the cell again.
    expect(notebook.card(1, "ready").locator(".jp-nbdoctor-diff")).to_contain_text("print(revenue)")
    expect(load).to_be_hidden()

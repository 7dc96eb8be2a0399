"""Fixes that are more than an edit: running the rest of a cell, running another cell first."""

from __future__ import annotations

from playwright.sync_api import expect

LOAD = "%load_ext nbdoctor"


def test_a_plan_can_be_chosen_that_runs_only_the_rest_of_the_cell(servers, open_notebook):
    notebook = open_notebook(
        servers(), LOAD, "values = [1]\ntotal = 0", "values.append(2)\nprint(totl)\nprint('end')", "values"
    )
    for index in range(3):
        notebook.run(index)
    card = notebook.card(2, "ready")
    button = card.locator(".jp-nbdoctor-fix")
    expect(button).to_have_text("Fix it")
    card.locator(".jp-nbdoctor-more-fixes").click()
    card.get_by_role("button", name="Write total", exact=True).click()
    expect(button).to_have_text("Apply")
    card.get_by_role("button", name="Write total and run from line 2 on", exact=True).click()
    expect(card).to_contain_text("Runs this cell from line 2 on")
    expect(button).to_have_text("Fix it")
    expect(button).to_be_focused()
    button.click()
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_have_text("0\nend\n")
    assert notebook.source(2) == "values.append(2)\nprint(total)\nprint('end')"
    notebook.run(3)
    assert "[1, 2]" in notebook.output(3)


def test_a_cell_that_was_not_run_is_run_and_then_this_one(servers, open_notebook):
    notebook = open_notebook(servers(), LOAD, "tax = 0.2", "print(100 * tax)")
    notebook.run(0)
    notebook.run(2)
    card = notebook.card(2, "ready")
    expect(card.locator(".jp-nbdoctor-category")).to_have_text("Notebook state")
    expect(card).to_contain_text("Runs cell 2.")
    expect(card).to_contain_text("Runs this cell again.")
    card.locator(".jp-nbdoctor-fix").click()
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_have_text("20.0\n")
    expect(notebook.prompt(1)).to_have_text("[3]:")
    assert notebook.source(1) == "tax = 0.2"
    assert notebook.source(2) == "print(100 * tax)"


def test_several_failing_cells_of_one_run_get_a_card_each(servers, open_notebook):
    failing = [f"import time; time.sleep(0.3)\nprint(revenu + {i})" for i in range(3)]
    notebook = open_notebook(servers(), LOAD, "revenue = 3", *failing, tags={i: ["raises"] for i in (2, 3, 4)})
    notebook.run(0)
    notebook.run(1)
    # Jupyter drops what is queued behind an error, so each is sent while the one before still runs or has just failed.
    for index in (2, 3, 4):
        notebook.start(index)
        expect(notebook.prompt(index)).not_to_have_text("[*]:")
    for index in (2, 3, 4):
        expect(notebook.card(index, "ready")).to_be_visible()
        expect(notebook.card(index)).to_have_count(1)


def test_run_all_with_expected_and_unexpected_errors(servers, open_notebook):
    """What a cell tagged `raises-exception` raises is expected, and Jupyter goes on with the cells behind it."""
    cells = [LOAD, "revenue = 3", "1 / 0", "import time; time.sleep(1)", "print(revenu)", "print('not reached')"]
    notebook = open_notebook(servers(), *cells, tags={2: ["raises-exception"]})
    notebook.run_all()
    expect(notebook.card(4, "ready")).to_be_visible()
    assert "ZeroDivisionError" in notebook.output(2)
    expect(notebook.page.locator(".jp-nbdoctor-card")).to_have_count(1)


def test_a_diagnosis_does_not_wait_for_the_cell_that_runs_now(servers, open_notebook):
    notebook = open_notebook(
        servers(), LOAD, "revenue = 3", "print(revenu)", "import time\nfor _ in range(600): time.sleep(0.1)"
    )
    for index in range(3):
        notebook.run(index)
    expect(notebook.card(2, "ready")).to_be_visible()
    notebook.start(3)
    expect(notebook.prompt(3)).to_have_text("[*]:")
    # Asked anew from the palette's command, while the kernel is busy.
    notebook.cells.nth(2).locator(".jp-InputArea-prompt").click()
    notebook.page.evaluate("window.jupyterapp.commands.execute('nbdoctor:diagnose-cell')")
    expect(notebook.card(2, "ready").locator(".jp-nbdoctor-diff")).to_contain_text("print(revenue)")
    expect(notebook.card(2)).not_to_contain_text("traceback alone")
    expect(notebook.prompt(3)).to_have_text("[*]:")
    notebook.page.evaluate("window.jupyterapp.commands.execute('notebook:interrupt-kernel')")
    expect(notebook.prompt(3)).not_to_have_text("[*]:")
    expect(notebook.card(3)).to_have_count(0)

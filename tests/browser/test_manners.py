"""What the card leaves alone: the traceback, expected errors, saved notebooks, the keyboard's way, a long notebook."""

from __future__ import annotations

import re

from playwright.sync_api import expect

LOAD = "%load_ext nbdoctor"
TRACEBACK = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr'] pre"
SAVED = {
    "output_type": "error",
    "ename": "NameError",
    "evalue": "name 'revenu' is not defined",
    "traceback": ["\x1b[31mNameError\x1b[39m: name 'revenu' is not defined"],
}


def test_the_traceback_is_as_it_is_without_nbdoctor(servers, open_notebook):
    cells = [LOAD, "def f(x):\n    return x / 0\n", "f(1)"]
    seen = []
    for name in ("", "bare"):
        lab = servers("lab", name, disabled=["nbdoctor"] if name else [])
        notebook = open_notebook(lab, *cells)
        for index in range(3):
            notebook.run(index)
        if not name:
            expect(notebook.card(2, "ready")).to_be_visible()
        traceback = notebook.cells.nth(2).locator(TRACEBACK)
        expect(traceback).to_have_count(1)
        style = "e => [getComputedStyle(e.parentElement).backgroundColor, getComputedStyle(e).fontFamily]"
        seen.append((traceback.inner_html(), traceback.evaluate(style)))
        if name:
            expect(notebook.page.locator(".jp-nbdoctor-card")).to_have_count(0)
    assert "ZeroDivisionError" in seen[0][0]
    assert seen[0] == seen[1]


def test_an_error_saved_in_a_notebook_is_only_offered(servers, open_notebook):
    requests = []
    notebook = open_notebook(
        servers(),
        "revenue = 3",
        "print(revenu)",
        outputs={1: SAVED},
        on_request=lambda request: requests.append(request.url),
    )
    card = notebook.card(1, "offer")
    button = card.locator(".jp-nbdoctor-diagnose")
    expect(button).to_be_visible()
    expect(notebook.prompt(1)).to_have_text("[ ]:")
    assert not [url for url in requests if "/nbdoctor/api/" in url]
    button.click()
    expect(notebook.card(1, "ready").locator(".jp-nbdoctor-headline")).to_contain_text("revenu")
    assert [url for url in requests if "/nbdoctor/api/diagnoses" in url]
    assert notebook.source(1) == "print(revenu)"


def test_a_cell_tagged_raises_exception_gets_no_card(servers, open_notebook):
    notebook = open_notebook(servers(), LOAD, "1 / 0", "print(revenu)", tags={1: ["raises-exception"]})
    for index in range(3):
        notebook.run(index)
    expect(notebook.card(2)).to_be_visible()
    expect(notebook.page.locator(".jp-nbdoctor-card")).to_have_count(1)


def test_a_missing_server_part_is_said_with_what_to_do(servers, open_notebook):
    lab = servers("lab", "without", arguments=["--ServerApp.jpserver_extensions={'nbdoctor': False}"])
    notebook = open_notebook(lab, LOAD, "print(revenu)")
    notebook.run(0)
    notebook.run(1)
    trouble = notebook.card(1, "failed").locator(".jp-nbdoctor-trouble")
    expect(trouble).to_contain_text("pip install nbdoctor")
    expect(trouble).to_contain_text("restart Jupyter")


def test_a_kind_can_be_muted_for_the_session(servers, open_notebook):
    cells = [LOAD, "revenue = 3", "print(revenu)", "print(revenu, 2)", "1 / 0"]
    notebook = open_notebook(servers(), *cells, alone=True)
    for index in range(3):
        notebook.run(index)
    notebook.card(2, "ready").get_by_role("button", name="More", exact=True).click()
    notebook.page.locator(".lm-Menu-item", has_text="Mute this kind").click()
    expect(notebook.card(2)).to_have_count(0)
    with notebook.page.expect_response(re.compile("/nbdoctor/api/diagnoses")) as answer:
        notebook.run(3)
    answer.value.finished()
    notebook.run(4)
    expect(notebook.card(4, "ready")).to_be_visible()
    expect(notebook.page.locator(".jp-nbdoctor-card")).to_have_count(1)


def test_the_keyboard_alone_reaches_fix_it_and_presses_it(servers, open_notebook):
    notebook = open_notebook(servers(), LOAD, "revenue = 3", "print(revenu)")
    for index in range(3):
        notebook.run(index)
    expect(notebook.card(2, "ready")).to_be_visible()
    page = notebook.page
    button = notebook.card(2).locator(".jp-nbdoctor-fix")
    page.keyboard.press("Escape")
    for _ in range(20):
        page.keyboard.press("Tab")
        if button.evaluate("button => button === document.activeElement"):
            break
    expect(button).to_be_focused()
    assert button.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_have_text("3\n")


def test_sixty_errors_in_a_long_notebook_stay_usable(servers, open_notebook):
    # How long a notebook of five hundred cells takes, `make bench` measures.
    cells = [LOAD, "revenue = 3"]
    cells += [f"print(revenu + {i})" if i % 3 == 0 else f"value_{i} = {i}" for i in range(180)]
    notebook = open_notebook(servers(), *cells)
    # Each cell's failure would end a run of all, so that each is run by itself.
    page = notebook.page
    failed = page.evaluate(
        """async () => {
          const { content } = window.jupyterapp.shell.currentWidget;
          for (const cell of content.widgets) {
            const index = content.widgets.indexOf(cell);
            if (index < 2 || cell.model.sharedModel.getSource().startsWith('print(revenu')) {
              content.activeCellIndex = index;
              await window.jupyterapp.commands.execute('notebook:run-cell');
            }
          }
          return content.widgets.filter(w => w.model.outputs.length && w.model.outputs.get(0).type === 'error').length;
        }"""
    )
    assert failed == 60
    # The last of them is diagnosed and can be repaired.
    page.evaluate("window.jupyterapp.commands.execute('nbdoctor:show-panel')")
    items = page.locator(".jp-nbdoctor-panel-item")
    expect(items).to_have_count(60)
    expect(page.locator(".jp-nbdoctor-panel-item[data-state='ready']")).to_have_count(60, timeout=20_000)
    # JupyterLab draws a long notebook bit by bit, and scrolls to a cell once it is drawn.
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.content.widgets[179].isAttached", timeout=40_000
    )
    items.first.locator("button").first.click()
    card = page.locator(".jp-mod-active .jp-nbdoctor-card[data-state='ready']")
    card.locator(".jp-nbdoctor-fix").click()
    expect(page.locator(".jp-mod-active .jp-OutputArea")).to_have_text("180\n")


def test_the_kernelspec_loads_nbdoctor_by_itself(servers, open_notebook):
    notebook = open_notebook(servers(), "revenue = 3", "print(revenu)", kernel="nbdoctor")
    notebook.run(0)
    notebook.run(1)
    card = notebook.card(1, "ready")
    expect(card.locator(".jp-nbdoctor-diff")).to_contain_text("print(revenue)")
    expect(card.locator(".jp-nbdoctor-load")).to_be_hidden()

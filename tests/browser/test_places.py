"""Where errors are met and who looks at them: two tabs, another folder, another kernel, a console, another language."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import expect

from .conftest import Notebook

LOAD = "%load_ext nbdoctor"
CELLS = [LOAD, "revenue = 3", "# the total\nprint(revenu)"]


def test_two_tabs_of_one_notebook_do_not_disturb_each_other(servers, open_page, open_notebook):
    first = open_notebook(servers(), *CELLS)
    name = first.page.evaluate("window.jupyterapp.shell.currentWidget.context.path")
    server = servers()
    second = Notebook(open_page(server), server, name)
    for index in range(3):
        first.run(index)
    # A cell that is run meanwhile would end the check of the first one's fix.
    expect(first.card(2, "ready").locator(".jp-nbdoctor-fix")).to_have_text("Fix it")
    second.run(2)
    for notebook in (first, second):
        expect(notebook.card(2, "ready").locator(".jp-nbdoctor-fix")).to_have_text("Fix it")
    first.card(2).locator(".jp-nbdoctor-fix").click()
    expect(first.cells.nth(2).locator(".jp-OutputArea")).to_have_text("3\n")
    assert second.source(2) == CELLS[2]
    second.card(2).locator(".jp-nbdoctor-fix").click()
    expect(second.cells.nth(2).locator(".jp-OutputArea")).to_have_text("3\n")
    assert first.source(2) == second.source(2) == "# the total\nprint(revenue)"


def test_a_folder_with_spaces_and_other_letters(servers, open_notebook):
    (servers().files / "Übung 2 – свод").mkdir(exist_ok=True)
    notebook = open_notebook(servers(), *CELLS, folder="Übung 2 – свод", name="erste Zählung.ipynb")
    for index in range(3):
        notebook.run(index)
    notebook.card(2, "ready").locator(".jp-nbdoctor-fix").click()
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_have_text("3\n")


def test_another_kernel_knows_nothing_of_the_first(servers, open_notebook):
    notebook = open_notebook(servers(), LOAD, "revenue = 3", "print(revenue / 0)")
    for index in range(3):
        notebook.run(index)
    expect(notebook.card(2, "ready").locator(".jp-nbdoctor-category")).to_have_text("Code")
    notebook.page.evaluate(
        """async () => {
          const { sessionContext } = window.jupyterapp.shell.currentWidget;
          await sessionContext.changeKernel({ name: 'nbdoctor' });
          await sessionContext.session.kernel.info;
        }"""
    )
    notebook.run(2)
    # There the variable is not defined: the cell that does it has to run first.
    card = notebook.card(2, "ready")
    expect(card.locator(".jp-nbdoctor-category")).to_have_text("Notebook state")
    card.locator(".jp-nbdoctor-fix").click()
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_contain_text("ZeroDivisionError")


class Console:
    """An open console, used as a person uses it."""

    def __init__(self, page, server):
        self.page = page
        if not page.url.startswith(server.address):
            page.goto(server.url("console").replace("/tree/console", ""))
        page.wait_for_function("window.jupyterapp?.commands.hasCommand('console:create')", timeout=60_000)
        page.evaluate(
            """async () => {
              const { commands } = window.jupyterapp;
              const panel = await commands.execute('console:create', { kernelPreference: { name: 'python3' } });
              await panel.sessionContext.ready;
              await panel.sessionContext.session.kernel.info;
            }"""
        )
        self.prompt = page.locator(".jp-CodeConsole-promptCell .cm-content")
        self.entries = page.locator(".jp-CodeConsole-content .jp-CodeCell")

    def type(self, text):
        self.prompt.click()
        self.page.keyboard.insert_text(text)

    def enter(self, text):
        """Enter a text and wait for its number."""
        count = self.entries.count()
        self.type(text)
        self.page.keyboard.press("Shift+Enter")
        number = self.entries.nth(count).locator(".jp-InputPrompt")
        expect(number).to_have_text(re.compile(r"\[\d+\]:"), timeout=60_000)

    def card(self, index, state=""):
        selector = ".jp-nbdoctor-card" + (f"[data-state='{state}']" if state else "")
        return self.entries.nth(index).locator(selector)


@pytest.fixture
def console(servers, open_page):
    server = servers()
    return Console(open_page(server), server)


def test_a_console(console):
    for text in (LOAD, "revenue = 3", "print(revenu)"):
        console.enter(text)
    # What stands in the prompt meanwhile is left alone.
    console.type("half a thou")
    card = console.card(2, "ready")
    card.locator(".jp-nbdoctor-fix").click()
    expect(console.entries).to_have_count(4)
    expect(console.entries.nth(3).locator(".jp-OutputArea")).to_have_text("3\n")
    expect(console.entries.nth(2).locator(".cm-content").first).to_have_text("print(revenu)")
    expect(console.prompt).to_have_text("half a thou")
    expect(console.card(2, "applied")).to_contain_text("Fixed")
    expect(console.card(2).locator(".jp-nbdoctor-undo")).to_be_hidden()


def test_a_fix_that_is_not_run_goes_into_the_prompt_of_a_console(console):
    for text in (LOAD, "revenue = 3", "print(revenu)"):
        console.enter(text)
    expect(console.card(2, "ready")).to_be_visible()
    console.page.evaluate("window.jupyterapp.commands.execute('nbdoctor:apply-text')")
    expect(console.prompt).to_have_text("print(revenue)")
    console.page.keyboard.press("Shift+Enter")
    expect(console.entries.nth(3).locator(".jp-OutputArea")).to_have_text("3\n")


def test_german(servers, open_notebook, tmp_path):
    # As little of a language pack as JupyterLab asks for; nbdoctor brings its own strings along.
    pack = tmp_path / "pack"
    (pack / "jupyterlab_language_pack_de_DE").mkdir(parents=True)
    (pack / "jupyterlab_language_pack_de_DE" / "__init__.py").write_text("")
    info = pack / "jupyterlab_language_pack_de_DE-4.6.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: jupyterlab-language-pack-de-DE\nVersion: 4.6\n")
    (info / "entry_points.txt").write_text("[jupyterlab.languagepack]\nde_DE = jupyterlab_language_pack_de_DE\n")
    overrides = tmp_path / "settings" / "overrides.json"
    overrides.parent.mkdir()
    overrides.write_text('{"@jupyterlab/translation-extension:plugin": {"locale": "de_DE"}}')
    path = os.pathsep.join(filter(None, [str(pack), os.environ.get("PYTHONPATH")]))
    lab = servers("lab", "german", {"PYTHONPATH": path}, [f"--LabApp.app_settings_dir={overrides.parent}"])
    notebook = open_notebook(lab, *CELLS)
    for index in range(3):
        notebook.run(index)
    card = notebook.card(2, "ready")
    expect(card.locator(".jp-nbdoctor-fix")).to_have_text("Korrigieren")
    expect(card.locator(".jp-nbdoctor-verdict")).to_contain_text("Geprüft")
    notebook.page.evaluate("() => { window.jupyterapp.commands.execute('nbdoctor:show-panel'); }")
    expect(notebook.page.locator(".jp-nbdoctor-panel")).to_contain_text("Einstellungen")

"""The README's pictures, from its own demo notebook: ``python -m tests.browser.screenshots FOLDER``."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, expect, sync_playwright

from .conftest import ARGUMENTS, Notebook, Server, executable
from .packages import ROOT
from .test_model import BROKEN as ASKED

DEMO = nbformat.read(ROOT / "demo_notebooks" / "02_wrong_column.ipynb", as_version=4).cells
TO_ITS_END = "card => card.scrollIntoView({ block: 'end' })"
UNSAFE = "values.append(2)\nprint(totl)"
ERRORS = [
    "%load_ext nbdoctor",
    "import pandas as pd\nrevenue = 3\nvalues = [1]\ntotal = 0",
    "print(revenu)",
    UNSAFE,
    "1 / 0",
    ASKED,
]


def lab(folder: Path) -> Server:
    """A JupyterLab whose pictures show what they are of."""
    server = Server("lab", folder, {})
    # Without the introduction at the top of the panel.
    settings = folder / "config" / "lab" / "user-settings" / "nbdoctor"
    settings.mkdir(parents=True)
    (settings / "plugin.jupyterlab-settings").write_text('{"welcomed": true}')
    # One line instead of pandas' own frames, which would fill the picture and show where this machine keeps it.
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_config.py").write_text("c.InteractiveShell.xmode = 'Minimal'\n")
    return server


@contextlib.contextmanager
def opened(browser: Browser, server: Server, name: str, cells: list) -> Iterator[Notebook]:
    cells = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, server.files / name)
    context = browser.new_context(viewport={"width": 1200, "height": 700})
    context.set_default_timeout(30_000)
    shown = Notebook(context.new_page(), server, name)
    shown.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    for index in range(len(cells)):
        if cells[index].cell_type == "code":
            shown.run(index)
    yield shown
    context.close()
    server.shut_kernels_down()


def take(notebook: Notebook, path: Path) -> None:
    notebook.page.mouse.move(2, 2)
    notebook.page.evaluate("document.activeElement.blur()")
    notebook.page.screenshot(path=path, animations="disabled")
    print(path, path.stat().st_size // 1000, "kB")


def main(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=30_000)
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        server = lab(Path(work) / "server")
        try:
            with opened(browser, server, "02_wrong_column.ipynb", DEMO) as notebook:
                card = notebook.card(3, "ready")
                # The difference is drawn when it comes into view, and then is taller.
                card.evaluate(TO_ITS_END)
                card.locator(".jp-nbdoctor-diff .cm-content").first.wait_for()
                card.evaluate(TO_ITS_END)
                take(notebook, target / "card.png")
            with opened(browser, server, "report.ipynb", ERRORS) as notebook:
                notebook.card(2, "ready").locator(".jp-nbdoctor-fix").click()
                expect(notebook.card(5, "ready")).to_be_visible()
                notebook.page.evaluate("window.jupyterapp.commands.execute('nbdoctor:show-panel')")
                expect(notebook.page.locator(".jp-nbdoctor-panel-item")).not_to_have_count(0)
                take(notebook, target / "panel.png")
        finally:
            server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

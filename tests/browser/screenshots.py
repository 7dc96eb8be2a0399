"""Pictures of the card in its states: ``python -m tests.browser.screenshots FOLDER``.

``card.png`` and ``panel.png`` are those of the documentation; the others are for looking through after a change of style.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from playwright.sync_api import expect, sync_playwright

from .conftest import ARGUMENTS, Notebook, Server, executable
from .packages import ROOT, wheel
from .test_manners import SAVED
from .test_model import BROKEN as ASKED
from .test_model import start_fake, stop

LOAD = "%load_ext nbdoctor"
DEMO = nbformat.read(ROOT / "demo_notebooks" / "02_wrong_column.ipynb", as_version=4).cells
UNSAFE = "values.append(2)\nprint(totl)"


class Studio:
    """Servers, a browser and a folder for the pictures."""

    def __init__(self, browser, target: Path, work: Path) -> None:
        self.browser, self.target, self.work = browser, target, work
        self.servers: list[Server] = []
        self.count = 0

    def server(self, kind="lab", environment=None, arguments=(), short=False):
        server = Server(kind, self.work / f"server-{len(self.servers)}", environment or {}, arguments)
        self.servers.append(server)
        # Without the introduction at the top of the panel.
        settings = self.work / f"server-{len(self.servers) - 1}" / "config" / "lab" / "user-settings" / "nbdoctor"
        settings.mkdir(parents=True)
        (settings / "plugin.jupyterlab-settings").write_text('{"welcomed": true}')
        if short:
            # One line instead of pandas' own frames, which would fill the picture and show where this machine keeps it.
            profile = self.work / f"server-{len(self.servers) - 1}" / "ipython" / "profile_default"
            profile.mkdir(parents=True)
            (profile / "ipython_config.py").write_text("c.InteractiveShell.xmode = 'Minimal'\n")
        return server

    @contextlib.contextmanager
    def notebook(self, server, *cells, dark=False, width=1200, height=760, name="report.ipynb", scale=1.0):
        self.count += 1
        folder = server.files / str(self.count)
        folder.mkdir()
        cells = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, folder / name)
        context = self.browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=scale)
        context.set_default_timeout(30_000)
        page = context.new_page()
        # A name without slashes: it is also the name of the workspace.
        opened = Notebook(page, server, f"{self.count}/{name}")
        if server.kind == "lab":
            page.evaluate("window.jupyterapp.shell.collapseLeft()")
            theme = "JupyterLab Dark" if dark else "JupyterLab Light"
            page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        yield opened
        context.close()
        server.shut_kernels_down()

    def take(self, notebook, name, card=None):
        page = notebook.page
        page.mouse.move(2, 2)
        if card is not None:
            to_its_end = "card => card.scrollIntoView({ block: 'end' })"
            card.evaluate(to_its_end)
            diff = card.locator(".jp-nbdoctor-diff")
            if diff.count():
                # It is drawn when it comes into view, and then is taller.
                diff.locator(".cm-content").first.wait_for()
                card.evaluate(to_its_end)
        page.screenshot(path=self.target / f"{name}.png", animations="disabled")
        print(f"{name}.png", (self.target / f"{name}.png").stat().st_size // 1000, "kB")


def documentation(studio, lab):
    for name, dark in (("card", False), ("card_dark", True)):
        with studio.notebook(lab, *DEMO, dark=dark, height=700, name="02_wrong_column.ipynb") as notebook:
            for index in (1, 2, 3):
                notebook.run(index)
            card = notebook.card(3, "ready")
            expect(card).to_be_visible()
            notebook.page.evaluate("document.activeElement.blur()")
            studio.take(notebook, name, card)
    cells = [LOAD, "import pandas as pd\nrevenue = 3\nvalues = [1]\ntotal = 0", "print(revenu)", UNSAFE, "1 / 0", ASKED]
    for name, dark in (("panel", False), ("panel_dark", True)):
        with studio.notebook(lab, *cells, dark=dark, height=700) as notebook:
            for index in range(6):
                notebook.run(index)
            notebook.card(2, "ready").locator(".jp-nbdoctor-fix").click()
            expect(notebook.card(5, "ready")).to_be_visible()
            notebook.page.evaluate("window.jupyterapp.commands.execute('nbdoctor:show-panel')")
            expect(notebook.page.locator(".jp-nbdoctor-panel-item")).not_to_have_count(0)
            studio.take(notebook, name)


def states(studio, lab):
    for dark in (False, True):
        suffix = "_dark" if dark else ""
        with studio.notebook(lab, LOAD, "values = [1]\ntotal = 0", UNSAFE, dark=dark) as notebook:
            for index in range(3):
                notebook.run(index)
            card = notebook.card(2, "ready")
            card.locator(".jp-nbdoctor-more-fixes").click()
            studio.take(notebook, f"plans{suffix}", card)
            notebook.editor(2).click()
            notebook.page.keyboard.press("Control+End")
            notebook.page.keyboard.type("  # mine")
            card.locator(".jp-nbdoctor-fix").click()
            expect(notebook.card(2, "stale")).to_be_visible()
            studio.take(notebook, f"stale{suffix}", notebook.card(2))
    with studio.notebook(lab, LOAD, "revenue = 3", "# the total of the week\nprint(revenu)", width=560) as notebook:
        for index in range(3):
            notebook.run(index)
        expect(notebook.card(2, "ready")).to_be_visible()
        studio.take(notebook, "narrow", notebook.card(2))
    saved = nbformat.v4.new_code_cell("print(revenu)", outputs=[nbformat.from_dict(SAVED)])
    with studio.notebook(lab, saved, "memoryview(b'cold!').cast('Q')  # no rule knows it") as notebook:
        notebook.run(1)
        expect(notebook.card(1, "empty")).to_be_visible()
        studio.take(notebook, "offer_and_nothing_found")


def model(studio):
    running, address = start_fake("--delay", "0.25")
    try:
        lab = studio.server(environment={"NBDOCTOR_LLM_URL": address})
        own = "class Sour(Exception): pass\nword = 'cold'\n# nbdoctor-fake: replace cold with warm\nif word == 'cold': raise Sour(word)"
        for name, cell in (("model", ASKED), ("model_alone", own)):
            with studio.notebook(lab, LOAD, cell) as notebook:
                notebook.run(0)
                notebook.run(1)
                card = notebook.card(1, "working")
                expect(card.locator(".jp-nbdoctor-explanation")).to_contain_text("The line that failed")
                studio.take(notebook, f"{name}_working")
                expect(notebook.card(1, "ready")).to_be_visible(timeout=60_000)
                studio.take(notebook, name, notebook.card(1))
    finally:
        stop(running)
    lab = studio.server(environment={"NBDOCTOR_LLM_URL": "http://127.0.0.1:9"})
    with studio.notebook(lab, LOAD, ASKED) as notebook:
        notebook.run(0)
        notebook.run(1)
        expect(notebook.card(1).locator(".jp-nbdoctor-trouble")).to_be_visible()
        expect(notebook.card(1, "working")).to_have_count(0, timeout=30_000)
        studio.take(notebook, "trouble", notebook.card(1))


def install(studio):
    environment = studio.work / "environment"
    subprocess.run([ROOT / ".ci" / "demo_environment", sys.executable, environment], check=True)
    wheel(studio.work, "python_slugify", "slugify", "def slugify(text):\n    return text.lower()\n")
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(studio.work)}
    lab = studio.server(environment={"JUPYTER_PATH": str(environment / "share" / "jupyter"), **settings})
    with studio.notebook(lab, LOAD, "import slugify\nslugify.slugif('ABC')") as notebook:
        notebook.run(0)
        notebook.run(1)
        card = notebook.card(1, "ready")
        expect(card).to_be_visible()
        studio.take(notebook, "package", card)
        (studio.work / "python_slugify-1.0-py3-none-any.whl").unlink()
        card.locator(".jp-nbdoctor-fix").click()
        # It is checked first.
        anyway = card.get_by_role("button", name="Apply anyway")
        expect(anyway).to_be_visible(timeout=60_000)
        studio.take(notebook, "check_failed", card)
        anyway.click()
        expect(notebook.card(1, "failed")).to_be_visible(timeout=60_000)
        studio.take(notebook, "install_failed", notebook.card(1))


def main(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=30_000)
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        studio = Studio(browser, target, Path(work))
        try:
            lab = studio.server()
            documentation(studio, studio.server(short=True))
            states(studio, lab)
            with studio.notebook(studio.server("notebook", short=True), *DEMO, height=900) as notebook:
                for index in (1, 2, 3):
                    notebook.run(index)
                expect(notebook.card(3, "ready")).to_be_visible()
                studio.take(notebook, "notebook7", notebook.card(3))
            lab = studio.server(arguments=["--ServerApp.jpserver_extensions={'nbdoctor': False}"])
            with studio.notebook(lab, LOAD, "print(revenu)") as notebook:
                notebook.run(0)
                notebook.run(1)
                expect(notebook.card(1, "failed")).to_be_visible()
                studio.take(notebook, "server_missing")
            model(studio)
            install(studio)
        finally:
            for server in studio.servers:
                server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

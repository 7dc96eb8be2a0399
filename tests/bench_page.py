"""What nbdoctor costs a page of JupyterLab: opening a long notebook, the first sight of a card, what is loaded at its start."""

from __future__ import annotations

import gzip
import statistics
import tempfile
from pathlib import Path
from urllib.parse import urlparse

import nbformat
from playwright.sync_api import Browser, sync_playwright

from tests.bench_trials import Row
from tests.browser.conftest import ARGUMENTS, Notebook, Server, executable
from tests.browser.packages import ROOT
from tests.browser.test_manners import SAVED

ROUNDS = 7
CELLS, ERRORS = 500, 50
KILOBYTES_AT_START = 150

#: Milliseconds from the command to the last of the cells in the page.
OPEN = """async path => {
  const { commands } = window.jupyterapp;
  const start = performance.now();
  const widget = await commands.execute('docmanager:open', { path, factory: 'Notebook' });
  await widget.context.ready;
  const { content } = widget;
  const drawn = () => content.widgets.length && content.widgets.every(cell => cell.isAttached && cell.inViewport !== undefined);
  while (!drawn()) await new Promise(resolve => setTimeout(resolve));
  await new Promise(requestAnimationFrame);
  const taken = performance.now() - start;
  await widget.context.sessionContext.shutdown();
  widget.dispose();
  return taken;
}"""

#: Milliseconds between the frames in which the error and its card are first seen.
WATCH = """() => {
  window.seen = {};
  const look = () => {
    for (const [name, selector] of [['error', '[data-mime-type="application/vnd.jupyter.stderr"]'], ['card', '.jp-nbdoctor-card']]) {
      if (!(name in window.seen) && document.querySelector(selector)) window.seen[name] = performance.now();
    }
    if (!('card' in window.seen)) requestAnimationFrame(look);
  };
  look();
}"""


def rows() -> list[Row]:
    """The rows of `make bench`: name, without, with, added, limit."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        servers = [
            Server("lab", Path(folder) / name, {}, (), disabled)
            for name, disabled in (("without", ["nbdoctor"]), ("with", []))
        ]
        try:
            without, with_ = opening(browser, servers)
            paints = [first_paint(browser, servers[1], number) for number in range(ROUNDS)]
            loaded = kilobytes_at_start(browser, servers[1])
        finally:
            for server in servers:
                server.stop()
            browser.close()
    return [
        (
            f"open a notebook of {CELLS} cells, {ERRORS} of them errors, median",
            without,
            with_,
            with_ - without,
            0.1 * without,
        ),
        (
            "from an error in the page to its card, median",
            0.0,
            statistics.median(paints),
            statistics.median(paints),
            100.0,
        ),
        ("what the page loads of nbdoctor at its start, kB compressed", 0.0, loaded, loaded, KILOBYTES_AT_START),
    ]


def opening(browser: Browser, servers: list[Server]) -> tuple[float, float]:
    """Median milliseconds of opening a long notebook with saved errors, (without, with), turn by turn."""
    taken: list[list[float]] = [[], []]
    pages = []
    for server in servers:
        every = CELLS // ERRORS
        cells = [nbformat.v4.new_code_cell(f"value_{i} = {i}") for i in range(CELLS)]
        for cell in cells[::every]:
            cell.outputs = [nbformat.from_dict(SAVED)]
        _write(server, "long.ipynb", cells)
        _write(server, "first.ipynb", cells[:1])
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        Notebook(page, server, "first.ipynb")
        page.set_default_timeout(120_000)
        pages.append(page)
    for _ in range(ROUNDS + 1):
        for page, times in zip(pages, taken):
            times.append(page.evaluate(OPEN, "long.ipynb"))
    for page in pages:
        page.context.close()
    # The first of each compiles what the others find compiled.
    return statistics.median(taken[0][1:]), statistics.median(taken[1][1:])


def first_paint(browser: Browser, server: Server, number: int) -> float:
    """Milliseconds from an error's first sight to its card's."""
    name = f"error{number}.ipynb"
    _write(
        server,
        name,
        [nbformat.v4.new_code_cell(text) for text in ("%load_ext nbdoctor", "revenue = 3", "print(revenu)")],
    )
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    notebook = Notebook(page, server, name)
    notebook.run(0)
    notebook.run(1)
    page.evaluate(WATCH)
    notebook.run(2)
    page.wait_for_function("() => 'card' in window.seen")
    seen = page.evaluate("window.seen")
    page.context.close()
    server.shut_kernels_down()
    return float(seen["card"] - seen["error"])


def kilobytes_at_start(browser: Browser, server: Server) -> float:
    """Kilobytes, compressed as a web server would, of the extension's files that a page loads before any error."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url("first.ipynb"))
    page.locator(".jp-Notebook").wait_for(timeout=60_000)
    page.wait_for_load_state("networkidle")
    names = page.evaluate("() => performance.getEntriesByType('resource').map(entry => entry.name)")
    context.close()
    parts = {urlparse(name).path.partition("/extensions/nbdoctor/")[2] for name in names} - {""}
    folder = ROOT / "nbdoctor" / "labextension"
    return sum(len(gzip.compress((folder / part).read_bytes())) for part in parts) / 1000


def _write(server: Server, name: str, cells: list[nbformat.NotebookNode]) -> None:
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, server.files / name)

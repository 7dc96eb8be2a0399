"""What nbdoctor costs a page of JupyterLab: opening a long notebook, the first sight of a card, what is loaded at its start."""

from __future__ import annotations

import gzip
import statistics
import tempfile
from pathlib import Path
from urllib.parse import urlparse

import nbformat
from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench_trials import Row
from tests.browser.conftest import ARGUMENTS, Notebook, Server, executable
from tests.browser.packages import ROOT
from tests.browser.test_manners import SAVED

ROUNDS = 16
WHOLE = 8
#: Pages that fail cells, of each kind.
FAILS = 3
PAINTS = 7
CELLS, ERRORS = 500, 50
FAILING = 30
KILOBYTES_AT_START = 150
#: Milliseconds more that a page may stand still: a page that answers within 200 is held to be responsive (web vitals, INP).
LONGEST = 200.0
#: How much longer a notebook may take to open.
MORE = 0.1

#: Milliseconds from the command to the notebook's first view, and to the last of its cells, which JupyterLab draws when idle.
OPEN = """async ([path, whole]) => {
  const { commands } = window.jupyterapp;
  const start = performance.now();
  const widget = await commands.execute('docmanager:open', { path, factory: 'Notebook' });
  await widget.revealed;
  await new Promise(requestAnimationFrame);
  const seen = performance.now() - start;
  const drawn = () => widget.content.widgets.every(cell => cell.isAttached);
  while (whole && !drawn()) await new Promise(resolve => setTimeout(resolve, 10));
  const taken = performance.now() - start;
  await widget.context.sessionContext.ready;
  await widget.context.sessionContext.shutdown();
  widget.dispose();
  return whole ? taken : seen;
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


#: The longest time between two frames, in milliseconds, while all cells run one after the other.
RUN = """async () => {
  const { content } = window.jupyterapp.shell.currentWidget;
  let longest = 0, last = performance.now(), running = true;
  const look = now => {
    longest = Math.max(longest, now - last);
    last = now;
    if (running) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  for (let index = 0; index < content.widgets.length; index++) {
    content.activeCellIndex = index;
    await window.jupyterapp.commands.execute('notebook:run-cell');
  }
  await new Promise(resolve => setTimeout(resolve, 2000));
  running = false;
  return longest;
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
            seen, drawn = opening(browser, servers)
            paints = [first_paint(browser, servers[1], number) for number in range(PAINTS)]
            turns = [[longest_frame(browser, server) for server in servers] for _ in range(FAILS)]
            still = [statistics.median(column) for column in zip(*turns)]
            loaded = kilobytes_at_start(browser, servers[1])
        finally:
            for server in servers:
                server.stop()
            browser.close()
    return [
        _row(f"open a notebook of {CELLS} cells, {ERRORS} of them errors, median of {ROUNDS}", *seen),
        _row(f"until the last of its cells is drawn, median of {WHOLE}", *drawn),
        (
            f"longest time between two frames while {FAILING} cells fail, median of {FAILS}",
            *still,
            still[1] - still[0],
            LONGEST,
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


def opening(browser: Browser, servers: list[Server]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Milliseconds of opening a long notebook with saved errors, turn by turn: (without, with) to its first view and to its end."""
    pages = []
    for server in servers:
        cells = [nbformat.v4.new_code_cell(f"value_{i} = {i}") for i in range(CELLS)]
        for cell in cells[:: CELLS // ERRORS]:
            cell.outputs = [nbformat.from_dict(SAVED)]
        _write(server, "long.ipynb", cells)
        _write(server, "first.ipynb", cells[:1])
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        Notebook(page, server, "first.ipynb")
        page.set_default_timeout(120_000)
        pages.append(page)
    # The first of each compiles what the others find compiled.
    seen, drawn = (
        [_each(pages, whole, backwards=number % 2 == 0) for number in range(rounds + 1)][1:]
        for rounds, whole in ((ROUNDS, False), (WHOLE, True))
    )
    for page in pages:
        page.context.close()
    return tuple(tuple(map(statistics.median, zip(*turns))) for turns in (seen, drawn))  # type: ignore[return-value]


def _each(pages: list[Page], whole: bool, *, backwards: bool) -> list[float]:
    """Open the notebook in each page. Whoever comes second is slower, by a tenth: the first one's page is still putting away."""
    order = -1 if backwards else 1
    return [page.evaluate(OPEN, ["long.ipynb", whole]) for page in pages[::order]][::order]


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


def longest_frame(browser: Browser, server: Server) -> float:
    """Milliseconds that a page stood still at most while cell after cell failed."""
    cells = ["%load_ext nbdoctor", "revenue = 3", *(f"print(revenu + {i})" for i in range(FAILING))]
    _write(server, "failing.ipynb", [nbformat.v4.new_code_cell(text) for text in cells])
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    notebook = Notebook(page, server, "failing.ipynb")
    page.set_default_timeout(120_000)
    longest = notebook.page.evaluate(RUN)
    page.context.close()
    server.shut_kernels_down()
    return float(longest)


def kilobytes_at_start(browser: Browser, server: Server) -> float:
    """Kilobytes, compressed as a web server would, of the extension's files that a page loads before any error."""
    _write(server, "start.ipynb", [nbformat.v4.new_code_cell("1")])
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url("start.ipynb"))
    page.locator(".jp-Notebook").wait_for(timeout=60_000)
    page.wait_for_load_state("networkidle")
    names = page.evaluate("() => performance.getEntriesByType('resource').map(entry => entry.name)")
    context.close()
    parts = {urlparse(name).path.partition("/extensions/nbdoctor/")[2] for name in names} - {""}
    folder = ROOT / "nbdoctor" / "labextension"
    return sum(len(gzip.compress((folder / part).read_bytes())) for part in parts) / 1000


def _row(name: str, without: float, with_: float) -> Row:
    return name, without, with_, with_ - without, MORE * without


def _write(server: Server, name: str, cells: list[nbformat.NotebookNode]) -> None:
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, server.files / name)

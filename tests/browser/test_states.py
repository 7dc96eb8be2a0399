"""Every state of card and panel: axe finds nothing in any theme. With NBDOCTOR_PICTURES=yes each is pictured, too."""

from __future__ import annotations

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from ..fake_model import start_fake, stop
from .proxy import proxied, waits_for
from .states import PAGE, PICTURES, STATES
from .states import page as page_of_states
from .test_deaths import IS_CUT, PATIENCE, dies
from .test_manners import SAVED
from .test_model import BROKEN

LOAD = "%load_ext nbdoctor"
UNSAFE = "values.append(2)\nprint(totl)"
#: A theme, and what its picture is called.
THEMES = {"JupyterLab Light": "light", "JupyterLab Dark": "dark", "JupyterLab Dark High Contrast": ""}
#: The one that comes last by name; where the light one is shown, it is the first to leave.
LAST = "JupyterLab Light"
# What JupyterLab's page around them is like is not theirs.
OPTIONS = {"resultTypes": ["violations"], "rules": {"region": {"enabled": False}, "heading-order": {"enabled": False}}}
# Another theme has other colours, and is the same otherwise.
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
AXE = "options => axe.run({ include: ['[data-looked-at]'] }, options).then(found => found.violations)"
# Colours change by transitions; what turns for ever is not waited for.
ANIMATIONS = """() => Promise.all(
  document.getAnimations()
    .filter(one => Number.isFinite(one.effect.getComputedTiming().endTime))
    .map(one => one.finished.catch(() => null))
)"""


@pytest.fixture
def look():
    """Looks at a state: `look(notebook, name)` at the panel, with the index of a cell at its card."""

    pages = []

    def look_(notebook, name: str, index: int | None = None) -> None:
        assert name in STATES
        page = notebook.page
        pages.append(page)
        page.evaluate("document.querySelectorAll('[data-looked-at]').forEach(e => e.removeAttribute('data-looked-at'))")
        part = page.locator(".jp-nbdoctor-panel") if index is None else notebook.card(index)
        part.evaluate("element => element.setAttribute('data-looked-at', '')")
        found = []
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(Axe().axe_script)
        # From where the last look has ended: a change of theme takes seconds.
        themes = sorted(THEMES.items(), reverse=page.evaluate("document.body.dataset.jpThemeName") == LAST)
        for theme, picture in themes:
            page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
            page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
            page.evaluate(ANIMATIONS)
            for violation in page.evaluate(AXE, OPTIONS if picture == "light" else COLOURS):
                for node in violation["nodes"]:
                    why = node["any"][0]["message"] if node["any"] else violation["help"]
                    found.append(f"{name}, {theme}: {violation['id']}: {node['html'][:160]}: {why}")
            if picture and os.environ.get("NBDOCTOR_PICTURES"):
                PICTURES.mkdir(parents=True, exist_ok=True)
                page.mouse.move(2, 2)
                part.screenshot(path=PICTURES / f"{name}_{picture}.png", animations="disabled")
        assert found == []

    yield look_
    for page in [page for page in pages if not page.is_closed()][-1:]:
        page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' })")


@pytest.fixture(scope="module")
def model():
    process, address = start_fake("--delay", "0.4")
    yield address
    stop(process)


def test_an_offer_a_fix_and_nothing_found(servers, open_notebook, look):
    cells = ["print(revenu)", LOAD, "revenue = 3", "# the total\nprint(revenu)", "memoryview(b'cold!').cast('Q')"]
    notebook = open_notebook(servers(), *cells, outputs={0: SAVED})
    expect(notebook.card(0, "offer")).to_be_visible()
    look(notebook, "offer", 0)
    for index in range(1, 4):
        notebook.run(index)
    card = notebook.card(3, "ready")
    # It is tried while the kernel is at rest.
    expect(card.locator(".jp-nbdoctor-verdict")).to_contain_text("Checked")
    notebook.run(4)
    expect(notebook.card(4, "empty")).to_be_visible()
    look(notebook, "empty", 4)
    drawn(card)
    look(notebook, "ready", 3)
    card.locator(".jp-nbdoctor-check-output > summary").click()
    card.locator(".jp-nbdoctor-details > summary").click()
    expect(card.locator(".jp-nbdoctor-about")).to_contain_text("About this kind")
    look(notebook, "details", 3)
    card.locator(".jp-nbdoctor-details > summary").click()
    card.locator(".jp-nbdoctor-check-output > summary").click()
    card.get_by_role("button", name="No", exact=True).click()
    look(notebook, "wrong", 3)
    card.get_by_role("button", name="Cancel").click()
    notebook.page.set_viewport_size({"width": 480, "height": 900})
    look(notebook, "narrow", 3)
    assert card.evaluate("card => card.scrollWidth <= card.clientWidth + 1")


def test_a_fix_that_was_applied_is_stale_or_failed(servers, open_notebook, look):
    cells = [LOAD, "values = [1]\ntotal = 0", UNSAFE, "revenue = 3", "print(revenu)", "print(revenu)\n1 / 0"]
    notebook = open_notebook(servers(), *cells)
    card = notebook.card(2, "ready")
    for index in range(6):
        notebook.run(index)
        if index == 2:
            # A cell that is run meanwhile would end the check, and another of the plans would come first.
            expect(card.locator(".jp-nbdoctor-verdict")).to_contain_text("Checked")
    drawn(card)
    card.locator(".jp-nbdoctor-more-fixes").click()
    look(notebook, "plans", 2)
    card.get_by_role("button", name="Write total", exact=True).click()
    card.locator(".jp-nbdoctor-fix").click()
    expect(notebook.card(2, "applied")).to_be_visible()
    look(notebook, "applied", 2)
    notebook.editor(4).click()
    notebook.page.keyboard.press("Control+End")
    notebook.page.keyboard.type("  # mine")
    notebook.card(4).locator(".jp-nbdoctor-fix").click()
    expect(notebook.card(4, "stale")).to_be_visible()
    look(notebook, "stale", 4)
    notebook.card(5, "ready").locator(".jp-nbdoctor-fix").click()
    expect(notebook.card(5).locator(".jp-nbdoctor-undo")).to_be_visible(timeout=20_000)
    expect(notebook.card(5, "working")).to_have_count(0, timeout=20_000)
    look(notebook, "failed_rerun", 5)


def test_hints(servers, open_notebook, look):
    cells = [LOAD, "revenue = 3", "# the total\nprint(revenu)"]
    notebook = open_notebook(servers(), *cells, metadata={"nbdoctor": {"hints": True}})
    for index in range(3):
        notebook.run(index)
    card = notebook.card(2, "ready")
    expect(card).to_be_visible()
    look(notebook, "hint", 2)
    card.get_by_role("button", name="Show the explanation").click()
    look(notebook, "explanation", 2)


def test_a_kernel_that_died(servers, open_notebook, look):
    notebook = open_notebook(servers(), LOAD, "revenue = 3", "import os\nos._exit(3)")
    notebook.run(0)
    notebook.run(1)
    dies(notebook, 2)
    look(notebook, "died", 2)


def test_a_kernel_that_was_lost(servers, open_notebook, look, tmp_path):
    server = servers()
    with proxied(server) as (proxy, away):
        notebook = open_notebook(away, "revenue = 3", waits_for(tmp_path / "go"), alone=True)
        notebook.run(0)
        notebook.start(1)
        expect(notebook.cells.nth(1).locator(".jp-OutputArea")).to_contain_text("began")
        kernel = notebook.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id")
        notebook.page.clock.install()
        proxy.cut("kernels")
        notebook.page.wait_for_function(IS_CUT)
        notebook.page.clock.fast_forward(PATIENCE)
        expect(notebook.card(1).locator(".jp-nbdoctor-reconnect")).to_be_visible(timeout=20_000)
        look(notebook, "connection", 1)
        server.ask(f"kernels/{kernel}", "DELETE").close()
        notebook.page.clock.fast_forward(PATIENCE)
        expect(notebook.card(1)).to_contain_text("was shut down while", timeout=20_000)
        look(notebook, "shut_down", 1)


def test_a_kernel_and_a_server_without_nbdoctor(servers, open_notebook, look):
    notebook = open_notebook(servers(), "revenue = 3", "print(revenu)")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1).locator(".jp-nbdoctor-load")).to_be_visible()
    look(notebook, "without_nbdoctor", 1)
    lab = servers("lab", "without", arguments=["--ServerApp.jpserver_extensions={'nbdoctor': False}"])
    notebook = open_notebook(lab, LOAD, "print(revenu)", name="without.ipynb")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1, "failed")).to_be_visible()
    look(notebook, "server_missing", 1)


def test_a_missing_package(packages, open_notebook, look):
    packages.offer("python_slugify", "slugify", "def slugify(text):\n    return text.lower()\n")
    notebook = open_notebook(packages.lab, LOAD, "import slugify\nslugify.slugify('ABC')")
    notebook.run(0)
    notebook.run(1)
    card = notebook.card(1, "ready")
    expect(card.locator(".jp-nbdoctor-fix")).to_be_visible(timeout=30_000)
    look(notebook, "package", 1)


def test_a_model_at_work_and_its_trouble(servers, open_notebook, look, model):
    notebook = open_notebook(servers("lab", "states", {"NBDOCTOR_LLM_URL": model}), LOAD, BROKEN)
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1).locator(".jp-nbdoctor-explanation")).to_contain_text("The cell")
    look(notebook, "working", 1)
    card = notebook.card(1, "ready")
    expect(card).to_be_visible(timeout=60_000)
    drawn(card)
    look(notebook, "model", 1)
    page = notebook.page
    page.evaluate("() => { window.jupyterapp.commands.execute('nbdoctor:show-panel'); }")
    asked = page.locator(".jp-nbdoctor-asked")
    asked.locator("summary").first.click()
    asked.locator(".jp-nbdoctor-prompt summary").first.click()
    look(notebook, "panel_asked")
    lab = servers("lab", "down", {"NBDOCTOR_LLM_URL": "http://127.0.0.1:9"})
    notebook = open_notebook(lab, LOAD, BROKEN, name="down.ipynb")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1).locator(".jp-nbdoctor-trouble")).to_be_visible(timeout=30_000)
    expect(notebook.card(1, "working")).to_have_count(0, timeout=30_000)
    look(notebook, "trouble", 1)


def test_the_panel(servers, open_notebook, look):
    lab = servers("lab", "panel")
    notebook = open_notebook(
        lab, LOAD, "revenue = 3", "print(revenu)", "total = 1 / 0", "print(total)", "print(revenu, 2)"
    )
    for index in range(6):
        notebook.run(index)
    notebook.card(2, "ready").locator(".jp-nbdoctor-fix").click()
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_have_text("3\n")
    page = notebook.page
    page.evaluate("() => { window.jupyterapp.commands.execute('nbdoctor:show-panel'); }")
    expect(page.locator(".jp-nbdoctor-welcome")).to_be_visible()
    look(notebook, "panel_first")
    page.get_by_role("button", name="Close this introduction").click()
    page.locator(".jp-nbdoctor-panel summary", has_text="History of fixes").click()
    expect(page.locator(".jp-nbdoctor-kept").first).to_be_visible()
    look(notebook, "panel")


def drawn(card) -> None:
    """Wait for the diff, which is drawn when it comes into view."""
    expect(card).to_be_visible()
    card.evaluate("card => card.scrollIntoView({ block: 'center' })")
    card.locator(".jp-nbdoctor-diff .cm-content").first.wait_for()


def test_the_page_of_states_is_current():
    assert PAGE.read_text(encoding="utf-8") == page_of_states(), "python -m tests.browser.states"
    names = {f"{name}_{theme}.png" for name in STATES for theme in ("light", "dark")}
    assert {path.name for path in PICTURES.iterdir()} == names, "make screenshots"

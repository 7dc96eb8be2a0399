"""Kernels that die: told apart in the card below the cell and in the panel, and the cells before are offered again."""

from __future__ import annotations

from playwright.sync_api import expect

from ..cgroups import limited
from ..waiting import wait_until
from .proxy import proxied, waits_for

LOAD = "%load_ext nbdoctor"
#: Jupyter looks each three seconds whether a kernel lives.
SOON = ("--KernelRestarter.time_to_dead=0.5",)
#: What nbdoctor waits for JupyterLab to connect again, in milliseconds.
PATIENCE = 10_000
#: The longest pause that JupyterLab makes between two attempts to connect, in milliseconds.
LONGEST_PAUSE = 127_000
CONNECTION = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.connectionStatus"
IS_CUT = f"{CONNECTION} !== 'connected'"
#: JupyterLab asks for the formats of export as it starts, and does not catch it where no answer comes.
HAS_FORMATS = "() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/api/nbconvert'))"
IS_LOADED = """async () => {
  const { id } = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  return !(await (await fetch(`/nbdoctor/api/kernels/${id}`)).json()).trouble;
}"""


def dies(notebook, index):
    """Run a cell that its kernel dies of, and put Jupyter's own sentence away; returns the card."""
    notebook.start(index)
    dialog = notebook.page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("appears to have died", timeout=30_000)
    dialog.get_by_role("button", name="Ok").click()
    card = notebook.card(index, "ready")
    expect(card).to_be_visible()
    notebook.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'", timeout=30_000
    )
    return card


def gave_up(page):
    """Whether JupyterLab no longer tries to connect, after its next attempt at once."""
    page.clock.fast_forward(LONGEST_PAUSE)
    return page.evaluate(CONNECTION) == "disconnected"


def test_memory_a_crash_and_an_exit_are_told_apart(servers, open_notebook):
    with limited(400) as members:
        # Where no control group can be made, nobody can be killed by one.
        confine = f"open({str(members)!r}, 'w').write(str(os.getpid()))" if members else "0"
        notebook = open_notebook(
            servers(name="mortal", arguments=SOON),
            LOAD,
            "base = 20",
            # The server looks each second, and has to see it there before it dies.
            f"import os, time\n_ = {confine}\ntime.sleep(2.5)",
            "data = []\nfor _ in range(100):\n    data.append(bytearray(os.urandom(2**20)) * 32)",
            "import ctypes\nctypes.string_at(0)",
            "import os; os._exit(3)",
            "print(base + 1)",
        )
        for index in range(3):
            notebook.run(index)
        if members:
            card = dies(notebook, 3)
            expect(card.locator(".jp-nbdoctor-headline")).to_contain_text("ran out of memory: it may use 400 MiB")
            expect(card.locator(".jp-nbdoctor-category")).to_have_text("System")
            expect(card).to_contain_text("Run the 3 cells that were run before")
            # nbdoctor is there again, before anything is run: it sees where the next crash is.
            assert wait_until(lambda: notebook.page.evaluate(IS_LOADED), seconds=30)
            notebook.run(1)

        card = dies(notebook, 4)
        expect(card.locator(".jp-nbdoctor-headline")).to_contain_text("in string_at of ctypes, called from line 2")
        expect(card).to_contain_text("run before")
        card.locator(".jp-nbdoctor-fix").click()
        expect(notebook.card(4, "applied")).to_contain_text("The cells ran.")
        notebook.run(6)
        assert notebook.output(6).strip() == "21"

        card = dies(notebook, 5)
        expect(card.locator(".jp-nbdoctor-headline")).to_have_text("The kernel ended itself, with exit code 3.")
        expect(card).to_contain_text("Line 1 of this cell ends the kernel's process at once")
        expect(notebook.page.locator(".jp-nbdoctor-card")).to_have_count(3 if members else 2)


def test_a_death_in_notebook_7_stands_in_the_panel_and_goes_when_the_cell_runs(servers, open_notebook):
    notebook = open_notebook(
        servers("notebook", "mortal", arguments=SOON), "a = 1", "if a:\n    import os; os._exit(3)"
    )
    notebook.run(0)
    card = dies(notebook, 1)
    expect(card).to_contain_text("exit code 3")
    notebook.page.evaluate("window.jupyterapp.commands.execute('nbdoctor:show-panel')")
    expect(notebook.page.locator(".jp-nbdoctor-panel")).to_contain_text("exit code 3")
    card.locator(".jp-nbdoctor-fix").click()
    expect(notebook.card(1, "applied")).to_be_visible()
    notebook.editor(1).click()
    notebook.page.keyboard.press("Control+a")
    notebook.page.keyboard.type("print(a + 1)")
    notebook.run(1)
    assert notebook.output(1).strip() == "2"
    expect(notebook.card(1)).to_have_count(0)


def test_a_server_that_is_away_and_a_lost_connection_are_told_apart(servers, open_notebook, tmp_path):
    server = servers(name="mortal", arguments=SOON)
    go = tmp_path / "go"
    with proxied(server) as (proxy, away):
        notebook = open_notebook(away, "a = 1", waits_for(go), alone=True)
        notebook.run(0)
        notebook.start(1)
        expect(notebook.cells.nth(1).locator(".jp-OutputArea")).to_contain_text("began")
        notebook.page.wait_for_function(HAS_FORMATS)
        notebook.page.clock.install()
        proxy.cut("all")
        notebook.page.wait_for_function(IS_CUT)
        notebook.page.clock.fast_forward(PATIENCE)
        headline = notebook.card(1).locator(".jp-nbdoctor-headline")
        expect(headline).to_have_text("nbdoctor cannot reach the Jupyter server.", timeout=20_000)
        expect(notebook.card(1).locator(".jp-nbdoctor-reconnect")).to_be_hidden()
        go.touch()

        proxy.cut("kernels")
        notebook.page.clock.fast_forward(PATIENCE)
        expect(headline).to_contain_text("the kernel itself is there", timeout=20_000)
        notebook.page.evaluate("window.jupyterapp.commands.execute('nbdoctor:show-panel')")
        expect(notebook.page.locator(".jp-nbdoctor-panel")).to_contain_text("the kernel itself is there")

        # JupyterLab connects by itself until it has tried seven times; who clicks before that may be late.
        assert wait_until(lambda: gave_up(notebook.page), seconds=30)
        for dialog in notebook.page.locator(".jp-Dialog").all():
            dialog.get_by_role("button").last.click()
        proxy.restore()
        notebook.card(1).locator(".jp-nbdoctor-reconnect").click()
        expect(notebook.card(1)).to_have_count(0)
        expect(notebook.cells.nth(1).locator(".jp-OutputArea")).to_contain_text("over")


def test_a_kernel_that_somebody_else_shut_down_is_started_again(servers, open_notebook, tmp_path):
    server = servers(name="mortal", arguments=SOON)
    notebook = open_notebook(server, "a = 1", waits_for(tmp_path / "go"), "print(a + 1)")
    notebook.run(0)
    notebook.start(1)
    expect(notebook.cells.nth(1).locator(".jp-OutputArea")).to_contain_text("began")
    kernel = notebook.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id")
    server.ask(f"kernels/{kernel}", "DELETE").close()
    card = notebook.card(1, "ready")
    expect(card).to_contain_text("was shut down while this cell was running", timeout=20_000)
    card.locator(".jp-nbdoctor-fix").click()
    expect(notebook.card(1, "applied")).to_contain_text("The cells ran.", timeout=30_000)
    notebook.run(2)
    assert notebook.output(2).strip() == "2"


def test_a_kernel_that_is_shut_down_from_this_page_is_not_lost(servers, open_notebook, tmp_path):
    server = servers(name="mortal", arguments=SOON)
    notebook = open_notebook(server, "a = 1", waits_for(tmp_path / "go"), alone=True)
    notebook.run(0)
    notebook.start(1)
    expect(notebook.cells.nth(1).locator(".jp-OutputArea")).to_contain_text("began")
    # As the list of what runs does it.
    notebook.page.evaluate(
        """() => {
          const { serviceManager, shell } = window.jupyterapp;
          return serviceManager.kernels.shutdown(shell.currentWidget.sessionContext.session.kernel.id);
        }"""
    )
    # By now the page has heard of it, and has asked.
    notebook.page.wait_for_timeout(3_000)
    expect(notebook.page.locator(".jp-nbdoctor-card")).to_have_count(0)

"""Kernels that die: told apart in the card below the cell and in the panel, and the cells before are offered again."""

from __future__ import annotations

from playwright.sync_api import expect

from ..cgroups import limited

LOAD = "%load_ext nbdoctor"
#: Jupyter looks each three seconds whether a kernel lives.
SOON = ("--KernelRestarter.time_to_dead=0.5",)
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


def test_memory_a_crash_and_an_exit_are_told_apart(servers, open_notebook):
    with limited(400) as members:
        # Where no control group can be made, nobody can be killed by one.
        confine = f"open({str(members)!r}, 'w').write(str(os.getpid()))" if members else "0"
        notebook = open_notebook(
            servers(name="mortal", arguments=SOON),
            LOAD,
            "base = 20",
            f"import os\n_ = {confine}",
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
            notebook.page.wait_for_function(IS_LOADED, polling=500, timeout=30_000)
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

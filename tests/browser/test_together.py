"""Two browsers in one notebook, with JupyterLab's real-time collaboration: no fix is made twice, no edit is lost."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from .conftest import SIZE, Notebook
from .packages import ROOT

COLLABORATION = Path(os.environ.get("NBDOCTOR_COLLABORATION", ROOT / ".cache" / "collaboration"))
CELLS = ["%load_ext nbdoctor", "revenue = 3", "# the total\nprint(revenu)"]


@pytest.fixture
def two(servers, chromium):
    """Opens the same notebook in two browsers."""
    assert COLLABORATION.is_dir(), "make test-browser installs what this needs"
    lab = servers(
        "lab",
        "together",
        {
            "PYTHONPATH": os.pathsep.join(filter(None, [str(COLLABORATION), os.environ.get("PYTHONPATH")])),
            "JUPYTER_PATH": str(COLLABORATION / "share" / "jupyter"),
            "JUPYTER_CONFIG_PATH": str(COLLABORATION / "etc" / "jupyter"),
        },
    )
    contexts = []

    def open_(name: str):
        cells = [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(CELLS)]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "python3", "language": "python"}
        nbformat.write(notebook, lab.files / name)
        opened = []
        for _ in range(2):
            contexts.append(chromium.new_context(viewport=SIZE))
            contexts[-1].set_default_timeout(20_000)
            opened.append(Notebook(contexts[-1].new_page(), lab, name))
        return opened

    yield open_
    for context in contexts:
        context.close()
    lab.shut_kernels_down()


def test_a_fix_is_made_once(two):
    ours, theirs = two("once.ipynb")
    for index in range(3):
        ours.run(index)
    expect(ours.card(2, "ready")).to_be_visible()
    # Who did not run the cell sees its error, and may ask.
    theirs.card(2, "offer").locator(".jp-nbdoctor-diagnose").click()
    expect(theirs.card(2, "ready").locator(".jp-nbdoctor-fix")).to_have_text("Fix it")
    ours.card(2).locator(".jp-nbdoctor-fix").click()
    expect(ours.cells.nth(2).locator(".jp-OutputArea")).to_have_text("3\n")
    expect(theirs.editor(2)).to_contain_text("print(revenue)")
    assert ours.source(2) == theirs.source(2) == "# the total\nprint(revenue)"
    expect(theirs.cells.nth(2).locator(".jp-OutputArea")).to_have_text("3\n")
    expect(theirs.card(2)).to_have_count(0)


def test_an_edit_of_the_other_is_not_overwritten(two):
    ours, theirs = two("edited.ipynb")
    for index in range(3):
        ours.run(index)
    expect(ours.card(2, "ready")).to_be_visible()
    theirs.editor(2).click()
    theirs.page.keyboard.press("Control+End")
    theirs.page.keyboard.type("  # theirs")
    expect(ours.editor(2)).to_contain_text("# theirs")
    ours.card(2).locator(".jp-nbdoctor-fix").click()
    expect(ours.card(2, "stale")).to_contain_text("nothing was overwritten")
    assert ours.source(2) == theirs.source(2) == "# the total\nprint(revenu)  # theirs"

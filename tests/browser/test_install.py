"""A missing package is really installed, after a click, into the kernel's own environment."""

from __future__ import annotations

import re

from playwright.sync_api import expect

LOAD = "%load_ext nbdoctor"


def test_a_missing_package_is_installed_after_a_click(packages, open_notebook):
    packages.offer("python_slugify", "slugify", "def slugify(text):\n    return text.lower()\n")
    notebook = open_notebook(packages.lab, LOAD, "import slugify\nslugify.slugify('ABC')")
    notebook.run(0)
    notebook.run(1)
    card = notebook.card(1, "ready")
    expect(card).to_be_visible()
    expect(card.locator(".jp-nbdoctor-category")).to_have_text("Package")
    expect(card).to_contain_text("python-slugify")
    assert not packages.installed("slugify")
    card.locator(".jp-nbdoctor-fix").click()
    expect(notebook.cells.nth(1).locator(".jp-OutputArea")).to_contain_text("'abc'", timeout=60_000)
    assert packages.installed("slugify")


def test_a_kernel_that_holds_the_old_version_is_restarted_after_a_click(packages, open_notebook):
    packages.unpack("python_docx", "docx_before", "", "0.9")
    packages.offer("python_docx", "docx", "name = 'new'\n")
    notebook = open_notebook(packages.lab, LOAD, "import docx_before", "import docx\ndocx.name")
    for index in range(3):
        notebook.run(index)
    card = notebook.card(2, "ready")
    card.locator(".jp-nbdoctor-fix").click()
    # It cannot be checked here, and nothing is run in the kernel that holds the old version.
    card = notebook.card(2, "applied")
    said = card.locator(".jp-nbdoctor-fixview .jp-nbdoctor-said")
    expect(said).to_have_text("Restart the kernel so that it sees the new version.", timeout=60_000)
    assert packages.installed("docx")
    assert "ModuleNotFoundError" in notebook.output(2)
    expect(notebook.prompt(2)).to_have_text("[3]:")

    restart = card.get_by_role("button", name="Restart kernel")
    expect(restart).to_be_focused()
    restart.click()
    dialog = notebook.page.locator(".jp-Dialog")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(restart).to_be_visible()
    restart.click()
    dialog.get_by_role("button", name="Restart").click()
    expect(said).to_have_text(re.compile("The kernel was restarted.* Run the cells above again, then this cell"))
    expect(restart).to_be_hidden()
    notebook.run(2)
    expect(notebook.prompt(2)).to_have_text("[1]:")
    assert "'new'" in notebook.output(2)

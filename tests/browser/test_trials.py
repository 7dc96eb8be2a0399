"""Trials as the card tells of them: what is not checked and why, Check, installs that are checked, and who comes first."""

from __future__ import annotations

import re
import socket
import time

import psutil
import pytest
from playwright.sync_api import expect

from ..waiting import wait_until

LOAD = "%load_ext nbdoctor"
CHECKED = re.compile(r"^Checked: ran in a copy of your kernel( in \d+\.\d s)?$")


def verdict(card):
    return card.locator(".jp-nbdoctor-verdict")


def show_panel(notebook):
    notebook.page.evaluate("() => { window.jupyterapp.commands.execute('nbdoctor:show-panel'); }")


def copies(kernel):
    """The running copies of a kernel: its children by fork, which are called as it is."""
    try:
        called = kernel.cmdline()
        return [child for child in kernel.children() if child.cmdline() == called]
    except psutil.NoSuchProcess:
        return []


def test_what_uses_the_network_is_not_checked_and_reads_apply(servers, open_notebook):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        (_, port) = listener.getsockname()
        cell = "with socket.create_connection(('127.0.0.1', prot)):\n    print('sent')"
        notebook = open_notebook(servers(), LOAD, f"import socket\nport = {port}", cell)
        for index in range(3):
            notebook.run(index)
        card = notebook.card(2, "ready")
        expect(verdict(card)).to_have_text("Not checked: it uses the network")
        button = card.locator(".jp-nbdoctor-fix")
        expect(button).to_have_text("Apply")
        expect(card.locator(".jp-nbdoctor-check")).to_be_hidden()
        with pytest.raises(BlockingIOError):
            listener.accept()  # the check did not connect
        button.click()
        expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_have_text("sent\n")
        listener.accept()[0].close()


def test_check_tries_a_fix_that_another_cell_came_before(servers, open_notebook):
    lab = servers()
    go = lab.files / "go"
    go.unlink(missing_ok=True)
    long = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.02)\npause = 0"
    notebook = open_notebook(lab, LOAD, "import time\nrevenue, pause = 3, 8", "print(revenu)\ntime.sleep(pause)", long)
    for index in range(3):
        notebook.run(index)
    notebook.start(3)
    card = notebook.card(2, "ready")
    expect(verdict(card)).to_have_text(re.compile("^Not checked: (you ran another cell|the kernel is busy)$"))
    expect(card.locator(".jp-nbdoctor-fix")).to_have_text("Apply")
    expect(notebook.prompt(3)).to_have_text("[*]:")
    check = card.locator(".jp-nbdoctor-check")
    check.click()
    expect(card).to_contain_text("The fix could not be checked; nothing was changed.")
    expect(verdict(card)).to_have_text("Not checked: the kernel is busy")
    go.touch()
    expect(notebook.prompt(3)).to_have_text("[4]:")
    check.click()
    expect(verdict(card)).to_have_text(CHECKED)
    expect(card).to_contain_text("The check passed; your kernel was left as it is.")
    expect(card.locator(".jp-nbdoctor-printed")).to_have_text("3\n")
    expect(check).to_be_hidden()
    button = card.locator(".jp-nbdoctor-fix")
    expect(button).to_have_text("Fix it")
    button.click()
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_have_text("3\n")
    expect(notebook.prompt(2)).to_have_text("[5]:")


def test_a_cell_that_is_started_during_a_trial_runs_undisturbed(servers, open_notebook):
    lab = servers()
    first = "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\nvalues, total = [1], 0"
    failing = "values.append(totl)\ntime.sleep(6)"
    mine = "for number in range(3):\n    values.append(number)\n    print(number, flush=True)\n    time.sleep(0.05)"
    notebook = open_notebook(lab, LOAD, first, failing, mine, "values, os.getpid()")
    for index in range(3):
        notebook.run(index)
    pid = (lab.files / "pid").read_text()
    kernel = psutil.Process(int(pid))
    assert wait_until(lambda: copies(kernel), seconds=15)
    expect(verdict(notebook.card(2))).to_have_text("Being checked…")
    (trial,) = copies(kernel)
    started = time.monotonic()
    notebook.run(3)
    assert time.monotonic() - started < 4, "the cell waited for the trial"
    expect(notebook.cells.nth(3).locator(".jp-OutputArea")).to_have_text("0\n1\n2\n")
    # With the kernel at rest the check begins anew.
    assert wait_until(lambda: copies(kernel) and trial not in copies(kernel), seconds=15)
    expect(verdict(notebook.card(2))).to_have_text("Being checked…")
    expect(verdict(notebook.card(2, "ready"))).to_have_text(CHECKED, timeout=30_000)
    notebook.run(4)
    assert f"([1, 0, 1, 2], {pid})" in notebook.output(4)


def test_the_panel_says_how_trials_are_confined(servers, open_notebook):
    notebook = open_notebook(servers(), LOAD)
    notebook.run(0)
    show_panel(notebook)
    confinement = notebook.page.locator(".jp-nbdoctor-panel-confinement")
    expect(confinement).to_have_text(re.compile("^Fixes are tried in a copy of the kernel that .* the ?.*network"))


def test_without_trials_the_card_says_so_and_reads_apply(servers, open_notebook):
    lab = servers("lab", "untried", {"NBDOCTOR_TRIALS": "off"})
    notebook = open_notebook(lab, LOAD, "revenue = 3", "print(revenu)")
    for index in range(3):
        notebook.run(index)
    card = notebook.card(2, "ready")
    expect(verdict(card)).to_have_text("Not checked: trials are switched off")
    button = card.locator(".jp-nbdoctor-fix")
    expect(button).to_have_text("Apply")
    expect(card.locator(".jp-nbdoctor-check")).to_be_hidden()
    show_panel(notebook)
    confinement = notebook.page.locator(".jp-nbdoctor-panel-confinement")
    expect(confinement).to_have_text("Fixes are not tried here: trials are switched off.")
    button.click()
    expect(notebook.cells.nth(2).locator(".jp-OutputArea")).to_have_text("3\n")


def test_check_says_what_an_install_brings_and_installs_nothing(packages, open_notebook):
    packages.offer("python_dotenv", "dotenv", "name = 'env'\n")
    notebook = open_notebook(
        packages.lab,
        LOAD,
        "import dotenv\ndotenv.name",
        "from importlib.util import find_spec\nprint(find_spec('dotenv'))",
    )
    notebook.run(0)
    notebook.run(1)
    card = notebook.card(1, "ready")
    expect(verdict(card)).to_have_text("Not checked: an install is checked when you ask for it")
    card.locator(".jp-nbdoctor-check").click()
    expect(verdict(card)).to_have_text(CHECKED, timeout=30_000)
    brings = "Brings python-dotenv 1.0. Changes no distribution that is installed."
    expect(card.locator(".jp-nbdoctor-printed")).to_contain_text(brings)
    expect(card.locator(".jp-nbdoctor-install-output")).to_contain_text(brings)
    expect(card).to_contain_text("The check passed; your kernel was left as it is.")
    assert not packages.installed("dotenv")
    notebook.run(2)
    assert notebook.output(2) == "None\n"

    button = card.locator(".jp-nbdoctor-fix")
    expect(button).to_have_text("Fix it")
    button.click()
    expect(notebook.cells.nth(1).locator(".jp-OutputArea")).to_contain_text("'env'", timeout=30_000)
    assert packages.installed("dotenv")


def test_a_package_that_does_not_bring_the_module_is_not_installed(packages, open_notebook):
    packages.offer("feather_format", "something_else", "")
    notebook = open_notebook(packages.lab, LOAD, "import feather")
    notebook.run(0)
    notebook.run(1)
    card = notebook.card(1, "ready")
    button = card.locator(".jp-nbdoctor-fix")
    expect(button).to_have_text("Fix it")
    # It is checked first, and goes no further.
    button.click()
    expect(button).to_have_text("Apply anyway", timeout=30_000)
    expect(verdict(card)).to_contain_text("Checked: failed in a copy of your kernel: import feather fails")
    expect(card).to_contain_text("The check failed; nothing was changed.")
    expect(notebook.prompt(1)).to_have_text("[2]:")
    assert not packages.installed("something_else")

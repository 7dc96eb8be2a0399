"""A real JupyterLab and a real Notebook 7, with real kernels, in a real Chromium."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
import pytest

from ..ports import free_port
from ..waiting import wait_until
from .packages import Packages

TOKEN = "browser-tests"
PASSED = pytest.StashKey[bool]()
# Errors of the front ends' own scripts, which are there without nbdoctor too. The first: a kernel died while they asked who it is.
CANCELED = "Canceled future for kernel_info_request message before replies were done"
KNOWN = {"lab": [CANCELED], "notebook": [CANCELED, "Cannot read properties of undefined (reading 'schema')"]}
# To be asked again and again: Playwright's wait_for_function takes a promise for a true answer, whatever comes of it.
KERNEL_IS_READY = """async () => {
  const context = window.jupyterapp.shell.currentWidget?.sessionContext;
  await context?.ready;
  const kernel = context?.session?.kernel;
  await kernel?.info;
  return kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
OPEN = "path => { window.jupyterapp.commands.execute('docmanager:open', { path }); }"
# As JupyterLab is after its start: no documents, the panel closed, nothing asked.
CLEAR = """() => {
  const { shell } = window.jupyterapp;
  [...shell.widgets('main')].forEach(widget => widget.dispose());
  shell.collapseRight();
  return !document.querySelector('.jp-Dialog, .lm-Menu');
}"""
#: How long what is to come is waited for, in milliseconds; machines that test are slow.
WAIT = 15_000
SIZE = {"width": 1280, "height": 900}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(240))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call":
        item.stash[PASSED] = report.passed
    return report


def executable():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import Error, expect, sync_playwright

    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        except Error as error:
            sentence = f"NO BROWSER: the browser tests cannot run. {str(error).splitlines()[0]}"
            if os.environ.get("CI"):
                pytest.fail(sentence, pytrace=False)
            warnings.warn(pytest.PytestWarning(sentence), stacklevel=1)
            pytest.skip(sentence)
        yield browser
        browser.close()


class Server:
    """A running Jupyter server."""

    def __init__(self, kind: str, folder: Path, environment: dict[str, str], arguments=(), disabled=()) -> None:
        self.kind = kind
        self.context: Any = None
        #: A page that shows JupyterLab and is free for the next test: to start JupyterLab takes as long as most tests.
        self.page: Any = None
        self.files = folder / "files"
        self.files.mkdir(parents=True)
        self.port = free_port()
        env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("NBDOCTOR_", "JUPYTER_"))},
            "HOME": str(folder),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            **environment,
        }
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = (folder / "server.log").open("w")
        command = [
            sys.executable,
            "-m",
            "jupyterlab" if kind == "lab" else "notebook",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={self.port}",
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={self.files}",
            "--ServerApp.allow_unauthenticated_access=False",
            "--expose-app-in-browser",
            *arguments,
        ]
        # Without the question whether to fetch news, which lies over the notebook.
        page_config = folder / "config" / "labconfig" / "page_config.json"
        page_config.parent.mkdir(parents=True)
        names = ["@jupyterlab/apputils-extension:announcements", *disabled]
        page_config.write_text(json.dumps({"disabledExtensions": dict.fromkeys(names, True)}))
        self.process = subprocess.Popen(command, env=env, cwd=folder, stdout=self.log, stderr=subprocess.STDOUT)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api?token={TOKEN}", timeout=2).close()
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(Path(self.log.name).read_text()[-3000:])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def ask(self, path: str, method: str = "GET") -> Any:
        """Ask the server itself, past the page."""
        headers = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/{path}", headers=headers, method=method)
        return urllib.request.urlopen(request, timeout=20)

    def shut_kernels_down(self) -> None:
        with self.ask("sessions") as answer:
            sessions = json.load(answer)
        for session in sessions:
            self.ask(f"sessions/{session['id']}", "DELETE").close()

    def give_back(self, page: Any) -> None:
        """Keep a page for the next test, if there is none, and it can be made as new."""
        if self.kind == "lab" and self.page is None and page.evaluate(CLEAR):
            page.set_viewport_size(SIZE)
            self.page = page
        else:
            page.close()

    def url(self, notebook: str) -> str:
        # A workspace of its own: JupyterLab would open the notebooks of the tests before again.
        workspace = re.sub(r"[^a-zA-Z0-9_]", "-", notebook)
        tree = f"lab/workspaces/{workspace}/tree" if self.kind == "lab" else "notebooks"
        return f"{self.address}/{tree}/{quote(notebook)}?token={TOKEN}"


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """Servers by name, started when first asked for."""
    running: dict[str, Server] = {}

    def get(kind: str = "lab", name: str = "", environment=None, arguments=(), disabled=()) -> Server:
        key = f"{kind}-{name}"
        if key not in running:
            running[key] = Server(kind, tmp_path_factory.mktemp(key), environment or {}, arguments, disabled)
        return running[key]

    yield get
    for server in running.values():
        server.stop()


@pytest.fixture(scope="session")
def packages(servers, tmp_path_factory):
    """Where packages can be installed; each test brings its own."""
    return Packages(servers, tmp_path_factory.mktemp("packages"))


class Notebook:
    """One open notebook, used as a person uses it."""

    def __init__(self, page, server: Server, name: str) -> None:
        self.page = page
        if page.url.startswith(server.address):
            page.evaluate(OPEN, name)
        else:
            page.goto(server.url(name))
        page.locator(".jp-Notebook").wait_for(timeout=60_000)
        self.cells = page.locator(".jp-Notebook .jp-Cell")
        self.cells.first.wait_for()
        # What is run before the kernel is there is not run at all.
        assert wait_until(lambda: page.evaluate(KERNEL_IS_READY), seconds=60)

    def start(self, index: int) -> None:
        """Run a cell with the keyboard."""
        self.editor(index).click()
        self.page.keyboard.press("Control+Enter")

    def run(self, index: int) -> None:
        """Run a cell with the keyboard and wait for its number."""
        before = self.prompt(index).inner_text()
        self.start(index)
        self.page.wait_for_function(
            "([el, before]) => /\\[\\d+\\]/.test(el.innerText) && el.innerText !== before",
            arg=[self.prompt(index).element_handle(), before],
            timeout=60_000,
        )

    def run_all(self) -> None:
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def prompt(self, index: int):
        return self.cells.nth(index).locator(".jp-InputArea-prompt")

    def editor(self, index: int):
        return self.cells.nth(index).locator(".jp-InputArea-editor .cm-content")

    def source(self, index: int) -> str:
        lines = self.editor(index).locator(".cm-line").all_inner_texts()
        return "\n".join(line.rstrip("\n") for line in lines)

    def card(self, index: int, state: str = ""):
        selector = f".jp-nbdoctor-card[data-state='{state}']" if state else ".jp-nbdoctor-card"
        return self.cells.nth(index).locator(selector)

    def output(self, index: int) -> str:
        return self.cells.nth(index).locator(".jp-OutputArea").inner_text()


@pytest.fixture
def open_page(chromium, request):
    """Opens pages, and those of one server are used again by the next test. ``alone``: by no other test before or after.
    After the test the kernels of their servers are shut down. Errors of scripts fail the test."""
    troubles: list[str] = []
    opened = []

    def open_(server: Server, *, alone: bool = False):
        if server.context is None:
            # One a server: its scripts are compiled once.
            server.context = chromium.new_context(viewport=SIZE)
            server.context.set_default_timeout(WAIT)
        page = None
        if not alone:
            page, server.page = server.page, None
        page = page or server.context.new_page()

        def note(error):
            if str(error) not in KNOWN.get(server.kind, ()):
                troubles.append(error.stack or str(error))

        page.on("pageerror", note)
        opened.append((server, page, note, alone))
        return page

    yield open_
    for server, page, note, alone in opened:
        page.remove_listener("pageerror", note)
        if alone or troubles or not request.node.stash.get(PASSED, False):
            page.close()
        else:
            server.give_back(page)
    for server in {server.address: server for server, *_ in opened}.values():
        server.shut_kernels_down()
    assert troubles == []


@pytest.fixture
def open_notebook(open_page, request):
    """Writes a notebook of these cells, with their outputs, tags and metadata, and opens it."""

    def open_(
        server: Server,
        *sources: str,
        kernel: str = "python3",
        name: str = "story.ipynb",
        outputs=None,
        tags=None,
        metadata=None,
        folder="",
        on_request=None,
        on_websocket=None,
        alone=False,
    ) -> Notebook:
        cells = [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
        for index, output in (outputs or {}).items():
            cells[index].outputs = [nbformat.from_dict(output)]
        for index, names in (tags or {}).items():
            cells[index].metadata["tags"] = names
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
        notebook.metadata.update(metadata or {})
        name = f"{folder}/{request.node.name.replace('[', '-').replace(']', '')}-{name}".lstrip("/")
        nbformat.write(notebook, server.files / name)
        page = open_page(server, alone=bool(alone or on_request or on_websocket))
        if on_request:
            page.on("request", on_request)
        if on_websocket:
            page.on("websocket", on_websocket)
        return Notebook(page, server, name)

    return open_

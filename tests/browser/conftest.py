"""A real JupyterLab and a real Notebook 7, with real kernels, in a real Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
TOKEN = "browser-tests"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(240))


def _executable():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=_executable(), args=ARGUMENTS)
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

    def __init__(self, kind: str, folder: Path, environment: dict[str, str], arguments: list[str] = ()) -> None:
        self.kind = kind
        self.files = folder / "files"
        self.files.mkdir(parents=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("NBDOCTOR_", "JUPYTER_"))},
            "HOME": str(folder),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            **environment,
        }
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
            "--LabApp.news_url=None",
            *arguments,
        ]
        if kind == "lab":
            command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
        self.process = subprocess.Popen(
            [c for c in command if "news_url" not in c], env=env, cwd=folder, stdout=self.log, stderr=subprocess.STDOUT
        )
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

    def url(self, notebook: str) -> str:
        tree = "lab/tree" if self.kind == "lab" else "notebooks"
        return f"http://127.0.0.1:{self.port}/{tree}/{notebook}?token={TOKEN}"


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """Servers by name, started when first asked for."""
    running: dict[str, Server] = {}

    def get(kind: str = "lab", name: str = "", environment=None, arguments=()) -> Server:
        key = f"{kind}-{name}"
        if key not in running:
            running[key] = Server(kind, tmp_path_factory.mktemp(key), environment or {}, list(arguments))
        return running[key]

    yield get
    for server in running.values():
        server.stop()


class Notebook:
    """One open notebook, used as a person uses it."""

    def __init__(self, page, server: Server, name: str) -> None:
        self.page = page
        page.goto(server.url(name))
        page.locator(".jp-Notebook").wait_for(timeout=60_000)
        self.cells = page.locator(".jp-Notebook .jp-Cell")
        self.cells.first.wait_for()
        page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for(state="attached", timeout=60_000)

    def run(self, index: int) -> None:
        """Run a cell with the keyboard and wait for its number."""
        cell = self.cells.nth(index)
        before = cell.locator(".jp-InputArea-prompt").inner_text()
        self.editor(index).click()
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(
            "([el, before]) => /\\[\\d+\\]/.test(el.innerText) && el.innerText !== before",
            arg=[cell.locator(".jp-InputArea-prompt").element_handle(), before],
            timeout=60_000,
        )

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


@pytest.fixture()
def open_notebook(chromium, request):
    """Write a notebook into a server's folder and open it. Errors of the page's own scripts fail the test."""
    contexts, troubles = [], []

    def open_(server: Server, *sources: str, kernel: str = "python3", name: str = "story.ipynb", outputs=None) -> Notebook:
        cells = [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
        for index, output in (outputs or {}).items():
            cells[index].outputs = [nbformat.from_dict(output)]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
        name = f"{request.node.name.replace('[', '-').replace(']', '')}-{name}"
        nbformat.write(notebook, server.files / name)
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        return Notebook(page, server, name)

    yield open_
    for context in contexts:
        context.close()
    assert troubles == []

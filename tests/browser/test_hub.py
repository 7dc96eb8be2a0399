"""In a real JupyterHub: somebody logs in, is helped by the model behind the gateway, and reads why not where the quota is used up."""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from playwright.sync_api import expect

from ..fake_model import start_fake, stop
from ..hub.jupyterhub import PASSWORD, SOURCE, JupyterHub
from ..hub.stub import KEY
from ..waiting import wait_until
from .conftest import KERNEL_IS_READY, SIZE

LOAD = "%load_ext nbdoctor"
#: What one diagnosis asks: words, the kind of problem, a fix. It is there again a minute later, bit by bit; the next diagnosis
#: is refused in one of its questions, if it does not come that late.
QUOTA = 3
SENTENCE = re.compile(
    rf"^You have asked the model {QUOTA} times within a minute; try again in \d+ seconds?\."
    r" What may be used is set by whoever runs the hub\.$"
)


@pytest.fixture
def hub(tmp_path):
    process, model = start_fake("--delay", "0")
    try:
        running = JupyterHub(tmp_path, model, {"requests_per_minute": QUOTA})
        yield running
        running.stop()
    finally:
        stop(process)


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport=SIZE)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def test_the_card_has_the_gateways_own_sentence_when_the_quota_is_used_up(hub, page):
    requests = []
    page.on("request", lambda request: requests.append(request))
    open_notebook(hub, page, LOAD, SOURCE, SOURCE)
    cells = page.locator(".jp-Notebook .jp-Cell")
    for index in range(2):
        run(page, cells.nth(index))
    card = cells.nth(1).locator(".jp-nbdoctor-card[data-state='ready']")
    expect(card.locator(".jp-nbdoctor-origin")).to_contain_text("and fake", timeout=30_000)
    expect(card.locator(".jp-nbdoctor-diff")).to_contain_text("word = 'warm'")
    expect(card.locator(".jp-nbdoctor-trouble")).to_be_hidden()

    run(page, cells.nth(2))
    trouble = cells.nth(2).locator(".jp-nbdoctor-trouble")
    expect(trouble).to_be_visible(timeout=30_000)
    expect(trouble).to_have_text(SENTENCE)

    # JupyterHub gives the page a token, made at the login, which goes to the hub alone. The gateway is asked with another, the
    # server's own.
    html = page.content()
    assert requests
    assert [request.url for request in requests if not request.url.startswith(f"{hub.url}/")] == []
    sent = "".join(f"{request.url} {request.all_headers()} {request.post_data_buffer}" for request in requests)
    for secret in (KEY, hub.token_of_server("ana")):
        assert secret not in html
        assert secret not in sent


def open_notebook(hub, page, *sources):
    """Log in as ana, whose server the hub then starts, and open a notebook of these cells."""
    home = hub.folder / "ana"
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    settings = home / ".jupyter" / "labconfig" / "page_config.json"
    settings.parent.mkdir(parents=True)
    # Without the question whether to fetch news, which lies over the notebook.
    settings.write_text(json.dumps({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}))
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "python3", "language": "python"}
    nbformat.write(notebook, home / "story.ipynb")
    page.goto(f"{hub.url}/hub/user-redirect/lab/tree/story.ipynb")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    # What is run before the kernel is there is not run at all.
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=90_000)
    assert wait_until(lambda: page.evaluate(KERNEL_IS_READY), seconds=60)


def run(page, cell):
    cell.locator(".jp-InputArea-editor .cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputArea-prompt")).to_have_text(re.compile(r"\[\d+\]"), timeout=30_000)

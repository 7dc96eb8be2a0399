"""The card below a failing cell: when it opens and closes, in a shell of this process and in a real kernel."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from nbdoctor.kernel import cards, extension
from nbdoctor.llm.fake import FakeModel
from nbdoctor.presenters.widgets import VIEW

from ..llm.helpers import serving
from ..presenters import kit
from ..real_kernel import ROOT, Kernel
from ..waiting import wait_until


@pytest.fixture()
def published(shell, monkeypatch):
    """What the shell published: (whether it was an update, bundle)."""
    seen = []
    monkeypatch.setattr(shell.display_pub, "publish", lambda data, *_, update=False, **__: seen.append((update, data)))
    monkeypatch.setattr("IPython.core.interactiveshell.InteractiveShell.initialized", lambda: True)
    monkeypatch.setattr("IPython.core.interactiveshell.InteractiveShell.instance", lambda *a, **k: shell)
    return seen


@pytest.fixture()
def watch(shell, published, monkeypatch, capsys):
    """Shows cards, made of the stand-ins; trials are off, so that nothing comes later."""
    kit.opened.clear()
    monkeypatch.setitem(sys.modules, "ipywidgets", kit)
    found = extension.loaded(shell).watch
    found.settings.display, found.settings.trials = "widgets", "off"
    return found


def _run(shell, source, cell_id=None):
    shell.run_cell(source, store_history=True, cell_id=cell_id)


def _hears(shell):
    return [f for f in shell.events.callbacks["pre_run_cell"] if isinstance(getattr(f, "__self__", None), cards.Cards)]


def test_a_failing_cell_gets_a_card(shell, watch, published):
    _run(shell, "revenue = 1\nprint(revenu)")
    ((update, bundle),) = published
    assert not update
    assert "`revenue`" in bundle["text/plain"]
    assert "\n" not in bundle["text/plain"]
    assert VIEW in bundle
    assert kit.opened


def test_a_notebook_without_cards_pays_nothing(shell, watch):
    assert _hears(shell) == []
    _run(shell, "nope", "a")
    assert len(_hears(shell)) == 1
    _run(shell, "1", "a")
    assert _hears(shell) == []


def test_the_card_goes_when_its_cell_runs_again(shell, watch, published):
    _run(shell, "nope", "a")
    _run(shell, "1", "b")
    assert kit.opened
    _run(shell, "1", "a")
    assert not kit.opened
    assert len(published) == 1  # the front end has cleared the display itself


def test_a_cell_that_fails_again_has_one_card(shell, watch):
    _run(shell, "nope", "a")
    one = len(kit.opened)
    _run(shell, "nope", "a")
    assert len(kit.opened) == one


def test_the_oldest_card_becomes_text(shell, watch, published, monkeypatch):
    monkeypatch.setattr(cards, "MAX_OPEN", 1)
    _run(shell, "total = 1\ntotl")
    one = len(kit.opened)
    _run(shell, "price = 1\npric")
    assert len(kit.opened) == one
    ((_, left),) = [entry for entry in published if entry[0]]
    assert set(left) == {"text/plain"}
    assert "`totl`" in left["text/plain"]


def test_dismissing_leaves_nothing(shell, watch, published):
    _run(shell, "nope")
    (button,) = [w for w in kit.opened if getattr(w, "description", "") == "Dismiss"]
    button.click()
    assert published[-1] == (True, {"text/plain": ""})
    assert not kit.opened
    assert _hears(shell) == []


def test_unloading_closes_the_cards(shell, watch, published):
    _run(shell, "total = 1\ntotl")
    extension.unload(shell)
    assert not kit.opened
    assert "`totl`" in published[-1][1]["text/plain"]
    assert _hears(shell) == []


def test_where_ipywidgets_is_missing_there_is_text(shell, watch, published, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    _run(shell, "total = 1\ntotl")
    (_, bundle), *_ = published
    assert set(bundle) == {"text/plain"}
    assert "Fix: " in bundle["text/plain"]


def test_where_ipywidgets_fails_there_is_text(shell, watch, published, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "ipywidgets", SimpleNamespace(HTML=lambda: 1 / 0))
    _run(shell, "total = 1\ntotl")
    (_, bundle), *_ = published
    assert set(bundle) == {"text/plain"}
    assert "ipywidgets failed" in caplog.text


def test_a_verdict_reaches_the_card_and_the_magic(shell, watch, published, capsys):
    watch.settings.trials = "auto"
    _run(shell, "revenue = 1\nprint(revenu)")
    (body,) = [w for w in kit.opened if "the closest is" in str(getattr(w, "value", ""))]
    assert wait_until(lambda: "checked: ran in a copy of the kernel" in body.value, seconds=20)
    assert len(published) == 1
    watch.trials.run = None  # what was tried is not tried again
    capsys.readouterr()
    shell.run_cell("%fix")
    assert "checked: ran in a copy of the kernel" in " ".join(capsys.readouterr().out.split())


def test_the_models_answer_reaches_the_card_and_the_magic(shell, watch, published, capsys):
    with serving(FakeModel({"summary": "The word is cold."})) as url:
        watch.settings.llm_url = url
        _run(shell, "memoryview(b'cold!').cast('Q')")
        assert wait_until(
            lambda: any("The word is cold." in str(getattr(w, "value", "")) for w in list(kit.opened)), seconds=20
        )
        assert wait_until(
            lambda: not any("Asking the model" in str(getattr(w, "value", "")) for w in list(kit.opened)), seconds=20
        )
    assert (
        "The word is cold." in watch.answers[watch.latest().id].headline + watch.answers[watch.latest().id].explanation
    )


def test_with_hints_nothing_is_tried_before_it_is_asked_for(shell, watch, published, monkeypatch):
    watch.settings.hints = True
    began = []
    monkeypatch.setattr("nbdoctor.kernel.local.work", lambda *args: began.append(args))
    _run(shell, "revenue = 1\nprint(revenu)")
    assert "revenue" not in published[0][1]["text/plain"]
    assert began == []
    next(w for w in kit.opened if getattr(w, "description", "") == "Explain").click()
    assert len(began) == 1


def test_colab_is_known_by_its_shell(shell, watch, published, monkeypatch):
    watch.settings.display = "auto"
    _run(shell, "nope")
    assert published == []
    monkeypatch.setattr(type(shell), "__module__", "google.colab._shell")
    _run(shell, "nope")
    assert VIEW in published[0][1]


# ---------------------------------------------------------------------- in a real kernel


class Notebook:
    """A front end of a real kernel, as far as its messages tell."""

    def __init__(self, kernel):
        self.client = kernel._client
        self.states = {}  # of widgets, by comm
        self.closed = set()
        self.displays = []  # bundles, with their updates

    async def run(self, source, cell_id=None):
        """Run a cell and return the content of the reply."""
        content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        return (await self._ask("execute_request", content, {"cellId": cell_id} if cell_id else {}))["content"]

    async def click(self, label):
        """Click the button of that label."""
        (comm,) = [c for c in self.open() if self.states[c].get("description") == label]
        self._send("comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": {"event": "click"}}}, {})

    async def until(self, condition):
        """Hear what the kernel publishes until ``condition`` holds."""
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline, (self.displays, self.states)
            self._hear(await self.client.get_iopub_msg(timeout=30))

    def open(self):
        return set(self.states) - self.closed

    def of(self, model):
        return next(s for c, s in self.states.items() if c in self.open() and s.get("_model_name") == model)

    async def _ask(self, kind, content, metadata):
        sent = self._send(kind, content, metadata)
        while True:
            reply = await self.client.get_shell_msg(timeout=60)
            if reply["parent_header"].get("msg_id") == sent:
                break
        while True:
            message = await self.client.get_iopub_msg(timeout=30)
            self._hear(message)
            if message["parent_header"].get("msg_id") == sent and message["content"].get("execution_state") == "idle":
                return reply

    def _send(self, kind, content, metadata):
        message = self.client.session.msg(kind, content, metadata=metadata)
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def _hear(self, message):
        kind, content = message["msg_type"], message["content"]
        if kind == "comm_open":
            self.states[content["comm_id"]] = dict(content["data"].get("state", {}))
        elif kind == "comm_msg" and content["comm_id"] in self.states:
            self.states[content["comm_id"]].update(content["data"].get("state", {}))
        elif kind == "comm_close":
            self.closed.add(content["comm_id"])
        elif kind in ("display_data", "update_display_data"):
            self.displays.append(content["data"])


def _in_a_kernel(work, **environment):
    async def main():
        found = importlib.util.find_spec("ipywidgets")
        folders = [str(ROOT), *([str(Path(found.origin).parents[1])] if found else [])]
        async with Kernel.start(PYTHONPATH=os.pathsep.join(folders), **environment) as kernel:
            # The helper has asked something, as a front end of ours does; here there is none.
            await kernel.run(
                "from nbdoctor.kernel import extension as _e\n_e.loaded(get_ipython()).watch.front_end = False"
            )
            await work(Notebook(kernel))

    asyncio.run(main())


def test_a_real_kernel_without_ipywidgets_shows_text():
    async def work(notebook):
        await notebook.run("import sys; sys.modules['ipywidgets'] = None")
        reply = await notebook.run("revenue = 1\nprint(revenu)", "a")
        assert (reply["status"], reply["ename"]) == ("error", "NameError")
        (bundle, *_) = notebook.displays
        assert set(bundle) == {"text/plain"}
        assert "Fix: " in bundle["text/plain"]
        assert not notebook.states

    _in_a_kernel(work, NBDOCTOR_DISPLAY="widgets", NBDOCTOR_TRIALS="off")


def test_a_real_kernel_shows_the_card_and_its_buttons_work():
    pytest.importorskip("ipywidgets")

    async def work(notebook):
        reply = await notebook.run("revenue = 1\nprint(revenu)", "a")
        assert (reply["status"], reply["ename"]) == ("error", "NameError")
        (bundle,) = notebook.displays
        assert bundle[VIEW]["model_id"] in notebook.open()
        assert "`revenue`" in bundle["text/plain"]
        body = notebook.of("HTMLModel")
        assert "+print(revenue)</span>" in body["value"]
        await notebook.click("Apply")
        await notebook.until(lambda: notebook.of("TextareaModel")["value"])
        assert notebook.of("TextareaModel")["value"] == "revenue = 1\nprint(revenue)"
        # A payload would have been delivered here, below a cell that has nothing to do with it.
        assert (await notebook.run("1", "b"))["payload"] == []
        await notebook.run("%fix", "c")
        await notebook.click("Dismiss")
        await notebook.until(lambda: notebook.displays[-1] == {"text/plain": ""})
        assert not notebook.open()
        await notebook.run("nope", "a")
        assert notebook.open()
        await notebook.run("1", "a")
        assert not notebook.open()

    _in_a_kernel(work, NBDOCTOR_DISPLAY="widgets", NBDOCTOR_TRIALS="off")


def test_a_real_kernel_says_in_the_card_what_was_tried():
    pytest.importorskip("ipywidgets")

    async def work(notebook):
        await notebook.run("revenue = 1\nprint(revenu)", "a")
        tried = ("checked: ran in a copy of the kernel", "not checked: ")  # as the system allows
        await notebook.until(lambda: any(said in notebook.of("HTMLModel")["value"] for said in tried))
        assert len(notebook.displays) == 1

    _in_a_kernel(work, NBDOCTOR_DISPLAY="widgets")

"""Loading nbdoctor into a kernel from a card: which error it then looks at, what is refused, and how it is asked for."""

from __future__ import annotations

import os
import time

import msgspec
import pytest

from nbdoctor.errors import KernelNotPython, KernelUnreachable
from nbdoctor.protocol import Cell, DiagnosisRequest, PostedError, Report
from nbdoctor.server.service import with_cells

from .. import environments
from ..environments import SOURCE, Kernel, collect, fail
from .conftest import events

# ---------------------------------------------------------------------- which error


@pytest.mark.parametrize(
    ("posted", "cell"),
    [
        (PostedError("NameError", "name 'other' is not defined"), Cell(SOURCE, "c")),
        (PostedError("KeyError", "name 'revenu' is not defined"), Cell(SOURCE, "c")),
        (PostedError("NameError", "name 'revenu' is not defined"), Cell(SOURCE + "\n# edited since", "c")),
    ],
)
async def test_another_error_than_the_last_is_not_adopted(bare, tmp_path, service, posted, cell):
    async with Kernel.start(tmp_path, bare) as kernel:
        await fail(kernel)
        done = (await collect(service.load(kernel.manager, posted, cell)))[-1][1]
        assert done.sentence.endswith("loaded. Run the cell again for a diagnosis with live facts.")
        assert await kernel.ask("report", cell_id="c", name="") is None
    await service.close()


async def test_an_exception_of_the_users_is_told_by_what_ipython_kept_of_it(bare, tmp_path):
    source = "class Mine(Exception):\n    def __str__(self):\n        calls.append(1)\n        return 'mine'\ncalls = []\nraise Mine"
    async with Kernel.start(tmp_path, bare) as kernel:
        error = await kernel.run(source, "c")
        calls = await kernel.value("calls")
        loaded = await kernel.load(posted=error, cell=Cell(source, "c"))
        # IPython keeps the text from version 9 on; before, such an error is not adopted.
        assert loaded.adopted is await kernel.value("hasattr(get_ipython().history_manager, 'exceptions')")
        assert await kernel.value("calls") == calls


def test_what_ran_before_is_known_by_its_count_and_text():
    from nbdoctor.protocol import Executed
    from nbdoctor.text import digest

    ran = [Executed(None, 1, True, digest("a = 1")), Executed(None, 2, True, digest("b")), Executed("z", 3, True, "d")]
    report = Report("r", Cell("x"), [], history=ran)
    cells = [Cell("a = 1\n", "A", execution_count=1), Cell("changed", "B", execution_count=2), Cell("b", "C")]
    assert [run.cell_id for run in with_cells(report, cells).history] == ["A", None, "z"]


# ---------------------------------------------------------------------- other languages

FOREIGN = """
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

class Calm(Kernel):
    implementation = language = "calm"
    implementation_version = banner = "1"
    language_info = {"name": "calm", "mimetype": "text/plain", "file_extension": ".calm"}

    def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **_):
        return {"status": "error", "ename": "NameError", "evalue": "name 'x' is not defined", "traceback": []}

IPKernelApp.launch_instance(kernel_class=Calm)
"""


@pytest.mark.parametrize("language", ["calm", "", "python"])
async def test_another_language_is_refused_and_served_from_the_traceback(bare, tmp_path, service, language):
    (tmp_path / "calm.py").write_text(FOREIGN)
    sentence = "nbdoctor looks into Python kernels, and this one runs calm."
    async with Kernel.start(tmp_path, bare, str(tmp_path / "calm.py"), language=language) as kernel:
        with pytest.raises(KernelNotPython) as caught:
            await kernel.load()
        assert caught.value.message == sentence
        error = await kernel.run("x", "c")
        request = DiagnosisRequest("k", Cell("x", "c"), error, [Cell("x", "c"), Cell("x = 1", "d")])
        shown = await collect(service.diagnose(request, kernel.manager))
    diagnosis = shown[-1][1]
    assert [name for name, _ in shown if name == "trouble"] == []
    assert (diagnosis.live, diagnosis.fixes) == (False, [])
    assert diagnosis.notes[0] == f"{sentence} This is read from the traceback alone."
    await service.close()


# ---------------------------------------------------------------------- over the web


@pytest.fixture()
def bare_kernel(jp_serverapp, jp_data_dir, bare, tmp_path, monkeypatch):
    """Start a kernel without nbdoctor through the server."""
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        monkeypatch.delenv(name)
    environments.specify(jp_data_dir / "kernels", "bare", bare, "-m", "ipykernel_launcher")

    clients = []

    async def start():
        # Its working folder is the server's: where the checkout is the working folder, nbdoctor is importable.
        kernel_id = await jp_serverapp.kernel_manager.start_kernel(kernel_name="bare", path="")
        manager = jp_serverapp.kernel_manager.get_kernel(kernel_id)
        clients.append(manager.client())
        clients[-1].start_channels()
        await clients[-1].wait_for_ready(timeout=60)
        return kernel_id, Kernel(manager, clients[-1], tmp_path)

    yield start
    for client in clients:
        client.stop_channels()


async def test_loading_from_a_card(jp_fetch, bare_kernel):
    kernel_id, kernel = await bare_kernel()
    path = ("nbdoctor", "api", "kernels", kernel_id, "load")
    error = await fail(kernel)
    body = msgspec.json.encode({"error": error, "cell": Cell(SOURCE, "c")})
    done = events((await jp_fetch(*path, method="POST", body=body)).body)[-1][1]
    assert done["sentence"] == "nbdoctor was sent to the kernel and is loaded. It has read this error."
    for body in ("", "{}", '{"error": null, "cell": null}', '{"later": 1}'):
        done = events((await jp_fetch(*path, method="POST", body=body)).body)[-1][1]
        assert done["ok"] is True
        assert done["sentence"].endswith("Run the cell again for a diagnosis with live facts.")


@pytest.mark.parametrize("body", ["[]", "{", '{"error": {"name": 3}}', '{"cell": 1}'])
async def test_a_body_that_is_no_load_request_gets_400(jp_fetch, bare_kernel, body):
    from tornado.httpclient import HTTPClientError

    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("nbdoctor", "api", "kernels", "x", "load", method="POST", body=body)
    assert caught.value.code == 400


async def test_a_busy_kernel_is_said(bare, tmp_path, monkeypatch):
    from nbdoctor.server import kernel_client

    monkeypatch.setattr(kernel_client, "LOAD_SECONDS", 0.5)
    async with Kernel.start(tmp_path, bare) as kernel:
        kernel.client.execute("import time; time.sleep(3)")
        started = time.monotonic()
        with pytest.raises(KernelUnreachable, match="busy"):
            await kernel.load()
        assert time.monotonic() - started < 3

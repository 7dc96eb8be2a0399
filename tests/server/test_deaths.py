"""Kernels that really die, of a control group's limit on memory, of a crash, of a signal and by themselves: what is said of it."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest
from tornado.httpclient import HTTPClientError

from ..cgroups import limited
from .conftest import Kernel, events

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the system says less elsewhere")

EAT = "import os\ndata = [bytearray(os.urandom(2**20)) * 32 for _ in range(64)]"


@pytest.fixture()
def jp_server_config(jp_server_config):
    # Jupyter looks each three seconds whether a kernel lives.
    return {**jp_server_config, "KernelRestarter": {"time_to_dead": 0.2}}


@pytest.fixture()
def mortal(jp_serverapp, start_kernel, monkeypatch):
    """Starts kernels of a notebook, and lets them die: returns the kernel's id."""
    monkeypatch.setenv("JPY_SESSION_NAME", "story.ipynb")
    watch = jp_serverapp.web_app.settings["nbdoctor_deaths"]

    async def die(code, *, load=True, prepare=lambda manager: None):
        kernel = await start_kernel(load)
        manager = jp_serverapp.kernel_manager.get_kernel(kernel.id)
        prepare(manager)
        watch.look()
        kernel.client.execute(code)
        for _ in range(300):
            if watch.latest(kernel.id) and manager.has_kernel and manager.ready.done():  # it is started anew
                return kernel
            await asyncio.sleep(0.1)
        raise AssertionError("the kernel did not die")

    return die


async def explain(jp_fetch, kernel: Kernel, source="", **more):
    """The diagnosis of a kernel's death."""
    cell = {"source": source, "id": "c"}
    body = json.dumps({"cell": cell, "cells": [cell], **more})
    answer = await jp_fetch("nbdoctor", "api", "kernels", kernel.id, "death", method="POST", body=body)
    told = events(answer.body)
    assert (told[0][0], told[-1][0]) == ("findings", "diagnosis")
    return told[-1][1]


async def test_the_limit_of_a_control_group(jp_fetch, mortal):
    with limited(400) as members:
        if members is None:
            pytest.skip("no control group can be made here")
        kernel = await mortal(EAT, prepare=lambda manager: members.write_text(str(manager.provisioner.process.pid)))
        said = await explain(jp_fetch, kernel, "import numpy as np\nn = 20_000\nnp.ones((n, n))")
        kernel.client.stop_channels()
    assert (said["kind"], said["category"]) == ("kernel_out_of_memory", "infra")
    assert said["headline"].startswith("The kernel ran out of memory: it may use 400 MiB")
    assert "`np.ones((n, n))` makes 400,000,000 items of 8 bytes: 2.98 GiB." in said["explanation"]
    assert "more than the 400 MiB" in said["explanation"]
    assert any("Its container allows 400 MiB" in fact for fact in said["facts"])


async def test_a_crash_in_native_code_names_library_and_line(jp_fetch, mortal):
    source = "import ctypes\n\nctypes.string_at(0)"
    kernel = await mortal(source)
    said = await explain(jp_fetch, kernel, source)
    assert (said["kind"], said["live"]) == ("kernel_crashed", False)
    assert said["headline"] == (
        "Native code crashed in `string_at` of `ctypes`, called from line 3 of this cell: "
        "it used memory that is not its own (SIGSEGV)."
    )
    assert any("Segmentation fault" in fact for fact in said["facts"])


@pytest.mark.parametrize(
    ("source", "kind", "headline"),
    [
        ("import os\nos._exit(3)", "kernel_exited", "The kernel ended itself, with exit code 3."),
        ("1\nexit()", "kernel_exited", "The kernel ended itself, with exit code 0."),
        ("import os\nos.kill(os.getpid(), 9)", "kernel_killed", "The kernel was killed from outside (SIGKILL)."),
    ],
)
async def test_an_exit_and_a_signal(jp_fetch, mortal, source, kind, headline):
    kernel = await mortal(source, load=False)
    said = await explain(jp_fetch, kernel, source)
    assert (said["kind"], said["headline"]) == (kind, headline)
    assert said["explanation"].startswith("Line 2 of this cell ")


async def test_what_ran_before_is_offered_and_nbdoctor_is_loaded_again(jp_fetch, mortal):
    kernel = await mortal("import os\nos._exit(3)")
    cells = [{"source": "a = 1", "id": "a"}, {"source": "b = 1", "id": "b"}, {"source": "os._exit(3)", "id": "c"}]
    said = await explain(jp_fetch, kernel, "os._exit(3)", cells=cells, ran=["b", "a", "c", "gone"])
    fix = said["fixes"][-1]
    assert fix["title"] == "Run the 2 cells that were run before"
    assert fix["actions"][0]["cell_ids"] == ["b", "a"]
    assert fix["verdict"]["status"] == "not_tried"
    await kernel.client.wait_for_ready(timeout=60)
    for _ in range(100):
        if await kernel.run("assert 'nbdoctor' in get_ipython().extension_manager.loaded") is None:
            return
        await asyncio.sleep(0.2)
    raise AssertionError("nbdoctor was not loaded again")


async def test_a_kernel_that_lives_or_was_restarted_has_no_death(jp_fetch, jp_serverapp, start_kernel):
    kernel = await start_kernel()
    jp_serverapp.web_app.settings["nbdoctor_deaths"].look()
    await jp_serverapp.kernel_manager.restart_kernel(kernel.id, now=True)
    with pytest.raises(HTTPClientError) as caught:
        await explain(jp_fetch, kernel)
    assert caught.value.code == 404

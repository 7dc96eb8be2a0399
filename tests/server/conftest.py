"""A real Jupyter server in this process, with real kernels, and a way to read its streams."""

from __future__ import annotations

import json
import os
import sys

import pytest
from pytest_jupyter.jupyter_core import jp_asyncio_loop  # noqa: F401 - back in force here, see tests/conftest.py
from pytest_jupyter.jupyter_server import jp_server_cleanup  # noqa: F401

from nbdoctor.config import NBDoctor
from nbdoctor.server.service import Service

from ..environments import bare_python


@pytest.fixture()
def jp_server_config(jp_server_config):
    return {
        "ServerApp": {"jpserver_extensions": {"nbdoctor": True}, "allow_unauthenticated_access": False},
        "NBDoctor": {},
    }


@pytest.fixture()
def start_kernel(jp_serverapp, monkeypatch):
    """Start a real kernel through the server; returns an object that runs cells in it."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path[:1]))
    started = []

    async def start(load=True):
        kernel_id = await jp_serverapp.kernel_manager.start_kernel()
        manager = jp_serverapp.kernel_manager.get_kernel(kernel_id)
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        kernel = Kernel(kernel_id, client)
        started.append(kernel)
        if load:
            assert await kernel.run("%load_ext nbdoctor") is None
        return kernel

    yield start
    for kernel in started:
        kernel.client.stop_channels()


@pytest.fixture(scope="session")
def bare(tmp_path_factory):
    """The Python of an environment that lacks nbdoctor, and nothing else."""
    return bare_python(tmp_path_factory.mktemp("bare") / "env")


@pytest.fixture()
def service():
    """What the handlers call, without the web."""
    return Service(NBDoctor(auto="rules"))


class Kernel:
    def __init__(self, kernel_id, client):
        self.id = kernel_id
        self.client = client
        self.outputs = []

    async def run(self, code, cell_id=None):
        """Run code as a front end would; returns nbformat's error output or None."""
        self.client.session.metadata = {"cellId": cell_id} if cell_id else {}
        self.outputs = []
        reply = await self.client.execute_interactive(code, timeout=60, output_hook=self.outputs.append)
        content = reply["content"]
        if content["status"] != "error":
            return None
        return {"name": content["ename"], "value": content["evalue"], "traceback": content["traceback"]}


def events(body):
    """The events of a stream: a list of (name, payload)."""
    found = []
    for block in body.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def request(kernel_id, source, error, cell_id="c", cells=(), **more):
    """The body of a diagnosis request."""
    cell = {"source": source, "id": cell_id}
    return json.dumps({"kernel_id": kernel_id, "cell": cell, "error": error, "cells": [*cells, cell], **more})

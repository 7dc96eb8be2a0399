"""pytest-jupyter brings a server and an event loop to every test; here only `tests/server` wants them."""

from __future__ import annotations

import tempfile

import pytest


@pytest.fixture(autouse=True)
def jp_asyncio_loop():
    """None: tests run their own loops."""


@pytest.fixture(autouse=True)
def jp_server_cleanup():
    """Nothing to clean."""


@pytest.fixture(autouse=True, scope="session")
def _no_model_server():
    """A model server that runs on this machine is not found; the path is short, since sockets may be made there."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="nbd-") as folder:
        patch.setenv("JUPYTER_RUNTIME_DIR", folder)
        yield

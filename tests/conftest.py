"""pytest-jupyter brings a server and an event loop to every test; here only `tests/server` wants them."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def jp_asyncio_loop():
    """None: tests run their own loops."""


@pytest.fixture(autouse=True)
def jp_server_cleanup():
    """Nothing to clean."""

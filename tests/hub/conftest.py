"""Each test makes its own gateway; the key of its model servers is in the environment, as a service's would be."""

from __future__ import annotations

import pytest

from .stub import KEY


@pytest.fixture(autouse=True)
def _service(monkeypatch):
    monkeypatch.setenv("STUB_KEY", KEY)
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/services/nbdoctor/")

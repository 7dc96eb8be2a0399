"""A runtime folder of its own for each test, no GPU, and no server left behind."""

from __future__ import annotations

import pytest

from .fake_engine import Environment, model
from .helpers import isolated


@pytest.fixture(autouse=True)
def runtime(tmp_path, monkeypatch):
    yield from isolated(tmp_path, monkeypatch)


@pytest.fixture()
def engine(tmp_path):
    return Environment(tmp_path / "env")


@pytest.fixture()
def tiny(tmp_path):
    return model(tmp_path / "models" / "tiny")

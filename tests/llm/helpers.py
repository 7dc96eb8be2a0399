"""A fake model and a client of it, over a transport in memory."""

from __future__ import annotations

from typing import Any

import httpx

from nbdoctor.config import NBDoctor
from nbdoctor.llm.client import ModelClient
from nbdoctor.llm.fake import FakeModel

CHAT = [{"role": "user", "content": "what happened?"}]
URL = "http://127.0.0.1:8000"


def fake(**script: Any) -> FakeModel:
    return FakeModel(script)


def client_of(model: Any, **settings: Any) -> ModelClient:
    """A client of ``model`` (or of any handler of requests)."""
    return ModelClient(NBDoctor(**{"llm_url": URL, **settings}), httpx.MockTransport(model))


async def text_of(client: ModelClient) -> str:
    return "".join([piece async for piece in client.stream_text(CHAT)])

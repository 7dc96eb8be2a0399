"""A fake model and a client of it, over a transport in memory."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from nbdoctor.config import NBDoctor
from nbdoctor.llm.client import ModelClient
from nbdoctor.llm.fake import FakeModel
from nbdoctor.llm.fake_server import running

CHAT = [{"role": "user", "content": "what happened?"}]
URL = "http://127.0.0.1:8000"


def fake(**script: Any) -> FakeModel:
    return FakeModel(script)


def client_of(model: Any, **settings: Any) -> ModelClient:
    """A client of ``model`` (or of any handler of requests)."""
    return ModelClient(NBDoctor(**{"llm_url": URL, **settings}), httpx.MockTransport(model))


async def text_of(client: ModelClient) -> str:
    return "".join([piece async for piece in client.stream_text(CHAT)])


@contextmanager
def serving(model: FakeModel) -> Iterator[str]:
    """Serve ``model`` from a thread; gives the address."""
    ready: queue.Queue[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = queue.Queue()

    async def serve() -> None:
        stop = asyncio.Event()
        async with running(model) as url:
            ready.put((url, asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    url, loop, stop = ready.get(timeout=20)
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()

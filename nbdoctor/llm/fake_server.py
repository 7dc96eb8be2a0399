"""The fake model behind a real socket: enough of HTTP/1.1 for one client on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .fake import FakeModel, Reply


@asynccontextmanager
async def running(model: FakeModel, port: int = 0) -> AsyncIterator[str]:
    """Serve ``model`` on 127.0.0.1 inside an ``async with``; gives the address.

    Args:
        model: what answers.
        port: 0 is any free one.
    """
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(_connection(model, reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def serve(model: FakeModel, port: int) -> None:
    """Serve ``model`` until cancelled."""
    async with running(model, port):
        await asyncio.Event().wait()


async def _connection(model: FakeModel, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            await _send(model, model.respond(method, path.partition("?")[0], headers, body), reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _send(model: FakeModel, reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # One request a connection: the end of the body is the end of the connection, unless the reply is to be cut.
    streams = bool(reply.events) or reply.ending != "done"
    kind = "text/event-stream" if streams else "application/json"
    length = "Transfer-Encoding: chunked" if streams else f"Content-Length: {len(reply.body)}"
    phrase = HTTPStatus(reply.status).phrase
    head = f"HTTP/1.1 {reply.status} {phrase}\r\nContent-Type: {kind}\r\n{length}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + reply.body)
    if not streams:
        return
    gone = asyncio.ensure_future(reader.read(1))  # a client says nothing more: bytes or the end mean that it left
    try:
        for event in reply.events:
            await asyncio.wait([gone], timeout=model.delay)
            if gone.done():
                model.closed += 1
                return
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
            await writer.drain()
        if reply.ending == "silence":
            await gone
            model.closed += 1
        elif reply.ending == "done":
            writer.write(b"0\r\n\r\n")
            await writer.drain()
    finally:
        gone.cancel()

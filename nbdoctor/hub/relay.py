"""From a model server to whoever asked: another server where one fails in time, and an error where it is too late for that."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import aiohttp
import msgspec
from aiohttp import web

from ..llm.counts import Usage
from .answer import Events, TooLong, error_event
from .identity import HubSilent, Identities
from .job import Job, Patience
from .refusal import Refused
from .servers import ModelServer, ModelServers

#: Bytes that are written without waiting for the reader: asyncio lets 64 KiB wait before it does.
_AT_ONCE = 32 << 10
#: Bytes of an answer that is no stream, and of an error, at most.
_LARGEST, _LARGEST_ERROR = 32 << 20, 1 << 16
_CONNECT_SECONDS = 5.0
_CUT = "The model server failed in the middle of its answer."
_REVOKED = "JupyterHub does not know your token any more."


class ServerFailed(Exception):
    """A model server failed before anything of its answer was handed on."""


class Relay:
    """Asks the model servers.

    Args:
        session: the connections.
        servers: which there are.
        identities: knows whether a token still holds.
        patience: how long things may take.
    """

    def __init__(
        self, session: aiohttp.ClientSession, servers: ModelServers, identities: Identities, patience: Patience
    ) -> None:
        self._session = session
        self._servers = servers
        self._identities = identities
        self._patience = patience

    def server(self, model: str, without: tuple[ModelServer, ...] = ()) -> ModelServer:
        """The least loaded server that has a model.

        Raises:
            Refused: where none has.
        """
        server = self._servers.choose(model, without)
        if server is None:
            raise Refused(502, "model_server", "The model server failed, and there is no other.", 10)
        return server

    async def answer(self, job: Job) -> web.StreamResponse:
        """Hand an answer on. Where a server fails before the answer has begun, one other is asked.

        Raises:
            Refused: where no answer could be begun.
        """
        first = self.server(job.asked.model)
        try:
            return await self._ask(job, first)
        except ServerFailed:
            second = self.server(job.asked.model, (first,))
        try:
            return await self._ask(job, second)
        except ServerFailed:
            raise Refused(502, "model_server", "Two model servers failed one after the other.", 10) from None

    async def tokenize(self, body: bytes, model: str) -> web.Response:
        """The answer to a question for the number of tokens."""
        server = self.server(model)
        timeout = aiohttp.ClientTimeout(total=self._patience.body)
        asking = self._session.post(f"{server.base}/tokenize", data=body, headers=_headers(server), timeout=timeout)
        try:
            async with asking as answer:
                return await self._short(answer)
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError):
            raise Refused(502, "model_server", "The model server does not answer.", 10) from None

    async def _ask(self, job: Job, server: ModelServer) -> web.StreamResponse:
        job.record.server = server.name
        timeout = aiohttp.ClientTimeout(sock_connect=_CONNECT_SECONDS, sock_read=self._patience.silence)
        url = f"{server.url}/chat/completions"
        asking = self._session.post(url, data=job.asked.body, headers=_headers(server), timeout=timeout)
        server.running += 1
        try:
            async with asking as answer:
                if answer.status >= 500:
                    raise ServerFailed
                if answer.status != 200:
                    return await self._short(answer)
                if "json" in answer.content_type:
                    return await self._whole(job, answer)
                return await self._stream(job, answer)
        except (aiohttp.ClientConnectorError, aiohttp.ServerDisconnectedError):
            self._servers.failed(server)
            raise ServerFailed from None
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
            raise ServerFailed from None
        finally:
            server.running -= 1

    async def _short(self, answer: aiohttp.ClientResponse) -> web.Response:
        """What a model server says against a request. That it refuses the gateway's own key is nobody else's business."""
        if answer.status in (401, 403):
            raise Refused(502, "model_server", "The model server refuses the gateway: its administrator has to look.")
        said = await answer.content.read(_LARGEST_ERROR)
        return web.Response(status=answer.status, body=said, content_type="application/json")

    async def _whole(self, job: Job, answer: aiohttp.ClientResponse) -> web.Response:
        said = bytearray()
        async for data in answer.content.iter_any():
            said += data
            if len(said) > _LARGEST:
                raise Refused(502, "model_server", "The model server's answer is too large.")
        job.record.first = time.monotonic() - job.began
        with suppress(msgspec.DecodeError, UnicodeDecodeError, AttributeError):
            job.usage = Usage.of(msgspec.json.decode(bytes(said)))
        return web.Response(body=bytes(said), content_type="application/json")

    async def _stream(self, job: Job, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        )
        events = Events(answers=job.asked.answers, keep_usage=job.asked.wants_usage)
        revoked = asyncio.ensure_future(self._revoked(job.token))
        try:
            why = await self._pump(job, answer, events, response, revoked)
        finally:
            revoked.cancel()
        if why:
            job.record.outcome, sentence = why
            await self._send(job, response, error_event(sentence, job.record.outcome))
        await self._send(job, response, None)
        return response

    async def _pump(
        self,
        job: Job,
        answer: aiohttp.ClientResponse,
        events: Events,
        response: web.StreamResponse,
        revoked: asyncio.Future[None],
    ) -> tuple[str, str] | None:
        """Hand events on to the end; gives the reason and the sentence where it is not that of a whole answer."""
        while True:
            try:
                if not (data := await answer.content.readany()):
                    break
                passing = events.feed(data)
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError, TooLong):
                break
            job.pieces, job.usage = events.pieces, events.usage
            if revoked.done():
                if not response.prepared:
                    raise Refused(403, "token", _REVOKED)
                return "token", _REVOKED
            if passing:
                if not response.prepared:
                    job.record.first = time.monotonic() - job.began
                    await response.prepare(job.request)
                await self._send(job, response, passing)
        if events.whole:
            return None
        if not response.prepared:
            raise ServerFailed
        return "model_server", _CUT

    async def _send(self, job: Job, response: web.StreamResponse, data: bytes | None) -> None:
        """Write, or end the answer (None); who takes nothing for long is let go, and so is their request to the model."""
        transport = job.request.transport
        if transport is None or transport.is_closing():
            raise asyncio.CancelledError
        waiting = transport.get_write_buffer_size() + len(data or b"")
        written = response.write_eof() if data is None else response.write(data)
        try:
            if waiting < _AT_ONCE:  # nearly always: nobody has to be waited for
                await written
            else:
                await asyncio.wait_for(written, self._patience.reader)
        except asyncio.TimeoutError:
            transport.abort()
            raise asyncio.CancelledError from None
        except (aiohttp.ClientError, ConnectionError):
            raise asyncio.CancelledError from None

    async def _revoked(self, token: str) -> None:
        """Ends once the hub does not know the token any more."""
        while True:
            await asyncio.sleep(self._patience.token)
            with suppress(HubSilent):
                if await self._identities.of(token) is None:
                    return


def _headers(server: ModelServer) -> dict[str, str]:
    return {**server.headers, "Content-Type": "application/json"}

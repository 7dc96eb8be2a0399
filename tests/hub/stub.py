"""A model server that streams at a set rate and fails where it is told to, and a hub that knows a few tokens."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from traitlets.config import Config

from nbdoctor.hub.app import HOW, GatewayApp

KEY = "key-of-the-model-server"


@dataclass
class Stub:
    """Answers with ``words`` pieces of ``size`` words, ``pause`` seconds apart.

    Attributes:
        trouble: ``""``, ``"500"``, ``"503"``, ``"close"`` (at once), ``"cut"`` (after two pieces), ``"hang"`` (after two pieces),
            ``"key"`` (401), ``"400"``, ``"quiet"`` (the answer's end and no ``[DONE]``).
        asked: the bodies that came.
        running: requests under way.
    """

    words: int = 5
    size: int = 1
    pause: float = 0.0
    trouble: str = ""
    model: str = "coder"
    asked: list[dict[str, Any]] = field(default_factory=list)
    running: int = 0
    most: int = 0
    url: str = ""
    runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        application = web.Application(client_max_size=1 << 26)
        application.add_routes([
            web.get("/v1/models", self.models),
            web.post("/v1/chat/completions", self.chat),
            web.post("/tokenize", self.tokenize),
        ])  # fmt: skip
        self.runner = web.AppRunner(application, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/v1"

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()
            self.runner = None

    async def models(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": "no"}, status=401)
        return web.json_response({"data": [{"id": self.model, "object": "model", "max_model_len": 4096}]})

    async def tokenize(self, request: web.Request) -> web.Response:
        return web.json_response({"count": len((await request.json())["prompt"].split())})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        self.asked.append(asked)
        if self.trouble in ("500", "503", "400"):
            return web.json_response({"error": {"message": "it hurts"}}, status=int(self.trouble))
        if self.trouble == "key":
            return web.json_response({"error": {"message": f"{KEY} is wrong"}}, status=401)
        if self.trouble == "close":
            request.transport.abort()
            return web.Response()
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await self.answer(request, asked)
        finally:
            self.running -= 1

    async def answer(self, request: web.Request, asked: dict[str, Any]) -> web.StreamResponse:
        usage = {"prompt_tokens": 7, "completion_tokens": self.words, "prompt_tokens_details": {"cached_tokens": 3}}
        if not asked.get("stream"):
            return web.json_response({"choices": [{"message": {"content": "word " * self.words}}], "usage": usage})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        for number in range(self.words):
            if number == 2 and self.trouble == "cut":
                request.transport.abort()
                return response
            if number == 2 and self.trouble == "hang":
                await asyncio.sleep(60)
            if self.pause:
                await asyncio.sleep(self.pause)
            content = {"choices": [{"index": 0, "delta": {"content": f"w{number} " * self.size}}]}
            await response.write(event({**content, "sent": time.monotonic_ns()}))
        if self.trouble == "quiet":
            await response.write(event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
            return response
        if (asked.get("stream_options") or {}).get("include_usage"):
            await response.write(event({"choices": [], "usage": usage}))
        await response.write(b"data: [DONE]\n\n")
        return response


def event(said: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(said).encode() + b"\n\n"


@dataclass
class FakeHub:
    """Knows the tokens ``t-NAME``."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    silent: bool = False
    asked: int = 0
    access_scopes: set[str] = field(default_factory=lambda: {"access:services!service=nbdoctor"})

    def add(self, name: str, *groups: str, admin: bool = False, scopes: tuple[str, ...] = ()) -> str:
        every = ["access:services!service=nbdoctor", *scopes]
        self.people[f"t-{name}"] = {
            "name": name,
            "groups": list(groups),
            "admin": admin,
            "kind": "user",
            "scopes": every,
        }
        return f"t-{name}"

    async def user_for_token(self, token: str, use_cache: bool, *, sync: bool) -> Any:
        assert not use_cache
        assert not sync
        self.asked += 1
        await asyncio.sleep(0)
        if self.silent:
            raise ConnectionError("no hub")
        return self.people.get(token)

    def check_scopes(self, required_scopes: Any, user: Any) -> Any:
        return set(required_scopes) & set(user["scopes"])


@dataclass
class Running:
    """A gateway that runs."""

    url: str
    session: aiohttp.ClientSession
    hub: FakeHub

    async def ask(self, token: str, **more: Any) -> tuple[int, Any]:
        """Status and JSON of an answer that is no stream."""
        async with self.post(token, **more) as response:
            return response.status, json.loads(await response.read())

    def post(self, token: str, **more: Any) -> Any:
        body = {"model": "coder", "messages": [{"role": "user", "content": "why?"}], "max_tokens": 16, **more}
        return self.session.post(f"{self.url}v1/chat/completions", json=body, headers=bearer(token))

    async def stream(self, token: str, **more: Any) -> tuple[int, str]:
        """Status and text of a stream."""
        async with self.post(token, stream=True, **more) as response:
            return response.status, (await response.read()).decode()

    async def get(self, path: str, token: str = "") -> tuple[int, str]:
        async with self.session.get(f"{self.url}{path}", headers=bearer(token) if token else {}) as response:
            return response.status, await response.text()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def gateway(*stubs: Stub, hub: FakeHub | None = None, room: int = 8, **settings: Any) -> AsyncIterator[Running]:
    """A gateway before these servers, with these settings, on a port of its own."""
    hub = hub or FakeHub()
    async with AsyncExitStack() as stack:
        servers = settings.pop("servers", [])
        for stub in stubs:
            if stub.runner is None:
                await stub.start()
            stack.push_async_callback(stub.stop)
            servers.append({"url": stub.url, "room": room, "key_variable": "STUB_KEY"})
        config = Config({"GatewayApp": {"servers": servers, **settings}})
        runner = web.AppRunner(await GatewayApp(config=config).application(stack, hub), **HOW, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        port = runner.addresses[0][1]
        yield Running(f"http://127.0.0.1:{port}/services/nbdoctor/", session, hub)

"""The one HTTP client for model servers: streaming, typed errors, cancellation, nothing sent elsewhere by accident."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from ..config import ModelServer, NBDoctor
from ..errors import ModelError, ModelFailed, ModelUnavailable, NBDoctorError, OutputInvalid, RemoteRefused
from ..plugins import installed
from .address import Address, parse
from .budget import DEFAULT_CONTEXT, context_of
from .failures import CHECK_ADDRESS, from_status, from_transport
from .stream import Assembler, Completion, chunks, delta
from .usage import Call, Meter

__all__ = ["Completion", "Message", "ModelClient"]

Message = dict[str, str]

_CONNECT_SECONDS = 5.0
_BODY_LIMIT = 20_000


@dataclass
class _Shared:
    """What the clients of the jobs have in common: connections by address, and what servers said of their models."""

    connections: dict[tuple[str, bool], tuple[asyncio.AbstractEventLoop, httpx.AsyncClient]] = field(
        default_factory=dict
    )
    names: dict[ModelServer, str] = field(default_factory=dict)
    contexts: dict[tuple[ModelServer, str], int] = field(default_factory=dict)


class Backend(Protocol):
    """Makes the transport for an address whose scheme is its own, by an entry point of the group ``nbdoctor.backends``: what
    OpenAI's API is spoken over, be it a model in another process or a test's script. ``remote``: whether text leaves this
    machine, which has to be allowed then; where it is not said, it does."""

    remote: bool

    def __call__(self, address: str) -> httpx.AsyncBaseTransport:
        """The transport for ``name:…``."""


class ModelClient:
    """A model server, as the settings name it. Every request streams, so that ``llm_timeout`` is silence and not
    length, and a cancelled task closes its connection, at which the server stops working.

    ``on_call``, where it is set, hears of each request at its end, what it cost, also of one that failed or was cancelled.
    """

    def __init__(self, settings: NBDoctor, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._transport = transport
        self._shared = _Shared()
        self._job = ""
        self.on_call: Callable[[Call], None] | None = None

    def for_job(self, job: str, hear: Callable[[Call], None] | None = None) -> ModelClient:
        """The client of one job (see `config.JOBS`): its model, over the same connections.

        Args:
            job: its name; every Call bears it.
            hear: hears of this client's requests, besides ``on_call``.
        """
        client, first = copy(self), self.on_call
        client._job = job
        if hear is not None:
            client.on_call = hear if first is None else lambda call: (first(call), hear(call))[1]
        return client

    @property
    def server(self) -> ModelServer:
        """The server that is asked, as it is known at this moment."""
        return self._settings.server_of(self._job)

    @property
    def configured(self) -> bool:
        """Whether there is a server to ask at this moment: one is set, or `nbdoctor serve` has started one."""
        return bool(self.server.url)

    @property
    def model(self) -> str:
        """The model's name, as far as it is known without asking."""
        server = self.server
        return server.model or self._shared.names.get(server, "")

    @property
    def address(self) -> Address:
        """The server's address.

        Raises:
            ModelUnavailable: where none is configured.
            ConfigurationError: where it is no address.
            RemoteRefused: where it is another machine and the settings do not allow that.
        """
        return self._address(self.server)

    def _address(self, server: ModelServer) -> Address:
        if not server.url:
            raise ModelUnavailable(
                "No model server is configured.",
                hint="Set NBDOCTOR_LLM_URL to the address of an OpenAI-compatible server, or start one with nbdoctor serve.",
                retryable=False,
            )
        address = parse(server.url)
        if address.remote and not self._settings.allow_remote:
            raise RemoteRefused(f"The model server at {address.shown} is not on this machine.")
        return address

    async def models(self) -> list[str]:
        """Names of the models that the server serves.

        Raises:
            ModelError: where the server cannot be asked or its answer is no list.
            ConfigurationError: see `address`.
        """
        return [str(entry["id"]) for entry in await self._model_entries()]

    async def resolve_model(self) -> str:
        """The model to ask: the setting, else the first that the server lists (asked once).

        Raises:
            ModelError: where the server cannot be asked or serves none.
            ConfigurationError: see `address`.
        """
        server = self.server
        if not self.model:
            names = await self.models()
            if not names:
                raise ModelFailed(f"The model server at {self.address.shown} serves no model.")
            self._shared.names[server] = names[0]
        return server.model or self._shared.names[server]

    async def context_length(self) -> int:
        """Tokens that prompt and answer may have together: the setting, else what the server says, else 8192.

        Raises:
            ModelError: where the server cannot be asked.
        """
        server = self.server
        if server.context:
            return server.context
        model = await self.resolve_model()
        if (server, model) not in self._shared.contexts:
            try:
                entries = [e for e in await self._model_entries() if e.get("id") == model]
            except (ModelFailed, OutputInvalid):  # transformers' server cannot list its model, and answers all the same
                return DEFAULT_CONTEXT
            self._shared.contexts[server, model] = context_of(entries[0] if entries else {})
        return self._shared.contexts[server, model]

    async def count_tokens(self, text: str) -> int | None:
        """How many tokens a text has by the model's own tokenizer (vLLM's ``/tokenize``); None where the server does not say."""
        try:
            model, server = await self.resolve_model(), self.server
            address = self._address(server)
            url = f"{address.base.removesuffix('/v1')}/tokenize"
            body = {"model": model, "prompt": text, "add_special_tokens": False}
            response = await self._client(address).post(url, json=body, headers=_headers(server.key))
            count = response.json()["count"] if response.status_code == 200 else None
        except (NBDoctorError, httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
            return None
        return count if isinstance(count, int) and count >= 0 else None

    async def stream_text(
        self, messages: Sequence[Message], max_tokens: int = 256, temperature: float = 0.0
    ) -> AsyncGenerator[str, None]:
        """Yield the answer piece by piece.

        Args:
            messages: the chat.
            max_tokens: length of the answer at most.
            temperature: 0 is the likeliest answer.

        Raises:
            ModelError: where no whole answer comes.
        """
        body = await self._body(messages, max_tokens, temperature)
        async with self._chunks(body) as pieces:
            async for chunk in pieces:
                for choice in chunk.get("choices") or ():
                    if text := delta(choice):
                        yield text

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        choice: Sequence[str] | None = None,
        n: int = 1,
        max_tokens: int = 512,
        temperature: float = 0.0,
    ) -> list[Completion]:
        """Return whole answers.

        Args:
            messages: the chat.
            schema: JSON schema that the answer shall follow; its ``title`` names it. A server may ignore it: validate.
            choice: texts of which the answer shall be one; the answers then carry probabilities. vLLM's own extension.
            n: how many answers; a server may give fewer.
            max_tokens: length of each answer at most.
            temperature: 0 is the likeliest answer.

        Returns:
            At least one answer.

        Raises:
            ModelError: where no whole answer comes; `failures.RequestRejected` where the request's form is not known.
        """
        body = await self._body(messages, max_tokens, temperature)
        if n > 1:
            body["n"] = n
        if schema is not None:
            form = {"name": schema.get("title", "answer"), "schema": schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        if choice is not None:
            body |= {"structured_outputs": {"choice": list(choice)}, "logprobs": True, "top_logprobs": 8}
        assembler = Assembler(n)
        async with self._chunks(body) as pieces:
            async for chunk in pieces:
                assembler.add(chunk)
                if assembler.in_vain:
                    break
        if not (answers := assembler.completions()):
            raise OutputInvalid(f"The model server at {self.address.shown} gave no answer.")
        return answers

    async def aclose(self) -> None:
        """Close the connections. The client can be used again afterwards."""
        while self._shared.connections:
            _, (loop, client) = self._shared.connections.popitem()
            if loop is asyncio.get_running_loop():
                await client.aclose()

    async def _body(self, messages: Sequence[Message], max_tokens: int, temperature: float) -> dict[str, Any]:
        return {
            "model": await self.resolve_model(),
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
        }

    async def _model_entries(self) -> list[dict[str, Any]]:
        server = self.server  # once: address and key are of the same server, though another may be started meanwhile
        address, key = self._address(server), server.key
        try:
            response = await self._client(address).get(f"{address.base}/models", headers=_headers(key))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise from_transport(address, error, self._settings.llm_timeout, begun=False) from error
        if response.status_code != 200:
            raise from_status(address, response.status_code, response.text, key=key)
        try:
            entries = response.json()["data"]
            return [entry for entry in entries if isinstance(entry["id"], str)]
        except (ValueError, KeyError, TypeError) as error:
            raise OutputInvalid(
                f"What answers at {address.shown} is no model server: its list of models is not one.",
                last_text=response.text[:_BODY_LIMIT],
                hint=CHECK_ADDRESS,
            ) from error

    @asynccontextmanager
    async def _chunks(self, body: dict[str, Any]) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        server, begun = self.server, False
        address, key = self._address(server), server.key
        url = f"{address.base}/chat/completions"
        request = self._client(address).stream("POST", url, json=body, headers=_headers(key))
        with Meter(self._job, body, self.on_call) as meter:
            try:
                async with request as response:
                    if response.status_code != 200:
                        said = (await response.aread()).decode("utf-8", "replace")
                        raise self._refused(address, response.status_code, said, body["model"], key)
                    begun = True
                    async with aclosing(chunks(response, address)) as raw, aclosing(meter.through(raw)) as pieces:
                        yield pieces
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise from_transport(address, error, self._settings.llm_timeout, begun=begun) from error

    def _refused(self, address: Address, status: int, said: str, model: str, key: str) -> ModelError:
        if status == 404:  # it may have been started anew with another model
            self._shared.names.clear()
            self._shared.contexts.clear()
        return from_status(address, status, said, model=model, key=key)

    def _client(self, address: Address) -> httpx.AsyncClient:
        # Connections belong to an event loop; a kernel's background thread and the server have different ones.
        loop = asyncio.get_running_loop()
        place = (address.socket or (address.backend and address.shown), address.remote)
        known = self._shared.connections.get(place)
        if known is None or known[0] is not loop:
            transport = self._transport
            if transport is None and address.socket:
                transport = httpx.AsyncHTTPTransport(uds=address.socket)
            if transport is None and address.backend:
                transport = installed("nbdoctor.backends")[address.backend](address.shown)
            client = httpx.AsyncClient(
                transport=transport,
                timeout=httpx.Timeout(self._settings.llm_timeout, connect=_CONNECT_SECONDS),
                follow_redirects=False,
                # A proxy of the environment would carry what is meant for this machine to another one.
                trust_env=address.remote,
            )
            known = self._shared.connections[place] = (loop, client)
        return known[1]


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}

"""The model servers behind the gateway: which of them live, what they serve, and which is least loaded."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from ..errors import ConfigurationError

log = logging.getLogger("nbdoctor.hub")

_CHECK_SECONDS = 10.0
_NAMES = {"url": str, "room": int, "key_variable": str, "key_file": str}


@dataclass
class ModelServer:
    """One server.

    Attributes:
        url: its address, up to and with ``/v1``.
        room: requests that it gets at once.
        key: what it wants for a key. It is sent to this server alone.
        models: what it lists, by name; empty where it does not answer.
        running: requests that are with it.
    """

    url: str
    room: int = 32
    key: str = field(default="", repr=False)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    running: int = 0

    @property
    def base(self) -> str:
        """The address without ``/v1``."""
        return self.url.removesuffix("/v1")

    @property
    def name(self) -> str:
        """What to call it in a log: host and port, no credentials."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> ModelServer:
        """The server that a configuration names.

        Raises:
            ConfigurationError: where it is not one, or its key cannot be had.
        """
        wrong = [name for name, value in said.items() if not isinstance(value, _NAMES.get(name, ()))]
        if wrong or "url" not in said:
            raise ConfigurationError(
                f"A model server cannot have {wrong[0]!r}." if wrong else "A model server has no url.",
                hint=f"Each is a dict of {', '.join(_NAMES)}.",
            )
        parts = urlsplit(said["url"])
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ConfigurationError(f"{said['url']!r} is not the address of a model server.")
        url = said["url"].rstrip("/")
        return cls(url if url.endswith("/v1") else f"{url}/v1", said.get("room", 32), _key(said))


def _key(said: Mapping[str, Any]) -> str:
    if path := said.get("key_file"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError(f"The key of a model server cannot be read: {error}.") from None
    if (variable := said.get("key_variable")) and variable not in os.environ:
        raise ConfigurationError(f"The environment variable {variable} with a model server's key is not set.")
    return os.environ.get(said.get("key_variable", ""), "")


class ModelServers:
    """All of them. A server is used once it has listed its models, and not after it has failed, until it lists them again.

    Args:
        servers: in no particular order.
        every: seconds between two looks at each.
    """

    def __init__(self, servers: Sequence[ModelServer], every: float) -> None:
        self.all = list(servers)
        self._every = every
        #: Called when a server has come back.
        self.on_return: Callable[[], None] = lambda: None

    def room(self, model: str | None = None) -> int:
        """How many requests those that live, or those of them that have the model, take at once."""
        return sum(server.room for server in self.all if server.models and (model is None or model in server.models))

    def entries(self) -> dict[str, dict[str, Any]]:
        """What ``/v1/models`` says of each model."""
        return {name: entry for server in self.all for name, entry in server.models.items()}

    def choose(self, model: str, without: Sequence[ModelServer] = ()) -> ModelServer | None:
        """The least loaded server that has the model; None where none has."""
        able = [server for server in self.all if model in server.models and server not in without]
        return min(able, key=lambda server: server.running / max(1, server.room), default=None)

    def failed(self, server: ModelServer) -> None:
        """Leave a server out until it answers again."""
        if server.models:
            log.warning("the model server %s does not answer; it is left out until it does", server.name)
        server.models = {}

    async def watch(self, session: aiohttp.ClientSession) -> None:
        """Look at all of them, again and again."""
        while True:
            await self.look(session)
            await asyncio.sleep(self._every)

    async def look(self, session: aiohttp.ClientSession) -> None:
        """Look at all of them once."""
        await asyncio.gather(*(self._look(session, server) for server in self.all))

    async def _look(self, session: aiohttp.ClientSession, server: ModelServer) -> None:
        timeout = aiohttp.ClientTimeout(total=_CHECK_SECONDS)
        try:
            async with session.get(f"{server.url}/models", headers=server.headers, timeout=timeout) as response:
                response.raise_for_status()
                entries = (await response.json(content_type=None))["data"]
                models = {str(entry["id"]): dict(entry) for entry in entries}
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError, ValueError, KeyError, TypeError):
            self.failed(server)
            return
        if models and not server.models:
            log.info("the model server %s serves %s", server.name, ", ".join(models))
            server.models = models
            self.on_return()
        server.models = models

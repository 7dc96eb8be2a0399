"""Who asks: the hub knows the token, or it does not. Tokens are kept as digests alone."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Protocol

#: Tokens that the hub did not know are not asked for again within this time, in seconds.
_UNKNOWN_SECONDS = 5.0
#: Tokens that are remembered at most.
_REMEMBERED = 10_000


class HubSilent(Exception):
    """The hub did not answer."""


@dataclass(frozen=True)
class Person:
    """Whose token it is. ``reads_metrics``: whether they may see how the gateway is used."""

    name: str
    groups: tuple[str, ...] = ()
    reads_metrics: bool = False


class Hub(Protocol):
    """What is used of `jupyterhub.services.auth.HubAuth`."""

    def user_for_token(self, token: str, use_cache: bool, *, sync: bool) -> Any:
        """An awaitable of the hub's model of the token's owner; None for a token that it does not know."""

    def check_scopes(self, required_scopes: Any, user: Any) -> Any:
        """Those of the scopes that the owner's token has."""

    access_scopes: Any


@dataclass
class _Known:
    person: Person | None
    at: float


class Identities:
    """Asks the hub whose a token is.

    Requests that come with the same token while the hub is asked share the answer. A hub that is silent (it is restarted, say)
    puts nobody out whom it knew a short while ago.

    Args:
        hub: see `Hub`.
        fresh: seconds for which an answer is used again; 0 asks the hub for every request.
        grace: seconds for which the last answer stands in for a hub that is silent.
    """

    def __init__(self, hub: Hub, fresh: float, grace: float) -> None:
        self._hub = hub
        self._fresh, self._grace = fresh, grace
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Person | None]] = {}

    async def of(self, token: str) -> Person | None:
        """Whose the token is; None where the hub does not know it, or it may not be used here.

        Raises:
            HubSilent: where the hub does not answer, and did not know the token shortly before.
        """
        digest = hashlib.sha256(token.encode()).hexdigest()
        known = self._known.get(digest)
        age = time.monotonic() - known.at if known else 0.0
        if known is not None and age < (self._fresh if known.person else _UNKNOWN_SECONDS):
            return known.person
        asking = self._asking.get(digest)
        if asking is None:
            asking = self._asking[digest] = asyncio.ensure_future(self._ask(token, digest))
            asking.add_done_callback(lambda task: self._answered(digest, task))
        try:
            return await asyncio.shield(asking)
        except HubSilent:
            if known is not None and known.person is not None and age < self._grace:
                return known.person
            raise

    def _answered(self, digest: str, task: asyncio.Task[Person | None]) -> None:
        self._asking.pop(digest, None)
        if not task.cancelled():
            task.exception()  # whoever asked may have gone away meanwhile

    async def _ask(self, token: str, digest: str) -> Person | None:
        try:
            model = await self._hub.user_for_token(token, use_cache=False, sync=False)
        except asyncio.CancelledError:
            raise
        except Exception:  # its library tells a hub that is away by several errors
            raise HubSilent from None
        person = self._person(model) if model else None
        self._known[digest] = _Known(person, time.monotonic())
        self._known.move_to_end(digest)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return person

    def _person(self, model: dict[str, Any]) -> Person | None:
        scopes = set(model.get("scopes") or ())
        required = self._hub.access_scopes
        if required and not self._hub.check_scopes(required, model):
            return None
        name = str(model.get("name", ""))
        kind = model.get("kind", "user")
        groups = tuple(str(group) for group in model.get("groups") or ())
        may = bool(model.get("admin")) or "read:metrics" in scopes
        return Person(name if kind == "user" else f"{kind}:{name}", groups, may)

"""What is asked of the gateway: whose is it, may it, and whose turn is it."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from ..llm.counts import Usage
from .accounts import Accounts
from .audit import Audit, Record
from .identity import HubSilent, Identities, Person
from .job import Job, Patience
from .limits import Policy, Standing
from .metrics import Metrics
from .queue import FairQueue, QueueFull, QueueSlow
from .refusal import Refused
from .relay import Relay
from .request import ChatRequest, tokenize_model
from .servers import ModelServers

log = logging.getLogger("nbdoctor.hub")

_TOKEN = re.compile(r"(?:bearer|token)\s+(\S+)\s*", re.IGNORECASE)


@dataclass
class Gateway:
    """The handlers, and what they work with. ``longest``: tokens of an answer at most."""

    identities: Identities
    policy: Policy
    accounts: Accounts
    queue: FairQueue
    servers: ModelServers
    relay: Relay
    metrics: Metrics
    audit: Audit
    patience: Patience
    longest: int = 4096

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """The addresses that there are, below a prefix that ends in ``/``."""
        return [
            web.get(f"{prefix}health", self.health),
            web.get(f"{prefix}metrics", self.show_metrics),
            web.get(f"{prefix}v1/models", self.models),
            web.post(f"{prefix}v1/chat/completions", self.chat),
            web.post(f"{prefix}tokenize", self.tokenize),
        ]

    async def health(self, request: web.Request) -> web.Response:
        """Whether it runs, and whether a model server does. Needs no token and says nothing else."""
        live = self.servers.room() > 0
        return web.json_response({"status": "ok" if live else "no model server"}, status=200 if live else 503)

    async def show_metrics(self, request: web.Request) -> web.Response:
        """For Prometheus: administrators, and tokens with the scope ``read:metrics``."""
        _, person = await self._identify(request)
        if not person.reads_metrics:
            raise Refused(403, "forbidden", "The gateway's metrics are for administrators.")
        self.metrics.running.set(self.queue.running)
        self.metrics.waiting.set(self.queue.waiting)
        for server in self.servers.all:
            self.metrics.server.labels(server.name).set(bool(server.models))
        return web.Response(
            body=self.metrics.page(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    async def models(self, request: web.Request) -> web.Response:
        """The models that the person may use."""
        _, person = await self._identify(request)
        standing = self.policy.standing(person.name, person.groups)
        entries = [entry for name, entry in self.servers.entries().items() if standing.may_ask(name)]
        return web.json_response({"object": "list", "data": entries})

    async def tokenize(self, request: web.Request) -> web.Response:
        """How many tokens a text has. Costs a request and no tokens."""
        _, person = await self._identify(request)
        standing = self.policy.standing(person.name, person.groups)
        body = await self._body(request)
        model = tokenize_model(body)
        self._check_model(standing, model)
        self._charge(standing, 0)
        return await self.relay.tokenize(body, model)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """An answer of a model."""
        began, record = time.monotonic(), Record(uuid.uuid4().hex[:16])
        try:
            job = await self._admit(request, record, began)
            try:
                response = await self._answer(job)
            finally:
                self._settle(job)
            record.status, record.outcome = response.status, record.outcome or "answered"
            return response
        except Refused as refused:
            record.status, record.outcome = refused.status, refused.reason
            raise
        finally:
            record.seconds = time.monotonic() - began
            record.outcome = record.outcome or "gone"
            self._note(record)

    async def _admit(self, request: web.Request, record: Record, began: float) -> Job:
        token, person = await self._identify(request)
        standing = self.policy.standing(person.name, person.groups)
        record.person, record.group = standing.name, standing.group
        asked = ChatRequest.of(await self._body(request), self.longest)
        record.model = asked.model[:100]
        self._check_model(standing, asked.model)
        self._charge(standing, asked.cost)
        return Job(request, token, standing, asked, self.accounts.today(), record, began)

    async def _identify(self, request: web.Request) -> tuple[str, Person]:
        match = _TOKEN.fullmatch(request.headers.get("Authorization", ""))
        if match is None:
            raise Refused(401, "no_token", "The gateway wants the token of a JupyterHub user as its key.")
        try:
            person = await self.identities.of(match.group(1))
        except HubSilent:
            raise Refused(503, "hub", "JupyterHub does not answer, so nobody can be let in.", 5) from None
        if person is None:
            raise Refused(403, "token", "JupyterHub does not know this token, or it may not use the models.")
        return match.group(1), person

    async def _body(self, request: web.Request) -> bytes:
        try:
            return await asyncio.wait_for(request.read(), self.patience.body)
        except web.HTTPRequestEntityTooLarge:
            raise Refused(413, "too_large", "The request is too large for the gateway.") from None
        except asyncio.TimeoutError:
            raise Refused(408, "slow", "The request did not arrive in time.") from None

    def _check_model(self, standing: Standing, model: str) -> None:
        """A model that the person may not use is, to them, one that is not there."""
        known = self.servers.entries()
        if not known:
            raise Refused(503, "model_server", "No model server answers at the moment.", 10)
        if model not in known or not standing.may_ask(model):
            raise Refused(404, "model", f"There is no model {model[:100]!r} for you.")

    def _charge(self, standing: Standing, tokens: int) -> None:
        if (refusal := self.accounts.admit(standing, tokens)) is not None:
            raise Refused(429, refusal.reason, refusal.sentence, refusal.seconds)

    async def _answer(self, job: Job) -> web.StreamResponse:
        try:
            async with self.queue.turn(job.standing, job.asked.model, job.asked.cost, self.patience.queue):
                job.record.waited = time.monotonic() - job.began
                return await self.relay.answer(job)
        except QueueFull:
            raise Refused(429, "waiting", "You have too many requests waiting already.", 5) from None
        except QueueSlow:
            sentence = "The model servers are busy, and your turn did not come in time."
            raise Refused(503, "busy", sentence, 10) from None

    def _settle(self, job: Job) -> None:
        self.accounts.settle(job.standing, job.day, job.asked.cost, job.used)
        record, usage = job.record, job.usage or Usage(completion_tokens=job.pieces)
        record.estimated = job.usage is None
        record.prompt_tokens, record.cached_tokens = usage.prompt_tokens, usage.cached_tokens
        record.completion_tokens = usage.completion_tokens

    def _note(self, record: Record) -> None:
        """A line for the audit, and the numbers for Prometheus."""
        of = record.group
        self.metrics.requests.labels(of, record.outcome).inc()
        self.metrics.waited.labels(of).observe(record.waited)
        if record.first is not None:
            self.metrics.first.labels(of).observe(record.first)
        for kind in ("prompt", "completion", "cached"):
            self.metrics.tokens.labels(of, kind).inc(getattr(record, f"{kind}_tokens"))
        self.audit.write(record)


@web.middleware
async def refusals(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Every answer that is an error is one in the form of OpenAI's API."""
    try:
        return await handler(request)
    except Refused as refused:
        return refused.response()
    except web.HTTPException as other:
        return Refused(other.status, "http", other.reason).response()
    except Exception:
        log.exception("the gateway failed")
        return Refused(500, "internal", "The gateway itself failed; its log says more.").response()

"""The service that JupyterHub starts: settings in, the gateway wired, until the hub ends it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from traitlets import Dict, Float, Int, List, Unicode
from traitlets.config import Application

from ..errors import NBDoctorError
from .accounts import Accounts
from .audit import Audit
from .books import Books
from .gateway import Gateway, refusals
from .identity import Hub, Identities
from .job import Patience
from .limits import Policy
from .metrics import Metrics
from .queue import FairQueue
from .relay import Relay
from .servers import ModelServer, ModelServers

#: Seconds that answers which are under way get when the service is told to end.
_GRACE_SECONDS = 20.0
#: How the web server runs: who goes away is heard of, and its own log is silent, because it quotes requests that are none, and
#: with them whatever key stands in them.
HOW: dict[str, Any] = {
    "handler_cancellation": True,
    "access_log": None,
    "logger": logging.getLogger("nbdoctor.hub.silent"),
}
HOW["logger"].addHandler(logging.NullHandler())
HOW["logger"].propagate = False


class GatewayApp(Application):
    """``python -m nbdoctor.hub``. Settings are ``c.GatewayApp.…`` in the file that ``--config`` names."""

    name = "nbdoctor-gateway"
    description = (
        "A gateway before the model servers, for the users of a JupyterHub: they use their own token as the key."
    )
    aliases = {"config": "GatewayApp.config_file", "log-level": "Application.log_level"}

    config_file = Unicode("", help="A Python file with settings.").tag(config=True)
    ip = Unicode(
        "",
        help="The address to listen on, where it is another than the host that the service's url names to the proxy: 0.0.0.0 in "
        "a pod. Empty: that host.",
    ).tag(config=True)
    servers = List(
        Dict(),
        help="The model servers: dicts of url, room (requests at once, 32), and key_file or key_variable (where its key is, in "
        "a file or in an environment variable of this service).",
    ).tag(config=True)
    everyone = Dict(
        {"concurrent": 4, "requests_per_minute": 120},
        help="Limits of each person: concurrent, requests_per_minute, tokens_per_minute, tokens_per_day, models. 0: none.",
    ).tag(config=True)
    people = Dict(help="Limits of single people, by name, instead of those of everyone.").tag(config=True)
    groups = Dict(
        help="Limits that the members of a group of the hub share, by name, and their weight where groups wait for each other; "
        "each: those of a member. A person counts for the first group here that they are in."
    ).tag(config=True)
    waiting = Int(32, min=1, help="Requests of one person that may wait for their turn.").tag(config=True)
    longest_answer = Int(4096, min=1, help="Tokens of an answer at most.").tag(config=True)
    largest_body = Int(4 << 20, min=1 << 10, help="Bytes of a request at most.").tag(config=True)
    queue_seconds = Float(60.0, help="Seconds that a request waits for its turn.").tag(config=True)
    silence_seconds = Float(120.0, help="Seconds of silence after which a model server is given up.").tag(config=True)
    reader_seconds = Float(60.0, help="Seconds after which somebody who takes nothing of their answer is let go.").tag(
        config=True
    )
    identity_seconds = Float(
        0.0,
        min=0.0,
        help="Seconds for which the hub's answer about a token is used again. 0: it is asked for each request.",
    ).tag(config=True)
    hub_grace_seconds = Float(
        300.0, min=0.0, help="Seconds for which people whom the hub knew go on while it does not answer."
    ).tag(config=True)
    token_seconds = Float(
        15.0, min=0.1, help="Seconds between two questions to the hub about a token whose answer is under way."
    ).tag(config=True)
    health_seconds = Float(5.0, min=0.1, help="Seconds between two looks at each model server.").tag(config=True)
    books = Unicode(
        "", help="File (SQLite) that keeps what was used today. Empty: a start of the gateway begins anew."
    ).tag(config=True)
    audit = Unicode("", help="File that gets a line for each request. Empty: the service's log.").tag(config=True)

    def initialize(self, argv: Any = None) -> None:
        """Read the command line and the file."""
        super().initialize(argv)
        if self.config_file:
            self.load_config_file(str(Path(self.config_file).with_suffix("")))
        logging.basicConfig(level=self.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

    def start(self) -> None:
        """Serve until SIGTERM or SIGINT; exit code 1 where a setting is wrong."""
        try:
            asyncio.run(self.serve())
        except NBDoctorError as error:
            sys.exit(f"{self.name}: {error.message} {error.hint}".rstrip())

    def place(self) -> tuple[str, int]:
        """Address and port to listen on: those of the url that the hub gives the service, unless ``ip`` is set."""
        url = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:8900"))
        return self.ip or url.hostname or "", url.port or 80

    async def serve(self) -> None:
        """Serve until a signal."""
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        host, port = self.place()
        async with AsyncExitStack() as stack:
            application = await self.application(stack, _hub())
            runner = web.AppRunner(application, **HOW, shutdown_timeout=_GRACE_SECONDS)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, host, port).start()
            self.log.info("the gateway listens on %s, port %s", host, port)
            await stop.wait()

    async def application(self, stack: AsyncExitStack, hub: Hub) -> web.Application:
        """The gateway as a web application; what it holds is released with ``stack``.

        Raises:
            ConfigurationError: where a setting is wrong.
        """
        policy = Policy(self.everyone, self.people, self.groups)
        servers = ModelServers([ModelServer.of(said) for said in self.servers], self.health_seconds)
        patience = Patience(
            queue=self.queue_seconds, silence=self.silence_seconds, reader=self.reader_seconds, token=self.token_seconds
        )
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, auto_decompress=False))
        identities = Identities(hub, self.identity_seconds, self.hub_grace_seconds)
        accounts, metrics = Accounts(), Metrics()
        books = Books(self.books, accounts)
        books.read()
        audit = Audit(self.audit, metrics.lost.inc)
        stack.callback(audit.close)
        queue = FairQueue(servers.room, self.waiting)
        servers.on_return = queue.grant
        gateway = Gateway(
            identities, policy, accounts, queue, servers, Relay(session, servers, identities, patience), metrics, audit,
            patience, self.longest_answer,
        )  # fmt: skip
        await servers.look(session)
        for work in (servers.watch(session), books.keep()):
            stack.push_async_callback(_ended, asyncio.ensure_future(work))
        application = web.Application(middlewares=[refusals], client_max_size=self.largest_body)
        prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/services/nbdoctor/")
        application.add_routes(gateway.routes(prefix))
        return application


def _hub() -> Hub:
    from jupyterhub.services.auth import HubAuth

    hub: Hub = HubAuth()
    return hub


async def _ended(task: asyncio.Future[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

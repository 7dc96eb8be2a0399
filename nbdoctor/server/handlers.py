"""The web side: authenticate, authorize, decode, stream. No logic.

Every verb is authenticated and authorized. What acts in a kernel (a diagnosis asks it; loading, installing and checking a
fix run in it) also needs ``execute`` on ``kernels``.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import Any, AsyncIterator, Optional, Type, TypeVar

import msgspec
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from jupyter_server.utils import ensure_async
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, authenticated

from .. import __version__
from ..protocol import DeathRequest, DiagnosisRequest, Event, LoadRequest, TrialRequest, Trouble
from ..rules import kinds
from . import sse
from .deaths.watch import DeathWatch
from .service import Service

log = logging.getLogger("nbdoctor.server")

AUTH_RESOURCE = "nbdoctor"
MAX_BODY = 32 * 1024 * 1024
T = TypeVar("T")


class InstallRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of the install request."""

    requirement: str


class BaseHandler(ExtensionHandlerMixin, APIHandler):
    """Shared by all handlers."""

    auth_resource = AUTH_RESOURCE
    _stream: Optional[asyncio.Task[None]] = None

    @property
    def service(self) -> Service:
        return self.settings["nbdoctor_service"]  # type: ignore[no-any-return]

    def decode(self, cls: Type[T]) -> T:
        """The request's body as ``cls``; 400 where it is not one, 413 where it is too large."""
        if len(self.request.body) > MAX_BODY:
            raise HTTPError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The notebook is too large for nbdoctor.")
        try:
            return msgspec.json.decode(self.request.body, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HTTPError(HTTPStatus.BAD_REQUEST, f"Not a request that nbdoctor knows: {error}") from None

    async def kernel(self, kernel_id: str) -> Any:
        """The kernel manager of ``kernel_id``; 403 without the right to execute, 404 where there is no such kernel."""
        await self.may_execute()
        try:
            return self.kernel_manager.get_kernel(kernel_id)
        except KeyError:
            raise HTTPError(HTTPStatus.NOT_FOUND, "There is no such kernel.") from None

    async def may_execute(self) -> None:
        """403 without the right to execute code in kernels."""
        allowed = await ensure_async(self.authorizer.is_authorized(self, self.current_user, "execute", "kernels"))
        if not allowed:
            raise HTTPError(HTTPStatus.FORBIDDEN, "This needs the right to execute code in kernels.")

    async def stream(self, events: AsyncIterator[Event]) -> None:
        """Send events as they come. The browser's going away cancels the work behind them."""
        self.set_header("Content-Type", sse.CONTENT_TYPE)
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Accel-Buffering", "no")
        self._stream = asyncio.ensure_future(self._send(events))
        try:
            await self._stream
        except (asyncio.CancelledError, StreamClosedError):
            log.debug("the browser closed the stream")
            return
        self.finish(set_content_type=sse.CONTENT_TYPE)

    async def _send(self, events: AsyncIterator[Event]) -> None:
        try:
            async for name, payload in events:
                self.write(sse.encode(name, payload))
                await self.flush()
        except (StreamClosedError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("nbdoctor failed while it streamed its answer")
            trouble = Trouble("internal", "nbdoctor itself failed.", "The Jupyter server's log says more.")
            self.write(sse.encode("trouble", trouble))
        finally:
            await events.aclose()  # type: ignore[attr-defined]

    def on_connection_close(self) -> None:
        if self._stream is not None:
            self._stream.cancel()
        super().on_connection_close()


class DiagnosesHandler(BaseHandler):
    """``POST nbdoctor/api/diagnoses``: a DiagnosisRequest; answers with a stream."""

    @authenticated
    @authorized
    async def post(self) -> None:
        request = self.decode(DiagnosisRequest)
        manager = await self.kernel(request.kernel_id) if request.kernel_id else None
        await self.stream(self.service.diagnose(request, manager))


class DeathHandler(BaseHandler):
    """``POST nbdoctor/api/kernels/ID/death``: a DeathRequest; answers with the stream of a diagnosis. 404 where no death of that
    kernel is known; the kernel itself may be gone."""

    @authenticated
    @authorized
    async def post(self, kernel_id: str) -> None:
        request = self.decode(DeathRequest)
        await self.may_execute()
        watch: DeathWatch = self.settings["nbdoctor_deaths"]
        death = watch.latest(kernel_id)
        if death is None:
            raise HTTPError(HTTPStatus.NOT_FOUND, "This kernel has not died, as far as nbdoctor knows.")
        await self.stream(self.service.explain(request, death))


class LoadHandler(BaseHandler):
    """``POST nbdoctor/api/kernels/ID/load``: a LoadRequest, or nothing; loads nbdoctor into a kernel and answers with a
    stream."""

    @authenticated
    @authorized
    async def post(self, kernel_id: str) -> None:
        request = self.decode(LoadRequest) if self.request.body else LoadRequest()
        await self.stream(self.service.load(await self.kernel(kernel_id), request.error, request.cell))


class InstallHandler(BaseHandler):
    """``POST nbdoctor/api/kernels/ID/install``: an InstallRequest; answers with a stream."""

    @authenticated
    @authorized
    async def post(self, kernel_id: str) -> None:
        requirement = self.decode(InstallRequest).requirement
        await self.stream(self.service.install(await self.kernel(kernel_id), requirement))


class TrialsHandler(BaseHandler):
    """``POST nbdoctor/api/kernels/ID/trials``: a TrialRequest; answers with a stream."""

    @authenticated
    @authorized
    async def post(self, kernel_id: str) -> None:
        request = self.decode(TrialRequest)
        await self.stream(self.service.check(request, await self.kernel(kernel_id)))


class KernelHandler(BaseHandler):
    """``GET nbdoctor/api/kernels/ID``: a KernelStatus."""

    _track_activity = False

    @authenticated
    @authorized
    async def get(self, kernel_id: str) -> None:
        self.finish(msgspec.json.encode(await self.service.kernel_status(await self.kernel(kernel_id))))


class KindHandler(BaseHandler):
    """``GET nbdoctor/api/kinds/NAME``: an About; 404 where there is no such kind."""

    _track_activity = False

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        try:
            self.finish(msgspec.json.encode(kinds.about(kinds.kind(name))))
        except KeyError:
            raise HTTPError(HTTPStatus.NOT_FOUND, "There is no such kind of problem.") from None


class StatusHandler(BaseHandler):
    """``GET nbdoctor/api/status``: a ServerStatus, at once. With ``?look=1`` the model servers are asked how they stand."""

    # Asking for the status is no activity of the user's: idle culling goes on.
    _track_activity = False

    @authenticated
    @authorized
    async def get(self) -> None:
        look = bool(self.get_query_argument("look", ""))
        self.finish(msgspec.json.encode(await self.service.status(__version__, look=look)))


HANDLERS = [
    (r"/nbdoctor/api/diagnoses", DiagnosesHandler),
    (r"/nbdoctor/api/kernels/([\w-]+)/death", DeathHandler),
    (r"/nbdoctor/api/kernels/([\w-]+)/load", LoadHandler),
    (r"/nbdoctor/api/kernels/([\w-]+)/install", InstallHandler),
    (r"/nbdoctor/api/kernels/([\w-]+)/trials", TrialsHandler),
    (r"/nbdoctor/api/kernels/([\w-]+)", KernelHandler),
    (r"/nbdoctor/api/kinds/(\w+)", KindHandler),
    (r"/nbdoctor/api/status", StatusHandler),
]

"""The web side of the corrections: keep one, list them, delete one or all."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, Callable, TypeVar

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from ..errors import CorrectionsError
from ..memory.store import CorrectionStore
from ..protocol import Correction
from .handlers import BaseHandler

#: How many are listed where no limit is given.
_LISTED = 1000
T = TypeVar("T")


class _StoreHandler(BaseHandler):
    """Asks the store of corrections."""

    @property
    def store(self) -> CorrectionStore:
        return self.settings["nbdoctor_corrections"]  # type: ignore[no-any-return]

    async def ask(self, job: Callable[..., T], *arguments: Any) -> T:
        """Have the store do something, in a thread, since it may wait for a disk; 503 where the file is in use for the
        moment, 507 where it cannot be used."""
        try:
            return await asyncio.to_thread(job, *arguments)
        except CorrectionsError as error:
            status = HTTPStatus.SERVICE_UNAVAILABLE if error.retryable else HTTPStatus.INSUFFICIENT_STORAGE
            raise HTTPError(status, f"{error.message} {error.hint}") from error

    def nothing(self) -> None:
        """Done, and there is nothing to say."""
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


class CorrectionsHandler(_StoreHandler):
    """``nbdoctor/api/corrections``. ``GET``: a list of Correction, newest first, at most ``limit``. ``POST``: a Correction;
    answers with it as it was kept. ``DELETE``: all of them."""

    @authenticated
    @authorized
    async def get(self) -> None:
        limit = self.get_query_argument("limit", str(_LISTED))
        if not limit.isdecimal() or len(limit) > 9:
            raise HTTPError(HTTPStatus.BAD_REQUEST, "The limit is a number of corrections.")
        self.finish(msgspec.json.encode(await self.ask(self.store.newest, int(limit))))

    @authenticated
    @authorized
    async def post(self) -> None:
        if not self.service.settings.corrections:
            raise HTTPError(HTTPStatus.FORBIDDEN, "Corrections are not kept: the setting corrections is off.")
        kept = await self.ask(self.store.keep, self.decode(Correction))
        self.set_status(HTTPStatus.CREATED)
        self.finish(msgspec.json.encode(kept))

    @authenticated
    @authorized
    async def delete(self) -> None:
        await self.ask(self.store.clear)
        self.nothing()


class CorrectionHandler(_StoreHandler):
    """``DELETE nbdoctor/api/corrections/N``: that one; 404 where there is none."""

    @authenticated
    @authorized
    async def delete(self, number: str) -> None:
        if not await self.ask(self.store.delete, int(number)):
            raise HTTPError(HTTPStatus.NOT_FOUND, "There is no such correction.")
        self.nothing()


HANDLERS = [
    (r"/nbdoctor/api/corrections", CorrectionsHandler),
    (r"/nbdoctor/api/corrections/([0-9]{1,19})", CorrectionHandler),
]

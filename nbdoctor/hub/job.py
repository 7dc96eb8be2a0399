"""One request on its way, and how it is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from aiohttp import web

from .answer import Usage, error
from .audit import Record
from .limits import Standing
from .request import ChatRequest


class Refused(Exception):
    """The request is not answered. ``message`` is a sentence for the person.

    Args:
        status: of HTTP.
        reason: a word that stays the same.
        message: the sentence.
        seconds: in how many another try is worth it; 0: that is not known.
    """

    def __init__(self, status: int, reason: str, message: str, seconds: float = 0.0) -> None:
        super().__init__(message)
        self.status, self.reason, self.message, self.seconds = status, reason, message, seconds

    def response(self) -> web.Response:
        """The same, as an answer."""
        headers = {"Retry-After": str(math.ceil(self.seconds))} if self.seconds else {}
        body = error(self.message, self.reason)
        return web.Response(status=self.status, body=body, content_type="application/json", headers=headers)


@dataclass
class Job:
    """A request that was let in.

    Attributes:
        request: as it came.
        token: whose it is, for another question to the hub.
        standing: the person.
        asked: what is asked.
        day: on which it was charged.
        record: its line of the audit.
        began: when it came, in seconds of `time.monotonic`.
        usage: tokens, as far as the model server has told.
        pieces: events of the answer that have come.
    """

    request: web.Request
    token: str
    standing: Standing
    asked: ChatRequest
    day: str
    record: Record
    began: float
    usage: Usage = field(default_factory=Usage)
    pieces: int = 0

    @property
    def used(self) -> int:
        """Tokens that it has used: as the server says, else estimated from what came."""
        if self.usage.told:
            return self.usage.prompt + self.usage.completion
        return self.asked.prompt + self.pieces if self.record.server else 0


@dataclass
class Patience:
    """Seconds.

    Attributes:
        body: that a request may take to arrive.
        queue: that it waits for its turn.
        silence: of a model server.
        reader: of somebody who takes nothing of their answer.
        token: between two questions to the hub about a token whose answer streams.
    """

    body: float = 30.0
    queue: float = 60.0
    silence: float = 120.0
    reader: float = 60.0
    token: float = 15.0

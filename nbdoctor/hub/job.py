"""One request on its way."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from ..llm.counts import Usage
from .audit import Record
from .limits import Standing
from .request import ChatRequest


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
        usage: tokens, as the model server counts them; None where it has not told.
        pieces: events of the answer that have come.
    """

    request: web.Request
    token: str
    standing: Standing
    asked: ChatRequest
    day: str
    record: Record
    began: float
    usage: Usage | None = None
    pieces: int = 0

    @property
    def used(self) -> int:
        """Tokens that it has used: as the server says, else estimated from what came."""
        if self.usage is not None:
            return self.usage.prompt_tokens + self.usage.completion_tokens
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

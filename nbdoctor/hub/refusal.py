"""How a request is refused: in the form of OpenAI's API, with a sentence for the person."""

from __future__ import annotations

import math

from aiohttp import web

from .answer import error


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


def bad_request(sentence: str) -> Refused:
    """The request is none that the gateway hands on."""
    return Refused(400, "bad_request", sentence)

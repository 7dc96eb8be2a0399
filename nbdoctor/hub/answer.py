"""A model server's answer on its way through: counted, and never cut short in silence."""

from __future__ import annotations

import re

import msgspec

from ..errors import GATEWAY
from ..llm.counts import Usage

_END = b"\n\n"
_DONE = b"data: [DONE]"
#: The end of one of the answers; inside of a text its quotes would be escaped.
_ENDED = re.compile(rb'"finish_reason":\s*"[^"]')
#: Bytes of one event at most; a model server sends a few hundred.
_LONGEST = 1 << 20


class TooLong(Exception):
    """An event without an end."""


class Events:
    """The events of a stream, whole, in the order in which they came. Only those that tell the usage are decoded.

    Args:
        answers: how many were asked for.
        keep_usage: whether the event that tells nothing but the usage is handed on.
    """

    def __init__(self, *, answers: int, keep_usage: bool) -> None:
        self._answers = answers
        self._ended = 0
        self._keep_usage = keep_usage
        self._rest = b""
        #: What the server has told of the tokens; None where it has not yet.
        self.usage: Usage | None = None
        self.pieces = 0
        self._done = False

    @property
    def whole(self) -> bool:
        """Whether the server said so, or, as transformers' own does not, every answer has come to its end."""
        return self._done or self._ended >= self._answers

    def feed(self, data: bytes) -> bytes:
        """What may go on of the bytes that came.

        Raises:
            TooLong: where an event does not end.
        """
        data = self._rest + data
        whole, mark, self._rest = data.rpartition(_END)
        if len(self._rest) > _LONGEST:
            raise TooLong
        if not mark:
            return b""
        self._ended += len(_ENDED.findall(whole))
        if b'"usage"' not in whole and _DONE not in whole:  # nearly always
            self.pieces += whole.count(_END) + 1
            return whole + mark
        return b"".join(event + _END for event in whole.split(_END) if self._passes(event))

    def _passes(self, event: bytes) -> bool:
        if event.startswith(_DONE):
            self._done = True
            return True
        self.pieces += 1
        if b'"usage"' not in event:
            return True
        try:
            said = msgspec.json.decode(event.removeprefix(b"data:"))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return True
        if not isinstance(said, dict):
            return True
        self.usage = Usage.of(said) or self.usage
        return self._keep_usage or bool(said.get("choices")) or not said.get("usage")


def error_event(message: str, reason: str) -> bytes:
    """An error in the middle of a stream, as model servers tell one."""
    return b"data: " + error(message, reason) + _END


def error(message: str, reason: str) -> bytes:
    """An error in the form of OpenAI's API, marked as one of the gateway: its sentence is meant for people."""
    return msgspec.json.encode({"error": {"message": message, "type": reason, "code": reason, "by": GATEWAY}})

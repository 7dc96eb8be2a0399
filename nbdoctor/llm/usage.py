"""What a request cost: told to whoever wants to know, at its end, however it ended."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from .budget import tokens
from .stream import Usage, delta


@dataclass
class Call:
    """One request. ``form``: what it asked for, as `form_of` names it. ``usage`` is the server's count where it came, else
    ``estimated`` from the length of the texts, as after a request that was cancelled. ``seconds`` is its wall time."""

    form: str
    messages: list[dict[str, str]] = field(default_factory=list)
    choice: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    estimated: bool = False
    seconds: float = 0.0


class Meter:
    """Watches the chunks of one request go by."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body
        self._started = time.monotonic()
        self._usage: dict[str, Any] = {}
        self._text = 0

    async def through(self, pieces: AsyncIterator[dict[str, Any]]) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the chunks as they are."""
        async for chunk in pieces:
            if isinstance(chunk.get("usage"), dict):
                self._usage = chunk["usage"]
            self._text += sum(len(delta(choice)) for choice in chunk.get("choices") or ())
            yield chunk

    def call(self) -> Call:
        """The request, as it stands now."""
        messages = self._body["messages"]
        read, written = self._usage.get("prompt_tokens"), self._usage.get("completion_tokens")
        estimated = not isinstance(read, int) or not isinstance(written, int)
        if estimated:
            read = tokens("".join(message["content"] for message in messages))
            written = tokens("x" * self._text) if self._text else 0
        choice = self._body.get("structured_outputs", {}).get("choice", [])
        seconds = time.monotonic() - self._started
        return Call(form_of(self._body), messages, choice, Usage(int(read or 0), int(written or 0)), estimated, seconds)


def form_of(body: dict[str, Any]) -> str:
    """``choice``, the name of the JSON schema, or ``text``."""
    if "structured_outputs" in body:
        return "choice"
    form = body.get("response_format")
    return str(form["json_schema"]["name"]) if form else "text"

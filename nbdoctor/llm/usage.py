"""What a request cost: told to whoever wants to know, at its end, however it ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from ..errors import NBDoctorError
from .budget import tokens
from .counts import Usage
from .stream import delta


@dataclass
class Call:
    """One request. ``job``: who asked, see `config.JOBS`. ``form``: what was asked for, as `form_of` names it. ``usage`` is
    the server's count where it came, else ``estimated`` from the length of the texts, as after a request that was cancelled.

    ``began`` is `time.monotonic` at the start, ``seconds`` the wall time, ``first`` that to the first word, None where none came.
    ``outcome``: ``done``, ``length`` (an answer was cut at the limit), ``stopped`` by us, or the code of the error.
    """

    form: str
    messages: list[dict[str, str]] = field(default_factory=list)
    choice: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    estimated: bool = False
    seconds: float = 0.0
    job: str = ""
    model: str = ""
    began: float = 0.0
    first: float | None = None
    outcome: str = "done"


class Meter:
    """Watches the chunks of one request go by, and tells of it at the end of its ``with`` block."""

    def __init__(self, job: str, body: dict[str, Any], hear: Callable[[Call], None] | None) -> None:
        self._body, self._hear = body, hear
        self._usage: Usage | None = None
        self._text = 0
        messages, choice = body["messages"], body.get("structured_outputs", {}).get("choice", [])
        self._call = Call(form_of(body), messages, choice, job=job, model=body["model"])

    def __enter__(self) -> Meter:
        self._call.began = time.monotonic()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        call = self._call
        call.seconds = time.monotonic() - call.began
        if error is not None:
            call.outcome = outcome_of(error)
        call.estimated = self._usage is None
        read = tokens("".join(message["content"] for message in call.messages))
        call.usage = self._usage or Usage(read, tokens("x" * self._text) if self._text else 0)
        if self._hear is not None:
            self._hear(call)

    async def through(self, pieces: AsyncIterator[dict[str, Any]]) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the chunks as they are."""
        async for chunk in pieces:
            self._usage = Usage.of(chunk) or self._usage
            for choice in chunk.get("choices") or ():
                self._text += len(delta(choice))
                if choice.get("finish_reason") == "length":
                    self._call.outcome = "length"
            if self._text and self._call.first is None:
                self._call.first = time.monotonic() - self._call.began
            yield chunk


def outcome_of(error: BaseException) -> str:
    """How what raised ``error`` ended: ``stopped``, or the code of the error; ``internal`` where that is a bug of ours."""
    if isinstance(error, (asyncio.CancelledError, GeneratorExit)):
        return "stopped"
    return error.code if isinstance(error, NBDoctorError) else "internal"


def form_of(body: dict[str, Any]) -> str:
    """``choice``, the name of the JSON schema, or ``text``."""
    if "structured_outputs" in body:
        return "choice"
    form = body.get("response_format")
    return str(form["json_schema"]["name"]) if form else "text"

"""Answers as they arrive: server-sent events put together into completions."""

from __future__ import annotations

import json
import math
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from ..errors import ModelFailed, OutputInvalid
from .address import Address
from .counts import Usage
from .failures import CHECK_ADDRESS, cut, excerpt

#: Blanks between two parts of a JSON answer from which on nothing else will come. A schema allows any number, and small models
#: go on with them to the limit now and then.
_BLANKS = 32
_ESCAPED = re.compile(r"\\.", re.DOTALL)


@dataclass
class Completion:
    """One answer. ``first_token`` holds the probability of each alternative for its first token, where the server
    tells; ``usage`` is that of the whole request, all its answers together."""

    text: str = ""
    finish_reason: str = ""
    usage: Usage = field(default_factory=Usage)
    first_token: dict[str, float] = field(default_factory=dict)


async def chunks(response: httpx.Response, address: Address) -> AsyncGenerator[dict[str, Any], None]:
    """The JSON objects of an event stream, up to its ``[DONE]``; a server that does not stream sends one object.

    transformers' own server (5.19) sends no ``[DONE]``: there the stream is whole where every answer in it has come to its end.

    Raises:
        ModelUnavailable: where the stream ends before that.
        ModelFailed: where the server reports an error inside the stream.
        OutputInvalid: where an event is not JSON, or not in the form of OpenAI's API.
    """
    if "json" in response.headers.get("content-type", ""):
        yield _document((await response.aread()).decode("utf-8", "replace"), address)
        return
    ended: dict[int, bool] = {}
    async for line in response.aiter_lines():
        if not line.startswith("data:"):
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            return
        chunk = _document(data, address)
        for choice in chunk.get("choices") or ():
            index = _index(choice)
            ended[index] = ended.get(index, False) or bool(choice.get("finish_reason"))
        yield chunk
    if not ended or not all(ended.values()):
        raise cut(address)


def _index(choice: dict[str, Any]) -> int:
    return int(choice.get("index") or 0)


def _document(data: str, address: Address) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        message = f"The model server at {address.shown} sent something that is not JSON."
        raise OutputInvalid(message, last_text=data[:2000])
    if document.get("error"):
        said = excerpt(json.dumps(document))
        raise ModelFailed(f"The model server at {address.shown} failed while it answered: {said}")
    choices = document.get("choices") or []
    if not isinstance(choices, list) or not all(map(_is_choice, choices)):
        message = f"The model server at {address.shown} sent an answer that is not in the form of OpenAI's API."
        raise OutputInvalid(message, last_text=data[:2000], hint=CHECK_ADDRESS)
    return document


def _is_choice(choice: Any) -> bool:
    if not isinstance(choice, dict) or not str(choice.get("index") or 0).isdecimal():
        return False
    return all(isinstance(choice.get(part) or {}, dict) for part in ("delta", "message"))


def delta(choice: dict[str, Any]) -> str:
    """The text that one choice of a chunk adds (or the whole text, from a server that does not stream)."""
    part = choice.get("delta") or choice.get("message") or {}
    content = part.get("content")
    return content if isinstance(content, str) else ""


class Assembler:
    """Puts the chunks of several answers together."""

    def __init__(self, count: int = 1) -> None:
        """``count``: how many were asked for."""
        self._count = count
        self._answers: dict[int, Completion] = {}
        self._usage = Usage()
        self._idle = False

    @property
    def in_vain(self) -> bool:
        """Whether all that still comes is blanks. The answers that go on with them are cut here."""
        ended = sum(bool(answer.finish_reason) for answer in self._answers.values())
        return self._idle and ended >= self._count

    def add(self, chunk: dict[str, Any]) -> None:
        """Take in one chunk."""
        self._usage = Usage.of(chunk) or self._usage
        for choice in chunk.get("choices") or ():
            answer = self._answers.setdefault(_index(choice), Completion())
            answer.text += delta(choice)
            answer.finish_reason = choice.get("finish_reason") or answer.finish_reason
            if not answer.finish_reason and _idles(answer.text):
                answer.finish_reason, self._idle = "length", True
            if not answer.first_token:
                answer.first_token = _first_token(choice.get("logprobs"))

    def completions(self) -> list[Completion]:
        """The answers, in the order of their numbers."""
        return [replace(self._answers[index], usage=self._usage) for index in sorted(self._answers)]


def _idles(text: str) -> bool:
    """Whether a JSON answer goes on with nothing but blanks, outside of its strings."""
    written = text.rstrip()
    if len(text) - len(written) < _BLANKS or not written.startswith("{"):
        return False
    return _ESCAPED.sub("", written).count('"') % 2 == 0


def _first_token(logprobs: Any) -> dict[str, float]:
    """Empty where the server tells none, or something that is no probability."""
    try:
        first = logprobs["content"][0]
        alternatives = first.get("top_logprobs") or [first]
        known = [a for a in alternatives if isinstance(a.get("logprob"), (int, float))]
        return {str(a["token"]): math.exp(a["logprob"]) for a in known}
    except (ArithmeticError, AttributeError, LookupError, TypeError):
        return {}

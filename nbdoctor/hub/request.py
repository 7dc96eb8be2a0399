"""What a request may say to a model server, and what it will use at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from .refusal import bad_request

#: Fields of OpenAI's chat completions, and of vLLM's constrained answers, that are handed on. Others could change what a server
#: does for other people (priorities, caches, adapters), so they are refused by name.
FIELDS = frozenset(
    ("model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "min_p", "n", "stop", "seed",
     "stream", "stream_options", "response_format", "structured_outputs", "logprobs", "top_logprobs", "presence_penalty",
     "frequency_penalty", "tools", "tool_choice", "parallel_tool_calls", "user")
)  # fmt: skip
_TOKENIZE = frozenset(("model", "prompt", "messages", "add_special_tokens"))
_CHARACTERS_PER_TOKEN = 3.0
_MOST_ANSWERS = 8


@dataclass
class ChatRequest:
    """A request for an answer.

    Attributes:
        model: the name.
        body: what is sent to the model server.
        stream: whether the answer comes piece by piece.
        wants_usage: whether the sender wants the piece that tells the tokens.
        answers: how many are asked for.
        prompt: tokens of the prompt, estimated.
        answer: tokens of all answers together at most.
    """

    model: str
    body: bytes
    stream: bool
    wants_usage: bool
    answers: int
    prompt: int
    answer: int

    @property
    def cost(self) -> int:
        """Tokens that it will use at most, as far as one can say before."""
        return self.prompt + self.answer

    @classmethod
    def of(cls, body: bytes, longest: int) -> ChatRequest:
        """Read a request.

        Args:
            body: as it came.
            longest: tokens of an answer at most; a request that asks for more, or says nothing of it, gets this many.

        Raises:
            Refused: where it is not one.
        """
        said = _document(body, FIELDS)
        model, messages = said.get("model"), said.get("messages")
        if not isinstance(model, str) or not isinstance(messages, list):
            raise bad_request("A request names a model and has messages.")
        answers = _count(said, "n", 1)
        if answers > _MOST_ANSWERS:
            raise bad_request(f"A request asks for {_MOST_ANSWERS} answers at most.")
        length = min(longest, _count(said, "max_completion_tokens", _count(said, "max_tokens", longest)))
        said.pop("max_completion_tokens", None)
        said["max_tokens"] = length
        stream, options = said.get("stream", False), said.get("stream_options") or {}
        if not isinstance(stream, bool) or not isinstance(options, dict):
            raise bad_request("stream is true or false, and stream_options an object.")
        if stream:
            said["stream_options"] = {**options, "include_usage": True}
        prompt = int(len(body) / _CHARACTERS_PER_TOKEN)
        wants = options.get("include_usage") is True
        return cls(model, msgspec.json.encode(said), stream, wants, answers, prompt, length * answers)


def tokenize_model(body: bytes) -> str:
    """The model that a request to count tokens names.

    Raises:
        Refused: where it is not such a request.
    """
    model = _document(body, _TOKENIZE).get("model")
    if not isinstance(model, str):
        raise bad_request("A request names a model.")
    return model


def _document(body: bytes, fields: frozenset[str]) -> dict[str, Any]:
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise bad_request("The request is not JSON.") from None
    except RecursionError:
        raise bad_request("The request is nested too deeply.") from None
    if not isinstance(said, dict):
        raise bad_request("The request is not a JSON object.")
    if strange := said.keys() - fields:
        raise bad_request(f"The gateway does not hand on {min(strange)[:100]!r}.")
    return said


def _count(said: dict[str, Any], name: str, default: int) -> int:
    value = said.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise bad_request(f"{name} is a number from 1 on.")
    return value

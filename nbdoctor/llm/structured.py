"""Answers of a given form. The server is asked to constrain them, and they are checked all the same: a server may
ignore a constraint without saying so."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from ..errors import OutputInvalid, OutputTruncated
from .client import Completion, Message, ModelClient
from .failures import RequestRejected

T = TypeVar("T")
#: Gets an answer in free words and a schema; returns the JSON that says the same.
Extract = Callable[[str, dict[str, Any]], Awaitable[str]]

_FENCE = re.compile(r"```[\w+-]*[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)


@dataclass
class Chosen:
    """One of several texts, and how likely each was (empty where the server does not tell)."""

    label: str
    probabilities: dict[str, float] = field(default_factory=dict)


def schema_of(form: type) -> dict[str, Any]:
    """JSON schema of a dataclass, closed and with every field required, as constrained decoding wants it."""
    (_,), components = msgspec.json.schema_components([form], ref_template="#/$defs/{name}")
    schema = components[form.__name__]
    return {
        "title": form.__name__.lower(),
        "type": "object",
        "properties": schema["properties"],
        "required": list(schema["properties"]),
        "additionalProperties": False,
    }


def fenced(text: str) -> str:
    """The first fenced code block of a chatty answer; the whole answer where there is none."""
    match = _FENCE.search(text)
    return match.group(1) if match else text


def first_object(text: str) -> str:
    """The first JSON object in ``text``, braces balanced outside of strings; ``text`` where there is none."""
    start = text.find("{")
    depth, quoted, escaped = 0, False, False
    for position in range(max(start, 0), len(text)):
        letter = text[position]
        if quoted:
            quoted, escaped = escaped or letter != '"', letter == "\\" and not escaped
        elif letter == '"':
            quoted = True
        else:
            depth += (letter == "{") - (letter == "}")
            if depth == 0 and letter == "}":
                return text[start : position + 1]
    return text


def decode(text: str, form: type[T]) -> T:
    """Decode an answer into a dataclass, with the JSON picked out of a chatty answer if need be.

    Raises:
        ValueError: where no JSON in it has the form.
    """
    last: Exception | None = None
    for candidate in dict.fromkeys((text.strip(), fenced(text).strip(), first_object(text))):
        try:
            return msgspec.json.decode(candidate.encode("utf-8", "backslashreplace"), type=form, strict=True)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            last = last or error
    raise ValueError(str(last))


async def ask(
    client: ModelClient,
    messages: Sequence[Message],
    form: type[T],
    *,
    schema: dict[str, Any] | None = None,
    check: Callable[[T], None] | None = None,
    extract: Extract | None = None,
    n: int = 1,
    max_tokens: int = 512,
    temperature: float = 0.0,
) -> list[T]:
    """Ask for answers of a form; where none is good, ask once more and say what was wrong.

    Args:
        client: the model.
        messages: the chat.
        form: a dataclass.
        schema: a narrower JSON schema than the dataclass's own.
        check: raises ValueError for an answer that has the form and is no good all the same.
        extract: turns an answer in free words into the form.
        n, max_tokens, temperature: see `ModelClient.complete`.

    Returns:
        The good ones among the answers, at least one.

    Raises:
        OutputTruncated: where every answer hit ``max_tokens``.
        OutputInvalid: where none was good, nor after the repair.
        ModelError: where no answer comes.
    """
    schema, chat = schema or schema_of(form), list(messages)
    reason, answers = "", []
    for count in (n, 1):
        answers = await constrained(client, chat, schema, n=count, max_tokens=max_tokens, temperature=temperature)
        good, reason = _sort_out(answers, form, check)
        if not good and extract is not None and "{" not in answers[0].text and answers[0].finish_reason != "length":
            good, _ = _sort_out([Completion(await extract(answers[0].text, schema))], form, check)
        if good:
            return good
        if all(a.finish_reason == "length" for a in answers):
            raise OutputTruncated(f"The model's answer did not end within {max_tokens} tokens.")
        complaint = f"That answer could not be used: {reason}. Answer with one JSON object of the asked form alone."
        chat += [{"role": "assistant", "content": answers[0].text[:4000]}, {"role": "user", "content": complaint}]
    raise OutputInvalid(f"The model's answer does not have the asked form: {reason}.", last_text=answers[0].text)


async def constrained(
    client: ModelClient,
    chat: Sequence[Message],
    schema: dict[str, Any],
    *,
    n: int = 1,
    max_tokens: int = 512,
    temperature: float = 0.0,
) -> list[Completion]:
    """Answers that the server holds to a schema; where it cannot, those to the schema put in words, not checked.

    Raises:
        ModelError: where no answer comes.
    """
    try:
        return await client.complete(chat, schema=schema, n=n, max_tokens=max_tokens, temperature=temperature)
    except RequestRejected:
        # Some servers know neither json_schema nor n. The form is then asked for in words alone, and checked as ever.
        words = f"Answer with one JSON object alone, of this schema: {msgspec.json.encode(schema).decode()}"
        return await client.complete(
            [*chat[:-1], {**chat[-1], "content": f"{chat[-1]['content']}\n\n{words}"}],
            max_tokens=max_tokens,
            temperature=temperature,
        )


def _sort_out(answers: list[Completion], form: type[T], check: Callable[[T], None] | None) -> tuple[list[T], str]:
    good, reason = [], ""
    for answer in answers:
        if answer.finish_reason == "length":
            reason = reason or "it was cut at the token limit"
            continue
        try:
            value = decode(answer.text, form)
            if check is not None:
                check(value)
            good.append(value)
        except ValueError as error:
            reason = reason or str(error).rstrip(".")
    return good, reason


async def choose(client: ModelClient, messages: Sequence[Message], labels: Sequence[str]) -> Chosen:
    """Ask for one of ``labels``.

    Args:
        client: the model.
        messages: the chat.
        labels: the texts to choose from; probabilities need their first letters to differ.

    Returns:
        The chosen one.

    Raises:
        OutputInvalid: where the answer is none of them, nor after the repair.
        ModelError: where no answer comes.
    """
    try:
        answer = (await client.complete(messages, choice=labels, max_tokens=16))[0]
    except RequestRejected:
        return await _choose_by_schema(client, messages, labels)
    label = _label_in(answer.text, labels)
    if label is None:
        return await _choose_by_schema(client, messages, labels)
    return Chosen(label, _shares(answer.first_token, labels))


@dataclass
class _Label:
    label: str


async def _choose_by_schema(client: ModelClient, messages: Sequence[Message], labels: Sequence[str]) -> Chosen:
    """The portable way: an enum in a JSON schema."""

    def check(answer: _Label) -> None:
        if answer.label not in labels:
            raise ValueError(f"{answer.label!r} is none of {', '.join(labels)}")

    schema = schema_of(_Label) | {"title": "label"}
    schema["properties"] = {"label": {"enum": list(labels)}}
    answer = (await ask(client, messages, _Label, schema=schema, check=check, max_tokens=40))[0]
    return Chosen(answer.label)


def _label_in(text: str, labels: Sequence[str]) -> str | None:
    bare = text.strip().strip("\"'`*.").strip()
    if bare in labels:
        return bare
    named = [label for label in labels if re.search(rf"(?<!\w){re.escape(label)}(?!\w)", text)]
    return named[0] if len(named) == 1 else None


def _shares(first_token: dict[str, float], labels: Sequence[str]) -> dict[str, float]:
    """Probabilities of the labels from those of the answer's first token, which is a label or its beginning."""
    if len({label[:1] for label in labels}) < len(labels):
        return {}
    weights = dict.fromkeys(labels, 0.0)
    for token, probability in first_token.items():
        bare = token.strip().strip("\"'")
        for label in labels:
            if bare and (label.startswith(bare) or bare.startswith(label)):
                weights[label] += probability
    total = sum(weights.values())
    return {label: weight / total for label, weight in weights.items()} if total > 0 else {}

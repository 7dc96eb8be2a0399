"""A scripted model for tests and demonstrations: a transport for httpx, or a small server of its own.

``python -m nbdoctor.llm.fake --port 8000 [--script FILE]`` serves it. A script is a JSON object such as
``{"replace": {"revenu": "revenue"}, "category": "python", "summary": "Three words here."}``, or lines of the form
``# nbdoctor-fake: replace revenu with revenue``, which a cell may hold too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx

Job = Literal["summarize", "categorize", "fix"]
#: How an answer ends: whole, the connection closed in the middle, or silence for ever.
Ending = Literal["done", "cut", "silence"]

SUMMARY = (
    "The cell stopped because it uses a name that does not exist. "
    "The line that failed asks for something under a wrong name. "
    "Correct the name and run the cell again."
)
_DIRECTIVE = re.compile(r"#\s*nbdoctor-fake:\s*replace (.+?) with (.*?)\s*$", re.MULTILINE)
_LINE = re.compile(r"<nb:line>\n(.*?)\n</nb:line>", re.DOTALL)
_CELL = re.compile(r"<nb:cell>\n(.*?)\n</nb:cell>", re.DOTALL)


@dataclass
class Answer:
    """A scripted answer. ``texts`` are the ``n`` answers, ``probabilities`` those of the first token. A ``status``
    other than 200 sends ``texts[0]`` as the body; ``raw`` sends it as the data of one event, JSON or not."""

    texts: Sequence[str] = ("",)
    status: int = 200
    ending: Ending = "done"
    finish_reason: str = "stop"
    probabilities: dict[str, float] = field(default_factory=dict)
    raw: bool = False


@dataclass
class Reply:
    """What goes over the wire: ``events`` where it is a stream, else ``body``."""

    status: int = 200
    body: bytes = b""
    events: list[bytes] = field(default_factory=list)
    ending: Ending = "done"


class FakeModel:
    """A model that says what it was told to. ``requests`` are the bodies it got, ``headers`` their headers, ``closed``
    counts the streams that were closed before their end."""

    def __init__(self, script: dict[str, Any] | None = None, *, name: str = "fake", delay: float = 0.0) -> None:
        self.script = script or {}
        self.name = name
        self.delay = delay
        #: Of its tokenizer; 0: it has none that can be asked.
        self.characters_per_token = 0.0
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.closed = 0
        self._queue: list[tuple[Job | None, Answer]] = []

    def enqueue(self, *texts: str, job: Job | None = None, **answer: Any) -> None:
        """Say this next.

        Args:
            texts: the answers, one for each of the request's ``n`` (the last one is repeated).
            job: only to a request of this job; the jobs run beside one another.
            answer: further fields of `Answer`.
        """
        self._queue.append((job, Answer(texts or ("",), **answer)))

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request: the handler of an `httpx.MockTransport`."""
        reply = self.respond(request.method, request.url.path, dict(request.headers), request.content)
        if not reply.events and reply.ending == "done":
            kind = {"content-type": "application/json"}
            return httpx.Response(reply.status, headers=kind, content=reply.body)
        stream = _Stream(self, reply)
        return httpx.Response(reply.status, headers={"content-type": "text/event-stream"}, stream=stream)

    def respond(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """What to answer to one HTTP request."""
        if path.endswith("/models") and method == "GET":
            return Reply(body=_json({"data": [{"id": self.name, "max_model_len": 8192}]}))
        if path.endswith("/tokenize") and self.characters_per_token:
            return Reply(body=_json({"count": int(len(json.loads(body)["prompt"]) / self.characters_per_token)}))
        if path.endswith("/health"):
            return Reply()
        if not path.endswith("/v1/chat/completions"):
            return Reply(404, _json({"error": {"message": f"no such path: {path}"}}))
        document = json.loads(body)
        self.requests.append(document)
        self.headers.append(headers)
        return self._reply(document, self._answer(document))

    def asked(self, job: Job) -> list[dict[str, Any]]:
        """The requests of one job, in order."""
        return [request for request in self.requests if job_of(request) == job]

    def _answer(self, request: dict[str, Any]) -> Answer:
        job = job_of(request)
        for position, (wanted, answer) in enumerate(self._queue):
            if wanted in (None, job):
                del self._queue[position]
                return answer
        if job == "summarize":
            return Answer((self.script.get("summary", SUMMARY),))
        if job == "categorize":
            return Answer((self._category(request),))
        return Answer((self._fix(request),))

    def _category(self, request: dict[str, Any]) -> str:
        label = str(self.script.get("category", "python"))
        if "structured_outputs" in request:
            labels = request["structured_outputs"]["choice"]
            # Of numbered options it takes none, if it is not told to.
            return label if label in labels else "0" if "0" in labels else str(labels[0])
        return json.dumps({"label": label})

    def _fix(self, request: dict[str, Any]) -> str:
        prompt = "\n".join(str(message["content"]) for message in request["messages"])
        found = _CELL.search(prompt)
        cell = found.group(1) if found else ""
        line = (_LINE.findall(prompt) or [""])[-1]
        pairs = {**dict(_DIRECTIVE.findall(cell)), **self.script.get("replace", {})}
        known = {"title": "Correct the name", "code": _replaced(cell, pairs), "statement": _replaced(line, pairs)}
        schema = request["response_format"]["json_schema"]["schema"]
        return json.dumps({k: known.get(k, _any_value(v)) for k, v in schema["properties"].items()})

    def _reply(self, request: dict[str, Any], answer: Answer) -> Reply:
        if answer.status != 200:
            return Reply(answer.status, answer.texts[0].encode())
        if answer.raw:
            return Reply(events=[b"data: " + answer.texts[0].encode() + b"\n\n"], ending=answer.ending)
        events = []
        for index in range(int(request.get("n") or 1)):
            text = answer.texts[min(index, len(answer.texts) - 1)]
            for piece in re.findall(r"\s*\S+\s*?(?=\s|$)|\s+", text) or [""]:
                events.append(_event({"index": index, "delta": {"content": piece}, "logprobs": _logprobs(answer)}))
            if answer.ending == "done":
                events.append(_event({"index": index, "delta": {}, "finish_reason": answer.finish_reason}))
        if answer.ending == "done":
            events.append(b"data: " + _json({"choices": [], "usage": _usage(request, answer)}) + b"\n\n")
            events.append(b"data: [DONE]\n\n")
        return Reply(events=events, ending=answer.ending)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, model: FakeModel, reply: Reply) -> None:
        self._model, self._reply, self._whole = model, reply, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for event in self._reply.events:
            await asyncio.sleep(self._model.delay)
            # Who has read [DONE] need not read on.
            self._whole = b"[DONE]" in event
            yield event
        if self._reply.ending == "silence":
            raise httpx.ReadTimeout("silence")
        self._whole = True

    async def aclose(self) -> None:
        self._model.closed += not self._whole


def job_of(request: dict[str, Any]) -> Job:
    """Which job a request is: told by the form that it asks for."""
    if "structured_outputs" in request:
        return "categorize"
    form = request.get("response_format")
    if form is None:
        return "summarize"
    return "categorize" if form["json_schema"]["name"] == "label" else "fix"


def read_script(text: str) -> dict[str, Any]:
    """A script from the text of its file: JSON, or lines of ``# nbdoctor-fake: replace A with B``."""
    if text.lstrip().startswith("{"):
        script: dict[str, Any] = json.loads(text)
        return script
    return {"replace": dict(_DIRECTIVE.findall(text))}


def _replaced(code: str, pairs: dict[str, str]) -> str:
    for old, new in pairs.items():
        code = "\n".join(line if "nbdoctor-fake:" in line else line.replace(old, new) for line in code.split("\n"))
    return code


def _any_value(schema: dict[str, Any]) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [_any_value(schema.get("items", {}))]
    return {"boolean": True, "integer": 0, "number": 0.0}.get(str(schema.get("type")), "fake")


def _usage(request: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """Words are its tokens."""
    read = sum(len(str(message["content"]).split()) for message in request["messages"])
    return {"prompt_tokens": read, "completion_tokens": sum(len(text.split()) for text in answer.texts)}


def _logprobs(answer: Answer) -> dict[str, Any] | None:
    from math import log

    top = [{"token": token, "logprob": log(share)} for token, share in answer.probabilities.items()]
    return {"content": [{**top[0], "top_logprobs": top}]} if top else None


def _event(choice: dict[str, Any]) -> bytes:
    return b"data: " + _json({"choices": [choice]}) + b"\n\n"


def _json(document: Any) -> bytes:
    return json.dumps(document).encode()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the fake model until interrupted."""
    from .fake_server import serve

    parser = argparse.ArgumentParser(prog="python -m nbdoctor.llm.fake", description="Serve a scripted model.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--script", type=Path, help="JSON object or lines of '# nbdoctor-fake: replace A with B'")
    parser.add_argument("--delay", type=float, default=0.05, help="seconds between two words")
    options = parser.parse_args(arguments)
    script = read_script(options.script.read_text(encoding="utf-8")) if options.script else {}
    asyncio.run(serve(FakeModel(script, delay=options.delay), options.port))


if __name__ == "__main__":
    main()

"""nbdoctor with a real vLLM: streaming, constrained answers, counts, cancellation, a whole diagnosis, a restart."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time

import httpx
import pytest

from nbdoctor.agents.doctor import Doctor
from nbdoctor.agents.fix import Distribution
from nbdoctor.errors import ModelUnavailable, NBDoctorError
from nbdoctor.llm import stream
from nbdoctor.llm.client import ModelClient
from nbdoctor.llm.structured import ask, choose
from nbdoctor.protocol import CATEGORIES

from ..agents.helpers import NOTEBOOK, report_of
from ..waiting import wait_until

CHAT = [{"role": "user", "content": "Why did the cell fail? " * 20}]


async def closing(client: ModelClient, work):
    """The result of ``work``; the connections are closed at the end."""
    try:
        return await work
    finally:
        await client.aclose()


def running(client: ModelClient) -> float:
    """How many requests the server works on, as it says itself."""
    page = httpx.get(f"{client.server.url.removesuffix('/v1')}/metrics", trust_env=False).text
    return sum(map(float, re.findall(r"^vllm:num_requests_running\{[^}]*\} (\S+)$", page, re.MULTILINE)))


def test_settings_find_it_and_its_model_and_context(served, settings, client):
    assert settings.model_server.url == f"http://127.0.0.1:{served.port}/v1"
    assert settings.model_server.key
    model = asyncio.run(closing(client, client.resolve_model()))
    assert model.endswith("tiny")
    assert asyncio.run(closing(client, client.context_length())) == 8192


def test_only_who_has_the_key_is_answered(served):
    answer = httpx.get(f"http://127.0.0.1:{served.port}/v1/models", trust_env=False)
    assert answer.status_code == 401


def test_words_stream_and_are_counted(client):
    calls = []
    client.on_call = calls.append

    async def main():
        return [piece async for piece in client.stream_text(CHAT, max_tokens=24)]

    pieces = asyncio.run(closing(client, main()))
    assert len(pieces) > 3
    (call,) = calls
    assert not call.estimated
    assert call.usage.completion_tokens == 24
    assert call.outcome == "length"
    assert 0 < call.first < call.seconds


def test_what_it_has_read_once_it_knows(client):
    calls = []
    client.on_call = calls.append

    async def main():
        for question in ("one", "two"):
            chat = [{"role": "user", "content": "The report. " * 100 + question}]
            await client.complete(chat, max_tokens=2)

    asyncio.run(closing(client, main()))
    assert calls[1].usage.cached_tokens >= 64


def test_a_schema_holds(client, monkeypatch):
    # A model of random numbers goes on with blanks now and then: here it may, until its answer is whole.
    monkeypatch.setattr(stream, "_BLANKS", 10_000)
    schema = {
        "title": "distribution",
        "type": "object",
        "properties": {"distribution": {"enum": ["pandas", "none"]}},
        "required": ["distribution"],
        "additionalProperties": False,
    }
    answers = asyncio.run(closing(client, ask(client, CHAT, Distribution, schema=schema, n=3, temperature=1.0)))
    assert len(answers) == 3
    assert {answer.distribution for answer in answers} <= {"pandas", "none"}


def test_a_choice_comes_with_probabilities(client):
    chosen = asyncio.run(closing(client, choose(client, CHAT, CATEGORIES)))
    assert chosen.label in CATEGORIES
    assert set(chosen.probabilities) == set(CATEGORIES)
    assert sum(chosen.probabilities.values()) == pytest.approx(1.0)


def test_its_tokenizer_counts(client):
    short, long = (asyncio.run(closing(client, client.count_tokens(text))) for text in ("a", "total = 1\n" * 50))
    assert short == 1
    assert 100 < long < 500


def test_who_leaves_stops_it(client):
    async def main():
        pieces = client.stream_text(CHAT, max_tokens=4000)
        await pieces.__anext__()
        busy = running(client)
        await pieces.aclose()
        deadline = time.monotonic() + 20
        while running(client) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        return busy, running(client)

    assert asyncio.run(closing(client, main())) == (1.0, 0.0)


def test_a_diagnosis_ends_whatever_the_model_says(settings, client):
    doctor = Doctor(settings, client, use_rules=False)

    async def main():
        return [event async for event in doctor.diagnose(report_of(NOTEBOOK[2]), NOTEBOOK[2], NOTEBOOK)]

    events = asyncio.run(closing(client, main()))
    name, diagnosis = events[-1]
    assert name == "diagnosis"
    assert diagnosis.category in CATEGORIES
    stages = {stage.stage: stage for stage in diagnosis.stages}
    assert {"summarize", "categorize"} <= set(stages)
    assert stages["categorize"].cached_tokens > 0
    codes = {trouble.code for kind, trouble in events if kind == "trouble"}
    assert codes <= {"output_invalid", "output_truncated"}


def test_many_errors_at_once_all_end_and_none_are_mixed_up(settings, client):
    doctor = Doctor(settings, client, use_rules=False)
    cells = [type(NOTEBOOK[2])(NOTEBOOK[2].source.replace("total", f"total_{n}"), f"c{n}") for n in range(20)]

    async def one(cell):
        return [event async for event in doctor.diagnose(report_of(cell), cell, [*NOTEBOOK[:2], cell])]

    async def main():
        return await asyncio.gather(*map(one, cells))

    for number, events in enumerate(asyncio.run(closing(client, main()))):
        assert events[-1][0] == "diagnosis"
        sent = [prompt.messages[1]["content"] for name, prompt in events if name == "prompt"]
        assert sent
        assert all(f"total_{number} " in text for text in sent)
    assert running(client) == 0


# Last: it kills the server.
def test_a_server_that_is_killed_is_a_sentence_and_a_new_one_is_found(served, client):
    async def main():
        pieces = client.stream_text(CHAT, max_tokens=4000)
        await pieces.__anext__()
        os.killpg(int(served.state["pid"]), signal.SIGKILL)
        with pytest.raises(NBDoctorError) as caught:
            async for _ in pieces:
                pass
        return caught.value

    assert isinstance(asyncio.run(closing(client, main())), ModelUnavailable)
    assert wait_until(lambda: not client.configured, seconds=20)  # a killed process is not gone at once
    served.command("stop")
    served.start()
    assert client.configured
    assert asyncio.run(closing(client, client.complete(CHAT, max_tokens=3)))[0].text

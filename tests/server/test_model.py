"""A model behind the server: its words stream, its troubles are sentences, and it is let go when the browser leaves."""

from __future__ import annotations

import asyncio

import pytest

from nbdoctor.config import NBDoctor
from nbdoctor.llm.fake import FakeModel
from nbdoctor.llm.fake_server import running
from nbdoctor.server.service import Service

from .conftest import events, request

DIAGNOSES = ("nbdoctor", "api", "diagnoses")
# No rule has a fix for it.
SOURCE = "word = 'cold'\nassert word == 'warm'"
ERROR = {"name": "AssertionError", "value": "", "traceback": []}


@pytest.fixture()
def with_model(jp_serverapp):
    """Put a service with this model behind the handlers."""

    def use(url, **settings):
        service = Service(NBDoctor(llm_url=url, **settings))
        jp_serverapp.web_app.settings["nbdoctor_service"] = service
        return service

    return use


async def test_words_and_fix_come_as_they_are_made(jp_fetch, with_model):
    model = FakeModel({"replace": {"cold": "warm"}}, delay=0.02)
    chunks = []
    async with running(model) as url:
        service = with_model(url)
        await jp_fetch(
            *DIAGNOSES,
            method="POST",
            body=request("", SOURCE, ERROR),
            streaming_callback=chunks.append,
            request_timeout=30,
        )
        await service.close()
    got = events(b"".join(chunks))
    names = [name for name, _ in got]
    assert names[0] == "findings"
    assert names[-1] == "diagnosis"
    assert names.count("words") > 5
    assert len(chunks) > 5
    assert names.index("words") < names.index("fix")
    fix = got[-1][1]["fixes"][0]
    assert fix["actions"][0]["new_source"] == SOURCE.replace("cold", "warm", 1)
    assert (fix["origin"], fix["by"], fix["verdict"]["status"]) == ("model", "fake", "not_tried")


async def test_the_model_is_not_asked_where_a_rule_has_a_fix(jp_fetch, with_model):
    model = FakeModel()
    error = {"name": "ModuleNotFoundError", "value": "No module named 'slugify'", "traceback": []}
    async with running(model) as url:
        service = with_model(url)
        quiet = await jp_fetch(*DIAGNOSES, method="POST", body=request("", "import slugify", error))
        assert model.requests == []
        asked = await jp_fetch(*DIAGNOSES, method="POST", body=request("", "import slugify", error, model="always"))
        assert model.requests
        await service.close()
    for response in (quiet, asked):
        assert "python-slugify" in events(response.body)[-1][1]["headline"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 401}, "model_refused"),
        ({"status": 500}, "model_failed"),
        ({"ending": "cut"}, "model_unavailable"),
        ({"ending": "silence"}, "model_timeout"),
        ({"raw": True, "texts": "{not json"}, "output_invalid"),
    ],
)
async def test_what_goes_wrong_with_the_model_is_one_sentence_and_the_rules_stay(jp_fetch, with_model, answer, code):
    model = FakeModel()
    for _ in range(8):
        model.enqueue(answer.get("texts", "some words"), **{k: v for k, v in answer.items() if k != "texts"})
    async with running(model) as url:
        service = with_model(url, llm_timeout=0.7)
        body = request("", SOURCE, ERROR, model="always")
        response = await jp_fetch(*DIAGNOSES, method="POST", body=body, request_timeout=30)
        await service.close()
    got = events(response.body)
    (trouble,) = [payload for name, payload in got if name == "trouble"]
    assert trouble["code"] == code
    assert trouble["message"].endswith(".")
    assert trouble["hint"]
    assert got[0][1]["headline"] == got[-1][1]["headline"]
    assert got[-1][1]["kind"] == got[0][1]["kind"] != ""


async def test_no_server_and_a_remote_server_are_said(jp_fetch, with_model):
    for url, code in (("http://127.0.0.1:9/v1", "model_unavailable"), ("http://models.example/v1", "remote_refused")):
        service = with_model(url)
        response = await jp_fetch(*DIAGNOSES, method="POST", body=request("", SOURCE, ERROR))
        assert [p["code"] for name, p in events(response.body) if name == "trouble"] == [code]
        await service.close()


async def test_the_status_names_the_model_or_its_trouble(with_model):
    async with running(FakeModel()) as url:
        service = with_model(url)
        status = await service.status("1")
        assert (status.model, status.model_configured, status.model_trouble) == ("fake", True, None)
        await service.close()
    service = with_model("http://127.0.0.1:9/v1")
    assert (await service.status("1")).model_trouble.code == "model_unavailable"
    await service.close()


async def test_a_browser_that_leaves_stops_the_model(jp_fetch, with_model):
    model = FakeModel(delay=0.2)
    async with running(model) as url:
        service = with_model(url)
        fetch = asyncio.ensure_future(
            jp_fetch(*DIAGNOSES, method="POST", body=request("", SOURCE, ERROR), request_timeout=0.8)
        )
        with pytest.raises(Exception, match=r"[Tt]imeout|599"):
            await fetch
        async with asyncio.timeout(5):
            while not model.closed:
                await asyncio.sleep(0.05)
        await service.close()


async def test_the_model_is_told_what_the_failing_objects_are(jp_fetch, with_model, start_kernel):
    """Live facts, from a real kernel: a secret that is a key is hidden, and nothing runs there."""
    model = FakeModel()
    kernel = await start_kernel()
    await kernel.run("def draw(data, *, colour='red'):\n    raise RuntimeError('cold')")
    await kernel.run("rows = {'sk-abcdefghijklmnopqrstuvwx': 1, 'b': 2}")
    source = "draw(rows)"
    error = await kernel.run(source, "c3")
    async with running(model) as url:
        service = with_model(url)
        await jp_fetch(
            *DIAGNOSES, method="POST", body=request(kernel.id, source, error, "c3", model="always"), request_timeout=60
        )
        await service.close()
    facts = model.requests[0]["messages"][1]["content"].split("<nb:facts>")[1]
    assert "`draw` is defined as draw(data, *, colour='red')." in facts
    assert "`rows` is a dict of length 2, with the keys" in facts
    assert "sk-abc" not in facts

"""A model behind the server: its words stream, its troubles are sentences, and it is let go when the browser leaves."""

from __future__ import annotations

import asyncio

import pytest

from nbdoctor.config import JOBS, NBDoctor
from nbdoctor.llm import address
from nbdoctor.llm.client import ModelClient
from nbdoctor.llm.fake import FakeModel
from nbdoctor.llm.fake_server import running
from nbdoctor.protocol import ModelState
from nbdoctor.server import models as server_models
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


async def test_the_status_names_each_model_its_jobs_its_machine_and_its_trouble(with_model):
    far = {"url": "https://me:secret@Models.Example:8443/deep/v1", "model": "giant"}
    models = {"categorize": "small", "again": {"url": "http://127.0.0.1:9/v1"}, "extract": "small", "infra": far}
    async with running(FakeModel()) as url:
        service = with_model(url, models=models)
        status = await service.status("1")
        await service.close()
    common, small, off, away = status.models
    assert common == ModelState([*_but("categorize", "extract", "again", "infra")], "fake")
    assert small == ModelState(["categorize", "extract"], "small")
    assert (off.jobs, off.model, off.machine, off.trouble.code) == (["again"], "", "", "model_unavailable")
    assert (away.jobs, away.model, away.machine) == (["infra"], "giant", "models.example")
    assert away.trouble.code == "remote_refused"
    assert (status.model, status.model_trouble) == ("fake", None)
    assert "secret" not in str(status)


def _but(*others):
    return [job for job in JOBS if job not in others]


async def test_a_common_model_that_no_job_asks_is_in_no_list(with_model):
    elsewhere = dict.fromkeys(JOBS, "own")
    async with running(FakeModel()) as url:
        service = with_model(url, models=elsewhere)
        status = await service.status("1")
        await service.close()
    assert (status.model, [(state.model, state.jobs) for state in status.models]) == ("fake", [("own", list(JOBS))])


async def test_a_server_that_says_nothing_is_not_waited_for(with_model, monkeypatch):
    silent = asyncio.Event()
    monkeypatch.setattr(server_models, "PATIENCE", 0.05)
    monkeypatch.setattr(ModelClient, "models", lambda self: silent.wait())
    service = with_model("http://127.0.0.1:9/v1", llm_model="named")
    status = await service.status("1")
    await service.close()
    assert (status.model, status.model_configured, status.model_trouble.code) == ("", True, "model_timeout")
    assert [(state.model, state.trouble.code) for state in status.models] == [("named", "model_timeout")]


async def test_a_backend_that_breaks_breaks_no_status(with_model, monkeypatch):
    def broken(self):
        raise ZeroDivisionError

    monkeypatch.setattr(ModelClient, "models", broken)
    service = with_model("http://127.0.0.1:9/v1")
    (state,) = (await service.status("1")).models
    await service.close()
    assert state.trouble.code == "internal"


@pytest.mark.parametrize(
    ("url", "machine"),
    [
        ("http://localhost:8000/v1", ""),
        ("unix:/run/model.sock", ""),
        ("gpu-1.lan:8000/v1", "gpu-1.lan"),
        ("http://key@[2001:db8::1]:8000/x", "2001:db8::1"),
        ("far:off", "far"),
        ("ftp://x", ""),
    ],
)
def test_a_machine_is_its_name_alone(url, machine, monkeypatch):
    monkeypatch.setattr(address, "installed", lambda group: {"far": object()})
    assert server_models.machine(url) == machine


async def test_what_the_person_says_reaches_the_model(jp_fetch, with_model):
    model = FakeModel()
    async with running(model) as url:
        service = with_model(url)
        body = request("", SOURCE, ERROR, model="always", remark="It should be warm.")
        response = await jp_fetch(*DIAGNOSES, method="POST", body=body, request_timeout=30)
        await service.close()
    said = [r["messages"][1]["content"] for r in model.asked("summarize")]
    assert ["<nb:remark>\nIt should be warm.\n</nb:remark>" in text for text in said] == [True]
    assert events(response.body)[-1][1]["hint"].startswith("Look at ")


async def test_a_locked_setting_holds_whatever_the_browser_sends(jp_fetch, with_model):
    model = FakeModel()
    async with running(model) as url:
        service = with_model(url, auto="rules", locked=["auto"], hints=True, corrections=False, trials="off")
        body = request("", SOURCE, ERROR, model="always", remark="Ask it all the same.")
        response = await jp_fetch(*DIAGNOSES, method="POST", body=body)
        status = await service.status("1")
        await service.close()
    assert model.requests == []
    diagnosis = events(response.body)[-1][1]
    assert "The administrator has turned the model off here." in diagnosis["notes"]
    assert (status.auto, status.locked, status.hints) == ("rules", ["auto"], True)
    assert (status.corrections, status.trials) == (False, "off")


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

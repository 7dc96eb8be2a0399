"""What each step of a diagnosis cost, and which model does which job."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from nbdoctor.agents.doctor import Doctor
from nbdoctor.agents.trace import Trace
from nbdoctor.config import NBDoctor
from nbdoctor.errors import ModelFailed
from nbdoctor.llm.client import ModelClient
from nbdoctor.llm.fake import FakeModel

from .helpers import FIXES, NOTEBOOK, asked, doctor_of, events_of, named, report_of

CELL = NOTEBOOK[2]


def test_every_request_is_a_stage_with_its_cost():
    _, diagnosis = asked(FakeModel(FIXES))
    stages = {stage.stage: stage for stage in diagnosis.stages}
    assert next(iter(stages)) == "rules"
    assert set(stages) == {"rules", "summarize", "categorize", "python"}
    for job in ("summarize", "categorize", "python"):
        stage = stages[job]
        assert (stage.model, stage.outcome) == ("fake", "done")
        assert stage.prompt_tokens > 50
        assert stage.completion_tokens > 0
        assert 0 <= stage.first <= stage.seconds
    assert stages["rules"].model == ""


def test_no_code_and_no_data_are_in_the_trace():
    _, diagnosis = asked(FakeModel(FIXES))
    text = repr(diagnosis.stages)
    assert not [word for word in ("revenu", "sales", "pd") if word in text]


def test_what_was_sent_is_told_exactly():
    model = FakeModel(FIXES)
    events, _ = asked(model)
    sent = [(request["messages"], request["model"]) for request in model.requests]
    told = [(prompt.messages, prompt.model) for prompt in named(events, "prompt")]
    assert sorted(map(repr, told)) == sorted(map(repr, sent))
    assert {prompt.job for prompt in named(events, "prompt")} == {"summarize", "categorize", "python"}


def test_a_request_that_fails_says_how():
    model = FakeModel()
    model.enqueue("no", status=500)
    _, diagnosis = asked(model)
    outcomes = {stage.stage: stage.outcome for stage in diagnosis.stages}
    assert outcomes["summarize"] == "model_failed"


def test_a_step_says_how_it_ended():
    heard = []
    trace = Trace(heard.append)
    with trace.step("rules"):
        pass
    with trace.step("trial") as stage:
        stage.outcome = "failed"
    for error in (ModelFailed("no"), asyncio.CancelledError(), ZeroDivisionError()):
        with pytest.raises(type(error)), trace.step("trial"):
            raise error
    assert [stage.outcome for stage in trace.stages] == ["done", "failed", "model_failed", "stopped", "internal"]
    assert heard == trace.stages


def test_whoever_listens_hears_of_a_diagnosis_that_nobody_waited_for():
    heard = []
    settings = NBDoctor(llm_url="http://127.0.0.1:8000")
    model = FakeModel(FIXES)
    doctor = Doctor(settings, ModelClient(settings, httpx.MockTransport(model)), use_rules=False, on_stage=heard.append)

    async def main():
        events = doctor.diagnose(report_of(NOTEBOOK[2]), NOTEBOOK[2], NOTEBOOK)
        async for name, _ in events:
            if name == "words":
                break
        await events.aclose()

    asyncio.run(main())
    assert [stage.stage for stage in heard][:2] == ["rules", "summarize"]


class Several:
    """Servers by port, each with a model of its own."""

    def __init__(self, **models: FakeModel) -> None:
        self.models, self.keys = models, {}

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        name = f"p{request.url.port}"
        self.keys.setdefault(name, set()).add(request.headers.get("Authorization", ""))
        return await self.models[name](request)


def test_each_job_may_have_its_own_server_and_model(monkeypatch):
    monkeypatch.setenv("BIG_KEY", "b")
    monkeypatch.setenv("NBDOCTOR_LLM_KEY", "s")
    small, big = FakeModel(name="small"), FakeModel(FIXES, name="big")
    servers = Several(p8000=small, p8001=big)
    models = {"fix": {"url": "http://127.0.0.1:8001", "key_variable": "BIG_KEY"}}
    doctor = doctor_of(servers, models=models)
    events = events_of(doctor, report_of(NOTEBOOK[2]), NOTEBOOK[2], NOTEBOOK)
    diagnosis = events[-1][1]
    assert {stage.stage: stage.model for stage in diagnosis.stages if stage.model} == {
        "summarize": "small",
        "categorize": "small",
        "python": "big",
    }
    assert (diagnosis.by, diagnosis.fixes[0].by) == ("small", "big")
    assert servers.keys == {"p8000": {"Bearer s"}, "p8001": {"Bearer b"}}


def test_a_name_alone_is_another_model_of_the_same_server():
    model = FakeModel(FIXES)
    events = events_of(doctor_of(model, models={"categorize": "tiny"}), report_of(NOTEBOOK[2]), NOTEBOOK[2], NOTEBOOK)
    assert {s.stage: s.model for s in events[-1][1].stages if s.model}["categorize"] == "tiny"
    assert {request["model"] for request in model.requests} == {"fake", "tiny"}


def test_the_report_fits_the_smallest_window():
    class Small(FakeModel):
        async def __call__(self, request):
            if request.url.path.endswith("/models"):
                return httpx.Response(200, json={"data": [{"id": "small", "max_model_len": 600}]})
            return await super().__call__(request)

    servers = Several(p8000=FakeModel(FIXES), p8001=Small(name="small"))
    cell = NOTEBOOK[2]
    long = [NOTEBOOK[0], *(type(cell)(f"sales = {'x' * 500}{i}", f"l{i}") for i in range(9)), cell]
    doctor = doctor_of(servers, models={"categorize": {"url": "http://127.0.0.1:8001"}})
    events_of(doctor, report_of(cell, message="'revenu'" * 400), cell, long)
    sent = json.dumps(servers.models["p8001"].requests[0]["messages"])
    assert len(sent) < 600 * 4


@pytest.mark.parametrize(
    ("per_token", "least", "most"), [(0.0, 10_000, 14_000), (1.0, 3_000, 4_600), (6.0, 20_000, 26_000)]
)
def test_the_model_s_own_tokenizer_says_how_much_fits(per_token, least, most):
    model = FakeModel(FIXES)
    model.characters_per_token = per_token
    cell = type(CELL)(CELL.source + "\n" + f"total += 1  # {'x' * 80}\n" * 400, "c3")
    events_of(doctor_of(model), report_of(cell), cell, NOTEBOOK)
    assert least < len(model.requests[0]["messages"][1]["content"]) < most

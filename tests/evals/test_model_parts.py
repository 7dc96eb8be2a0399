"""The baseline's answer, grading, and what requests cost; the fake model in this process."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from nbdoctor.config import NBDoctor
from nbdoctor.errors import ModelUnavailable
from nbdoctor.evals import baseline, grade
from nbdoctor.llm.client import ModelClient
from nbdoctor.llm.fake import FakeModel
from nbdoctor.llm.structured import choose
from nbdoctor.llm.usage import Call
from nbdoctor.protocol import PostedError

from .helpers import case, result

ERROR = PostedError("NameError", "name 'a' is not defined", ["\x1b[31mTraceback\x1b[39m of a"])


def client_of(model) -> ModelClient:
    return ModelClient(NBDoctor(llm_url="http://127.0.0.1:8000"), httpx.MockTransport(model))


@pytest.mark.parametrize(
    ("text", "code", "prose"),
    [
        ("Say b.\n```python\nb = 1\nb\n```\nDone.", "b = 1\nb", "Say b. Done."),
        ("```\nb\n```", "b", ""),
        ("```python\nb = 1", "b = 1", ""),
        ("No code.", None, "No code."),
        ("One\n```py\na\n```\nTwo\n```py\nb\n```", "a", "One Two"),
    ],
)
def test_the_first_code_block_replaces_the_cell(text, code, prose):
    answer = baseline.read(text)
    assert (answer.code, answer.prose) == (code, prose)


def test_the_baseline_is_one_prompt_with_the_cell_and_its_traceback():
    async def main():
        model = FakeModel()
        model.enqueue("```python\nb\n```")
        return await baseline.ask(client_of(model), "a + 1", ERROR), model

    answer, model = asyncio.run(main())
    (request,) = model.requests
    text = request["messages"][-1]["content"]
    assert answer.code == "b"
    assert "a + 1" in text
    assert "Traceback of a" in text
    assert request["temperature"] == 0.0


def test_a_long_traceback_fits_the_context():
    async def main():
        model = FakeModel()
        await baseline.ask(client_of(model), "a" * 50_000, PostedError("E", "v" * 9_000, ["t" * 90_000]))
        return model.requests[0]["messages"][-1]["content"]

    assert len(asyncio.run(main())) < 8192 * 3.2


def _graded(model, calls=(), **fields):
    ours = result(headline="The name is b.", **fields)
    other = result(system="baseline", explanation="Use b.")

    async def main():
        known = case(expected_explanation="The name is b, not a.")
        await grade.grade(client_of(model), known, [ours, other], list(calls))

    asyncio.run(main())
    return ours


def test_an_answer_that_flips_with_the_order_is_a_tie():
    assert _graded(FakeModel()).grades == {
        "reference": {"won": "tie", "consistent": False},
        "baseline": {"won": "tie", "consistent": False},
    }


def test_an_answer_that_stays_with_the_text_counts():
    model = FakeModel()
    model.enqueue("A", job="categorize")
    model.enqueue("B", job="categorize")
    model.enqueue("B", job="categorize")
    model.enqueue("A", job="categorize")
    grades = _graded(model).grades
    assert [grades[name]["won"] for name in ("reference", "baseline")] == ["ours", "other"]
    assert all(row["consistent"] for row in grades.values())


def test_a_server_that_fails_leaves_a_note():
    def gone(request):
        raise httpx.ConnectError("refused")

    made = _graded(gone)
    assert made.grades == {}
    assert made.notes[0].startswith("not graded: ")


OPTIONS = "- python: is text of the cell\n\nChoose:\n- python: the code\n- notebook: a cell\n- infra: the machine\n"


def test_the_options_stand_in_the_order_of_the_labels():
    chat = [{"role": "user", "content": OPTIONS}]
    (turned,) = grade.with_options(chat, ["notebook", "infra", "python"])
    assert turned["content"] == (
        "- python: is text of the cell\n\nChoose:\n- notebook: a cell\n- infra: the machine\n- python: the code\n"
    )
    assert grade.with_options(chat, ["python", "other"]) == chat


def test_the_category_is_asked_for_in_each_rotation():
    model = FakeModel({"category": "none of them"})  # the fake says the first label then
    labels = ["python", "notebook", "infra"]
    call = Call("choice", [{"role": "user", "content": OPTIONS}], labels)
    orders = _graded(model, [Call("text"), call]).orders
    assert orders == {"labels": labels, "answers": labels, "flips": 1.0}


def test_what_a_request_cost_is_told_at_its_end():
    calls = []

    async def main():
        model = FakeModel()
        model.enqueue("python", job="categorize", probabilities={"python": 0.9})
        client = client_of(model)
        client.on_call = calls.append
        await choose(client, [{"role": "user", "content": "x" * 32}], ["python", "infra"])
        pieces = client.stream_text([{"role": "user", "content": "y" * 320}])
        await pieces.__anext__()
        await pieces.aclose()

    asyncio.run(main())
    first, second = calls
    assert (first.form, first.choice) == ("choice", ["python", "infra"])
    assert second.form == "text"
    # A request that was given up has no count.
    assert (first.estimated, second.estimated) == (False, True)
    assert (first.outcome, second.outcome) == ("done", "stopped")
    assert second.usage.prompt_tokens == 101
    assert second.usage.completion_tokens >= 1


def test_a_servers_own_count_is_taken():
    calls = []

    async def handler(request):
        body = {"choices": [{"message": {"content": "hi"}}], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
        return httpx.Response(200, json=body)

    async def main():
        client = ModelClient(NBDoctor(llm_url="http://127.0.0.1:1", llm_model="m"), httpx.MockTransport(handler))
        client.on_call = calls.append
        await client.complete([{"role": "user", "content": "x"}])

    asyncio.run(main())
    assert (calls[0].usage.prompt_tokens, calls[0].usage.completion_tokens, calls[0].estimated) == (7, 3, False)


def test_a_request_that_fails_is_told_too():
    calls = []

    def gone(request):
        raise httpx.ConnectError("refused")

    async def main():
        client = ModelClient(NBDoctor(llm_url="http://127.0.0.1:1", llm_model="m"), httpx.MockTransport(gone))
        client.on_call = calls.append
        with pytest.raises(ModelUnavailable):
            await client.complete([{"role": "user", "content": "x"}])

    asyncio.run(main())
    assert [(call.form, call.estimated) for call in calls] == [("text", True)]

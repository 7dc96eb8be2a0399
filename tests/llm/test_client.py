from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from nbdoctor.config import NBDoctor
from nbdoctor.errors import (
    ModelFailed,
    ModelLimited,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    OutputInvalid,
    RemoteRefused,
)
from nbdoctor.hub.answer import error
from nbdoctor.llm.client import ModelClient
from nbdoctor.llm.failures import RequestRejected
from nbdoctor.llm.fake import SUMMARY
from nbdoctor.llm.fake_server import running

from .helpers import CHAT, URL, client_of, fake, text_of


def test_text_streams_word_by_word():
    async def main():
        return [piece async for piece in client_of(fake()).stream_text(CHAT)]

    pieces = asyncio.run(main())
    assert len(pieces) > 10
    assert "".join(pieces) == SUMMARY


def test_the_model_is_the_setting_or_the_first_listed_and_asked_for_once():
    async def main():
        seen = []
        model = fake()

        async def handler(request):
            seen.append(request.url.path)
            return await model(request)

        client = client_of(handler)
        names = [await client.resolve_model(), await client.resolve_model()]
        return names, seen.count("/v1/models"), await client_of(model, llm_model="mine").resolve_model()

    assert asyncio.run(main()) == (["fake", "fake"], 1, "mine")


def test_context_length_is_the_setting_or_what_the_server_says():
    async def main():
        return await client_of(fake()).context_length(), await client_of(fake(), llm_context=1024).context_length()

    assert asyncio.run(main()) == (8192, 1024)


def test_a_server_that_cannot_list_its_models_is_asked_all_the_same():
    async def main():
        model = fake()
        model.enqueue("yes")

        async def handler(request):
            if request.url.path == "/v1/models":
                return httpx.Response(500, text="Internal Server Error")
            return await model(request)

        client = client_of(handler, llm_model="fake")
        context = await client.context_length()
        (answer,) = await client.complete(CHAT)
        with pytest.raises(ModelFailed):
            await client_of(handler).resolve_model()  # which model is not known either
        return context, answer.text

    assert asyncio.run(main()) == (8192, "yes")


def test_several_answers_in_one_request_with_usage():
    async def main():
        model = fake()
        model.enqueue("one two", "three")
        return await client_of(model).complete(CHAT, n=2), model.requests

    answers, requests = asyncio.run(main())
    assert [a.text for a in answers] == ["one two", "three"]
    assert answers[0].usage.completion_tokens == 3
    assert answers[0].finish_reason == "stop"
    assert len(requests) == 1


BLANKS = '{\n  "title": "t",\n  "code": "x"\n' + " " * 11


@pytest.mark.parametrize(
    ("first", "second", "read", "reasons"),
    [
        (BLANKS, '{"code": "y"}', 20, ["length", "stop"]),
        (BLANKS, BLANKS, 20, ["length", "length"]),
        ('{"code": "x' + " " * 40 + 'y"}', "word " + " " * 60, 120, ["stop", "length"]),  # in a string; no JSON
        ('{"code": "a\\"b', '{"code": "\\\\"', 120, ["length", "length"]),
    ],
)
def test_an_answer_that_goes_on_with_blanks_alone_is_cut(first, second, read, reasons):
    """Two answers, and then a blank for each at a time, up to the server's limit, except for what has ended."""

    def event(index, text, reason=None):
        choice = {"index": index, "delta": {"content": text}, "finish_reason": reason}
        return f"data: {json.dumps({'choices': [choice]})}\n\n"

    sent = []

    async def events():
        whole = [text.endswith("}") for text in (first, second)]
        for index, text in enumerate((first, second)):
            yield event(index, text, "stop" if whole[index] else None)
        for number in range(120):
            sent.append(number)
            for index in (0, 1):
                if not whole[index]:
                    yield event(index, " ", "length" if number == 119 else None)
        yield "data: [DONE]\n\n"

    async def handler(_):
        content = (text.encode() async for text in events())
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=content)

    async def main():
        return await client_of(handler, llm_model="m").complete(CHAT, n=2, max_tokens=200)

    answers = asyncio.run(main())
    assert [answer.finish_reason for answer in answers] == reasons
    assert [answer.text.rstrip() for answer in answers] == [first.rstrip(), second.rstrip()]
    assert len(sent) == read


def test_a_choice_carries_probabilities():
    async def main():
        model = fake()
        model.enqueue("python", probabilities={"python": 0.75, "note": 0.25})
        return (await client_of(model).complete(CHAT, choice=["python", "notebook"]))[0], model.requests[0]

    answer, request = asyncio.run(main())
    assert answer.first_token == pytest.approx({"python": 0.75, "note": 0.25})
    assert request["structured_outputs"] == {"choice": ["python", "notebook"]}
    assert request["logprobs"] is True


def test_a_server_that_does_not_stream_is_understood():
    async def handler(request):
        message = {"choices": [{"index": 0, "message": {"content": "whole"}, "finish_reason": "stop"}]}
        return httpx.Response(200, json=message)

    async def main():
        client = client_of(handler, llm_model="m")
        return await text_of(client), (await client.complete(CHAT))[0].text

    assert asyncio.run(main()) == ("whole", "whole")


@pytest.mark.parametrize(
    ("status", "kind", "retryable", "says"),
    [
        (401, ModelRefused, False, "refused the key"),
        (403, ModelRefused, False, "refused the key"),
        (404, ModelFailed, False, "does not serve the model 'm'"),
        (400, RequestRejected, False, "did not accept"),
        (302, ModelFailed, False, "redirects elsewhere"),
        (429, ModelFailed, True, "is busy"),
        (500, ModelFailed, True, "failed (HTTP 500): boom"),
        (503, ModelFailed, True, "is busy"),
    ],
)
def test_http_errors_are_typed_sentences_that_name_the_address(status, kind, retryable, says):
    model = fake()
    model.enqueue('{"error": {"message": "boom"}}', status=status)
    with pytest.raises(kind) as caught:
        asyncio.run(text_of(client_of(model, llm_model="m")))
    assert type(caught.value) is kind
    assert says in caught.value.message
    assert "http://127.0.0.1:8000/v1" in caught.value.message
    assert caught.value.retryable is retryable


@pytest.mark.parametrize(("status", "kind"), [(429, ModelLimited), (403, ModelRefused)])
def test_what_a_hubs_gateway_says_is_said_as_it_is(status, kind):
    model = fake()
    model.enqueue(error("You have used today's 100 tokens.", "tokens_per_day").decode(), status=status)
    with pytest.raises(kind) as caught:
        asyncio.run(text_of(client_of(model, llm_model="m")))
    assert type(caught.value) is kind
    assert caught.value.message == "You have used today's 100 tokens."


def test_a_redirect_is_not_followed():
    seen = []

    async def handler(request):
        seen.append(request.url.host)
        return httpx.Response(307, headers={"location": "http://evil.example/v1/chat/completions"})

    with pytest.raises(ModelFailed, match="redirects elsewhere"):
        asyncio.run(text_of(client_of(handler, llm_model="m")))
    assert seen == ["127.0.0.1"]


def test_bodies_in_messages_are_bounded_and_without_the_key(monkeypatch):
    monkeypatch.setenv("NBDOCTOR_LLM_KEY", "hush-hush-key")
    model = fake()
    model.enqueue("your key hush-hush-key is bad " * 1000, status=401)
    with pytest.raises(ModelRefused) as caught:
        asyncio.run(text_of(client_of(model, llm_model="m")))
    assert "hush" not in caught.value.message
    assert len(caught.value.message) < 500
    assert model.headers[0]["authorization"] == "Bearer hush-hush-key"


def test_no_key_no_header():
    model = fake()
    asyncio.run(text_of(client_of(model)))
    assert "authorization" not in model.headers[0]


def test_a_cut_stream():
    model = fake()
    model.enqueue("half an", ending="cut")
    with pytest.raises(ModelUnavailable, match="cut off in the middle"):
        asyncio.run(text_of(client_of(model)))


@pytest.mark.parametrize(
    ("reasons", "whole"), [(["stop"], True), (["stop", "length"], True), (["stop", None], False), ([], False)]
)
def test_a_stream_that_ends_without_a_word_is_whole_where_its_answers_are(reasons, whole):
    """As transformers' own server writes it: no ``[DONE]``."""
    chunks = [{"choices": [{"index": i, "delta": {"content": "yes"}}]} for i in range(len(reasons))]
    chunks += [{"choices": [{"index": i, "delta": {}, "finish_reason": why}]} for i, why in enumerate(reasons)]
    text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)

    async def handler(_):
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, text=text)

    asked = client_of(handler, llm_model="m").complete(CHAT, n=2)
    if whole:
        assert [answer.text for answer in asyncio.run(asked)] == ["yes"] * len(reasons)
    else:
        with pytest.raises(ModelUnavailable, match="cut off in the middle"):
            asyncio.run(asked)


@pytest.mark.parametrize(
    "choices", ["abc", [1], [{"index": "x"}], [{"index": 0, "delta": [1]}], [{"message": "yes"}], {"index": 0}]
)
def test_answers_of_another_form_are_a_clear_error(choices):
    event = f"data: {json.dumps({'choices': choices})}\n\ndata: [DONE]\n\n"

    async def handler(_):
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, text=event)

    client = client_of(handler, llm_model="m")
    for asked in (client.complete(CHAT), text_of(client)):
        with pytest.raises(OutputInvalid, match="not in the form of OpenAI's API") as caught:
            asyncio.run(asked)
        assert "NBDOCTOR_LLM_URL" in str(caught.value.hint)


@pytest.mark.parametrize(
    "logprobs",
    [
        5,
        {"content": 5},
        {"content": [5]},
        {"content": [{"top_logprobs": 5}]},
        {"content": [{"top_logprobs": [5]}]},
        {"content": [{"logprob": -1.0}]},
        {"content": [{"token": "yes", "logprob": 1e9}]},
        {"content": [{"token": "yes", "logprob": None}]},
    ],
)
def test_probabilities_of_another_form_are_none(logprobs):
    chunk = {"choices": [{"delta": {"content": "yes"}, "logprobs": logprobs, "finish_reason": "stop"}]}

    async def handler(_):
        return httpx.Response(200, json=chunk)

    (answer,) = asyncio.run(client_of(handler, llm_model="m").complete(CHAT, choice=["yes", "no"]))
    assert (answer.text, answer.first_token) == ("yes", {})


def test_silence_in_memory():
    model = fake()
    model.enqueue("half an", ending="silence")
    with pytest.raises(ModelTimeout, match="said nothing for 60 seconds"):
        asyncio.run(text_of(client_of(model)))


def test_an_event_that_is_not_json():
    model = fake()
    model.enqueue("<html>", raw=True)
    with pytest.raises(OutputInvalid, match="not JSON"):
        asyncio.run(text_of(client_of(model)))


def test_an_error_inside_the_stream():
    model = fake()
    model.enqueue('{"error": {"message": "out of memory"}}', raw=True)
    with pytest.raises(ModelFailed, match="out of memory"):
        asyncio.run(text_of(client_of(model)))


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b'{"data": [{}]}', b'{"data": 3}'])
def test_something_else_than_a_model_server(body):
    async def handler(request):
        return httpx.Response(200, content=body)

    with pytest.raises(OutputInvalid, match="is no model server"):
        asyncio.run(client_of(handler).models())


def test_a_server_without_models():
    async def handler(request):
        return httpx.Response(200, json={"data": []})

    with pytest.raises(ModelFailed, match="serves no model"):
        asyncio.run(client_of(handler).resolve_model())


def test_remote_servers_are_refused_before_anything_is_sent():
    model = fake()
    client = client_of(model, llm_url="http://models.example.org/v1", llm_model="m")
    for job in (text_of, ModelClient.models):
        with pytest.raises(RemoteRefused, match=r"http://models\.example\.org/v1 is not on this machine"):
            asyncio.run(job(client))
    assert model.requests == []


def test_remote_servers_may_be_allowed():
    client = client_of(fake(), llm_url="http://models.example.org/v1", allow_remote=True)
    assert asyncio.run(text_of(client)) == SUMMARY


def test_no_server_is_configured():
    with pytest.raises(ModelUnavailable, match="No model server is configured"):
        asyncio.run(client_of(fake(), llm_url="").models())


# ------------------------------------------------------------------ over a real socket


def over_socket(job, **settings):
    """Run ``job(client, model)`` against the fake's own server."""

    async def main():
        model = fake()
        async with running(model) as url:
            client = ModelClient(NBDoctor(llm_url=url, **settings))
            try:
                return await job(client, model)
            finally:
                await client.aclose()

    return asyncio.run(main())


def test_streaming_over_a_socket():
    async def job(client, model):
        return await text_of(client)

    assert over_socket(job) == SUMMARY


def test_silence_over_a_socket():
    async def job(client, model):
        model.enqueue("half", ending="silence")
        with pytest.raises(ModelTimeout):
            await text_of(client)

    over_socket(job, llm_timeout=0.2)


def test_a_connection_cut_over_a_socket():
    async def job(client, model):
        model.enqueue("half an", ending="cut")
        with pytest.raises(ModelUnavailable, match="cut off in the middle"):
            await text_of(client)

    over_socket(job)


def test_cancelling_closes_the_connection():
    async def job(client, model):
        model.delay = 0.05
        task = asyncio.create_task(text_of(client))
        while not model.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(100):
            if model.closed:
                break
            await asyncio.sleep(0.02)
        return model.closed

    assert over_socket(job) == 1


def test_nobody_listens():
    async def main():
        async with running(fake()) as url:
            pass
        client = ModelClient(NBDoctor(llm_url=url))
        try:
            with pytest.raises(ModelUnavailable, match=f"No model server answers at {url}"):
                await client.models()
        finally:
            await client.aclose()

    asyncio.run(main())


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    async def job(client, model):
        return await client.models()

    assert over_socket(job) == ["fake"]


def test_the_request_is_plain_openai():
    model = fake()
    asyncio.run(text_of(client_of(model)))
    assert set(model.requests[0]) == {"model", "messages", "max_tokens", "temperature", "stream", "stream_options"}
    assert json.dumps(model.requests[0])
    assert URL.startswith("http://127.")

"""What goes through the gateway, and for whom."""

from __future__ import annotations

import asyncio
import json
import logging

from .stub import KEY, FakeHub, Stub, gateway


def run(work):
    return asyncio.run(work)


def test_a_stream_goes_through_as_it_is_and_is_counted():
    async def main():
        stub = Stub()
        async with gateway(stub) as g:
            token = g.hub.add("ana")
            status, text = await g.stream(token, stream_options={"include_usage": True})
            assert status == 200
            assert [f"w{n} " in text for n in range(5)] == [True] * 5
            assert '"usage"' in text
            assert text.endswith("data: [DONE]\n\n")
            assert stub.asked[0]["max_tokens"] == 16

    run(main())


def test_who_did_not_ask_for_the_usage_does_not_get_it():
    async def main():
        async with gateway(Stub()) as g:
            _, text = await g.stream(g.hub.add("ana"))
            assert '"usage"' not in text
            assert text.count("data:") == 6

    run(main())


def test_a_whole_answer_goes_through():
    async def main():
        async with gateway(Stub()) as g:
            status, said = await g.ask(g.hub.add("ana"))
            assert status == 200
            assert said["choices"][0]["message"]["content"].startswith("word")

    run(main())


def test_models_and_tokens_are_told():
    async def main():
        async with gateway(Stub()) as g:
            token = g.hub.add("ana")
            _, text = await g.get("v1/models", token)
            assert json.loads(text)["data"][0]["max_model_len"] == 4096
            body = {"model": "coder", "prompt": "one two three", "add_special_tokens": False}
            headers = {"Authorization": f"token {token}"}
            async with g.session.post(f"{g.url}tokenize", json=body, headers=headers) as response:
                assert (await response.json())["count"] == 3

    run(main())


def test_without_a_token_that_the_hub_knows_nobody_is_let_in(caplog):
    async def main():
        stub = Stub()
        async with gateway(stub) as g:
            assert (await g.get("v1/models"))[0] == 401
            status, said = await g.ask("t-nobody")
            assert status == 403
            assert "does not know this token" in said["error"]["message"]
            g.hub.add("eve")
            g.hub.people["t-eve"]["scopes"] = []
            assert (await g.ask("t-eve"))[0] == 403
            assert stub.asked == []

    caplog.set_level(logging.DEBUG)
    run(main())
    assert "t-nobody" not in caplog.text
    assert "t-eve" not in caplog.text


def test_a_revoked_user_is_out_at_once():
    async def main():
        async with gateway(Stub()) as g:
            token = g.hub.add("ana")
            assert (await g.ask(token))[0] == 200
            del g.hub.people[token]
            assert (await g.ask(token))[0] == 403

    run(main())


def test_a_token_that_is_revoked_in_mid_stream_ends_the_stream_with_an_error():
    async def main():
        stub = Stub(words=400, pause=0.02)
        async with gateway(stub, token_seconds=0.1) as g:
            token = g.hub.add("ana")
            async with g.post(token, stream=True) as response:
                await response.content.readany()
                del g.hub.people[token]
                text = (await response.read()).decode()
            assert "does not know your token any more" in text
            assert "[DONE]" not in text
            await asyncio.sleep(0.1)
            assert stub.running == 0

    run(main())


def test_a_person_out_of_their_minute_is_told_when_to_come_again():
    async def main():
        async with gateway(Stub(), everyone={"requests_per_minute": 2}) as g:
            token = g.hub.add("ana")
            assert [(await g.ask(token))[0] for _ in range(2)] == [200, 200]
            async with g.post(token) as response:
                assert response.status == 429
                assert 0 < int(response.headers["Retry-After"]) <= 31
                said = (await response.json())["error"]
            assert said["message"].startswith("You have asked the model 2 times within a minute; try again in")
            assert said["type"] == "requests_per_minute"
            assert (await g.ask(g.hub.add("ben")))[0] == 200

    run(main())


def test_a_group_shares_its_day():
    async def main():
        groups = {"class": {"tokens_per_day": 100, "each": {"concurrent": 2}}}
        async with gateway(Stub(words=40), groups=groups) as g:
            ana, ben, eve = g.hub.add("ana", "class"), g.hub.add("ben", "class"), g.hub.add("eve")
            assert (await g.ask(ana))[0] == 200  # 47 tokens
            assert (await g.ask(ben))[0] == 200
            status, said = await g.ask(ana)
            assert status == 429
            assert said["error"]["message"].startswith("Your group class has used today's 100 tokens")
            assert (await g.ask(eve))[0] == 200

    run(main())


def test_models_are_for_those_who_may():
    async def main():
        async with gateway(Stub(), people={"ana": {"models": ["other"]}}) as g:
            token = g.hub.add("ana")
            status, said = await g.ask(token)
            assert status == 404
            assert said["error"]["message"] == "There is no model 'coder' for you."
            assert json.loads((await g.get("v1/models", token))[1])["data"] == []

    run(main())


def test_one_class_does_not_starve_another():
    async def main():
        stub = Stub(words=2, pause=0.01)
        async with gateway(stub, room=1, everyone={}, groups={"many": {}, "few": {}}, waiting=100) as g:
            many = [g.hub.add(f"m{n}", "many") for n in range(20)]
            few = g.hub.add("f", "few")
            order = []

            async def one(token):
                assert (await g.stream(token))[0] == 200
                order.append(token)

            await asyncio.gather(*(one(token) for token in [*many, few]))
            assert order.index(few) <= 3
            assert stub.most == 1

    run(main())


def test_a_person_with_too_many_waiting_is_refused_and_others_are_not():
    async def main():
        async with gateway(Stub(words=2, pause=0.05), room=1, everyone={}, waiting=3) as g:
            ana, ben = g.hub.add("ana"), g.hub.add("ben")
            answers = await asyncio.gather(*(g.stream(token) for token in [*[ana] * 10, ben]))
            assert [status for status, _ in answers].count(429) == 6
            assert answers[-1][0] == 200

    run(main())


def test_a_browser_that_goes_away_frees_the_model():
    async def main():
        stub = Stub(words=1000, pause=0.01)
        async with gateway(stub) as g:
            async with g.post(g.hub.add("ana"), stream=True) as response:
                await response.content.readany()
                assert stub.running == 1
                response.close()
            for _ in range(100):
                if stub.running == 0:
                    break
                await asyncio.sleep(0.02)
            assert stub.running == 0

    run(main())


def test_who_may_see_the_metrics():
    async def main():
        async with gateway(Stub()) as g:
            ana = g.hub.add("ana", scopes=())
            root = g.hub.add("root", admin=True)
            await g.ask(ana)
            assert (await g.get("metrics", ana))[0] == 403
            status, text = await g.get("metrics", root)
            assert status == 200
            assert 'nbdoctor_gateway_requests_total{group="",outcome="answered"} 1.0' in text
            assert 'nbdoctor_gateway_tokens_total{group="",kind="completion"} 5.0' in text
            assert "ana" not in text

    run(main())


def test_the_audit_has_a_line_for_each_request_and_nothing_of_what_was_said(tmp_path):
    async def main():
        async with gateway(Stub(), audit=str(tmp_path / "audit")) as g:
            await g.stream(g.hub.add("ana", "class"))
            await g.ask("t-nobody")

    run(main())
    text = (tmp_path / "audit").read_text()
    first, second = map(json.loads, text.splitlines())
    assert (first["person"], first["outcome"], first["prompt_tokens"], first["completion_tokens"]) == (
        "ana",
        "answered",
        7,
        5,
    )
    assert (second["person"], second["status"], second["outcome"]) == ("", 403, "token")
    assert "why?" not in text
    assert "t-ana" not in text
    assert KEY not in text


def test_the_hub_is_asked_once_for_what_comes_together():
    async def main():
        hub = FakeHub()
        async with gateway(Stub(), hub=hub) as g:
            token = hub.add("ana")
            await asyncio.gather(*(g.get("v1/models", token) for _ in range(20)))
            assert hub.asked < 20

    run(main())

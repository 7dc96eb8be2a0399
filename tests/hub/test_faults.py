"""What goes wrong around the gateway ends in a clear error: nothing lost, nothing leaked, nobody else disturbed."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
from contextlib import AsyncExitStack

import pytest

from nbdoctor.hub.accounts import Accounts
from nbdoctor.hub.books import Books
from nbdoctor.hub.limits import Limits, Standing

from .stub import KEY, FakeHub, Stub, bearer, gateway


def run(work):
    return asyncio.run(work)


async def exchange(url: str, data: bytes) -> bytes:
    """What comes back for these bytes."""
    host, port = url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(), 5)
    except asyncio.TimeoutError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("trouble", ["500", "503", "close"])
def test_a_server_that_fails_at_once_costs_nothing_where_there_is_another(trouble):
    async def main():
        bad, good = Stub(trouble=trouble), Stub()
        async with gateway(bad, good) as g:
            token = g.hub.add("ana")
            answers = [await g.stream(token) for _ in range(4)]
            assert [status for status, _ in answers] == [200] * 4
            assert all(text.endswith("[DONE]\n\n") for _, text in answers)
            assert bad.asked

    run(main())


def test_where_all_fail_it_is_said():
    async def main():
        async with gateway(Stub(trouble="500"), Stub(trouble="500")) as g:
            status, said = await g.ask(g.hub.add("ana"))
            assert status == 502
            assert said["error"]["message"] == "Two model servers failed one after the other."

    run(main())


def test_a_server_that_dies_in_mid_answer_gives_an_error_and_never_a_whole_answer():
    async def main():
        async with gateway(Stub(trouble="cut"), Stub(trouble="cut")) as g:
            status, text = await g.stream(g.hub.add("ana"))
            assert status == 200
            assert "w1 " in text
            assert "failed in the middle of its answer" in text
            assert "[DONE]" not in text

    run(main())


@pytest.mark.parametrize(("answers", "whole"), [(1, True), (2, False)])
def test_an_answer_without_done_is_whole_where_all_that_were_asked_for_have_ended(answers, whole):
    """As transformers' own server ends it."""

    async def main():
        async with gateway(Stub(trouble="quiet")) as g:
            _, text = await g.stream(g.hub.add("ana"), n=answers)
            assert "w4 " in text
            assert ("failed in the middle of its answer" not in text) is whole

    run(main())


def test_a_server_that_falls_silent_is_given_up():
    async def main():
        async with gateway(Stub(trouble="hang"), silence_seconds=0.2) as g:
            _, text = await g.stream(g.hub.add("ana"))
            assert "failed in the middle of its answer" in text

    run(main())


def test_a_server_that_is_back_is_used_again():
    async def main():
        stub = Stub()
        await stub.start()
        port = int(stub.url.split(":")[2].split("/")[0])
        async with gateway(stub, health_seconds=0.1) as g:
            token = g.hub.add("ana")
            assert (await g.get("health"))[0] == 200
            await stub.stop()
            status, said = await g.ask(token)
            assert status in (502, 503)
            assert "model server" in said["error"]["message"]
            await asyncio.sleep(0.3)
            assert (await g.get("health"))[0] == 503
            await stub.start(port)
            await asyncio.sleep(0.3)
            assert (await g.ask(token))[0] == 200

    run(main())


def test_that_a_server_refuses_the_gateways_key_is_nobody_elses_business():
    async def main():
        async with gateway(Stub(trouble="key")) as g:
            status, said = await g.ask(g.hub.add("ana"))
            assert status == 502
            assert KEY not in json.dumps(said)

    run(main())


def test_what_a_server_says_against_a_request_goes_through():
    async def main():
        async with gateway(Stub(trouble="400")) as g:
            status, said = await g.ask(g.hub.add("ana"))
            assert (status, said["error"]["message"]) == (400, "it hurts")

    run(main())


def test_a_hub_that_is_restarted_puts_nobody_out_whom_it_knew():
    async def main():
        async with gateway(Stub()) as g:
            ana, ben = g.hub.add("ana"), g.hub.add("ben")
            await g.ask(ana)
            g.hub.silent = True
            assert (await g.ask(ana))[0] == 200
            status, said = await g.ask(ben)
            assert status == 503
            assert "JupyterHub does not answer" in said["error"]["message"]
            g.hub.silent = False
            assert (await g.ask(ben))[0] == 200

    run(main())


def test_a_gateway_that_is_restarted_goes_on_counting(tmp_path):
    async def once(limit):
        async with gateway(Stub(words=40), everyone={"tokens_per_day": limit}, books=str(tmp_path / "books")) as g:
            return (await g.ask(g.hub.add("ana")))[0]

    assert run(once(60)) == 200
    assert run(once(60)) == 429
    assert run(once(600)) == 200
    assert oct(os.stat(tmp_path / "books").st_mode & 0o777) == "0o600"


def test_a_reader_who_takes_nothing_is_let_go():
    async def main():
        stub = Stub(words=4000, size=40_000)  # each piece is more than may wait
        async with gateway(stub, reader_seconds=0.5) as g:
            host, port = g.url.split("/")[2].split(":")
            body = json.dumps({"model": "coder", "messages": [], "stream": True})
            head = f"POST /services/nbdoctor/v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {g.hub.add('ana')}"
            with socket.create_connection((host, int(port))) as slow:
                slow.sendall(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
                await asyncio.sleep(0.3)
                assert stub.running == 1
                assert (await g.ask(g.hub.add("ben")))[0] == 200
                for _ in range(250):
                    if stub.running == 0:
                        break
                    await asyncio.sleep(0.02)
                assert stub.running == 0

    run(main())


def test_a_connection_that_says_half_of_a_request_disturbs_nobody():
    async def main():
        async with gateway(Stub()) as g:
            host, port = g.url.split("/")[2].split(":")
            token = g.hub.add("ana")
            halves = [await asyncio.open_connection(host, int(port)) for _ in range(50)]
            for _, writer in halves:
                writer.write(b"POST /services/nbdoctor/v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Le")
            assert (await g.ask(token))[0] == 200
            for _, writer in halves:
                writer.close()

    run(main())


def test_a_clock_that_is_set_gives_nobody_a_second_day():
    steady, day = [0.0], [20_000 * 86_400.0]
    accounts = Accounts(monotonic=lambda: steady[0], now=lambda: day[0])
    ana = Standing("ana", Limits(tokens_per_day=100, tokens_per_minute=1000), "", Limits())
    assert accounts.admit(ana, 90) is None
    assert accounts.admit(ana, 90).reason == "tokens_per_day"
    day[0] += 3 * 86_400
    assert accounts.admit(ana, 90) is None
    accounts.forget()
    day[0] -= 3 * 86_400
    assert accounts.admit(ana, 90).reason == "tokens_per_day"


def test_a_full_disk_loses_nothing(tmp_path, monkeypatch, caplog):
    accounts = Accounts()
    books = Books(str(tmp_path / "gone" / "books"), accounts)
    ana = Standing("ana", Limits(), "", Limits())
    assert accounts.admit(ana, 5) is None
    asyncio.run(books.write())
    assert "cannot be written" in caplog.text
    assert accounts.admit(ana, 6) is None
    (tmp_path / "gone").mkdir()
    asyncio.run(books.write())
    again = Accounts()
    Books(str(tmp_path / "gone" / "books"), again).read()
    assert again.used(("person", "ana"), again.today()) == (11, 2)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_an_audit_that_cannot_be_written_stops_nobody():
    async def main():
        async with gateway(Stub(), audit="/dev/full") as g:
            assert (await g.ask(g.hub.add("ana")))[0] == 200
            _, text = await g.get("metrics", g.hub.add("root", admin=True))
            assert "nbdoctor_gateway_audit_lost_total 1.0" in text

    run(main())


def test_ten_thousand_requests_of_one_user_disturb_no_other():
    async def main():
        stub = Stub(words=1)
        async with gateway(stub, everyone={"concurrent": 2, "requests_per_minute": 60}) as g:
            ana, ben = g.hub.add("ana"), g.hub.add("ben")
            count, answers = 10_000, {}

            async def flood(number):
                for _ in range(number):
                    status, _ = await g.ask(ana)
                    answers[status] = answers.get(status, 0) + 1

            flooding = asyncio.gather(*(flood(count // 50) for _ in range(50)))
            await asyncio.sleep(0.2)
            assert (await asyncio.wait_for(g.ask(ben), 5))[0] == 200
            await flooding
            assert sum(answers.values()) == count
            assert set(answers) == {200, 429}
            assert len(stub.asked) < 100

    run(main())


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"\xff\xfe{", "The request is not JSON."),
        (b"[1]", "The request is not a JSON object."),
        (b'{"model": "coder", "messages": [], "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "The request is"),
        (b'{"model": "\\ud800", "messages": []}', "The request is not JSON."),
        (b'{"model": "coder"}', "A request names a model and has messages."),
        (b'{"model": "coder", "messages": [], "n": 100}', "A request asks for 8 answers at most."),
        (b'{"model": "coder", "messages": [], "priority": -1}', "The gateway does not hand on 'priority'."),
        (b'{"model": "coder", "messages": [], "max_tokens": true}', "max_tokens is a number from 1 on."),
    ],
)
def test_a_request_that_is_none_is_said_to_be_none(body, sentence):
    async def main():
        stub = Stub()
        async with gateway(stub) as g:
            token = g.hub.add("ana")
            async with g.session.post(f"{g.url}v1/chat/completions", data=body, headers=bearer(token)) as response:
                assert response.status == 400
                assert (await response.json())["error"]["message"].startswith(sentence)
            assert stub.asked == []

    run(main())


def test_a_huge_body_is_refused_before_it_is_read():
    async def main():
        async with (
            gateway(Stub(), largest_body=10_000) as g,
            g.session.post(f"{g.url}v1/chat/completions", data=b"x" * 50_000, headers=bearer(g.hub.add("ana"))) as r,
        ):
            assert r.status == 413

    run(main())


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length : 5\r\n",
        b"X: a\nY: b\r\n",
    ],
)
def test_requests_that_two_servers_might_read_differently_are_refused(headers):
    async def main():
        stub = Stub()
        async with gateway(stub) as g:
            token = g.hub.add("ana").encode()
            body = (
                b"0\r\n\r\nGET /services/nbdoctor/v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + token
                + b"\r\n\r\n"
            )
            start = (
                b"POST /services/nbdoctor/v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + token
                + b"\r\n"
            )
            answer = await exchange(g.url, start + headers + b"\r\n" + body)
            assert answer.split(b" ", 2)[1] == b"400"
            assert answer.count(b"HTTP/1.") == 1
            assert stub.asked == []

    run(main())


@pytest.mark.parametrize(
    "path",
    [
        "../v1/models",
        "v1/../../../hub/api/users",
        "v1//models",
        "v1/models/..",
        "%2e%2e/v1/models",
        "v1%2fmodels",
        "v1/completions",
    ],
)
def test_only_the_addresses_that_there_are_lead_anywhere(path):
    async def main():
        async with gateway(Stub()) as g:
            token = g.hub.add("ana").encode()
            line = f"GET /services/nbdoctor/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ".encode()
            answer = await exchange(g.url, line + token + b"\r\n\r\n")
            assert answer.split(b" ", 2)[1] in (b"404", b"400", b"405")

    run(main())


def test_a_page_of_another_origin_has_nothing_to_use():
    async def main():
        async with gateway(Stub()) as g:
            # No cookie is ever looked at, and no other origin is told that it may read.
            headers = {"Origin": "http://evil.example", "Cookie": f"jupyterhub-services={g.hub.add('ana')}"}
            async with g.session.get(f"{g.url}v1/models", headers=headers) as response:
                assert response.status == 401
                assert "Access-Control-Allow-Origin" not in response.headers
            async with g.session.get(f"{g.url}v1/models?token=t-ana") as response:
                assert response.status == 401

    run(main())


def test_no_token_and_no_key_is_in_any_log(caplog):
    caplog.set_level(logging.DEBUG)

    async def main():
        for trouble in ("", "500", "cut", "close", "key", "400"):
            async with gateway(Stub(trouble=trouble)) as g:
                await g.stream(g.hub.add("ana"))
                await g.get(f"v1/none?token={g.hub.add('ana')}", "t-ana")

    run(main())
    # What the test's own client says of itself does not count.
    text = "\n".join(
        r.getMessage() for r in caplog.records if r.name.startswith(("nbdoctor", "aiohttp.server", "aiohttp.access"))
    )
    assert text
    assert "t-ana" not in text
    assert KEY not in text


def test_parts_are_given_back():
    async def main():
        async with AsyncExitStack() as stack:
            g = await stack.enter_async_context(gateway(Stub(), hub=FakeHub()))
            await g.ask(g.hub.add("ana"))
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    run(main())

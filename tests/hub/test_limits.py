"""Limits: what a configuration may say, and whose hold for whom."""

from __future__ import annotations

import pytest

from nbdoctor.errors import ConfigurationError
from nbdoctor.hub.accounts import Accounts
from nbdoctor.hub.app import GatewayApp
from nbdoctor.hub.limits import Limits, Policy, Standing
from nbdoctor.hub.servers import ModelServer


def test_a_person_has_their_own_limits_else_those_of_a_member_else_those_of_everyone():
    policy = Policy(
        {"concurrent": 1},
        {"ana": {"concurrent": 9}},
        {"staff": {"tokens_per_day": 5}, "class": {"each": {"concurrent": 3}, "weight": 2}},
    )
    ana, ben, eve = (
        policy.standing(*person) for person in (("ana", ("class",)), ("ben", ("class", "staff")), ("eve", ()))
    )
    assert (ana.limits.concurrent, ana.group, ana.group_limits.weight) == (9, "class", 2)
    # The first group of the configuration counts, whatever the hub's order; staff says nothing of its members.
    assert (ben.limits.concurrent, ben.group, ben.group_limits.tokens_per_day) == (1, "staff", 5)
    assert (eve.limits.concurrent, eve.group) == (1, "")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"concurent": 1}, "everyone has no limit 'concurent'."),
        ({"concurrent": -1}, "everyone: concurrent cannot be -1."),
        ({"concurrent": True}, "everyone: concurrent cannot be True."),
        ({"weight": 0}, "everyone: weight cannot be 0."),
        ({"models": [1]}, "everyone: models cannot be (1,)."),
    ],
)
def test_limits_that_make_no_sense_are_said(said, sentence):
    with pytest.raises(ConfigurationError) as caught:
        Policy(said, {}, {})
    assert caught.value.message == sentence


def test_a_minute_fills_as_it_goes_by():
    now = [0.0]
    accounts = Accounts(monotonic=lambda: now[0], now=lambda: 0.0)
    ana = Standing("ana", Limits(tokens_per_minute=600), "", Limits())
    assert accounts.admit(ana, 600) is None
    refusal = accounts.admit(ana, 100)
    assert refusal.sentence == "You have used this minute's 600 tokens of the model; try again in 10 seconds."
    accounts.settle(ana, accounts.today(), 600, 50)  # it used less than it might have
    assert accounts.admit(ana, 100) is None
    now[0] += 60
    # What is larger than a whole minute is let in when a whole one is there.
    assert accounts.admit(ana, 10_000) is None
    assert accounts.admit(ana, 1).seconds > 60


def test_what_is_refused_is_not_charged():
    accounts = Accounts(now=lambda: 0.0)
    ana = Standing("ana", Limits(), "class", Limits(tokens_per_day=10))
    assert accounts.admit(ana, 8) is None
    assert accounts.admit(ana, 8).sentence.startswith("Your group class has used today's 10 tokens")
    assert accounts.used(("person", "ana"), "1970-01-01") == (8, 1)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "A model server has no url."),
        ({"url": "ftp://x"}, "'ftp://x' is not the address of a model server."),
        ({"url": "http://x", "key": "k"}, "A model server cannot have 'key'."),
        (
            {"url": "http://x", "key_variable": "NOT_THERE"},
            "The environment variable NOT_THERE with a model server's key is not set.",
        ),
    ],
)
def test_a_model_server_that_is_none_is_said(said, sentence):
    with pytest.raises(ConfigurationError) as caught:
        ModelServer.of(said)
    assert caught.value.message == sentence


def test_the_key_of_a_server_stands_in_a_file_and_in_no_log(tmp_path):
    (tmp_path / "key").write_text("secret\n")
    server = ModelServer.of({"url": "http://user:word@x:1/", "key_file": str(tmp_path / "key")})
    assert (server.url, server.base, server.name) == ("http://user:word@x:1/v1", "http://user:word@x:1", "x:1")
    assert server.headers == {"Authorization": "Bearer secret"}
    assert "secret" not in repr(server)


def test_the_proxy_may_know_the_gateway_by_an_address_that_it_cannot_listen_on(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_URL", "http://hub:8900/services/nbdoctor/")
    assert GatewayApp().place() == ("hub", 8900)
    assert GatewayApp(ip="0.0.0.0").place() == ("0.0.0.0", 8900)

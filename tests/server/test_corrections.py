"""The web side of the corrections: who may do what, and what is answered."""

from __future__ import annotations

import json

import pytest
from tornado.httpclient import HTTPClientError

from nbdoctor.errors import CorrectionsError

from .test_handlers import NoDoctor

PATH = ("nbdoctor", "api", "corrections")
BODY = json.dumps({"outcome": "accepted", "title": "Use revenue", "before": "revenu", "after": "revenue"})


async def _refusal(jp_fetch, *path, **kwargs):
    """The status, and the sentence that a person sees."""
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*path, **kwargs)
    return caught.value.code, json.loads(caught.value.response.body)["message"]


async def _list(jp_fetch, **params):
    return json.loads((await jp_fetch(*PATH, params=params)).body)


async def test_a_correction_is_kept_listed_and_deleted(jp_fetch, jp_data_dir):
    assert await _list(jp_fetch) == []
    body = json.dumps({**json.loads(BODY), "number": 7, "time": "never", "comment": "ghp_" + "a1B2" * 9})
    response = await jp_fetch(*PATH, method="POST", body=body)
    kept = json.loads(response.body)
    assert (response.code, kept["number"], kept["comment"]) == (201, 1, "‹token-1›")
    assert kept["time"].endswith("+00:00")
    assert (jp_data_dir / "nbdoctor" / "corrections.db").is_file()
    await jp_fetch(*PATH, method="POST", body=BODY)
    assert [each["number"] for each in await _list(jp_fetch)] == [2, 1]
    assert [each["number"] for each in await _list(jp_fetch, limit=1)] == [2]
    assert (await jp_fetch(*PATH, "1", method="DELETE")).code == 204
    assert [each["number"] for each in await _list(jp_fetch)] == [2]
    assert (await jp_fetch(*PATH, method="DELETE")).code == 204
    assert await _list(jp_fetch) == []


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"outcome": "loved"}', '{"outcome": "accepted", "before": 3}'])
async def test_a_body_that_is_no_correction_gets_400(jp_fetch, body):
    assert (await _refusal(jp_fetch, *PATH, method="POST", body=body))[0] == 400


@pytest.mark.parametrize("limit", ["x", "-1", "1e3", "", "9" * 30])
async def test_a_limit_that_is_none_gets_400(jp_fetch, limit):
    assert (await _refusal(jp_fetch, *PATH, params={"limit": limit}))[0] == 400


@pytest.mark.parametrize("number", ["1", "0", "9" * 19])
async def test_one_that_is_not_there_gets_404(jp_fetch, number):
    assert await _refusal(jp_fetch, *PATH, number, method="DELETE") == (404, "There is no such correction.")


async def test_every_verb_needs_a_token(jp_fetch, jp_data_dir):
    wrong = {"Authorization": "token wrong"}
    assert (await _refusal(jp_fetch, *PATH, headers=wrong))[0] == 403
    assert (await _refusal(jp_fetch, *PATH, method="POST", body=BODY, headers=wrong))[0] == 403
    assert (await _refusal(jp_fetch, *PATH, method="DELETE", headers=wrong))[0] == 403
    assert (await _refusal(jp_fetch, *PATH, "1", method="DELETE", headers=wrong))[0] == 403
    assert not (jp_data_dir / "nbdoctor").exists()


@pytest.mark.parametrize(("retryable", "status"), [(True, 503), (False, 507)])
async def test_a_store_that_cannot_be_used_is_said(jp_fetch, jp_serverapp, monkeypatch, retryable, status):
    def fails(*args):
        raise CorrectionsError("It rains in.", hint="Take an umbrella.", retryable=retryable)

    store = jp_serverapp.web_app.settings["nbdoctor_corrections"]
    for method in ("newest", "keep", "clear", "delete"):
        monkeypatch.setattr(store, method, fails)
    expected = (status, "It rains in. Take an umbrella.")
    assert await _refusal(jp_fetch, *PATH) == expected
    assert await _refusal(jp_fetch, *PATH, method="POST", body=BODY) == expected
    assert await _refusal(jp_fetch, *PATH, method="DELETE") == expected
    assert await _refusal(jp_fetch, *PATH, "1", method="DELETE") == expected


class TestWhereNothingIsKept:
    @pytest.fixture()
    def jp_server_config(self, jp_server_config):
        jp_server_config["NBDoctor"]["corrections"] = False
        return jp_server_config

    async def test_keeping_is_refused_and_what_there_is_can_be_seen_and_deleted(self, jp_fetch, jp_data_dir):
        code, sentence = await _refusal(jp_fetch, *PATH, method="POST", body=BODY)
        assert code == 403
        assert sentence == "Corrections are not kept: the setting corrections is off."
        assert not (jp_data_dir / "nbdoctor").exists()
        assert await _list(jp_fetch) == []
        assert (await jp_fetch(*PATH, method="DELETE")).code == 204


class TestWithoutTheRightToUseNbdoctor:
    @pytest.fixture()
    def jp_server_config(self, jp_server_config):
        jp_server_config["ServerApp"]["authorizer_class"] = NoDoctor
        return jp_server_config

    async def test_everything_is_refused(self, jp_fetch):
        assert (await _refusal(jp_fetch, *PATH))[0] == 403
        assert (await _refusal(jp_fetch, *PATH, method="POST", body=BODY))[0] == 403
        assert (await _refusal(jp_fetch, *PATH, method="DELETE"))[0] == 403
        assert (await _refusal(jp_fetch, *PATH, "1", method="DELETE"))[0] == 403

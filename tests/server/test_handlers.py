"""The web side: streams, who may do what, and what bad requests get."""

from __future__ import annotations

import json
import signal
import sys
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.utils import url_path_join
from tornado.httpclient import HTTPClientError

from .conftest import events, request

DIAGNOSES = ("nbdoctor", "api", "diagnoses")
ERROR = {"name": "NameError", "value": "name 'x' is not defined", "traceback": []}
TRIAL = json.dumps(
    {
        "fix": {"id": "f", "title": "t", "actions": [{"kind": "run_cells"}]},
        "cell": {"source": "x", "id": "c"},
        "cells": [{"source": "x", "id": "c"}],
    }
)


class NoExecution(Authorizer):
    """May do all but execute in kernels."""

    def is_authorized(self, handler, user, action, resource):
        return (action, resource) != ("execute", "kernels")


class NoDoctor(Authorizer):
    """May do all but use nbdoctor."""

    def is_authorized(self, handler, user, action, resource):
        return resource != "nbdoctor"


async def _status(jp_fetch, *path, **kwargs):
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*path, **kwargs)
    return caught.value.code


async def test_a_failing_cell_is_diagnosed_with_live_facts(jp_fetch, start_kernel):
    kernel = await start_kernel()
    assert await kernel.run("revenue = 3", "a") is None
    error = await kernel.run("print(revenu)", "b")
    body = request(kernel.id, "print(revenu)", error, "b")
    response = await jp_fetch(*DIAGNOSES, method="POST", body=body)
    assert response.headers["Content-Type"] == "text/event-stream"
    got = events(response.body)
    assert [got[0][0], got[-1][0]] == ["findings", "diagnosis"]
    diagnosis = got[-1][1]
    assert diagnosis["live"] is True
    assert "revenue" in diagnosis["headline"]
    fix = diagnosis["fixes"][0]
    assert fix["actions"][0]["new_source"] == "print(revenue)"
    assert fix["verdict"]["status"] in ("passed", "not_tried")  # as the system confines


async def test_the_kernel_is_asked_while_a_cell_runs(jp_fetch, start_kernel):
    kernel = await start_kernel()
    error = await kernel.run("print(nope)", "b")
    kernel.client.execute("import time; time.sleep(8)")
    response = await jp_fetch(*DIAGNOSES, method="POST", body=request(kernel.id, "print(nope)", error, "b"))
    assert events(response.body)[-1][1]["live"] is True


async def test_the_text_of_a_secret_comes_back_into_the_fix_from_the_browsers_copy(jp_fetch, start_kernel):
    kernel = await start_kernel()
    source = "password = 'hunter2hunter2'\nvalue = 1\nprint(valu)"
    error = await kernel.run(source, "b")
    kernel.outputs.clear()
    response = await jp_fetch(*DIAGNOSES, method="POST", body=request(kernel.id, source, error, "b"))
    fix = events(response.body)[-1][1]["fixes"][0]
    assert fix["actions"][0]["new_source"] == source.replace("valu)", "value)")
    while True:
        try:
            message = await kernel.client.get_iopub_msg(timeout=0.5)
        except Exception:
            break
        assert "hunter2" not in json.dumps(message["content"])


async def test_a_kernel_without_nbdoctor_is_served_from_the_traceback_and_can_be_loaded(jp_fetch, start_kernel):
    kernel = await start_kernel(load=False)
    error = await kernel.run("import no_such_module_anywhere", "b")
    response = await jp_fetch(
        *DIAGNOSES, method="POST", body=request(kernel.id, "import no_such_module_anywhere", error, "b")
    )
    got = events(response.body)
    assert got[0][0] == "trouble"
    assert got[0][1]["code"] == "kernel_without_nbdoctor"
    assert got[-1][1]["live"] is False
    assert "no_such_module_anywhere" in got[-1][1]["headline"]
    loaded = await jp_fetch("nbdoctor", "api", "kernels", kernel.id, "load", method="POST", body="")
    assert events(loaded.body)[-1] == (
        "done",
        {
            "ok": True,
            "sentence": "nbdoctor is loaded. Run the cell again for a diagnosis with live facts.",
            "restart_needed": False,
        },
    )


async def test_a_kernel_that_does_not_answer_is_said_and_the_traceback_is_read(jp_fetch, jp_serverapp, start_kernel):
    kernel = await start_kernel()
    error = await kernel.run("import no_such_module_anywhere", "b")
    manager = jp_serverapp.kernel_manager.get_kernel(kernel.id)
    await manager.signal_kernel(signal.SIGSTOP)
    try:
        body = request(kernel.id, "import no_such_module_anywhere", error, "b")
        diagnosis = events((await jp_fetch(*DIAGNOSES, method="POST", body=body)).body)[-1][1]
    finally:
        await manager.signal_kernel(signal.SIGCONT)
    assert diagnosis["live"] is False
    assert "no_such_module_anywhere" in diagnosis["headline"]
    assert diagnosis["notes"] == ["The kernel does not answer. This is read from the traceback alone."]


async def test_an_install_streams_its_output_and_refuses_what_is_no_name(jp_fetch, start_kernel):
    kernel = await start_kernel()
    path = ("nbdoctor", "api", "kernels", kernel.id, "install")
    for bad in ("--index-url=x y", "git+https://example.invalid/x", "/tmp/x", "a; rm -rf b", ""):
        response = await jp_fetch(*path, method="POST", body=json.dumps({"requirement": bad}))
        done = events(response.body)[-1]
        assert done[0] == "done"
        assert done[1]["ok"] is False
    response = await jp_fetch(*path, method="POST", body=json.dumps({"requirement": "pip"}))
    got = events(response.body)
    assert "already satisfied" in "".join(payload["text"] for name, payload in got if name == "words")
    assert got[-1][1]["ok"] is True


async def test_where_nothing_can_be_installed_the_administrators_word_is_said(jp_fetch, jp_serverapp, start_kernel):
    kernel = await start_kernel()
    jp_serverapp.web_app.settings["nbdoctor_service"].settings.install_note = "Ask help@example.org for packages."
    path = ("nbdoctor", "api", "kernels", kernel.id, "install")
    response = await jp_fetch(*path, method="POST", body=json.dumps({"requirement": "a; rm -rf b"}))
    assert events(response.body)[-1][1]["sentence"].endswith("installed. Ask help@example.org for packages.")


async def test_without_a_kernel_the_traceback_is_read(jp_fetch):
    response = await jp_fetch(*DIAGNOSES, method="POST", body=request("", "print(x)", ERROR))
    diagnosis = events(response.body)[-1][1]
    assert diagnosis["live"] is False
    assert any("No kernel is running" in note for note in diagnosis["notes"])


async def test_status_says_that_no_model_is_set(jp_fetch):
    response = await jp_fetch("nbdoctor", "api", "status")
    status = json.loads(response.body)
    assert (status["protocol"], status["auto"], status["model_configured"]) == (1, "model", False)
    assert (status["models"], status["locked"], status["hints"]) == ([], [], False)
    assert (status["corrections"], status["trials"]) == (True, "auto")


async def test_what_is_known_of_a_kind_is_told(jp_fetch):
    response = await jp_fetch("nbdoctor", "api", "kinds", "cell_not_run")
    about = json.loads(response.body)
    assert (about["kind"], about["category"], about["title"]) == ("cell_not_run", "notebook", "Cell not run")
    assert about["example"].endswith("print(total)")
    assert await _status(jp_fetch, "nbdoctor", "api", "kinds", "no_such_kind") == 404


async def test_every_verb_needs_a_token(jp_fetch):
    wrong = {"Authorization": "token wrong"}
    for path in (
        DIAGNOSES,
        ("nbdoctor", "api", "kernels", "x", "load"),
        ("nbdoctor", "api", "kernels", "x", "install"),
        ("nbdoctor", "api", "kernels", "x", "trials"),
        ("nbdoctor", "api", "kernels", "x", "death"),
    ):
        assert await _status(jp_fetch, *path, method="POST", body="{}", headers=wrong) == 403
    assert await _status(jp_fetch, "nbdoctor", "api", "status", headers=wrong) == 403
    assert await _status(jp_fetch, "nbdoctor", "api", "kernels", "x", headers=wrong) == 403
    assert await _status(jp_fetch, "nbdoctor", "api", "kinds", "cell_not_run", headers=wrong) == 403


async def test_a_browser_without_the_xsrf_header_is_refused(jp_base_url, jp_serverapp, http_server_client):
    # Log in as a browser does: by the form of the login page.
    cookies = SimpleCookie()
    login = url_path_join(jp_base_url, "login")
    page = await http_server_client.fetch(login)
    cookies.load(page.headers["Set-Cookie"])
    form = urlencode({"password": jp_serverapp.identity_provider.token, "_xsrf": cookies["_xsrf"].value})
    headers = {"Cookie": f"_xsrf={cookies['_xsrf'].coded_value}"}
    with pytest.raises(HTTPClientError) as redirect:
        await http_server_client.fetch(login, method="POST", body=form, headers=headers, follow_redirects=False)
    for header in redirect.value.response.headers.get_list("Set-Cookie"):
        cookies.load(header)
    url = url_path_join(jp_base_url, *DIAGNOSES)
    cookie = "; ".join(f"{name}={morsel.coded_value}" for name, morsel in cookies.items())
    body = request("", "x", ERROR)
    good = {"Cookie": cookie, "X-XSRFToken": cookies["_xsrf"].value}
    assert (await http_server_client.fetch(url, method="POST", body=body, headers=good)).code == 200
    with pytest.raises(HTTPClientError) as caught:
        await http_server_client.fetch(url, method="POST", body=body, headers={"Cookie": cookie})
    assert caught.value.code == 403
    assert b"_xsrf" in caught.value.response.body


@pytest.mark.parametrize("body", ["", "{", "[]", '{"kernel_id": 1}', '{"kernel_id": "x"}', '{"cell": {"source": 3}}'])
async def test_a_body_that_is_no_request_gets_400(jp_fetch, body):
    assert await _status(jp_fetch, *DIAGNOSES, method="POST", body=body) == 400


async def test_an_unknown_kernel_gets_404(jp_fetch):
    assert await _status(jp_fetch, *DIAGNOSES, method="POST", body=request("nope", "x", ERROR)) == 404
    trials = ("nbdoctor", "api", "kernels", "nope", "trials")
    assert await _status(jp_fetch, *trials, method="POST", body=TRIAL) == 404
    assert await _status(jp_fetch, "nbdoctor", "api", "kernels", "nope") == 404


@pytest.mark.parametrize(
    "body", ["", "[]", '{"cell": {"source": "x"}}', '{"fix": {"id": "f"}, "cell": {"source": "x"}}']
)
async def test_a_body_that_is_no_trial_gets_400(jp_fetch, body):
    assert await _status(jp_fetch, "nbdoctor", "api", "kernels", "x", "trials", method="POST", body=body) == 400


async def test_a_kernel_says_who_it_is_and_how_it_confines(jp_fetch, start_kernel):
    kernel = await start_kernel()
    status = json.loads((await jp_fetch("nbdoctor", "api", "kernels", kernel.id)).body)
    assert status["python"] == ".".join(map(str, sys.version_info[:3]))
    assert status["trouble"] is None
    if status["confinement"] is not None:
        assert status["confinement"]["tier"] in ("full", "basic", "none")
        assert status["confinement"]["sentence"].endswith(".")


async def test_a_kernel_without_nbdoctor_says_so(jp_fetch, start_kernel):
    kernel = await start_kernel(load=False)
    status = json.loads((await jp_fetch("nbdoctor", "api", "kernels", kernel.id)).body)
    assert status["trouble"]["code"] == "kernel_without_nbdoctor"
    response = await jp_fetch("nbdoctor", "api", "kernels", kernel.id, "trials", method="POST", body=TRIAL)
    got = events(response.body)
    assert [name for name, _ in got] == ["progress", "trouble", "fix", "done"]
    assert got[2][1]["verdict"]["reason"] == "nbdoctor is not loaded in the kernel"
    assert got[3][1]["ok"] is False


class TestWithoutTheRightToExecute:
    @pytest.fixture()
    def jp_server_config(self, jp_server_config):
        jp_server_config["ServerApp"]["authorizer_class"] = NoExecution
        return jp_server_config

    async def test_what_acts_in_a_kernel_is_refused(self, jp_fetch, jp_serverapp):
        kernel_id = await jp_serverapp.kernel_manager.start_kernel()
        assert await _status(jp_fetch, *DIAGNOSES, method="POST", body=request(kernel_id, "x", ERROR)) == 403
        for verb, body in (("load", "{}"), ("install", '{"requirement": "x"}'), ("death", "{}")):
            path = ("nbdoctor", "api", "kernels", kernel_id, verb)
            assert await _status(jp_fetch, *path, method="POST", body=body) == 403

        trials = ("nbdoctor", "api", "kernels", kernel_id, "trials")
        assert await _status(jp_fetch, *trials, method="POST", body=TRIAL) == 403
        assert await _status(jp_fetch, "nbdoctor", "api", "kernels", kernel_id) == 403

    async def test_reading_a_traceback_is_not(self, jp_fetch):
        response = await jp_fetch(*DIAGNOSES, method="POST", body=request("", "x", ERROR))
        assert response.code == 200


class TestWithoutTheRightToUseNbdoctor:
    @pytest.fixture()
    def jp_server_config(self, jp_server_config):
        jp_server_config["ServerApp"]["authorizer_class"] = NoDoctor
        return jp_server_config

    async def test_everything_is_refused(self, jp_fetch):
        assert await _status(jp_fetch, *DIAGNOSES, method="POST", body=request("", "x", ERROR)) == 403
        assert await _status(jp_fetch, "nbdoctor", "api", "status") == 403
        assert await _status(jp_fetch, "nbdoctor", "api", "kernels", "x") == 403

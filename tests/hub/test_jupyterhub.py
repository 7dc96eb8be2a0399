"""Two people of a real JupyterHub, with their own servers, before the gateway."""

from __future__ import annotations

import json

import pytest

from ..fake_model import start_fake, stop
from .jupyterhub import PREFIX, JupyterHub
from .stub import KEY


@pytest.fixture(scope="module")
def model():
    """The model server, in a process of its own."""
    process, address = start_fake("--delay", "0")
    yield address
    stop(process)


@pytest.fixture(scope="module")
def hub(tmp_path_factory, model):
    each = {"requests_per_minute": 40, "tokens_per_day": 1_000_000}
    running = JupyterHub(tmp_path_factory.mktemp("hub"), model, each)
    yield running
    running.stop()


@pytest.mark.timeout(240)
def test_two_people_are_diagnosed_through_the_gateway(hub):
    ana, ben = hub.start_server("ana"), hub.start_server("ben")
    for name, token in (("ana", ana), ("ben", ben)):
        status, text = hub.diagnose(name, token)
        assert status == 200
        assert "event: words" in text, text
        assert "trouble" not in text

    # Nobody is diagnosed in somebody else's server, and no answer tells what there is in it.
    assert hub.diagnose("ben", ana)[0] in (403, 404)
    kernel = hub.http.post("/user/ben/api/kernels", headers={"Authorization": f"token {ben}"}).json()["id"]
    seen = {hub.status_of_kernel("ben", ana, one) for one in (kernel, "no-such-kernel")}
    assert len(seen) == 1
    assert seen < {403, 404}
    assert hub.status_of_kernel("ben", ben, kernel) == 200

    # What the limit lets through is used up; the card's sentence is the gateway's.
    for _ in range(30):
        _, text = hub.diagnose("ana", ana)
        if "trouble" in text:
            break
    assert "You have asked the model 40 times within a minute; try again in" in text
    assert "trouble" not in hub.diagnose("ben", ben)[1]

    # Only the administrator sees how the gateway is used.
    seen = [hub.http.get(f"{PREFIX}/metrics", headers={"Authorization": f"token {token}"}) for token in (ana, ben)]
    assert [answer.status_code for answer in seen] == [403, 200]

    # Who is no user any more is out at once.
    own = hub.token_of_server("ben")
    asked = {"headers": {"Authorization": f"Bearer {own}"}}
    assert hub.http.get(f"{PREFIX}/v1/models", **asked).status_code == 200
    hub.api("DELETE", "users/ben/server")
    hub.until(lambda: not hub.api("GET", "users/ben").json()["servers"], 30)
    hub.api("DELETE", "users/ben")
    assert hub.http.get(f"{PREFIX}/v1/models", **asked).status_code == 403

    # The model's key is in nobody's environment and in no log, and neither is anybody's token.
    environment = hub.environment("ana")
    assert environment
    assert KEY not in environment
    log = (hub.folder / "hub.log").read_text()
    for secret in (KEY, ana, ben, own):
        assert secret not in log
        assert secret not in (hub.folder / "audit").read_text()
    people = {json.loads(line)["person"] for line in (hub.folder / "audit").read_text().splitlines()}
    assert people >= {"ana", "ben"}

"""A real JupyterHub with its real proxy: two people, their own servers, and the gateway as a service that the hub manages."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from .stub import KEY

PROXY = Path(os.environ.get("NBDOCTOR_PROXY", Path(__file__).parents[2] / ".cache" / "proxy"))
ADMIN_TOKEN = secrets.token_hex(16)
PREFIX = "/services/nbdoctor"
# No rule has a fix for it.
SOURCE = "word = 'cold'\nassert word == 'warm'"
CONFIG = """
import os, sys
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = ["{proxy}"]
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "open sesame"
c.Authenticator.allowed_users = {{"ana", "ben"}}
c.Authenticator.admin_users = {{"ben"}}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/{{username}}"
c.Spawner.args = ["--allow-root", "--ServerApp.log_level=DEBUG"]
c.Spawner.environment = {{
    "NBDOCTOR_LLM_URL": "http://127.0.0.1:{port}{prefix}/v1",
    "NBDOCTOR_LLM_KEY_VARIABLE": "JUPYTERHUB_API_TOKEN",
    "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
}}
c.JupyterHub.load_groups = {{"class": {{"users": ["ana"]}}}}
c.JupyterHub.services = [
    {{
        "name": "nbdoctor",
        "url": "http://127.0.0.1:{gateway_port}",
        "command": [sys.executable, "-m", "nbdoctor.hub", "--config", "{folder}/gateway.py"],
        "environment": {{"STUB_KEY": os.environ["STUB_KEY"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}},
    }},
    {{"name": "tests", "api_token": os.environ["ADMIN_TOKEN"]}},
]
c.JupyterHub.load_roles = [
    # People may ask the gateway, and their own servers, with the servers' tokens, besides what the hub lets those do anyway.
    {{"name": "user", "scopes": ["self", "access:services!service=nbdoctor"]}},
    {{
        "name": "server",
        "scopes": ["users:activity!user", "access:servers!server", "access:services!service=nbdoctor"],
    }},
    {{"name": "tests", "scopes": ["admin:users", "admin:servers", "access:servers", "tokens"], "services": ["tests"]}},
]
"""
GATEWAY = """
c = get_config()
c.GatewayApp.servers = [{{"url": "{stub}", "key_variable": "STUB_KEY"}}]
c.GatewayApp.groups = {{"class": {{"each": {{"requests_per_minute": 40, "tokens_per_day": 1000000}}}}}}
c.GatewayApp.books = "{folder}/books"
c.GatewayApp.audit = "{folder}/audit"
"""
MODEL = """
import asyncio
from nbdoctor.llm.fake import FakeModel
from nbdoctor.llm.fake_server import serve
asyncio.run(serve(FakeModel({{"replace": {{"cold": "warm"}}}}), {port}))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class JupyterHub:
    """A hub that runs, asked as its administrator."""

    def __init__(self, folder: Path, stub_url: str) -> None:
        proxy = PROXY / "node_modules" / ".bin" / "configurable-http-proxy"
        if not proxy.is_file():
            pytest.fail(f"There is no proxy in {PROXY}: run `make test-python`, which fetches it.")
        self.folder = folder
        self.port, self.gateway_port = free_port(), free_port()
        words = {
            "port": self.port,
            "hub_port": free_port(),
            "proxy_port": free_port(),
            "gateway_port": self.gateway_port,
        }
        config = CONFIG.format(**words, proxy=proxy, folder=folder, prefix=PREFIX)
        (folder / "jupyterhub_config.py").write_text(config)
        (folder / "gateway.py").write_text(GATEWAY.format(stub=stub_url, folder=folder))
        self.log = (folder / "hub.log").open("w")
        env = {k: v for k, v in os.environ.items() if not k.startswith(("NBDOCTOR_", "JUPYTER"))}
        env |= {
            "STUB_KEY": KEY,
            "ADMIN_TOKEN": ADMIN_TOKEN,
            "HOME": str(folder),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py", "--debug"],
            cwd=folder, env=env, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60, trust_env=False)
        self.until(lambda: self.http.get(f"{PREFIX}/health").status_code == 200, 90)

    def until(self, done, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(httpx.HTTPError, KeyError):
                if done():
                    return
            time.sleep(0.1)
        raise AssertionError((self.folder / "hub.log").read_text()[-4000:])

    def api(self, method: str, path: str, **more) -> httpx.Response:
        answer = self.http.request(
            method, f"/hub/api/{path}", headers={"Authorization": f"token {ADMIN_TOKEN}"}, **more
        )
        assert answer.status_code < 400, answer.text
        return answer

    def start_server(self, name: str) -> str:
        """Start the server of a person; gives a token of theirs."""
        self.api("POST", f"users/{name}/server", json={})
        self.until(lambda: self.api("GET", f"users/{name}").json()["servers"][""]["ready"], 60)
        return self.api("POST", f"users/{name}/tokens", json={}).json()["token"]

    def diagnose(self, name: str, token: str) -> tuple[int, str]:
        """What nbdoctor says in this person's server."""
        body = {
            "kernel_id": "",
            "cell": {"source": SOURCE, "id": "c"},
            "notebook": [{"source": SOURCE, "id": "c"}],
            "error": {"name": "AssertionError", "value": "", "traceback": []},
            "model": "always",
        }
        url = f"/user/{name}/nbdoctor/api/diagnoses"
        answer = self.http.post(url, json=body, headers={"Authorization": f"token {token}"})
        return answer.status_code, answer.text

    def environment(self, name: str) -> str:
        """The environment of the person's own server, as its processes have it."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                text = path.read_bytes().replace(b"\0", b"\n").decode("utf-8", "replace")
                if f"\nJUPYTERHUB_USER={name}\n" in text:
                    found.append(text)
        return "\n".join(found)

    def stop(self) -> None:
        self.http.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.log.close()


@pytest.fixture(scope="module")
def stub():
    """The model server, in a process of its own."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", MODEL.format(port=port)])
    yield f"http://127.0.0.1:{port}/v1"
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="module")
def hub(tmp_path_factory, stub):
    if shutil.which("node") is None:
        pytest.fail("There is no node for the proxy of JupyterHub.")
    running = JupyterHub(tmp_path_factory.mktemp("hub"), stub)
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

    # Nobody is diagnosed in somebody else's server, and nothing tells that it exists.
    assert hub.diagnose("ben", ana)[0] in (403, 404)

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
    own = next(
        line.split("=", 1)[1]
        for line in hub.environment("ben").splitlines()
        if line.startswith("JUPYTERHUB_API_TOKEN=")
    )
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

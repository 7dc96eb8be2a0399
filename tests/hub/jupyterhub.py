"""A real JupyterHub with its real proxy, and the gateway as a service that the hub manages."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from ..ports import free_port
from .stub import KEY

PROXY = Path(os.environ.get("NBDOCTOR_PROXY", Path(__file__).parents[2] / ".cache" / "proxy"))
ADMIN_TOKEN = secrets.token_hex(16)
PREFIX = "/services/nbdoctor"
PASSWORD = "open sesame"
# No rule has a fix for it; the fake model reads the comment.
SOURCE = "# nbdoctor-fake: replace cold with warm\nword = 'cold'\nassert word == 'warm'"
CONFIG = """
import os, sys
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = ["{proxy}"]
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "{password}"
c.Authenticator.allowed_users = {{"ana", "ben"}}
c.Authenticator.admin_users = {{"ben"}}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/{{username}}"
c.Spawner.args = ["--allow-root", "--ServerApp.log_level=DEBUG", "--LabApp.expose_app_in_browser=True"]
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
c.GatewayApp.servers = [{{"url": "{model}", "key_variable": "STUB_KEY"}}]
c.GatewayApp.groups = {{"class": {{"each": {each}}}}}
c.GatewayApp.books = "{folder}/books"
c.GatewayApp.audit = "{folder}/audit"
"""


class JupyterHub:
    """A hub that runs, asked as its administrator. Its people are ana, who is in the group ``class``, and ben.

    Args:
        folder: where it keeps everything; the homes of the people are in it.
        model_url: the model server behind the gateway.
        each: the gateway's limits of each member of ``class``.
    """

    def __init__(self, folder: Path, model_url: str, each: dict[str, int]) -> None:
        if shutil.which("node") is None:
            pytest.fail("There is no node for the proxy of JupyterHub.")
        proxy = PROXY / "node_modules" / ".bin" / "configurable-http-proxy"
        if not proxy.is_file():
            pytest.fail(f"There is no proxy in {PROXY}: run `make test-python`, which fetches it.")
        self.folder = folder
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        ports = {"hub_port": free_port(), "proxy_port": free_port(), "gateway_port": free_port()}
        config = CONFIG.format(port=port, **ports, proxy=proxy, folder=folder, prefix=PREFIX, password=PASSWORD)
        (folder / "jupyterhub_config.py").write_text(config)
        (folder / "gateway.py").write_text(GATEWAY.format(model=model_url, each=each, folder=folder))
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
        self.http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        try:
            self.until(lambda: self.http.get(f"{PREFIX}/health").status_code == 200, 90)
        except AssertionError:
            self.stop()
            raise

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

    def status_of_kernel(self, name: str, token: str, kernel_id: str) -> int:
        """What the nbdoctor of this person's server answers when it is asked for a kernel."""
        url = f"/user/{name}/nbdoctor/api/kernels/{kernel_id}"
        return self.http.get(url, headers={"Authorization": f"token {token}"}).status_code

    def environment(self, name: str) -> str:
        """The environment of the person's own server, as its processes have it. Another hub may run with people of that name."""
        found, home = [], f"HOME={self.folder / name}"
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                text = path.read_bytes().replace(b"\0", b"\n").decode("utf-8", "replace")
                if home in text.splitlines():
                    found.append(text)
        return "\n".join(found)

    def token_of_server(self, name: str) -> str:
        """The token that the hub has given to the person's own server."""
        lines = self.environment(name).splitlines()
        return next(line.split("=", 1)[1] for line in lines if line.startswith("JUPYTERHUB_API_TOKEN="))

    def stop(self) -> None:
        self.http.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.log.close()

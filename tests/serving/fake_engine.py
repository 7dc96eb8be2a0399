"""Environments with an engine that is a small script: it lists flags, writes lines, serves, ends, all as it is told."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

FLAGS = """usage: vllm serve [model_tag] [options]
Options:
  --host HOST           Host name. See --unheard-of.
  --port PORT           Port number.
  --served-model-name NAME [NAME ...]
  --max-model-len N
  --enable-prefix-caching, --no-enable-prefix-caching
  --enforce-eager, --no-enforce-eager
  --max-num-seqs N
  --dtype {auto,float32}
  --gpu-memory-utilization F
  --speculative-config JSON
"""

SCRIPT = """#!{python} -IS
import json, os, re, signal, sys, time
here = os.path.dirname(os.path.abspath(__file__))
told = json.load(open(os.path.join(here, "told.json")))
argv = sys.argv[1:]
if any(word.startswith("--help") for word in argv):
    with open(os.path.join(here, "asked"), "a") as file:
        file.write(" ".join(argv) + "\\n")
    if argv[-1] == "--help=all" and not told["help_all"]:
        sys.exit("no such section")
    print(told["flags"])
    sys.exit(told["help_exit"])
with open(os.path.join(here, "called.json"), "w") as file:
    json.dump({{"argv": argv, "env": dict(os.environ), "pid": os.getpid()}}, file)
if told["ignores_signals"]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if told["child"]:
    import subprocess
    child = subprocess.Popen([sys.executable, "-IS", "-c", "import time; time.sleep(60)"])
    open(os.path.join(here, "child"), "w").write(str(child.pid))
for line in told["lines"]:
    print(line, flush=True)
time.sleep(told["pause"])
if told["exit"] is not None:
    sys.exit(told["exit"])
from http.server import BaseHTTPRequestHandler, HTTPServer
text = " ".join(argv) if "--port" in argv else open(argv[-1]).read()
port = int(re.search(r"(?:--port |port: )(\\d+)", text)[1])
key = os.environ.get("VLLM_API_KEY", "")
class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_GET(self):
        status, body = 200, ""
        if self.path.startswith("/v1"):
            if key and self.headers.get("Authorization") != "Bearer " + key:
                status = 401
            if told["names"] is None:
                status = 500
            body = json.dumps({{"data": [{{"id": name, "max_model_len": 4096}} for name in told["names"] or ()]}})
        elif self.path == "/metrics":
            body = told["metrics"]
        elif self.path not in ("/health", "/-/healthz"):
            status = 404
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())
HTTPServer.allow_reuse_address = True
server = HTTPServer(("127.0.0.1", port), Handler)
if told["serve_seconds"]:
    server.timeout = 0.05
    until = time.time() + told["serve_seconds"]
    while time.time() < until:
        server.handle_request()
    sys.exit(3)
server.serve_forever()
"""


class Environment:
    """An environment with a fake engine. ``python`` is its interpreter."""

    def __init__(self, root: Path, *, executable: str = "vllm", distributions: tuple[str, ...] = ("vllm",)) -> None:
        self.bin = root / "bin"
        site = root / "site"
        self.bin.mkdir(parents=True)
        site.mkdir()
        self.python = self.bin / "python"
        _program(self.python, f'#!/bin/sh\nPYTHONPATH={site} exec {sys.executable} -S "$@"\n')
        for name in distributions:
            folder = site / f"{name}-9.9.dist-info"
            folder.mkdir()
            (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 9.9\n")
        _program(self.bin / executable, SCRIPT.format(python=sys.executable))
        self.executable = self.bin / executable
        self._told = {
            "flags": FLAGS,
            "help_all": True,
            "help_exit": 0,
            "lines": ["INFO 11-21 10:00:00 [loader.py:12] Loading weights"],
            "exit": None,
            "pause": 0,
            "names": ["tiny"],
            "metrics": 'vllm:num_requests_running{engine="0"} 2.0\nvllm:num_requests_waiting{engine="0"} 1.0\n',
            "ignores_signals": False,
            "child": False,
            "serve_seconds": 0,
        }
        self.tell()

    def tell(self, **told: object) -> None:
        """How the engine behaves from now on."""
        self._told.update(told)
        (self.bin / "told.json").write_text(json.dumps(self._told))

    def rename(self, version: str, name: str = "vllm") -> None:
        """Give the distribution another version."""
        metadata = self.bin.parent / "site" / f"{name}-9.9.dist-info" / "METADATA"
        metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")

    def called(self) -> dict:
        """How the engine was started: ``argv``, ``env``, ``pid``."""
        return json.loads((self.bin / "called.json").read_text())

    def asked(self) -> list[str]:
        """The command lines that asked for flags."""
        path = self.bin / "asked"
        return path.read_text().splitlines() if path.exists() else []


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def model(folder: Path, size: int = 1000, **config: object) -> Path:
    """A folder that looks like a model; the weights take no room on the disk."""
    folder.mkdir(parents=True)
    described = {
        "architectures": ["Qwen2ForCausalLM"],
        "dtype": "bfloat16",
        "hidden_size": 1536,
        "num_attention_heads": 12,
        "num_hidden_layers": 28,
        "num_key_value_heads": 2,
        "max_position_embeddings": 32768,
        **config,
    }
    (folder / "config.json").write_text(json.dumps(described))
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    with (folder / "model.safetensors").open("wb") as file:
        os.truncate(file.fileno(), size)
    return folder


def nvidia_smi(folder: Path, text: str, code: int = 0) -> None:
    """A ``nvidia-smi`` that says this."""
    folder.mkdir(parents=True, exist_ok=True)
    _program(folder / "nvidia-smi", f"#!/bin/sh\ncat <<'END'\n{text}\nEND\nexit {code}\n")

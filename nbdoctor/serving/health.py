"""What a running server says of itself."""

from __future__ import annotations

import re
from typing import Any

import httpx

from .state import Running
from .tables import engines

_SECONDS = 5.0
_METRIC = re.compile(r"^vllm:num_requests_(running|waiting)(?:\{[^}]*\})?\s+([\d.eE+]+)", re.MULTILINE)


def answers(running: Running) -> bool:
    """Whether the server says that it is well."""
    response = _get(running, engines()[running.engine].health)
    return response is not None and response.status_code == 200


def listed(running: Running) -> list[str] | None:
    """The models that ``/v1/models`` names; None where it does not answer with a list."""
    response = _get(running, "/v1/models")
    if response is None or response.status_code != 200:
        return None
    try:
        document: Any = response.json()
        return [str(entry["id"]) for entry in document["data"]]
    except (ValueError, KeyError, TypeError):
        return None


def requests(running: Running) -> dict[str, int]:
    """How many requests are ``running`` and ``waiting``; empty where the server does not say."""
    response = _get(running, "/metrics")
    if response is None or response.status_code != 200:
        return {}
    counts: dict[str, int] = {}
    for kind, value in _METRIC.findall(response.text):
        counts[kind] = counts.get(kind, 0) + int(float(value))
    return counts


def _get(running: Running, path: str) -> httpx.Response | None:
    key = running.key()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        # A proxy of the environment would carry the key to another machine.
        with httpx.Client(trust_env=False, timeout=_SECONDS, headers=headers) as client:
            return client.get(running.url.removesuffix("/v1") + path)
    except httpx.HTTPError:
        return None

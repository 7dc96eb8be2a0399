"""What the network and the server say went wrong, as nbdoctor's errors: each a sentence that names the address."""

from __future__ import annotations

import json

import httpx

from ..errors import GATEWAY, ModelError, ModelFailed, ModelLimited, ModelRefused, ModelTimeout, ModelUnavailable
from ..text import plain
from .address import Address

#: What to do where what answers is no model server.
CHECK_ADDRESS = "Check that NBDOCTOR_LLM_URL is the address of an OpenAI-compatible server."
_EXCERPT = 300


class RequestRejected(ModelFailed):
    """400 or 422: the server does not understand a field of the request. Another form of it may do."""

    retryable = False


def excerpt(body: str, key: str = "") -> str:
    """What a person should see of a server's answer: its own message if it has one, bounded, without the key."""
    body = body.replace(key, "…") if key else body  # before anything is cut, or a part of it would stay
    try:
        document = json.loads(body)
        error = document.get("error", document) if isinstance(document, dict) else document
        body = error.get("message", body) if isinstance(error, dict) else str(error)
    except ValueError:
        pass
    return " ".join(plain(str(body), _EXCERPT).split())


def from_status(address: Address, status: int, body: str, *, model: str = "", key: str = "") -> ModelError:
    """The error for an HTTP answer other than 200.

    Args:
        address: of the server.
        status: the HTTP status.
        body: what the server wrote.
        model: the model that was asked for, if one was.
        key: the key that was sent; it never appears in the message.

    Returns:
        The error to raise.
    """
    at, said = f"The model server at {address.shown}", excerpt(body, key)
    tail = f": {said.rstrip('.')}." if said else "."
    if GATEWAY in body and (sentence := _of_gateway(body)):
        if status in (401, 403):
            return ModelRefused(sentence, hint="Stop your server on the hub and start it again: it gets a new token.")
        if status == 429:
            return ModelLimited(sentence)
    if status in (401, 403):
        return ModelRefused(f"{at} refused the key (HTTP {status}){tail}")
    if status == 404 and model:
        return ModelFailed(
            f"{at} does not serve the model {model!r} (HTTP 404){tail}",
            hint="Set NBDOCTOR_LLM_MODEL to a name that the server's /v1/models lists.",
            retryable=False,
        )
    if status in (400, 422):
        return RequestRejected(f"{at} did not accept the request (HTTP {status}){tail}")
    if 300 <= status < 400:
        return ModelFailed(f"{at} redirects elsewhere (HTTP {status}), which is not followed.", retryable=False)
    busy = " is busy" if status in (429, 503) else " failed"
    return ModelFailed(f"{at}{busy} (HTTP {status}){tail}", retryable=status == 429 or status >= 500)


def _of_gateway(body: str) -> str:
    try:
        error = json.loads(body)["error"]
        return plain(str(error["message"]), _EXCERPT) if error["by"] == GATEWAY else ""
    except (ValueError, LookupError, TypeError):
        return ""


def from_transport(
    address: Address, error: httpx.HTTPError | httpx.InvalidURL, seconds: float, *, begun: bool
) -> ModelError:
    """The error for a request that got no whole answer.

    Args:
        address: of the server.
        error: what httpx raised.
        seconds: the silence that was allowed.
        begun: whether the answer had begun.

    Returns:
        The error to raise.
    """
    at = f"The model server at {address.shown}"
    if isinstance(error, httpx.ReadTimeout):
        return ModelTimeout(f"{at} said nothing for {seconds:g} seconds.")
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return ModelUnavailable(f"No model server answers at {address.shown}.")
    if begun:
        return cut(address)
    return ModelUnavailable(f"{at} closed the connection without an answer ({type(error).__name__}).")


def cut(address: Address) -> ModelUnavailable:
    """The error for a stream that ended in the middle."""
    return ModelUnavailable(
        f"The answer of the model server at {address.shown} was cut off in the middle.",
        hint="The server may have stopped; its own log says more. Ask again.",
    )

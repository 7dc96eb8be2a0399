"""Where the model server is: every spelling of its address that people use, and whether it is this machine."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ..errors import ConfigurationError
from ..plugins import installed

#: Ends of an address that name one endpoint rather than the server; longest first.
_ENDPOINTS = ("/chat/completions", "/completions", "/models", "/tokenize", "/health")


@dataclass(frozen=True)
class Address:
    """A model server. ``base`` ends in ``/v1``; ``shown`` is the same without credentials; ``socket`` is the path of a
    Unix socket or empty; ``remote`` says whether text sent there leaves this machine; ``backend`` is the scheme of an address
    that another distribution serves, or empty."""

    base: str
    shown: str
    socket: str
    remote: bool
    backend: str = ""


def parse(url: str) -> Address:
    """Understand the setting ``llm_url``.

    Args:
        url: ``http://h:8000``, ``h:8000``, ``…/v1``, ``…/v1/chat/completions``, ``unix:/path/to.sock``, or ``name:…`` with the
            name of an entry point of the group ``nbdoctor.backends``.

    Returns:
        The server's address.

    Raises:
        ConfigurationError: where the text is no address of an HTTP server.
    """
    text = url.strip()
    if text.startswith(("unix:", "http+unix:")):
        path = unquote(text.split(":", 1)[1])
        return Address("http://localhost/v1", text, "/" + path.lstrip("/"), False)
    scheme = text.partition(":")[0]
    if scheme not in ("http", "https") and (backend := installed("nbdoctor.backends").get(scheme)) is not None:
        return Address(f"http://{scheme}/v1", text, "", getattr(backend, "remote", True), scheme)
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("http", "https"):
        raise ConfigurationError(
            "The address of the model server is not one of an HTTP server.",
            hint="NBDOCTOR_LLM_URL looks like http://127.0.0.1:8000/v1.",
        )
    place = f"[{host}]" if ":" in host else host
    place = f"{place}:{port}" if port else place
    credentials = parts.netloc.rpartition("@")[0]
    path = _server_path(parts.path)
    base = f"{parts.scheme}://{credentials}{'@' if credentials else ''}{place}{path}"
    return Address(base, f"{parts.scheme}://{place}{path}", "", not _is_loopback(host))


def _server_path(path: str) -> str:
    path = path.rstrip("/")
    for end in _ENDPOINTS:
        if path.endswith(end):
            path = path[: -len(end)].rstrip("/")
            break
    return path if path.endswith("/v1") else f"{path}/v1"


def _is_loopback(host: str) -> bool:
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

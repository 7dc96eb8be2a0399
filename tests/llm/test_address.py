from __future__ import annotations

import pytest

from nbdoctor.errors import ConfigurationError
from nbdoctor.llm.address import parse


@pytest.mark.parametrize(
    "url",
    [
        "http://h:8000", "http://h:8000/", "http://h:8000/v1", "http://h:8000/v1/", "h:8000",
        "http://h:8000/v1/chat/completions", "http://h:8000/v1/models", " http://h:8000/v1 ",
    ],
)  # fmt: skip
def test_every_spelling_means_the_same_server(url):
    assert parse(url).base == "http://h:8000/v1"


def test_a_path_before_v1_is_kept():
    assert parse("https://h/gateway/v1/chat/completions").base == "https://h/gateway/v1"
    assert parse("https://h/gateway").base == "https://h/gateway/v1"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://127.9.8.7", "http://[::1]:8000/v1", "http://localhost:1", "http://LOCALHOST."]
)
def test_this_machine_is_not_remote(url):
    assert not parse(url).remote


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1", "http://example.org", "http://localhost.evil.org", "http://[2001:db8::1]", "http://0.0.0.0"],
)
def test_other_machines_are_remote(url):
    assert parse(url).remote


def test_credentials_are_not_shown():
    address = parse("http://me:hush@127.0.0.1:8000")
    assert address.shown == "http://127.0.0.1:8000/v1"
    assert "hush" in address.base


def test_a_unix_socket():
    address = parse("unix:/run/model.sock")
    assert (address.socket, address.remote) == ("/run/model.sock", False)


@pytest.mark.parametrize("url", ["ftp://h", "http://", "http://h:notaport", "file:///etc/passwd"])
def test_no_address(url):
    with pytest.raises(ConfigurationError, match="not one of an HTTP server"):
        parse(url)

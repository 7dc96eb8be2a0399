import pytest

from nbdoctor.protocol import RaisedError
from nbdoctor.rules.base import Context
from nbdoctor.rules.infra import machine, network

from ..support import FakeNamespace, first, repaired, report

POOL = "HTTPSConnectionPool(host='data.example', port=443): Max retries exceeded with url: / (Caused by {})"


@pytest.fixture(autouse=True)
def connected(monkeypatch):
    """What is said depends on the error alone."""
    monkeypatch.setattr(machine, "has_way_out", lambda root="/": True)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        ("URLError", "<urlopen error [Errno -2] Name or service not known>", "no_such_host"),
        ("gaierror", "[Errno -3] Temporary failure in name resolution", "no_such_host"),
        ("ConnectionError", POOL.format("NameResolutionError(\"Failed to resolve 'data.example'\")"), "no_such_host"),
        ("SSLError", POOL.format("SSLError(SSLCertVerificationError(1, 'certificate verify failed'))"), "tls_certificate"),
        ("SSLError", POOL.format("SSLError(SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number'))"), "tls"),
        ("ProxyError", POOL.format("ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed'))"), "proxy"),
        ("ConnectionError", POOL.format("NewConnectionError('[Errno 111] Connection refused')"), "connection_refused"),
        ("ConnectionError", POOL.format("NewConnectionError('[Errno 101] Network is unreachable')"), "no_route"),
        ("ConnectTimeout", POOL.format("ConnectTimeoutError('Connection to data.example timed out.')"), "network_timeout"),
        ("ReadTimeout", "HTTPSConnectionPool(host='data.example', port=443): Read timed out.", "network_timeout"),
        ("ConnectionError", "('Connection aborted.', RemoteDisconnected('Remote end closed connection'))", "connection_broken"),
        ("ChunkedEncodingError", "('Connection broken: IncompleteRead(7 bytes read)')", "connection_broken"),
        ("ClientConnectorError", "Cannot connect to host data.example:443 ssl:default [None]", "network"),
        ("HTTPError", "HTTP Error 401: Unauthorized", "http_unauthorized"),
        ("HTTPError", "403 Client Error: Forbidden for url: https://data.example/a", "http_forbidden"),
        ("HTTPStatusError", "Client error '404 Not Found' for url 'https://data.example/a'", "http_not_found"),
        ("RateLimitError", "Error code: 429 - {'error': {'message': 'slow down'}}", "http_too_many"),
        ("ClientResponseError", "503, message='Service Unavailable', url='https://data.example/a'", "http_server"),
        ("HTTPError", "413 Client Error: Request Entity Too Large for url: https://data.example/a", "http_too_large"),
    ],
)  # fmt: skip
def test_what_went_wrong(error, message, kind):
    found = first(report("fetch()", error, message, "fetch()"))
    assert (found.kind, found.fixes) == (kind, [])
    assert ("data.example" in message) == ("`data.example" in found.headline)


def test_the_chain_of_causes_is_read():
    made = report("client.ask()", "APIConnectionError", "Connection error.")
    made.errors.append(RaisedError("ConnectError", "[Errno -3] Temporary failure in name resolution", relation="cause"))
    assert first(made).kind == "no_such_host"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("ValueError", "Connection refused"),
        ("AssertionError", "404 Client Error"),
        ("RayTaskError(OSError)", "ray::f() (pid=7, ip=1)\nOSError: Name or service not known"),
        ("HTTPError", "HTTP Error 400: Bad Request"),
    ],
)
def test_what_is_not_about_a_network(error, message):
    context = Context(report("go()", error, message, "go()"), FakeNamespace())
    assert [rule(context) for rule in network.RULES] == [None, None]


def test_the_address_comes_from_the_cell():
    source = "where = 'https://data.example/a.csv'\nread(where)"
    found = first(report(source, "URLError", "<urlopen error [Errno -2] Name or service not known>", "read(where)"))
    assert found.headline == "The address of `data.example` could not be found."
    found = first(report(source, "HTTPError", "HTTP Error 404: Not Found", "read(where)"))
    assert found.headline == "`data.example` has nothing at this address."
    assert found.facts == ["What was asked for is `a.csv`."]


def test_a_misspelled_address_is_corrected():
    source = "read('https://raw.githubusercontent.con/a/b.csv')"
    made = report(source, "URLError", "<urlopen error [Errno -2] Name or service not known>", source)
    assert repaired(made) == "read('https://raw.githubusercontent.com/a/b.csv')"
    assert first(made).headline == (
        "There is no address `raw.githubusercontent.con`; the closest that is widely used is `raw.githubusercontent.com`."
    )


def test_this_machine_s_part_in_it(monkeypatch):
    monkeypatch.setattr(machine, "has_way_out", lambda root="/": False)
    made = report("fetch()", "URLError", "<urlopen error [Errno -2] Name or service not known>")
    assert "no default route" in first(made).facts[0]
    monkeypatch.setenv("HTTPS_PROXY", "http://ana:secret@proxy.example")
    assert first(made).facts[-1] == "Requests go through a proxy, which the environment names in `HTTPS_PROXY`."
    assert "secret" not in str(first(made))
    assert first(made, FakeNamespace(live=False)).facts == []

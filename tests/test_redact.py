"""Secrets out, and back in."""

from __future__ import annotations

import pytest

from nbdoctor.redact import Redactor, environment_secrets

SECRETS = [
    "sk-proj-abcdefghijklmnop1234",
    "ghp_abcdefghijklmnopqrstuvwxyz012345",
    "github_pat_11ABCDEFG0123456789_abcdefghij",
    "hf_abcdefghijklmnopqrstuvwx",
    "xoxb-1234567890-abcdefghij",
    "AKIAIOSFODNN7EXAMPLE",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijkl",
    "glpat-abcdefghij0123456789",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_tokens_of_known_form_are_found_anywhere(secret):
    for text in (f"key = {secret!r}", f"headers {{'X': {secret}}}", f"...{secret}...", f"ValueError: bad key {secret}"):
        assert secret not in Redactor().redact(text)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('password = "correct horse"', "correct horse"),
        ("db = {'user': 'me', 'password': 'pa$$'}", "pa$$"),
        ('os.environ["API_KEY"] = "abc123"', "abc123"),
        ("connect(api_key='abc123', timeout=3)", "abc123"),
        ("postgresql://me:s3cr3t@db.example/x", "s3cr3t"),
        ("https://x.example/?q=1&access_token=abc123&r=2", "abc123"),
        ("Authorization: Bearer abcdefghijklmnop", "abcdefghijklmnop"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
        ("-----BEGIN PRIVATE KEY-----\ncut off MIIE", "MIIE"),
    ],
)
def test_secrets_are_known_by_where_they_stand(text, secret):
    assert secret not in Redactor().redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "password = getpass()",
        "tokens = tokenizer(text)",
        "x = d['token']",
        "https://x.example/path?page=2",
        "key = 'b'",
        "secret",
    ],
)
def test_code_without_secrets_stays(text):
    assert Redactor().redact(text) == text


@pytest.mark.parametrize("piece", ["a-", "token", "token-", "eyJabcdefgh-", "?a", "://a:", "bearer ", "-----BEGIN A"])
def test_a_long_text_without_spaces_takes_no_time_to_speak_of(piece):
    # With a time that grows with the square of the length this would take hours; the suite's own limit ends it.
    assert len(Redactor().redact(piece * (300_000 // len(piece)))) > 0


def test_the_same_secret_is_the_same_placeholder_and_comes_back():
    redactor = Redactor(["hunter2hunter2"])
    text = "a = 'hunter2hunter2'; password = 'p1p2p3'; b = 'hunter2hunter2'; url = 'ftp://u:pw1@h'"
    hidden = redactor.redact(text)
    assert hidden.count("‹environment-1›") == 2
    assert redactor.restore(hidden) == text
    assert redactor.redact(hidden) == hidden
    assert redactor.counts == {"environment": 1, "password": 2}


def test_secrets_of_the_environment_are_known_by_name_and_length():
    environ = {"OPENAI_API_KEY": "0123456789", "DB_PASSWORD": "longer-password", "PATH": "/usr/bin", "MY_TOKEN": "x"}
    assert environment_secrets(environ) == ["longer-password", "0123456789"]


def test_it_is_quick_with_long_text():
    text = "password " * 20_000 + "a" * 200_000 + "://" * 1000
    assert Redactor().redact(text) == text

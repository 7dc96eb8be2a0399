"""Waiting for what a page answers by and by."""

from __future__ import annotations

import time

PAUSE = 100  # milliseconds


def wait_until(page, question: str, seconds: float = 30) -> None:
    """Ask an asynchronous function of the page again and again until it answers with something true.

    Playwright's ``wait_for_function`` takes a promise for an answer, whatever comes of it.

    Raises:
        AssertionError: where it never does.
    """
    deadline = time.monotonic() + seconds
    while not page.evaluate(question):
        assert time.monotonic() < deadline, f"never true: {question}"
        page.wait_for_timeout(PAUSE)

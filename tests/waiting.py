"""Waiting for what nobody tells of."""

from __future__ import annotations

import time

PAUSE = 0.02  # seconds


def wait_until(holds, seconds: float = 3.0):
    """Ask again and again: the first true value of ``holds()``, or the last after so many seconds."""
    end = time.monotonic() + seconds
    while not (value := holds()) and time.monotonic() < end:
        time.sleep(PAUSE)
    return value

"""Every way out of a trial is tried, in a real kernel, at each tier, as ourselves and as a user without rights; nothing
outside may change, and a trial that was denied anything is never passed."""

from __future__ import annotations

import json
import re

import pytest

from ...waiting import wait_until
from .attempts import AS_NOBODY, ATTEMPTS, SETUP
from .conftest import WAYS


@pytest.fixture(scope="module")
def prepared(places):
    """A place whose kernel has open what a trial might use."""
    ready = set()

    def prepare(way):
        place = places(way)
        if way not in ready:
            ready.add(way)
            names = json.dumps({**place.world.names, "kernel": place.kernel.pid})
            place.kernel.run(f"import json, types\nw = types.SimpleNamespace(**json.loads({names!r}))")
            place.kernel.run(SETUP)
            place.world.accept()
            place.kernel.trial("1")
        return place

    return prepare


def _all():
    for way in WAYS:
        for attempt in AS_NOBODY if "nobody" in way else ATTEMPTS:
            yield pytest.param(way, attempt, id=f"{way}-{re.sub(r'[^a-z]+', '-', attempt.name)}")


@pytest.mark.parametrize(("way", "attempt"), list(_all()))
def test_nothing_gets_out(prepared, way, attempt):
    place = prepared(way)
    kernel, expected = place.kernel, getattr(attempt, place.tier)
    if attempt.before:
        kernel.run(attempt.before)
    for name, value in attempt.settings.items():
        kernel.run(f"limits.{name} = {value}", silent=True)
    # What the last check saw is what is there before this attempt.
    before = place.last if place.last and not (attempt.before or attempt.settings) else place.state()
    result = kernel.trial(attempt.cell)
    leftover = wait_until(lambda: kernel.processes() == before["processes"])
    found = place.check(before)
    if attempt.settings:
        kernel.run("import importlib; importlib.reload(limits)", silent=True)
    if attempt.after:
        kernel.run(attempt.after)
    if attempt.after or attempt.settings:
        place.last = {}
    verdict = result.verdict
    last = verdict.output.splitlines()[-1:] or [""]
    said = f"{verdict.status}: {last[0] if verdict.status == 'passed' else verdict.reason}"
    assert found == {}, (said, verdict.output)
    assert leftover, (said, kernel.processes(), before["processes"])
    assert re.match(expected, said), (said, verdict.output)
    assert kernel.process.poll() is None

"""One real kernel for each way of confinement, shared by a file's tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from .kernels import NOBODY, RealKernel, World, changes

#: tier, and whether as another user than ours: one without rights, where the tests run as root.
WAYS = ["full", "basic", *(["full-nobody", "basic-nobody"] if os.name == "posix" and os.geteuid() == 0 else [])]


def without_confinement(why: str) -> None:
    """The tests that need it are not made: a failure where it is promised (CI), elsewhere a skip that says so."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"NO TRIAL WAS TESTED: {why}")
    pytest.skip(f"NO TRIAL WAS TESTED: {why}")


@dataclass
class Place:
    """A kernel, and the world that it is in."""

    kernel: RealKernel
    world: World
    tier: str
    last: dict = field(default_factory=dict)

    def state(self) -> dict:
        """All that no trial may change, but for the number of eventfds, which `check` bounds."""
        return {**self.kernel.snapshot(), **self.world.state(), "processes": self.kernel.processes()}

    def check(self, before: dict) -> dict:
        """What has changed; empty where all is as it should be. The next cell must work."""
        ran = self.kernel.run("print('next')")
        after = self.last = self.state()
        found = changes(*({**state, "events": None} for state in (_without_cell(before), _without_cell(after))))
        if ran.printed != "next\n" or ran.heard:
            found["heard"] = (ran.printed, ran.heard)
        if len(after["In"]) != len(before["In"]) + 1:
            found["In"] = (before["In"], after["In"])
        if after["events"] > before["events"] + 3:
            found["events"] = (before["events"], after["events"])
        return found


def _without_cell(state: dict) -> dict:
    """The state less what the cell that `Place.check` runs adds."""
    return {key: value for key, value in state.items() if key not in ("In", "underscores", "count", "history")}


@pytest.fixture(scope="module")
def places():
    """Make a kernel and its world; each way is made once a module."""
    made = {}
    folders = []

    def place(way: str) -> Place:
        if way not in made:
            tier, _, other = way.partition("-")
            folder = Path(tempfile.mkdtemp(prefix="nbdoctor-kernel-"))
            folders.append(folder)
            folder.chmod(0o755)
            user = NOBODY if other else None
            world = World(folder, user)
            kernel = RealKernel(folder / "kernel", basic=tier == "basic", user=user)
            made[way] = Place(kernel, world, tier)
        found = made[way]
        if found.kernel.confinement["tier"] != found.tier:
            without_confinement(f"tier {found.tier}: {found.kernel.confinement['sentence']}")
        return found

    yield place
    for found in made.values():
        found.kernel.close()
        found.world.close()
    for folder in folders:
        shutil.rmtree(folder)

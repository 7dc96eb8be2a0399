"""Who is next before the model servers: group by group, then person by person, so that nobody starves another.

Start-time fair queueing: each group, and within it each person, has a clock that a request moves on by its cost, divided by the
group's weight. The one that is furthest behind is next; who comes back after a pause starts where the others are and saves
nothing up. Goyal, Vin and Cheng, "Start-Time Fair Queueing", IEEE/ACM Transactions on Networking 5(5), 1997.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from .limits import Limits, Standing


class QueueFull(Exception):
    """A person has too many requests waiting already."""


class QueueSlow(Exception):
    """The turn did not come in time."""


@dataclass(eq=False)
class _Entry:
    """A request that waits."""

    model: str
    cost: float
    granted: asyncio.Future[None]


#: Whether there is room for a model.
_Free = Callable[[str], bool]


@dataclass
class _Person:
    """What waits, the oldest first, and how much runs."""

    limits: Limits
    waiting: deque[_Entry] = field(default_factory=deque)
    running: int = 0
    clock: float = 0.0

    @property
    def idle(self) -> bool:
        return not self.waiting and not self.running

    def ready(self, free: _Free) -> bool:
        return _below(self.running, self.limits) and any(free(entry.model) for entry in self.waiting)


@dataclass
class _Group:
    limits: Limits
    people: dict[str, _Person] = field(default_factory=dict)
    running: int = 0
    clock: float = 0.0

    def next(self, free: _Free) -> _Person | None:
        """Whose turn it is in the group."""
        if not _below(self.running, self.limits):
            return None
        ready = (person for person in self.people.values() if person.ready(free))
        return min(ready, key=lambda person: person.clock, default=None)


class FairQueue:
    """Requests that wait for a model server.

    Args:
        room: how many requests for a model may run at once, and for all of them (None), as it is at this moment.
        waiting: requests of one person that may wait.
    """

    def __init__(self, room: Callable[[str | None], int], waiting: int) -> None:
        self._room = room
        self._limit = waiting
        self._groups: dict[str, _Group] = {}
        self._clock = 0.0
        self._models: Counter[str] = Counter()
        self.running = 0
        self.waiting = 0

    @asynccontextmanager
    async def turn(self, standing: Standing, model: str, cost: float, seconds: float) -> AsyncIterator[None]:
        """Wait for a turn, and have it as long as the context lasts. Who is cancelled while waiting leaves the queue.

        Args:
            standing: the person. Their limits hold from now on, also for what waits already.
            model: that is asked: a request for one that has room does not wait for those of another.
            cost: of the request, in tokens.
            seconds: to wait at most.

        Raises:
            QueueFull: where the person has too many waiting already.
            QueueSlow: where the turn did not come in time.
        """
        group, person = self._enter(standing)
        if len(person.waiting) >= self._limit:
            raise QueueFull
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = _Entry(model, max(cost, 1.0), granted)
        person.waiting.append(entry)
        self.waiting += 1
        self.grant()
        try:
            await asyncio.wait([granted], timeout=seconds)
            if not granted.done():
                raise QueueSlow
            yield
        finally:
            if granted.done():  # also where it was cancelled before it knew of its turn
                group.running -= 1
                person.running -= 1
                self.running -= 1
                self._models[model] -= 1
            else:
                person.waiting.remove(entry)
                self.waiting -= 1
            self._forget(standing, group, person)
            self.grant()

    def grant(self) -> None:
        """Give turns while there is room. Called also where room has come by itself: a server is back."""
        while self.running < self._room(None):
            ready = [(group, person) for group in self._groups.values() if (person := group.next(self._free))]
            if not ready:
                return
            group, person = min(ready, key=lambda pair: pair[0].clock)
            entry = next(entry for entry in person.waiting if self._free(entry.model))
            person.waiting.remove(entry)
            self.waiting -= 1
            self._clock = max(self._clock, group.clock)
            group.clock += entry.cost / group.limits.weight
            person.clock += entry.cost
            for counted in (group, person, self):
                counted.running += 1
            self._models[entry.model] += 1
            entry.granted.set_result(None)

    def _free(self, model: str) -> bool:
        return self._models[model] < self._room(model)

    def _enter(self, standing: Standing) -> tuple[_Group, _Person]:
        group = self._groups.setdefault(standing.group, _Group(standing.group_limits, clock=self._clock))
        group.limits = standing.group_limits
        others = [person.clock for person in group.people.values()]
        person = group.people.setdefault(standing.name, _Person(standing.limits, clock=min(others, default=0.0)))
        person.limits = standing.limits
        return group, person

    def _forget(self, standing: Standing, group: _Group, person: _Person) -> None:
        """Drop who has nothing here any more: the queue's memory is that of its requests."""
        if person.idle:
            group.people.pop(standing.name, None)
        if not group.people:
            self._groups.pop(standing.group, None)


def _below(running: int, limits: Limits) -> bool:
    return not limits.concurrent or running < limits.concurrent

"""Turns: by group, then by person, by what they cost, within everybody's limits."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from nbdoctor.hub.limits import Limits, Standing
from nbdoctor.hub.queue import FairQueue, QueueFull, QueueSlow


def who(name, group="", concurrent=0, weight=1.0, group_concurrent=0):
    return Standing(name, Limits(concurrent=concurrent), group, Limits(concurrent=group_concurrent, weight=weight))


async def served(queue, wanted, count):
    """The first ``count`` of those whose turn comes, one after another; ``wanted``: (standing, cost, how many)."""
    order = []

    async def one(standing, cost):
        async with queue.turn(standing, "m", cost, 60):
            order.append(standing.name)
            await asyncio.sleep(0)

    tasks = [asyncio.ensure_future(one(standing, cost)) for standing, cost, times in wanted for _ in range(times)]
    while len(order) < count:
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert queue.running == queue.waiting == 0
    assert queue._groups == {}
    return Counter(order[:count])


def test_groups_get_what_their_weights_say():
    wanted = [(who("a", "one", weight=1), 10, 90), (who("b", "two", weight=2), 10, 90)]
    counts = asyncio.run(served(FairQueue(lambda _: 1, 200), wanted, 60))
    assert 38 <= counts["b"] <= 42


def test_who_asks_for_much_at_once_is_served_less_often():
    wanted = [(who("long", "g"), 30, 90), (who("short", "g"), 10, 90)]
    counts = asyncio.run(served(FairQueue(lambda _: 1, 200), wanted, 40))
    assert 28 <= counts["short"] <= 32


def test_people_of_a_group_share_its_turns():
    wanted = [(who("a", "one"), 10, 50), (who("b", "one"), 10, 50), (who("c", "two"), 10, 50)]
    counts = asyncio.run(served(FairQueue(lambda _: 1, 200), wanted, 40))
    assert counts["c"] in (19, 20, 21)
    assert abs(counts["a"] - counts["b"]) <= 2


@pytest.mark.parametrize(("limits", "most"), [({"concurrent": 2}, 2), ({"group_concurrent": 3}, 3), ({}, 5)])
def test_nobody_has_more_turns_at_once_than_they_may(limits, most):
    async def main():
        queue, running, seen = FairQueue(lambda _: 5, 100), 0, 0

        async def one():
            nonlocal running, seen
            async with queue.turn(who("a", "g", **limits), "m", 1, 60):
                running += 1
                seen = max(seen, running)
                await asyncio.sleep(0.001)
                running -= 1

        await asyncio.gather(*(one() for _ in range(20)))
        return seen

    assert asyncio.run(main()) == most


def test_who_leaves_while_waiting_is_forgotten():
    async def main():
        queue = FairQueue(lambda _: 1, 2)
        async with queue.turn(who("a"), "m", 1, 60):
            waits = [asyncio.ensure_future(queue.turn(who("b"), "m", 1, 60).__aenter__()) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(QueueFull):
                async with queue.turn(who("b"), "m", 1, 60):
                    pass
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
            assert queue.waiting == 0
            with pytest.raises(QueueSlow):
                async with queue.turn(who("b"), "m", 1, 0.01):
                    pass
        assert queue._groups == {}

    asyncio.run(main())


def test_room_that_comes_by_itself_is_used():
    async def main():
        room = 0
        queue = FairQueue(lambda _: room, 10)
        wait = asyncio.ensure_future(queue.turn(who("a"), "m", 1, 60).__aenter__())
        await asyncio.sleep(0)
        assert not wait.done()
        room = 1
        queue.grant()
        await wait
        assert queue.running == 1

    asyncio.run(main())


def test_a_model_that_is_busy_holds_up_nobody_who_asks_another():
    async def main():
        rooms = {"big": 1, "small": 1, None: 2}
        queue, order = FairQueue(lambda model: rooms[model], 10), []

        async def one(name, model, seconds):
            async with queue.turn(who(name), model, 1, 60):
                order.append((name, model))
                await asyncio.sleep(seconds)

        asked = [("a", "big", 0.05), ("a", "big", 0.0), ("b", "big", 0.0), ("a", "small", 0.0)]
        await asyncio.gather(*(one(*what) for what in asked))
        assert order[:2] == [("a", "big"), ("a", "small")]
        assert sorted(order[2:]) == [("a", "big"), ("b", "big")]
        assert queue.running == queue.waiting == 0

    asyncio.run(main())

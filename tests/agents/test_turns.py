"""So many errors before the model at once, the newest next."""

from __future__ import annotations

import asyncio

from nbdoctor.agents.turns import Turns
from nbdoctor.llm.fake import FakeModel

from .helpers import FIXES, NOTEBOOK, doctor_of, named, report_of


async def _settle():
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_newest_of_those_that_wait_is_next():
    async def main():
        turns, order, waited, gate = Turns(2), [], [], asyncio.Event()

        async def one(number):
            async with turns.turn(lambda: waited.append(number)):
                order.append(number)
                await gate.wait()

        tasks = []
        for number in range(5):
            tasks.append(asyncio.ensure_future(one(number)))
            await _settle()
        assert (order, waited) == ([0, 1], [2, 3, 4])
        gate.set()
        await asyncio.gather(*tasks)
        return order

    assert asyncio.run(main()) == [0, 1, 4, 3, 2]


def test_a_turn_that_is_given_up_is_not_lost():
    async def main():
        turns, gate, ran = Turns(1), asyncio.Event(), []

        async def one(number):
            async with turns.turn(lambda: None):
                ran.append(number)
                await gate.wait()

        tasks = [asyncio.ensure_future(one(number)) for number in range(4)]
        await _settle()
        tasks[3].cancel()  # waiting
        await _settle()
        gate.set()
        tasks[0].cancel()  # running: passes its turn on to 2
        tasks[2].cancel()  # given the turn, or waiting still
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.wait_for(one(9), 1)
        return ran

    assert asyncio.run(main()) == [0, 1, 9]


def test_errors_wait_for_their_turn_and_all_end():
    async def main():
        model = FakeModel(FIXES, delay=0.001)
        doctor = doctor_of(model, llm_parallel=2)

        async def one():
            return [event async for event in doctor.diagnose(report_of(NOTEBOOK[2]), NOTEBOOK[2], NOTEBOOK)]

        return await asyncio.gather(*(one() for _ in range(12)))

    answers = asyncio.run(main())
    assert all(len(events[-1][1].fixes) == 1 for events in answers)
    waited = [events for events in answers if any("Other errors" in p.sentence for p in named(events, "progress"))]
    assert len(waited) == 10


def test_a_slow_model_is_said_and_still_asked():
    async def main():
        model = FakeModel(FIXES, delay=0.03)
        doctor = doctor_of(model, llm_patience=0.01)
        return [event async for event in doctor.diagnose(report_of(NOTEBOOK[2]), NOTEBOOK[2], NOTEBOOK)]

    events = asyncio.run(main())
    sentences = [p.sentence for p in named(events, "progress")]
    assert "The model has not said a word for 0.01 seconds; it is still being asked." in sentences
    assert len(events[-1][1].fixes) == 1


def test_a_quick_model_is_not_called_slow():
    async def main():
        doctor = doctor_of(FakeModel(FIXES), llm_patience=0.5)
        return [event async for event in doctor.diagnose(report_of(NOTEBOOK[2]), NOTEBOOK[2], NOTEBOOK)]

    assert not [p for p in named(asyncio.run(main()), "progress") if "not said a word" in p.sentence]

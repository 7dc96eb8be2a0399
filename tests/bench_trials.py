"""What trials cost: the pause of the kernel, the next cell, and a trial beside the same cell run in the kernel."""

from __future__ import annotations

import asyncio
import functools
import statistics
from collections.abc import Awaitable, Callable

from nbdoctor.kernel.trial.limits import free_memory
from tests.real_kernel import Kernel

GB = 1e9
FORKS, CELLS = 50, 30
#: What else the machine does only ever adds: over a limit, a measurement is made again, and the best of these counts.
ROUNDS = 3
#: Gigabytes in the kernel, and the milliseconds that its pause may take.
PAUSES = ((0.1, 30.0), (1.0, 50.0), (8.0, 150.0))
_ROOM = 4 * GB

# The pause is what the main thread spends on a trial, from the turn of its event loop in which it forks to its end.
_WATCH_PAUSES = """
import time
from nbdoctor.kernel.extension import loaded
trials, pauses = loaded(get_ipython()).watch.trials, []
def timed(next=trials._next):
    waiting, started = bool(trials._waiting), time.perf_counter()
    next()
    if waiting and trials._running:
        pauses.append(1000 * (time.perf_counter() - started))
trials._next = timed
"""
_ARRAY = "import numpy as np\nx = np.ones({size} // 8)"
_TABLE = """
import numpy as np, pandas as pd
n = {rows}
table = pd.DataFrame({{"key": np.arange(n) % 1000, "value": np.random.default_rng(0).random(n)}})
a = np.random.default_rng(0).random(({side}, {side}))
"""
_GROUP = """
means = table[table["value"] > 0.1].groupby("key")["value"].agg(["mean", "std"]).sort_values("mean")
"""
_PRODUCT = "product = a @ a"
_WRITE = "x *= 1"
_LONG = "import time; time.sleep(1)"
#: Name, rows of the table, side of the matrix, cell.
WORK = (
    ("a group-by of 10 ms", 200_000, 10, _GROUP),
    ("a group-by of 0.5 s", 10_000_000, 10, _GROUP),
    ("a matrix product of 0.5 s", 10, 2600, _PRODUCT),
)


#: Name, milliseconds without and with, what is added, and what may be.
Row = tuple[str, float, float, float, "float | None"]


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]


def rows() -> list[Row]:
    """Measure all."""
    return asyncio.run(_rows())


async def _rows() -> list[Row]:
    measures = [functools.partial(_pauses, size, limit) for size, limit in PAUSES if free_memory() > size * GB + _ROOM]
    for size, _ in PAUSES[len(measures) :]:
        print(f"{size:g} GB are left out: memory is short")
    measures += [
        functools.partial(_pauses, 1.0, None, ", small pages", NUMPY_MADVISE_HUGEPAGE="0"),
        functools.partial(_next_cells, True),
        functools.partial(_next_cells, False, ", small pages", NUMPY_MADVISE_HUGEPAGE="0"),
        *(functools.partial(_whole, *work) for work in WORK),
    ]
    return [row for measure in measures for row in await _best(measure)]


async def _best(measure: Callable[[], Awaitable[list[Row]]]) -> list[Row]:
    found = []
    for _ in range(ROUNDS):
        found.append(await measure())
        if not _excess(found[-1]):
            break
    return min(found, key=_excess)


def _excess(found: list[Row]) -> float:
    return sum(max(0.0, added - limit) for *_, added, limit in found if limit is not None)


async def _pauses(size: float, limit: float | None, pages: str = "", **environment: str) -> list[Row]:
    async with Kernel.start(**environment) as kernel:
        await kernel.run(_WATCH_PAUSES + _ARRAY.format(size=int(size * GB)))
        for _ in range(FORKS):
            await _passes(kernel, "pass")
        found: list[float] = await kernel.value("pauses")
    assert len(found) == FORKS, found
    name = f"pause of the kernel, {size:g} GB{pages}"
    middle, high = statistics.median(found), p95(found)
    return [(f"{name}, median", 0.0, middle, middle, None), (f"{name}, p95", 0.0, high, high, limit)]


async def _next_cells(held: bool, pages: str = "", **environment: str) -> list[Row]:
    """A cell that writes to 1 GB: by itself, right after a trial, and while one runs, which it ends."""
    async with Kernel.start(**environment) as kernel:
        await kernel.run(_ARRAY.format(size=int(GB)))

        async def alone() -> float:
            return await kernel.run(_WRITE)

        async def after() -> float:
            await _passes(kernel, "pass")
            return await kernel.run(_WRITE)

        async def during() -> float:
            trial = asyncio.create_task(kernel.trial(_LONG))
            await asyncio.sleep(0.6)
            seconds = await kernel.run(_WRITE)
            tried = await trial
            # It began anew after the cell: what it had waited before was for nothing.
            assert (tried.status, tried.wall > 0.6 + seconds + 1.0) == ("passed", True), tried
            return seconds

        without, later, meanwhile = await _in_turn(CELLS, alone, after, during)
    share = (0.05, 50.0) if held else None
    return [
        *_beside(f"next cell, writes 1 GB, after a trial{pages}", without, later, share),
        *_beside(f"next cell, writes 1 GB, during a trial{pages}", without, meanwhile, share),
    ]


async def _whole(what: str, rows: int, side: int, cell: str) -> list[Row]:
    """From the request of a trial to its result, beside the same cell run in the kernel, request to reply."""
    async with Kernel.start() as kernel:
        await kernel.run(_TABLE.format(rows=rows, side=side))
        columns = await _in_turn(CELLS, lambda: kernel.run(cell), lambda: _passes(kernel, cell))
    return _beside(f"trial of {what}", *columns, (0.3, 100.0))


async def _passes(kernel: Kernel, cell: str) -> float:
    trial = await kernel.trial(cell)
    assert trial.status == "passed", trial
    return trial.wall


async def _in_turn(rounds: int, *measures: Callable[[], Awaitable[float]]) -> list[list[float]]:
    """Milliseconds of each measure, taken in turn; the first round warms up and does not count."""
    found = [[1000 * await measure() for measure in measures] for _ in range(rounds + 1)]
    return [list(column) for column in zip(*found[1:])]


def _beside(name: str, without: list[float], with_: list[float], share: tuple[float, float] | None) -> list[Row]:
    """Median and 95th percentile. The median may grow by ``share``: a part of the time without, plus milliseconds."""
    found: list[Row] = []
    for which, of in (("median", statistics.median), ("p95", p95)):
        low, high = of(without), of(with_)
        limit = share[0] * low + share[1] if share and which == "median" else None
        found.append((f"{name}, {which}", low, high, high - low, limit))
    return found

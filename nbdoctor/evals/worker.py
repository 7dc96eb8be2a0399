"""A process that examines cases, one at a time: each line of its input is one, each line of its output its results.

A case that hangs or breaks nbdoctor itself takes a worker with it and not the run. The worker's hash seed is fixed by whoever
starts it, so that the server's half is as repeatable as the kernel's.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass

import msgspec

from .attempt import examine
from .cases import Case
from .options import Options
from .results import Result


@dataclass
class Job:
    """A line of the input."""

    case: Case
    options: Options


async def _one(job: Job) -> list[Result]:
    """Examine a case; on SIGTERM its kernel is ended first."""
    task = asyncio.ensure_future(examine(job.case, job.options))
    with suppress(NotImplementedError):  # Windows
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def main() -> None:
    """Serve until the input ends."""
    # What a library prints must not come between the results.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        try:
            results = asyncio.run(_one(msgspec.json.decode(line, type=Job)))
        except asyncio.CancelledError:
            return
        answers.write(msgspec.json.encode([asdict(result) for result in results]) + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()

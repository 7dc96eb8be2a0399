"""Runs cases in worker processes, a few at a time, and keeps every result, whatever becomes of a worker."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import IO

import msgspec

from ..together import together
from . import baseline, installs, score
from .attempt import OWN_SECONDS
from .cases import Case
from .options import Options
from .results import Result

#: Bytes of a worker's answer at most, and seconds that it may take to end a kernel when it is told to.
_LINE, _END_SECONDS = 2**26, 30.0

OnResults = Callable[[Case, list[Result]], None]


async def examine_all(cases: Sequence[Case], options: Options, jobs: int, on_results: OnResults) -> None:
    """Examine cases. Those that may not run beside one another come last, one at a time.

    Args:
        cases: what to ask.
        options: how.
        jobs: workers at most.
        on_results: hears of each case, as it ends.
    """
    beside = [case for case in cases if not case.alone]
    alone = [case for case in cases if case.alone]
    await _run(beside, options, max(1, jobs), on_results)
    await _run(alone, options, 1, on_results)


async def _run(cases: Sequence[Case], options: Options, jobs: int, on_results: OnResults) -> None:
    waiting = list(reversed(cases))

    async def work() -> None:
        worker = Worker(options)
        try:
            while waiting:
                case = waiting.pop()
                on_results(case, await worker.examine(case))
        finally:
            await worker.end()

    await together(*(work() for _ in range(min(jobs, len(cases)))))


class Worker:
    """One worker process, started when it is needed and again when it broke."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._process: asyncio.subprocess.Process | None = None
        self._log: IO[bytes] | None = None

    async def examine(self, case: Case) -> list[Result]:
        """The results of a case; a worker that dies or does not answer is a result too."""
        try:
            process = await self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(msgspec.json.encode({"case": asdict(case), "options": asdict(self._options)}) + b"\n")
            line = await asyncio.wait_for(process.stdout.readline(), self._limit(case))
            if line:
                return msgspec.json.decode(line, type=list[Result])
            reason = f"its worker died: {self._last_words()}"
        except asyncio.TimeoutError:
            reason = "its worker did not answer in time"
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            reason = f"its worker broke: {error}"
        await self.end()
        return [self._broken(case, reason, system) for system in self._systems()]

    async def end(self) -> None:
        """End the process: told first, so that it ends its kernel, then killed."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _END_SECONDS)
            except asyncio.TimeoutError:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self._log is not None:
            self._log.close()
            self._log = None

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process ends
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "nbdoctor.evals.worker"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                limit=_LINE,
                env={**os.environ, "PYTHONHASHSEED": "0"},
                start_new_session=True,  # Ctrl-C is the parent's: it ends the workers, and they their kernels
            )
        return self._process

    def _limit(self, case: Case) -> float:
        attempts = len(self._systems()) + self._options.grade
        install = installs.SECONDS if self._options.install else 0.0
        return attempts * (OWN_SECONDS + case.timeout * (3 + len(case.cells)) + install) + 60.0

    def _systems(self) -> list[str]:
        return [self._options.system, *([baseline.SYSTEM] if self._options.baseline else [])]

    def _broken(self, case: Case, reason: str, system: str) -> Result:
        result = score.blank(case, system)
        result.outcome, result.reason, result.solved = "harness_failed", reason, False
        return result

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        self._log.seek(0)
        lines = self._log.read()[-4000:].decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

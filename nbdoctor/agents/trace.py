"""What a diagnosis did, step by step, and what each step cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..llm.usage import Call, outcome_of
from ..protocol import Stage

Hear = Callable[[Stage], None]


class Trace:
    """The stages of one diagnosis, in the order in which they ended."""

    def __init__(self, hear: Hear | None = None) -> None:
        """``hear`` is told of each stage at its end."""
        self.stages: list[Stage] = []
        self._hear = hear
        self._began = time.monotonic()

    def request(self, call: Call) -> None:
        """Add a request to a model."""
        usage = call.usage
        self._add(
            Stage(
                stage=call.job,
                began=call.began - self._began,
                seconds=call.seconds,
                first=call.first,
                model=call.model,
                prompt_tokens=usage.prompt_tokens,
                cached_tokens=usage.cached_tokens,
                completion_tokens=usage.completion_tokens,
                outcome=call.outcome,
            )
        )

    @contextmanager
    def step(self, stage: str) -> Iterator[Stage]:
        """Add what the ``with`` block does, however it ends. The block may set the outcome."""
        began = time.monotonic()
        done = Stage(stage, began - self._began)
        try:
            yield done
        except BaseException as error:
            done.outcome = outcome_of(error)
            raise
        finally:
            done.seconds = time.monotonic() - began
            self._add(done)

    def _add(self, stage: Stage) -> None:
        stage.began, stage.seconds = round(stage.began, 4), round(stage.seconds, 4)
        stage.first = None if stage.first is None else round(stage.first, 4)
        self.stages.append(stage)
        if self._hear is not None:
            self._hear(stage)

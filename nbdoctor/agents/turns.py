"""Who is before the model: so many errors at once, and of those that wait the newest first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager


class Turns:
    """A limit on what runs at once. A person looks at the error that came last, so that one is next."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._waiting: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def turn(self, on_wait: Callable[[], None]) -> AsyncGenerator[None, None]:
        """Hold a turn within the ``with`` block; ``on_wait`` is called first where it has to be waited for."""
        if self._free:
            self._free -= 1
        else:
            mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(mine)
            on_wait()
            try:
                await mine
            except asyncio.CancelledError:
                if mine in self._waiting:
                    self._waiting.remove(mine)
                elif mine.done() and not mine.cancelled():  # it was given the turn just now
                    self._pass_on()
                raise
        try:
            yield
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting:
            newest = self._waiting.pop()
            if not newest.done():
                newest.set_result(None)
                return
        self._free += 1

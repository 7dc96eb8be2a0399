"""After a death: nbdoctor is loaded again where it was loaded before, once the kernel has been started anew."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Set

from ...errors import KernelUnreachable, NBDoctorError
from ..kernel_client import KernelClient
from .watch import Death

log = logging.getLogger("nbdoctor.server")

#: Seconds before the kernel is asked for the first time and again, and how often; each question waits some seconds itself.
PAUSE, ATTEMPTS = 1.0, 10


class Reviver:
    """Loads nbdoctor in restarted kernels, in the background. `close` it at the end."""

    def __init__(self, kernels: Any) -> None:
        self._kernels = kernels
        self._tasks: Set[asyncio.Task[bool]] = set()

    def __call__(self, kernel_id: str, death: Death) -> None:
        """A kernel has died; it is about to be started anew."""
        if death.loaded and kernel_id in self._kernels:
            task = asyncio.ensure_future(load_again(self._kernels.get_kernel(kernel_id)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def load_again(manager: Any) -> bool:
    """Load nbdoctor in a kernel as soon as it answers; false where it never did, or cannot be loaded. Raises nothing but
    cancellation."""
    for _ in range(ATTEMPTS):
        await asyncio.sleep(PAUSE)
        try:
            async with KernelClient.connect(manager) as kernel:
                await kernel.load()
            return True
        except KernelUnreachable:
            continue
        except NBDoctorError as error:
            log.warning("nbdoctor was not loaded again: %s", error)
            return False
        except Exception:
            log.exception("nbdoctor was not loaded again")
            return False
    log.warning("nbdoctor was not loaded again: the restarted kernel did not answer")
    return False

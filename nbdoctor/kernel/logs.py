"""Where the kernel half's own troubles are logged: never in the user's cell.

In a kernel, stderr belongs to the cell (also file descriptor 2, which ipykernel watches), so records go to the kernel
application's log. In a terminal they are dropped; ``%why`` says that nbdoctor failed.
"""

from __future__ import annotations

import logging
from typing import Any


class _Forward(logging.Handler):
    def __init__(self, target: Any) -> None:
        super().__init__()
        self._target = target

    def emit(self, record: logging.LogRecord) -> None:
        if self._target.isEnabledFor(record.levelno):
            self._target.handle(record)


def take_over(shell: Any) -> logging.Handler:
    """Send the records of the logger ``nbdoctor`` where they do no harm; returns the handler for `give_back`."""
    kernel = getattr(shell, "kernel", None)
    target = getattr(kernel, "log", None)
    handler: logging.Handler = _Forward(target) if target is not None else logging.NullHandler()
    logger = logging.getLogger("nbdoctor")
    logger.addHandler(handler)
    logger.propagate = False
    return handler


def give_back(handler: logging.Handler) -> None:
    """Undo `take_over`."""
    logger = logging.getLogger("nbdoctor")
    logger.removeHandler(handler)
    logger.propagate = True

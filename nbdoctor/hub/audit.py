"""A line for each request, with who, what and how much, and nothing of what was said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from logging.handlers import WatchedFileHandler

import msgspec


@dataclass
class Record:
    """A request. ``seconds`` in all, ``first`` to the first byte of the answer, null where none came, ``waited`` in the queue."""

    id: str
    person: str = ""
    group: str = ""
    model: str = ""
    server: str = ""
    status: int = 0
    outcome: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    estimated: bool = False
    waited: float = 0.0
    first: float | None = None
    seconds: float = 0.0


class _File(WatchedFileHandler):
    """A file that another program may rotate. A full disk loses lines, not requests; ``on_lost`` hears of each."""

    def __init__(self, path: str, on_lost: Callable[[], None]) -> None:
        super().__init__(path, encoding="utf-8", delay=True)
        self._on_lost = on_lost

    def handleError(self, record: logging.LogRecord) -> None:
        self._on_lost()

    def close(self) -> None:
        with suppress(OSError):  # what could not be written is counted already
            super().close()


class Audit:
    """Writes the lines.

    Args:
        path: of the file; empty: to the log of the service, as ``nbdoctor.hub.audit``.
        on_lost: hears of each line that could not be written.
    """

    def __init__(self, path: str, on_lost: Callable[[], None]) -> None:
        self._log = logging.getLogger("nbdoctor.hub.audit")
        self._log.setLevel(logging.INFO)
        self._file = _File(path, on_lost) if path else None
        if self._file is not None:
            self._log.addHandler(self._file)
            self._log.propagate = False

    def write(self, record: Record) -> None:
        """Write a line."""
        time = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(record).items()}
        self._log.info("%s", msgspec.json.encode({"time": time, **rounded}).decode())

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._log.removeHandler(self._file)
            self._log.propagate = True
            self._file.close()

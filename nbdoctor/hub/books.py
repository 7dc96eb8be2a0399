"""Keeps what was used on a day, so that a gateway that is started anew goes on counting. A disk that is full loses nothing that
is in memory: it is written as soon as that works again."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from .accounts import Accounts, Key

log = logging.getLogger("nbdoctor.hub")

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS used (day TEXT, kind TEXT, name TEXT, tokens INTEGER, requests INTEGER, "
    "PRIMARY KEY (day, kind, name)) WITHOUT ROWID"
)
_WRITE = "INSERT OR REPLACE INTO used VALUES (?, ?, ?, ?, ?)"
_READ = "SELECT kind, name, tokens, requests FROM used WHERE day = ?"


class Books:
    """The file of accounts.

    Args:
        path: of the file; empty: nothing is kept, and counting begins anew with each start.
        accounts: what it is about.
        every: seconds between two writes.
    """

    def __init__(self, path: str, accounts: Accounts, every: float = 2.0) -> None:
        self._path = path
        self._accounts = accounts
        self._every = every
        self._failing = False

    def read(self) -> None:
        """Take over this day's count. A file that cannot be read is said, and counting begins anew."""
        if not self._path:
            return
        day = self._accounts.today()
        try:
            with closing(self._open()) as file:
                rows = file.execute(_READ, (day,)).fetchall()
        except (OSError, sqlite3.Error) as error:
            log.warning("what was used today cannot be read from %s (%s); counting begins anew", self._path, error)
            return
        for kind, name, tokens, requests in rows:
            self._accounts.restore((kind, name), day, tokens, requests)

    async def keep(self) -> None:
        """Write what has changed, again and again, and once more at the end."""
        try:
            while True:
                await asyncio.sleep(self._every)
                self._accounts.forget()
                await self.write()
        finally:
            self._write(self._changed())

    async def write(self) -> None:
        """Write what has changed, without keeping requests waiting."""
        if rows := self._changed():
            await asyncio.to_thread(self._write, rows)

    def _changed(self) -> dict[tuple[Key, str], tuple[int, int]]:
        changed, self._accounts.changed = self._accounts.changed, set()
        return {(key, day): self._accounts.used(key, day) for key, day in changed}

    def _write(self, rows: dict[tuple[Key, str], tuple[int, int]]) -> None:
        if not self._path or not rows:
            return
        try:
            with closing(self._open()) as file, file:
                file.executemany(_WRITE, [(day, *key, *used) for (key, day), used in rows.items()])
        except (OSError, sqlite3.Error) as error:
            if not self._failing:
                log.warning("what was used cannot be written to %s (%s); it is tried again", self._path, error)
            self._failing = True
            self._accounts.changed |= rows.keys()
            return
        if self._failing:
            log.info("what was used is written to %s again", self._path)
        self._failing = False

    def _open(self) -> sqlite3.Connection:
        path = Path(self._path)
        if not path.exists():
            path.touch(mode=0o600)
        file = sqlite3.connect(path, timeout=5.0)
        file.execute(_SCHEMA)
        return file

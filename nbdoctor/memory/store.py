"""Corrections in a file of SQLite: rows are added and, where the person wants it, deleted; none is ever changed.

A connection lives for one call, since the Jupyter servers of a person share the file. The journal is SQLite's default one: WAL
needs memory that machines which share a home do not share.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, fields, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from ..protocol import Correction
from ..redact import Redactor, environment_secrets
from ..text import plain, strip_ansi
from . import failures

#: How many corrections are kept: those with the last so many numbers.
MOST = 10_000
#: The version of the table below, as the file says it. A later one may have more columns.
VERSION = 1
_BUSY_SECONDS = 5.0
_NUMBERS = range(1, 2**63)  # what SQLite can count

#: How many characters of each text are kept.
_LENGTHS: Mapping[str, int] = {
    "fix_id": 200, "title": 200, "kind": 200, "by": 200, "error_name": 200, "error_message": 500,
    "before": 20_000, "after": 20_000, "comment": 2_000,
}  # fmt: skip

# AUTOINCREMENT: the number of a deleted row is not given again.
_SCHEMA = (
    """CREATE TABLE corrections (
        number INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, outcome TEXT NOT NULL, fix_id TEXT NOT NULL,
        title TEXT NOT NULL, kind TEXT NOT NULL, category TEXT, origin TEXT NOT NULL, "by" TEXT NOT NULL, status TEXT NOT NULL,
        error_name TEXT NOT NULL, error_message TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, comment TEXT NOT NULL
    )""",
    """CREATE TRIGGER append_only BEFORE UPDATE ON corrections
    BEGIN SELECT RAISE(ABORT, 'a correction is never changed'); END""",
    f"PRAGMA user_version = {VERSION}",
)
_COLUMNS = [field.name for field in fields(Correction)]
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)  # quoted: some are words of SQL
_INSERT = f"INSERT INTO corrections ({_NAMES}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"
_NEWEST = f"SELECT {_NAMES} FROM corrections ORDER BY number DESC LIMIT ?"


def default_path() -> Path:
    """The file of corrections in Jupyter's data folder."""
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir(), "nbdoctor", "corrections.db").absolute()


class CorrectionStore:
    """What a person did with fixes. Every method raises `errors.CorrectionsError` where the file cannot be used, and has then
    changed nothing.

    Args:
        path: the file, absolute; it and its folder are made when something is first kept. Without it: `default_path`.
    """

    def __init__(self, path: Optional[Path] = None) -> None:
        self.path = path or default_path()

    def keep(self, correction: Correction) -> Correction:
        """Add a correction. Returns it as it was written: redacted, bounded, with its number and time."""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        kept = replace(_presentable(correction), time=now)
        with self._connection(create=True) as connection, _transaction(connection):
            kept.number = connection.execute(_INSERT, {**asdict(kept), "number": None}).lastrowid or 0
            connection.execute("DELETE FROM corrections WHERE number <= ?", (kept.number - MOST,))
        return kept

    def newest(self, limit: int = MOST) -> List[Correction]:
        """The last corrections, newest first, at most ``limit``."""
        return [Correction(*row) for row in self._rows(_NEWEST, limit)]

    def count(self) -> int:
        """How many corrections there are."""
        return sum(row[0] for row in self._rows("SELECT count(*) FROM corrections"))

    def delete(self, *numbers: int) -> List[int]:
        """Delete corrections, so that nothing of them is left in the file. Returns the numbers that there were."""
        with self._connection() as connection, _transaction(connection):
            deleting = "DELETE FROM corrections WHERE number = ?"
            return [n for n in numbers if n in _NUMBERS and connection.execute(deleting, (n,)).rowcount]

    def clear(self) -> int:
        """Delete all corrections, so that nothing of them is left in the file. Returns how many there were."""
        with self._connection() as connection:
            with _transaction(connection):
                deleted = connection.execute("DELETE FROM corrections").rowcount
            with suppress(sqlite3.OperationalError):  # they are gone already; this makes the file small
                connection.execute("VACUUM")
            return deleted

    def _rows(self, query: str, *parameters: int) -> List[Tuple[Any, ...]]:
        """What a query finds; nothing where nothing was ever kept."""
        with self._connection() as connection:
            return connection.execute(query, parameters).fetchall() if _version(connection) else []

    @contextmanager
    def _connection(self, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        """The file, for one call; where there is none and none is to be made, an empty one in memory."""
        try:
            if create:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
            address = f"{self.path.as_uri()}?mode=rw" if self.path.exists() else ":memory:"
            with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA secure_delete = ON")
                if _version(connection) > VERSION:
                    raise failures.newer(self.path)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise failures.failed(error, self.path) from error


def _version(connection: sqlite3.Connection) -> int:
    """The version of the tables; 0 where there are none yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of what follows or nothing, after whoever else is writing."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:  # commits, or rolls back
        if _version(connection) == 0:
            for statement in _SCHEMA:
                connection.execute(statement)
        yield


def _presentable(correction: Correction) -> Correction:
    """Without secrets, then bounded, in this order: a secret of which a half was cut off would not be known for one."""
    redact = Redactor(environment_secrets()).redact
    texts: Dict[str, Any] = {
        name: plain(redact(strip_ansi(getattr(correction, name))), most) for name, most in _LENGTHS.items()
    }
    return replace(correction, **texts)

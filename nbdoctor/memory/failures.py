"""What went wrong with the file of corrections, in words: from SQLite's result codes and the system's error numbers."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Mapping, NamedTuple

from ..errors import CorrectionsError


class _Words(NamedTuple):
    """What is said of the file ``{path}``. ``passes``: asking again may help."""

    message: str
    hint: str
    passes: bool = False


_IN_USE = _Words("The corrections in {path} are in use by another program.", "Try again in a moment.", True)
_NOT_WRITABLE = _Words(
    "The corrections in {path} cannot be opened for reading and writing.",
    "Give yourself the right to read and write that file and its folder, or set NBDOCTOR_CORRECTIONS=0 to keep none.",
)
_NO_ROOM = _Words("There is no room left for the corrections in {path}.", "Free some space there, or raise the quota.")
_DAMAGED = _Words("The file {path} is damaged, or holds no corrections.", "Move it away; nbdoctor makes a new one.")
_DISK = _Words(
    "The disk that holds the corrections in {path} reports an error ({error}).",
    "Check the disk and the quota; a network drive must be able to lock files.",
)
_OTHER = _Words("The corrections in {path} cannot be used ({error}).", "If that goes on, move the file away.")
_NEWER = _Words("The corrections in {path} are of a newer nbdoctor.", "Update nbdoctor, or move the file away.")

#: By SQLite's primary result codes (https://sqlite.org/rescode.html); Python names them from 3.11 on.
_OF_SQLITE: Mapping[int, _Words] = {
    1: _DAMAGED,  # SQLITE_ERROR: a table that is not there
    3: _NOT_WRITABLE,  # SQLITE_PERM
    5: _IN_USE,  # SQLITE_BUSY
    6: _IN_USE,  # SQLITE_LOCKED
    8: _NOT_WRITABLE,  # SQLITE_READONLY
    10: _DISK,  # SQLITE_IOERR
    11: _DAMAGED,  # SQLITE_CORRUPT
    13: _NO_ROOM,  # SQLITE_FULL
    14: _NOT_WRITABLE,  # SQLITE_CANTOPEN
    15: _IN_USE,  # SQLITE_PROTOCOL: too many wait for the lock
    26: _DAMAGED,  # SQLITE_NOTADB
}
_OF_SYSTEM: Mapping[int, _Words] = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EIO: _DISK,
    errno.ESTALE: _DISK,
}


def failed(error: sqlite3.Error | OSError, path: Path) -> CorrectionsError:
    """The error to raise in place of one of SQLite or of the system."""
    if isinstance(error, OSError):
        return _error(_OF_SYSTEM.get(error.errno or 0, _NOT_WRITABLE), path, error)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest is detail
    return _error(_OF_SQLITE.get(code, _OTHER), path, error)


def newer(path: Path) -> CorrectionsError:
    """The error to raise where a later nbdoctor has written the file."""
    return _error(_NEWER, path)


def _error(words: _Words, path: Path, error: Exception | None = None) -> CorrectionsError:
    return CorrectionsError(words.message.format(path=path, error=error), hint=words.hint, retryable=words.passes)

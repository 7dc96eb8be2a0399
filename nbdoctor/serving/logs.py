"""A server's log: what it is doing, and why it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import ServingError
from ..text import plain
from .tables import load

_TAIL = 200_000
_LINE = 240
#: What loggers write before the message: a process' name, a level with date and place, a bare date.
_PREFIX = re.compile(
    r"^(?:\([\w .-]+(?: pid=\d+)?\)\s*)*(?:(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):?\s+)?"
    r"(?:[\d-]+[ T][\d:.,]+\s+)?(?:\[[\w./-]+:\d+\]\s*)?"
)
_ERROR = re.compile(r"^(?:[\w.]*\.)?(?:[A-Z]\w*(?:Error|Exception)|error)\b:? *\S")


@dataclass
class Tail:
    """Reads what is added to a log."""

    path: Path
    _position: int = 0
    line: str = ""

    def latest(self) -> str:
        """The last line that says something, as it stands now; empty before there is one."""
        with self.path.open("rb") as file:
            file.seek(self._position)
            text = file.read()
        self._position += len(text)
        for raw in reversed(text.decode("utf-8", "replace").splitlines()):
            if line := stripped(raw):
                self.line = line
                break
        return self.line


def read(path: Path) -> str:
    """The end of a log; empty where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def stripped(line: str) -> str:
    """One line without colours, without what the logger put before it, and bounded; empty where nothing is left."""
    line = _PREFIX.sub("", plain(line.rpartition("\r")[2] or line, 4 * _LINE).strip()).strip()
    return (line if len(line) <= _LINE else line[: _LINE - 1] + "…") if re.search(r"\w", line) else ""


def last_words(text: str) -> str:
    """The line that says why a program ended: its last error, else its last line; empty where it said nothing."""
    says_nothing = load("log")["says_nothing"]
    lines = [line for line in map(stripped, text.splitlines()) if line and not any(s in line for s in says_nothing)]
    errors = [line for line in lines if _ERROR.match(line)]
    return (errors or lines or [""])[-1]


def explain(path: Path, facts: Mapping[str, str], ending: str) -> ServingError:
    """Why a server ended, from its log.

    Args:
        path: of the log.
        facts: what the sentences in ``data/log.json`` name: model, engine, port, context.
        ending: how the process ended, such as ``exit code 1``.

    Returns:
        The error to raise; its hint says where the log is.
    """
    text = read(path)
    for row in load("log")["meanings"]:
        if re.search(row["pattern"], text):
            hint = f"{row['hint'].format_map(facts)} The log: {path}"
            return ServingError(row["message"].format_map(facts), hint=hint)
    words = last_words(text)
    said = f": {words.rstrip('.')}." if words else " and wrote nothing."
    return ServingError(f"{facts['engine']} ended while it started ({ending}){said}", hint=f"The log: {path}")

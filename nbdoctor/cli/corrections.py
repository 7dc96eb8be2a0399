"""``nbdoctor corrections``: see, export and delete what was kept of what you did with fixes."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..errors import CorrectionsError
from ..memory.store import CorrectionStore
from ..protocol import Correction, Outcome
from ..text import clip
from .run import FAILED, OK, USAGE

_LISTED = 20
_WORDS: Mapping[Outcome, str] = {
    "accepted": "applied", "edited": "applied, then changed", "undone": "taken back", "rejected": "called wrong",
}  # fmt: skip


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "corrections",
        help="see, export and delete what was kept of what you did with fixes",
        description="Shows what was kept on this machine of what you did with fixes, exports it, or deletes it. See "
        "docs/corrections.md. Exit code 0: done; 1: the file cannot be used, or there is no such correction; 2: the command "
        "line is wrong.",
    )
    parser.set_defaults(main=main, action=_list, limit=_LISTED)
    actions = parser.add_subparsers(metavar="ACTION")
    shown = actions.add_parser("list", help="show the newest (default)")
    shown.add_argument("--limit", type=int, default=_LISTED, metavar="N", help=f"how many (default: {_LISTED})")
    shown.set_defaults(action=_list)
    export = actions.add_parser("export", help="write all with their texts, as JSON, one a line, oldest first")
    export.add_argument("file", metavar="FILE", help="file to write; - for the standard output")
    export.set_defaults(action=_export)
    delete = actions.add_parser("delete", help="delete some or all; nothing of them is left in the file")
    delete.add_argument("numbers", nargs="*", type=int, metavar="N", help="number, as the list shows it")
    delete.add_argument("--all", action="store_true", help="delete all")
    delete.set_defaults(action=_delete)
    actions.add_parser("path", help="print where they are kept").set_defaults(action=_path)


def main(arguments: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    try:
        return int(arguments.action(arguments, CorrectionStore()))
    except CorrectionsError as error:
        return _say(f"{error.message} {error.hint}")


def _list(arguments: argparse.Namespace, store: CorrectionStore) -> int:
    if arguments.limit < 1:
        return _say("--limit is at least 1.", USAGE)
    newest, count = store.newest(arguments.limit), store.count()
    if not newest:
        print("No corrections are kept.")
        return OK
    console = Console(highlight=False)
    console.print(_table(newest))
    if count > len(newest):
        console.print(f"These are the newest {len(newest)} of {count}; --limit {count} shows all.")
    return OK


def _table(corrections: list[Correction]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("N", justify="right", no_wrap=True)
    table.add_column("when", no_wrap=True)
    for name in ("what you did", "fix", "error"):
        table.add_column(name, overflow="fold")
    for each in corrections:
        when = datetime.fromisoformat(each.time).astimezone().strftime("%Y-%m-%d %H:%M")
        error = _line(f"{each.error_name}: {each.error_message}" if each.error_message else each.error_name)
        done = _WORDS.get(each.outcome, each.outcome)
        comment = f": {each.comment}" if each.comment else ""
        table.add_row(str(each.number), when, _line(done + comment), _line(each.title), error)
    return table


def _line(text: str) -> Text:
    return Text(clip(" ".join(text.split()), 120))


def _export(arguments: argparse.Namespace, store: CorrectionStore) -> int:
    corrections = store.newest()[::-1]
    lines = "".join(json.dumps(asdict(each)) + "\n" for each in corrections)
    if arguments.file == "-":
        print(lines, end="")
        return OK
    try:
        Path(arguments.file).write_text(lines, encoding="utf-8")
    except OSError as error:
        return _say(f"{arguments.file} cannot be written: {error.strerror}.")
    print(f"{_number(len(corrections))} written to {arguments.file}.")
    return OK


def _delete(arguments: argparse.Namespace, store: CorrectionStore) -> int:
    if arguments.all == bool(arguments.numbers):
        return _say("name the numbers of corrections, or --all.", USAGE)
    if arguments.all:
        print(f"{_number(store.clear())} deleted.")
        return OK
    deleted = store.delete(*arguments.numbers)
    print(f"{_number(len(deleted))} deleted.")
    missing = sorted({*arguments.numbers} - {*deleted})
    return _say(f"there is no correction {', '.join(map(str, missing))}.") if missing else OK


def _path(_: argparse.Namespace, store: CorrectionStore) -> int:
    print(store.path)
    return OK


def _number(count: int) -> str:
    return f"{count} correction{'' if count == 1 else 's'}"


def _say(sentence: str, code: int = FAILED) -> int:
    """Say what went wrong, and return the exit code."""
    print(f"nbdoctor corrections: {sentence}", file=sys.stderr)
    return code

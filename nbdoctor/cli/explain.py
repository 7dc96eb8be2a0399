"""``nbdoctor explain KIND``: what a kind of problem means, how it comes about, and what to do."""

from __future__ import annotations

import argparse
import difflib
import sys
from typing import Any

from rich.console import Console
from rich.markdown import Markdown

from ..rules import kinds
from .run import OK, USAGE


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "explain",
        help="say what a kind of problem means",
        description="Prints what a kind of problem means, how it comes about, an example, what to do, and how safe nbdoctor's "
        "fix is. Without a kind it lists all. Exit code 0: printed; 2: there is no such kind.",
    )
    parser.add_argument("--all", action="store_true", help="print every kind, as docs/kinds.md has them")
    parser.add_argument(
        "kind", nargs="?", metavar="KIND", help="as `nbdoctor run` and the card name it: missing_column"
    )
    parser.set_defaults(main=main)


def main(arguments: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    if arguments.all:
        return _print(kinds.document())
    if not arguments.kind:
        width = max(map(len, kinds.known()))
        print("\n".join(f"{name:{width}}  {kinds.kind(name).title}" for name in kinds.known()))
        return OK
    try:
        found = kinds.kind(arguments.kind)
    except KeyError:
        close = difflib.get_close_matches(arguments.kind, kinds.known(), 1)
        hint = f"; the closest is {close[0]}" if close else ""
        print(
            f"nbdoctor explain: there is no kind {arguments.kind!r}{hint}. `nbdoctor explain` lists all.",
            file=sys.stderr,
        )
        return USAGE
    return _print(kinds.markdown(found))


def _print(text: str) -> int:
    """Rendered on a terminal; elsewhere as it is, for a file or a pager."""
    console = Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        print(text, end="")
    return OK

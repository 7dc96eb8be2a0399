"""``nbdoctor COMMAND``: a file for each command. Each has ``add(subparsers)`` and ``main(arguments) -> exit code``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import List, Optional

from .. import __version__


def main(argv: Optional[List[str]] = None) -> int:
    """Run a command and return its exit code (2: the command line is wrong)."""
    from . import check, corrections, eval, explain, run, serve

    parser = argparse.ArgumentParser("nbdoctor", description="Says why a notebook cell failed, and fixes it.")
    parser.add_argument("--version", action="version", version=f"nbdoctor {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (run, explain, check, serve, corrections, eval):
        command.add(commands)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.main(arguments))
    except (
        BrokenPipeError
    ):  # `nbdoctor explain | head`: who read it has gone, and the interpreter's last flush has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())

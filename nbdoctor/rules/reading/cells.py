"""IPython cells as Python: magics, shell commands and ``?`` replaced by valid text of equal length.

So lines and offsets of what `python_source` returns are those of the cell.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import List, Optional

# Cell magics whose body is Python that runs in the user's namespace.
_PYTHON_CELL_MAGICS = {"time", "timeit", "capture", "prun", "debug", "mprun", "memit", "snakeviz", "pyinstrument"}
# Line magics whose rest is a Python statement, after options.
_PYTHON_LINE_MAGICS = re.compile(r"%(?:time|timeit|prun|memit)\s+(?:-\w+\s*\d*\s+)*")
_ASSIGNED = re.compile(r"^(\s*[\w.,\s\[\]'\"*]+?=\s*)([%!]\S.*)$")
_HELP = re.compile(r"^\s*(?:\?{1,2}\s*[%\w.*]+|[%\w.*\[\]'\"]+\s*\?{1,2})\s*;?\s*$")
_TOKEN = re.compile(r"#[^\n]*|'''|\"\"\"|'|\"|[()\[\]{}]")


def is_magic_line(line: str) -> bool:
    """Whether a line that starts a statement is IPython's rather than Python's."""
    stripped = line.lstrip()
    return stripped[:1] in ("%", "!") or bool(_HELP.match(line))


@lru_cache(maxsize=64)
def python_source(cell_source: str) -> Optional[str]:
    """Return the Python of an IPython cell, with identical lines and offsets.

    Magics, shell commands and ``?`` become equally long valid text. None where the cell is not Python
    (``%%bash``).
    """
    lines = cell_source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return cell_source
    if lines[first].startswith("%%"):
        match = re.match(r"%%(\w+)", lines[first])
        if not match or match.group(1) not in _PYTHON_CELL_MAGICS:
            return None
        lines[first] = " " * len(lines[first])
    elif parse(cell_source) is not None:
        return cell_source
    return "\n".join(_neutralise(lines))


def _neutralise(lines: List[str]) -> List[str]:
    result: List[str] = []
    state = _LineState()
    in_magic = False
    for line in lines:
        if in_magic:
            in_magic = line.endswith("\\")
            result.append(" " * len(line))
            continue
        new = line
        if state.at_statement:
            new = _python_line(line)
            in_magic = new != line and line.endswith("\\")
        result.append(new)
        state.feed(new)
    return result


def _python_line(line: str) -> str:
    """One line without its magic, equally long."""
    indent = line[: len(line) - len(line.lstrip())]
    stripped = line[len(indent) :]
    timed = _PYTHON_LINE_MAGICS.match(stripped)
    if timed:
        rest = stripped[timed.end() :]
        if rest and parse(rest) is not None:
            return indent + "0;" + " " * (timed.end() - 2) + rest
    if stripped[:1] in ("%", "!") or _HELP.match(line):
        return indent + "0" + " " * (len(stripped) - 1)
    assigned = _ASSIGNED.match(line)
    if assigned:
        return assigned.group(1) + "0" + " " * (len(assigned.group(2)) - 1)
    return line


class _LineState:
    """Whether the next line starts a statement: no bracket, triple-quoted string or backslash is open."""

    def __init__(self) -> None:
        self.depth = 0
        self.quote: Optional[str] = None
        self.continued = False

    @property
    def at_statement(self) -> bool:
        return self.depth == 0 and self.quote is None and not self.continued

    def feed(self, line: str) -> None:
        position = 0
        while True:
            if self.quote:
                end = _find_quote(line, self.quote, position)
                if end < 0:
                    if len(self.quote) == 1:
                        self.quote = None
                    break
                position, self.quote = end + len(self.quote), None
            match = _TOKEN.search(line, position)
            if not match:
                break
            position, text = match.end(), match.group()
            if text[0] == "#":
                break
            if text[0] in "'\"":
                self.quote = text
            else:
                self.depth = max(0, self.depth + (1 if text in "([{" else -1))
        self.continued = self.quote is None and line.endswith("\\") and "#" not in line


def _find_quote(line: str, quote: str, start: int) -> int:
    position = start
    while position < len(line):
        if line[position] == "\\":
            position += 2
        elif line.startswith(quote, position):
            return position
        else:
            position += 1
    return -1


@lru_cache(maxsize=64)
def parse(source: str) -> Optional[ast.Module]:
    """The syntax tree of ``source``; None where it does not parse. Cached: never change the tree."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in the user's strings are not ours to report
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None

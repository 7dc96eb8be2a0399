"""Frames of a traceback as text: which are the user's, which a library's, which line of which cell."""

from __future__ import annotations

import linecache
import os
import re
import sysconfig
from itertools import islice
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

from ..protocol import Frame, Where
from ..text import plain

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from .watch import Ran

# A recursion error has thousands of frames: the first and the last say all.
FIRST, LAST = 10, 30
MAX_LINE = 300

#: The file name that IPython gives to the body of a ``%%time`` cell.
TIMED = "<timed exec>"

_NUMBERED = re.compile(r"<ipython-input-(\d+)-")
_NAMED = 50  # making a name takes a while

_LIBRARY_ROOTS = tuple(
    {
        os.path.realpath(p)
        for p in (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
        if p
    }
)


class FrameReader:
    """Reads the tracebacks of one failure. Call `close` afterwards: it holds the cell file names alone, no frame."""

    def __init__(self, shell: Any, history: Sequence[Ran]) -> None:
        counts: Dict[Any, Optional[str]] = {count: ran_id for ran_id, count, _, _ in history}
        self._cells = {name: counts.get(count) for name, count in cell_files(shell, history).items()}
        self._timed = _timed_lines(history[-1][3]) if history else []
        if self._timed:
            self._cells[TIMED] = history[-1][0]

    def close(self) -> None:
        """Forget everything."""
        self._cells = {}

    def frames(self, error: BaseException) -> List[Frame]:
        """The frames of ``error``, outermost first, from the first frame of a cell on. A SyntaxError of a cell or file has
        one more frame at its end, without a function: the place that the parser complained about."""
        entries = _walk(error.__traceback__)
        first = next((i for i, (tb, _) in enumerate(entries) if tb.tb_frame.f_code.co_filename in self._cells), None)
        kept = entries[first:] if first is not None else [e for e in entries if not _is_ipython(e[0])]
        if len(kept) > FIRST + LAST:
            kept = kept[:FIRST] + kept[-LAST:]
        found = [self._frame(tb, line) for tb, line in kept]
        if isinstance(error, SyntaxError) and error.lineno is not None:
            place = self._syntax_frame(error)
            # Compiling the cell itself raised: the frames are IPython's own.
            found = [place] if place.where == "cell" and first is None else [*found, place]
        return found

    def innermost_user_frame(self, error: BaseException) -> Optional[FrameType]:
        """The live frame, for the Namespace to look at while the rules run."""
        result = None
        for tb, _ in _walk(error.__traceback__):
            if self._where(tb.tb_frame.f_code.co_filename) != "library":
                result = tb.tb_frame
        return result

    def expression(self, frames: Sequence[Frame]) -> Optional[str]:
        """The source text of the failing expression in the innermost frame of the user's (Python 3.11 on)."""
        for frame in reversed(frames):
            if frame.where != "library":
                if frame.column is None or frame.end_column is None or frame.end_line not in (None, frame.line):
                    return None
                return frame.source[frame.column : frame.end_column] or None
        return None

    def _where(self, filename: str) -> Where:
        if filename in self._cells:
            return "cell"
        if filename.startswith("<"):
            return "user" if filename == "<string>" else "library"
        if not os.path.isabs(filename) and not os.path.exists(filename):
            return "library"  # compiled code is named after a source that nobody has here: pandas/_libs/lib.pyx
        path = os.path.realpath(filename)
        parts = path.split(os.sep)
        if "site-packages" in parts or "dist-packages" in parts or path.startswith(_LIBRARY_ROOTS):
            return "library"
        return "user"

    def _frame(self, tb: TracebackType, line: int) -> Frame:
        code = tb.tb_frame.f_code
        if code.co_filename == TIMED and line < len(self._timed):
            text = self._timed[line]
        else:
            text = linecache.getline(code.co_filename, line, tb.tb_frame.f_globals).rstrip("\n")
        column, end_line, end_column = _position(tb, text)
        if code.co_filename == TIMED:
            line += 1  # counted from below the magic
            end_line = end_line + 1 if end_line is not None else None
        where = self._where(code.co_filename)
        return Frame(
            file="<cell>" if where == "cell" else plain(_short(code.co_filename), 200),
            line=line,
            # IPython 7 and 8.0 name the parts of a cell after their lines.
            function="<module>" if code.co_name.startswith("<cell line: ") else plain(code.co_name, 100),
            source=plain(text, MAX_LINE),
            where=where,
            cell_id=self._cells.get(code.co_filename),
            column=column,
            end_column=end_column,
            end_line=end_line,
        )

    def _syntax_frame(self, error: SyntaxError) -> Frame:
        filename = error.filename or "<string>"
        where = self._where(filename)
        return Frame(
            file="<cell>" if where == "cell" else plain(_short(filename), 200),
            line=error.lineno or 1,
            function="",
            source=plain((error.text or "").rstrip("\n"), MAX_LINE),
            where=where,
            cell_id=self._cells.get(filename),
            column=max((error.offset or 1) - 1, 0),
            end_column=_positive(getattr(error, "end_offset", None)),
            end_line=_positive(getattr(error, "end_lineno", None), 0),
        )


def cell_files(shell: Any, history: Sequence[Ran]) -> Dict[str, Optional[int]]:
    """The file names that cells were given, with the execution that each stands for."""
    known = getattr(shell.compile, "_filename_map", None)
    if known is not None:
        return dict(known)
    # IPython 7 keeps the names alone. A terminal's have the number in them; ipykernel makes them of the text.
    names = list(getattr(linecache, "_ipython_cache", ()))
    found = {name: int(match[1]) if (match := _NUMBERED.match(name)) else None for name in names}
    for _, count, _, source in list(history)[-_NAMED:]:
        name = shell.compile.get_code_name(source, source, count)
        if name in found:
            found[name] = count
    return found


def _timed_lines(source: str) -> List[str]:
    """The lines of a ``%%time`` cell, the magic first; of another cell none."""
    return source.lstrip().splitlines() if source.lstrip().startswith("%%time") else []


def _walk(tb: Optional[TracebackType]) -> List[Tuple[TracebackType, int]]:
    found = []
    while tb is not None:
        found.append((tb, tb.tb_lineno))
        tb = tb.tb_next
    return found


def _positive(value: Optional[int], shift: int = 1) -> Optional[int]:
    return value - shift if value is not None and value > 0 else None


def _position(tb: TracebackType, text: str) -> Tuple[Optional[int], Optional[int], Optional[int]]:
    """(column, end line, end column) of the failing instruction, in characters; Python counts bytes of UTF-8."""
    positions = getattr(tb.tb_frame.f_code, "co_positions", None)
    if positions is None or tb.tb_lasti < 0:
        return None, None, None
    line, end_line, column, end_column = next(islice(positions(), tb.tb_lasti // 2, None), (None,) * 4)
    if line != tb.tb_lineno or column is None or end_column is None:
        return None, end_line, None
    raw = text.encode("utf-8", "surrogatepass")
    if end_line != line:
        return len(raw[:column].decode("utf-8", "replace")), end_line, None
    return len(raw[:column].decode("utf-8", "replace")), end_line, len(raw[:end_column].decode("utf-8", "replace"))


def _is_ipython(tb: TracebackType) -> bool:
    return f"{os.sep}IPython{os.sep}" in tb.tb_frame.f_code.co_filename


def _short(filename: str) -> str:
    """A path that tells no user name: relative to the working folder, to site-packages, or to the home folder."""
    parts = filename.replace("\\", "/").split("/")
    for root in ("site-packages", "dist-packages"):
        if root in parts:
            return "/".join(parts[parts.index(root) + 1 :])
    home, here = os.path.expanduser("~"), os.getcwd()
    if filename.startswith(here + os.sep):
        return filename[len(here) + 1 :]
    return "~" + filename[len(home) :] if filename.startswith(home + os.sep) else filename

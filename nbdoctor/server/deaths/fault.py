"""What `faulthandler` wrote when a kernel crashed, into the file that `nbdoctor.kernel.fault` has named to it."""

from __future__ import annotations

import contextlib
import glob
import re
from pathlib import Path
from typing import List, Optional

from ...protocol import FAULT_SUFFIX, Frame

MAX_TEXT = 60_000
MAX_FRAMES = 20

# "Current thread 0x00007f0c (most recent call first):", from Python 3.14 on with the thread's name between the two.
_CURRENT = re.compile(r"^Current thread [^\n]*\(most recent call first\):\n((?:[ \t]+[^\n]*\n?)*)", re.MULTILINE)
_FRAME = re.compile(r'^\s+File "([^"\n]*)", line (\d+) in (.*)$', re.MULTILINE)
# ipykernel's file of a cell that runs, IPython's name of one.
_CELL = re.compile(r"[/\\]ipykernel_\d+[/\\]\d+\.py$|^<ipython-input-")
_LIBRARY = re.compile(r"[/\\](?:site-packages|dist-packages|lib[/\\]python3[.\d]*)[/\\]|^<frozen ")


def path_of(connection_file: str, process: int) -> Path:
    """The file that a kernel's process writes to, if it crashes. It is there for as long as nbdoctor is loaded."""
    return Path(f"{connection_file}{FAULT_SUFFIX}{process}")


def read(path: Path, start: int = 0) -> str:
    """What stands in the file from a place on, bounded; empty where there is no such file."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(MAX_TEXT).decode("utf-8", "replace")
    except OSError:
        return ""


def size(path: Path) -> int:
    """Bytes of the file; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def remove(connection_file: str, keep: Optional[int] = None) -> None:
    """Remove the files of all processes that a kernel had, but for one that lives."""
    if not connection_file:
        return
    beside = Path(connection_file)
    for path in beside.parent.glob(f"{glob.escape(beside.name)}{FAULT_SUFFIX}*"):
        if keep is None or not path.name.endswith(f"{FAULT_SUFFIX}{keep}"):
            with contextlib.suppress(OSError):
                path.unlink()


def frames(text: str, cell_id: Optional[str] = None) -> List[Frame]:
    """The Python frames of the thread that crashed, outermost first: from the running cell on, where one is among them.

    Parameters
    ----------
    text : what faulthandler wrote.
    cell_id : of the cell that was running. Functions that other cells have defined are told apart by their file.
    """
    # A process that the kernel had forked may have crashed before it, and wrote to the same file.
    thread = _CURRENT.findall(text)[-1:]
    found = [(file, int(line), name) for file, line, name in _FRAME.findall("".join(thread))]
    found.reverse()
    first = next((i for i, (file, _, _) in enumerate(found) if _CELL.search(file)), None)
    if first is None:
        return [_frame(*frame) for frame in found[-MAX_FRAMES:]]
    running = found[first][0]
    kept = found[first:]
    return [
        Frame("<cell>", line, name, "", "cell", cell_id if file == running else "")
        if _CELL.search(file)
        else _frame(file, line, name)
        for file, line, name in [*kept[:1], *kept[1:][-MAX_FRAMES:]]
    ]


def _frame(file: str, line: int, name: str) -> Frame:
    return Frame(file, line, name, "", "library" if _LIBRARY.search(file) else "user")

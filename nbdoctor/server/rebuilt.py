"""A Report rebuilt from what a front end saw, for a kernel that nbdoctor is not loaded in. It knows less, and says so."""

from __future__ import annotations

import re
from typing import List
from uuid import uuid4

from ..protocol import Cell, DiagnosisRequest, Frame, RaisedError, Report
from ..redact import Redactor
from ..text import plain

# IPython's frame headers: "Cell In[3], line 2" and "File ~/x/y.py:12, in f(a, b)"; Python's: 'File "y.py", line 12, in f'.
_CELL = re.compile(r"^\s*(?:Cell |Input )?In ?\[(\d+)\](?:, line (\d+))?(?:, in (\S+?)\()?")
_FILE = re.compile(r'^\s*File (?:"([^"]+)", line (\d+)|(\S[^\n]*?):(\d+))(?:, in ([\w<>.]+))?')
_ARROW = re.compile(r"^-+> ?(\d+) ?(.*)$")
MAX_TRACEBACK = 60_000


def rebuild(request: DiagnosisRequest) -> Report:
    """Return a Report, with ``live`` false, of the posted error. Everything in it is bounded and redacted."""
    redact = Redactor().redact
    text = plain("\n".join(request.error.traceback), MAX_TRACEBACK)
    error = RaisedError(
        name=plain(request.error.name, 100),
        message=redact(plain(request.error.value, 4_000)),
        frames=_frames(redact(text), request.cell),
    )
    cell = Cell(redact(request.cell.source), request.cell.id, execution_count=request.cell.execution_count)
    return Report(id=uuid4().hex[:12], cell=cell, errors=[error], live=False)


def _frames(text: str, cell: Cell) -> List[Frame]:
    found: List[Frame] = []
    for line in text.splitlines():
        in_cell, in_file, arrow = _CELL.match(line), _FILE.match(line), _ARROW.match(line)
        if in_cell:
            this = cell.execution_count is None or int(in_cell[1]) == cell.execution_count
            found.append(
                Frame("<cell>", int(in_cell[2] or 1), in_cell[3] or "<module>", "", "cell", cell.id if this else None)
            )
        elif in_file:
            file, number = in_file[1] or in_file[3], int(in_file[2] or in_file[4])
            library = "site-packages" in file or "/lib/python" in file or file.startswith("<")
            found.append(Frame(file, number, in_file[5] or "", "", "library" if library else "user"))
        elif arrow and found:
            found[-1].line, found[-1].source = int(arrow[1]), arrow[2]
    return found[:40]

"""Which versions are installed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..protocol import Cell, Report
from .inquiry import Inquiry


async def versions(inquiry: Inquiry) -> Sequence[str]:
    """The installed versions of the libraries that the error passed through or the cell names."""
    found = versions_of(inquiry.report, inquiry.cell)
    return [f"The installed version of {name} is {version}." for name, version in found]


def versions_of(report: Report, cell: Cell) -> list[tuple[str, str]]:
    """Versions of the libraries that the error passed through or the cell names."""
    frames = report.errors[0].frames if report.errors else []
    text = " ".join([cell.source, *(f.file for f in frames), *(e.message for e in report.errors)])
    kind = report.errors[0].details.get("object_type", "")
    words = set(re.findall(r"[A-Za-z]\w*", f"{text} {kind}"))
    return [(n, v) for n, v in report.versions.items() if n.replace("-", "_") in words or n in words][:4]

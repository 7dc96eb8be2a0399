"""Where a missing name is defined, and which names are like it."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterator, Sequence

from .inquiry import Inquiry, defining_cells


async def names(inquiry: Inquiry) -> Sequence[str]:
    """What is known of the name that is missing, where no rule has said so already."""
    return list(_names(inquiry))


def _names(inquiry: Inquiry) -> Iterator[str]:
    report, cell, notebook = inquiry.report, inquiry.cell, inquiry.notebook
    if inquiry.findings or not report.errors:
        return
    error = report.errors[0]
    name = error.details.get("name") or next(iter(re.findall(r"name '(\w+)' is not defined", error.message)), "")
    if error.name in ("NameError", "UnboundLocalError") and name:
        where = defining_cells(name, cell, notebook)
        if where:
            ran = {run.cell_id for run in report.history if run.ok}
            state = "was run" if any(c.id in ran for c in where) else "was not run in this session"
            yield f"Another cell of this notebook defines {name}; that cell {state}."
        elif notebook:
            yield f"No other cell of this notebook defines {name}."
        close = difflib.get_close_matches(name, report.names, n=2, cutoff=0.75)
        if close and not where:
            yield f"Existing variables with a similar name: {', '.join(close)}."
    if error.name == "ModuleNotFoundError" and name:
        standard = name.partition(".")[0] in sys.stdlib_module_names
        yield f"{name} is {'' if standard else 'not '}part of Python's standard library."

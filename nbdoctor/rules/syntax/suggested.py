"""``==`` where ``=`` or ``:=`` stands after what cannot be assigned to, as Python itself suggests. No more than a suggestion."""

from __future__ import annotations

import re
from typing import List

from ...protocol import Edit, Fix
from ...text import apply_edits
from ..base import edit
from ..reading.source import compiles
from .tokens import Trouble, insert

_UNASSIGNABLE = re.compile(
    r"cannot (?:assign to|use assignment expressions with) "
    r"(?:function call|literal|expression|operator|comparison|[Ee]llipsis|\w+ (?:literal|display)|f-string)"
)
#: Below what a sentence may call certain: an assignment to something else may have been meant.
_CONFIDENCE = 0.55


def comparison(trouble: Trouble) -> List[Fix]:
    """The fix that compares, as a list; empty where the statement has no single ``=`` (in a condition
    ``:=``), or does not parse with ``==``."""
    statement = trouble.statement()
    in_condition = statement[0].text in ("if", "elif", "while") if statement else False
    equals = [t for t in statement if t.text == (":=" if in_condition else "=") and t.depth == statement[0].depth]
    if len(equals) != 1 or not _UNASSIGNABLE.search(trouble.message):
        return []
    edits = [Edit(equals[0].start, equals[0].end, "==") if in_condition else insert(equals[0].end, "=")]
    return edit("Compare with `==`", edits, _CONFIDENCE) if compiles(apply_edits(trouble.source, edits)) else []

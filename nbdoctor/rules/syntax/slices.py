"""Ranges of positions, ``1:3``, that stand between parentheses."""

from __future__ import annotations

from typing import Iterator, List, Sequence

from ...protocol import Edit
from ..base import code
from .indents import Repair
from .tokens import Token, Trouble, insert, partner, parts, replace

#: Types of objects that are indexed and cannot be called.
_INDEXED = ("list", "tuple", "str", "bytes", "range", "ndarray", "Series", "DataFrame", "Index")


def slices(trouble: Trouble) -> Iterator[Repair]:
    """``rows(1:)`` of an object that cannot be called, and ``df.loc[(:, 1), :]``, where a tuple needs ``slice(None)``."""
    statement = trouble.statement()
    for i, token in enumerate(statement):
        close = partner(statement, i) if token.text == "(" and token.kind == "op" else None
        inner = statement[i + 1 : close] if close is not None else []
        if close is None or not any(t.text == ":" and t.depth == token.depth + 1 for t in inner):
            continue
        before = statement[i - 1] if i else None
        if before is not None and before.kind == "name" and before.end == token.start:
            look = trouble.namespace.look(before.text) if i < 2 or statement[i - 2].text != "." else None
            if look is not None and look.type in _INDEXED:
                said = (
                    f"{code(before.text)} is no function: a range of its items stands in square brackets, `[` and `]`."
                )
                edits = [replace(token, "["), replace(statement[close], "]")]
                yield Repair("slice_outside", said, "Write square brackets", edits, 0.9)
        elif before is not None and before.text in ("[", ","):
            edits = [e for part in parts(inner) for e in _as_call(part)]
            said = "A colon for a range stands in square brackets alone; within the tuple it is `slice(None)`."
            yield Repair("slice_outside", said, "Write `slice(...)` for the colon", edits, 0.88)


def _as_call(part: Sequence[Token]) -> List[Edit]:
    """``a:b`` as ``slice(a, b)``, and ``:`` as ``slice(None)``."""
    colons = [n for n, t in enumerate(part) if t.text == ":" and t.depth == part[0].depth]
    if not colons or len(colons) > 2:
        return []
    if len(part) == 1:
        return [replace(part[0], "slice(None)")]
    ends = [*colons[1:], len(part)]
    edits = [insert(part[0].start, "slice(" + ("None" if colons[0] == 0 else ""))]
    for colon, end in zip(colons, ends):
        spaced = end > colon + 1 and part[colon + 1].start > part[colon].end
        edits.append(replace(part[colon], ", None" if end == colon + 1 else "," if spaced else ", "))
    return [*edits, insert(part[-1].end, ")")]

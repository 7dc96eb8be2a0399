"""The other mistakes of a case: what its accepted fix corrects beside the place that a proposed fix has changed."""

from __future__ import annotations

from difflib import SequenceMatcher

#: Lines ``first`` to ``last`` (the end not included) of the failing cell, and what takes their place.
Change = tuple[int, int, list[str]]


def with_others(failing: str, proposed: str, accepted: str) -> str | None:
    """Make the accepted corrections as well, where they are in lines that the proposed fix leaves alone.

    Args:
        failing: the cell that fails.
        proposed: the cell after the proposed fix.
        accepted: the cell after the accepted one.

    Returns:
        The cell with both, or None where there is no other correction.
    """
    lines = failing.split("\n")
    ours, theirs = _changes(lines, proposed.split("\n")), _changes(lines, accepted.split("\n"))
    # Where both indent a line, the accepted fix may correct more of it.
    ours = [own for own in ours if not (_indents(own, lines) and any(_touch(change, own) for change in theirs))]
    others = [change for change in theirs if not any(_touch(change, own) for own in ours)]
    made: list[str] = []
    position = 0
    for first, last, new in sorted([*ours, *others]):
        made += lines[position:first] + new
        position = last
    return "\n".join(made + lines[position:]) if others else None


def _changes(old: list[str], new: list[str]) -> list[Change]:
    found: list[Change] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "replace" and b - a == d - c:  # as many lines as before: each is a change of its own
            found += [(a + n, a + n + 1, [new[c + n]]) for n in range(b - a)]
        elif tag != "equal":
            found.append((a, b, new[c:d]))
    return found


def _indents(change: Change, lines: list[str]) -> bool:
    return [line.strip() for line in lines[change[0] : change[1]]] == [line.strip() for line in change[2]]


def _touch(one: Change, other: Change) -> bool:
    return (one[0] < other[1] and other[0] < one[1]) or one[0] == other[0]

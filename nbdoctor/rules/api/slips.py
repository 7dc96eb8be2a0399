"""Whether a name is another one, mistyped, or merely like it: only what is mistyped may be edited."""

from __future__ import annotations

import re

from ..base import CERTAIN, Close, similarity

_LONG = 8  # letters: a longer word may have two mistakes


def is_sure(wanted: str, near: Close) -> bool:
    """Whether the closest name was surely meant: it stands alone, and a slip of the fingers leads from one to the other."""
    return near.confidence >= CERTAIN and not near.others and is_slip(wanted, near.name)


def is_slip(wanted: str, name: str) -> bool:
    """``revenu`` for ``revenue``, ``unit_price`` for ``Unit Price``; not ``male`` for ``female``, ``start`` for ``state``."""
    score = similarity(wanted, name)
    if score >= 0.95:
        return True
    first, second = wanted.casefold(), name.casefold()
    distance = _distance(first, second)
    if distance == 1:
        return _is_one_slip(first, second)
    return distance == 2 and min(len(first), len(second)) >= _LONG and score >= 0.88


def _is_one_slip(first: str, second: str) -> bool:
    shortest = min(len(first), len(second))
    at = next((i for i, (a, b) in enumerate(zip(first, second)) if a != b), shortest)
    if len(first) != len(second) or sorted(first) == sorted(second):
        return shortest >= 4 or (shortest == 3 and at > 0)  # a letter too much, too few, or two exchanged
    word = re.split(r"[\s_\-.\d]", second[:at])[-1] + re.split(r"[\s_\-.\d]", second[at:])[0]
    return shortest >= 5 and at > 0 and len(word) > 2  # another letter; `score_a` and `score_b` are two names


def _distance(first: str, second: str) -> int:
    """How many letters have to be put in, taken out, replaced or exchanged with the next one; 3 for more."""
    if abs(len(first) - len(second)) > 2:
        return 3
    rows = [list(range(len(second) + 1))]
    for i, a in enumerate(first, 1):
        row = [i]
        for j, b in enumerate(second, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and b == first[i - 2]:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return min(rows[-1][-1], 3)

"""Counting values of a sort in the user's tables, lists and arrays, within a time limit.

Only the very types of Python, pandas and numpy are gone through, so that no code of the user's runs.
"""

from __future__ import annotations

import math
import time
from typing import Any, Callable, Dict, Iterator, List, Tuple

from ..protocol import TALLY_TEXTS, Sort, Tally
from .looks import TABLE, kind_of, shown_key

MAX_VALUES = 100_000  # of one column
MAX_COLUMNS = 100
SECONDS = 0.02
_STEP = 2_000  # values between two looks at the clock


def tally(obj: Any, sort: Sort) -> List[Tally]:
    """Count the values of a sort.

    Args:
        obj: a list, a tuple, a Series, a DataFrame, or an array of one or two dimensions; another object has no values.
        sort: see `protocol.Sort`.

    Returns:
        A Tally for each column that has such values, in the order of the columns; when the time is over, of the values seen.
    """
    is_of = _SORTS[sort]
    deadline = time.monotonic() + SECONDS
    found = (_counted(made, values, labels, is_of, deadline) for made, values, labels in _columns(obj))
    return [counted for counted in found if counted.count]


def _counted(made: Tally, values: List[Any], labels: Any, is_of: Callable[[Any], bool], deadline: float) -> Tally:
    first: List[int] = []
    texts: Dict[str, None] = {}
    for start in range(0, len(values), _STEP):
        if start and time.monotonic() > deadline:
            break  # the first values of a column are always looked at
        part = values[start : start + _STEP]
        hits = [position for position, value in enumerate(part, start) if is_of(value)]
        made.looked += len(part)
        made.count += len(hits)
        first += hits[: 3 - len(first)]
        for position in hits if len(texts) < TALLY_TEXTS else ():
            texts.setdefault(shown_key(values[position]))
    made.places = [shown_key(labels[position]) if labels is not None else str(position) for position in first]
    made.texts = list(texts)[:TALLY_TEXTS]
    return made


def _columns(obj: Any) -> Iterator[Tuple[Tally, List[Any], Any]]:
    """The columns: a Tally to fill, the first values, and the labels of their rows if they have any."""
    kind = kind_of(obj)
    if type(obj) in (list, tuple):
        yield Tally(length=len(obj)), list(obj[:MAX_VALUES]), None
    elif kind == ("pandas", "Series"):
        yield Tally(length=len(obj)), obj.iloc[:MAX_VALUES].tolist(), obj.index
    elif kind == TABLE:
        for position, key in enumerate(obj.columns[:MAX_COLUMNS]):
            yield Tally(shown_key(key), length=len(obj)), obj.iloc[:MAX_VALUES, position].tolist(), obj.index
    elif kind == ("numpy", "ndarray") and obj.ndim == 1:
        yield Tally(length=len(obj)), obj[:MAX_VALUES].tolist(), None
    elif kind == ("numpy", "ndarray") and obj.ndim == 2:
        for position in range(min(obj.shape[1], MAX_COLUMNS)):
            yield Tally(str(position), length=len(obj)), obj[:MAX_VALUES, position].tolist(), None


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and math.isnan(value)


def _is_unreadable(value: Any) -> bool:
    if type(value) is not str:
        return False
    try:
        float(value)
    except ValueError:
        return True
    return False


_SORTS: Dict[Sort, Callable[[Any], bool]] = {"missing": _is_missing, "unreadable": _is_unreadable}

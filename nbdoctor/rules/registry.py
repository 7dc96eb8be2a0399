"""All rules, in the order in which they run. A rule is a function from a `base.Context` to a Finding or None."""

from __future__ import annotations

from itertools import chain
from typing import Any, Tuple

from .api import arguments, attributes, counts
from .base import Rule
from .imports import magics
from .imports import missing as imports
from .infra import deaths, pickling, system
from .lookups import keys, positions, tabular
from .names import undefined
from .notebook import missing as notebook
from .notebook import stale, state
from .ray import calls as ray_calls
from .ray import tasks, variables
from .syntax import cell
from .values import (
    absent,
    calls,
    dates,
    encodings,
    files,
    frames,
    iterables,
    lengths,
    messages,
    numerals,
    operators,
    raised,
    shapes,
    tallied,
    texts,
    truth,
)

_CODE = (cell, imports, magics, undefined, attributes, arguments, counts, keys, tabular, positions, files)
_VALUES = (
    numerals,
    calls,
    iterables,
    operators,
    texts,
    lengths,
    shapes,
    truth,
    dates,
    encodings,
    frames,
    tallied,
    absent,
    raised,
)
_AROUND = (deaths, messages, pickling, tasks, ray_calls, variables, system, stale, state)


def _all(*modules: Any) -> Tuple[Rule, ...]:
    return tuple(chain.from_iterable(module.RULES for module in modules))


RULES: Tuple[Rule, ...] = (*_all(*_CODE, *_VALUES, *_AROUND), notebook.missing_name_in_history)

#: Rules that look at the notebook's cells alone.
NOTEBOOK_RULES: Tuple[Rule, ...] = (
    *notebook.RULES,
    *stale.NOTEBOOK_RULES,
    *state.RULES,
    *tasks.NOTEBOOK_RULES,
    *absent.NOTEBOOK,
)

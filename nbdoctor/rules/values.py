"""Values of the wrong kind, number, shape or form: the rules of all the modules about them, in one list."""

from __future__ import annotations

from typing import Tuple

from . import (
    absent,
    calls,
    dates,
    encodings,
    iterables,
    lengths,
    messages,
    numerals,
    operators,
    raised,
    shapes,
    tables_of_data,
    texts,
    truth,
)
from .base import Rule

RULES: Tuple[Rule, ...] = (
    *numerals.RULES,
    *calls.RULES,
    *iterables.RULES,
    *operators.RULES,
    *texts.RULES,
    *lengths.RULES,
    *shapes.RULES,
    *truth.RULES,
    *dates.RULES,
    *encodings.RULES,
    *tables_of_data.RULES,
    *absent.RULES,
    *raised.RULES,
    *messages.RULES,
)

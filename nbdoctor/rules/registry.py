"""All rules, in the order in which they run. A rule is a function from a `base.Context` to a Finding or None."""

from __future__ import annotations

from typing import Tuple

from . import (
    absent,
    arguments,
    attributes,
    counts,
    files,
    imports,
    infra,
    keys,
    names,
    notebook,
    pickling,
    positions,
    ray,
    ray_calls,
    ray_globals,
    stale,
    state,
    syntax,
    tabular,
    values,
)
from .base import Rule

RULES: Tuple[Rule, ...] = (
    *syntax.RULES,
    *imports.RULES,
    *names.RULES,
    *attributes.RULES,
    *arguments.RULES,
    *counts.RULES,
    *keys.RULES,
    *tabular.RULES,
    *positions.RULES,
    *files.RULES,
    *values.RULES,
    *pickling.RULES,
    *ray.RULES,
    *ray_calls.RULES,
    *ray_globals.RULES,
    *infra.RULES,
    *stale.RULES,
    *state.RULES,
    notebook.missing_name_in_history,
)

#: Rules that look at the notebook's cells alone.
NOTEBOOK_RULES: Tuple[Rule, ...] = (
    *notebook.RULES,
    *stale.NOTEBOOK_RULES,
    *state.RULES,
    *ray.NOTEBOOK_RULES,
    *absent.NOTEBOOK,
)

"""All rules, in the order in which they run. A rule is a function from a `base.Context` to a Finding or None."""

from __future__ import annotations

from typing import Tuple

from . import arguments, attributes, files, imports, infra, keys, names, notebook, syntax, values
from .base import Rule

RULES: Tuple[Rule, ...] = (
    *syntax.RULES,
    *imports.RULES,
    *names.RULES,
    *attributes.RULES,
    *arguments.RULES,
    *keys.RULES,
    *files.RULES,
    *values.RULES,
    *infra.RULES,
)

#: Rules that look at the notebook's cells alone.
NOTEBOOK_RULES: Tuple[Rule, ...] = notebook.RULES

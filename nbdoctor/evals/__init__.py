"""``nbdoctor eval``: how often the first fix is right, on failing cells that were recorded. See ``docs/evaluation.md``."""

from __future__ import annotations

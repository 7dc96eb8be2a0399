"""Deterministic knowledge: what went wrong, said from facts, and the exact edit where there is one."""

from __future__ import annotations

from .engine import diagnose, diagnose_notebook, merge

__all__ = ["diagnose", "diagnose_notebook", "merge"]

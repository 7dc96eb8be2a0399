"""The tables of what was renamed or removed: which row fits, and how it is said."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import Any, FrozenSet, List, Optional, Set

from ...protocol import Look
from .. import tables
from ..base import Context
from ..reading.words import remark

#: Distributions whose modules have another name.
LIBRARIES = {"sklearn": "scikit-learn", "PIL": "Pillow", "skimage": "scikit-image", "mpl_toolkits": "matplotlib"}
Row = Any


@cache
def _standard() -> FrozenSet[str]:
    """Modules of the standard library that the table has rows for."""
    known = getattr(sys, "stdlib_module_names", None)  # Python 3.10
    tops = {row["owner"].split(".")[0] for row in tables.rows("renamed") if "docs.python.org" in row["source"]}
    return frozenset(known or tops) | {"builtins"}


@cache
def _owners() -> FrozenSet[str]:
    return frozenset(row["owner"] for row in tables.rows("renamed"))


def attribute_row(name: str, owners: List[str]) -> Optional[Row]:
    """The row for an attribute of one of these owners: modules, or types and their bases."""
    rows = [row for row in tables.renamed().get(name, []) if row["kind"] not in ("keyword", "property")]
    return next((row for owner in owners for row in rows if row["owner"] == owner), None)


def owners_of(owner: str, is_module: bool, look: Optional[Look]) -> List[str]:
    """Full names under which the table may know an object's type; its own comes before its bases'."""
    if is_module:
        return [owner]
    short = owner.rpartition(".")[2]
    types = [short, *(look.bases if look is not None else [])]
    top = (look.module if look is not None else owner).split(".")[0] if look is not None or "." in owner else ""
    if look is not None and look.type == "type":
        types, top = [look.name.rpartition(".")[2], *types], look.name.split(".")[0]
    found: List[str] = []
    for name in types:
        found += [f"builtins.{name}", *(full for full in sorted(_owners()) if _is(full, name, top, look))]
    return found


def _is(full: str, name: str, top: str, look: Optional[Look]) -> bool:
    """Whether ``pandas.DataFrame`` is what its users call ``pandas.core.frame.DataFrame``."""
    first, _, last = full.rpartition(".")
    if last != name or not first or full.startswith("builtins."):
        return False
    return full.split(".", maxsplit=1)[0] == top if top else look is None and last[:1].isupper()


def keyword_row(context: Context, name: str, called: str, look: Optional[Look]) -> Optional[Row]:
    """The row for a keyword: its owner ends in the called function, or is a class that was called."""
    names: Set[str] = {part for part in called.split(".") if part not in ("__init__", "__new__", "")}
    if look is not None:
        names |= {look.name.rpartition(".")[2], look.type} - {""}
    names |= set(re.findall(r"(\w+)\s*\(", context.expression())[:3])
    whole = look.name if look is not None and "." in look.name else look.module if look is not None else ""
    tops = {whole.split(".")[0]} - {"", "builtins"}
    for row in tables.renamed().get(name, []):
        owner = row["owner"].split(".")
        if row["kind"] == "keyword" and owner[-1] in names and (not tops or owner[0] in tops):
            return row
    return None


def library_of(owner: str) -> str:
    """The library that a row is about, as a person calls it."""
    top = owner.split(".", maxsplit=1)[0]
    return "Python" if top in _standard() else LIBRARIES.get(top, top)


def changed(row: Row) -> str:
    """``since pandas 2.0``"""
    return f"since {library_of(row['owner'])} {row['since']}"


def note_of(row: Row) -> str:
    """The row's note as a sentence; empty where it has none."""
    return remark(row["note"])

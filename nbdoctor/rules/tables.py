"""The tables in ``data/``, read when first asked for and kept. Facts stand there, not in code."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any, Dict, FrozenSet, List

_DATA = Path(__file__).parent / "data"

Row = Dict[str, str]


@cache
def rows(name: str) -> List[Row]:
    """All rows of ``data/NAME.csv``."""
    with (_DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def load(name: str) -> Any:
    """The content of ``data/NAME.json``."""
    with (_DATA / f"{name}.json").open(encoding="utf-8") as file:
        return json.load(file)


@cache
def kinds() -> Dict[str, Dict[str, Any]]:
    """What is known of every kind of finding, by its name: all of ``data/kinds/*.json``, see `nbdoctor.rules.kinds`.

    Raises:
        ValueError: where two files have the same kind.
    """
    found: Dict[str, Dict[str, Any]] = {}
    for path in sorted((_DATA / "kinds").glob("*.json")):
        more = load(f"kinds/{path.stem}")
        if found.keys() & more.keys():
            raise ValueError(f"{path.name}: {sorted(found.keys() & more.keys())} stand in another file, too")
        found.update(more)
    return found


@cache
def messages() -> List[Dict[str, Any]]:
    """Exceptions' messages and what they mean, for `values.known_message`: all rows of ``data/messages/*.json``, in order."""
    return [row for path in sorted((_DATA / "messages").glob("*.json")) for row in load(f"messages/{path.stem}")]


@cache
def effects(group: str) -> FrozenSet[str]:
    """Names of methods, magics or commands of one kind of effect."""
    return frozenset(load("effects")[group]["names"])


@cache
def modules() -> Dict[str, Row]:
    """Import names whose distribution has another name, or for which nothing is to be installed."""
    return {row["module"]: row for row in rows("modules")}


@cache
def known() -> FrozenSet[str]:
    """Import names that equal the name of their distribution."""
    # Thousands of rows, asked for by every missing module: read without a dict for each, in a tenth of the time.
    with (_DATA / "known.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row[0] for row in csv.reader(file)) - {"module"}


@cache
def aliases() -> Dict[str, str]:
    """The statement that binds a customary name (``np``, ``plt``, ``Path``)."""
    return {row["name"]: row["statement"] for row in rows("aliases")}


@cache
def moved() -> Dict[str, Row]:
    """Modules and their members that moved, by old dotted path."""
    return {row["old"]: row for row in rows("moved")}


@cache
def renamed() -> Dict[str, List[Row]]:
    """Attributes, functions and keywords that were renamed or removed, by old name."""
    found: Dict[str, List[Row]] = {}
    for row in rows("renamed"):
        found.setdefault(row["old"], []).append(row)
    return found

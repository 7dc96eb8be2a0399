"""Which values of a column, a list or an array are the trouble, and in which rows: counted in the kernel."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

from ...protocol import TALLY_TEXTS, Edit, Finding, Fix, Sort, Tally
from ..base import Context, code, edit, finding, listed
from ..guard import granted
from ..reading.place import Place, place_of

#: Texts that stand for a missing value, without their case. The first nine: what ``pandas.read_csv`` takes for NaN by itself.
MARKERS = (
    "",
    "#n/a",
    "#na",
    "-nan",
    "n/a",
    "na",
    "nan",
    "none",
    "null",
    "?",
    "-",
    "--",
    ".",
    "missing",
    "unknown",
    "nan.",
)


@dataclass(frozen=True)
class Counted:
    """The values of a sort in the expression ``node`` of a place: a Tally for each of its columns that has any."""

    place: Place
    node: ast.expr
    sort: Sort
    tallies: List[Tally]


def count(place: Optional[Place], sort: Sort) -> Optional[Counted]:
    """What the first, outermost expression of the failing place has of a sort; None where none has any. Done once for a
    finding: large columns take their time."""
    if place is None:
        return None
    for node in place.nodes(ast.Name, ast.Attribute, ast.Subscript):
        found = place.context.namespace.tally(place.whole(node), sort)
        if found:
            return Counted(place, node, sort, found)
    return None


def facts(counted: Optional[Counted]) -> List[str]:
    """A sentence for each of the first five columns that has values of the sort."""
    if counted is None:
        return []
    owner = counted.place.text(counted.node)
    told = [_sentence(owner, tally, counted.sort) for tally in counted.tallies[:5]]
    more = len(counted.tallies) - 5
    return told + ([f"{more} more columns have such values."] if more > 0 else [])


def _sentence(owner: str, tally: Tally, sort: Sort) -> str:
    where = code(f"{owner}[{tally.column}]" if tally.column else owner)
    least = "At least " if tally.looked < tally.length else ""
    verb = "is" if tally.count == 1 else "are"
    what = "missing" if sort == "missing" else "no numbers" if tally.count > 1 else "no number"
    texts = f": {listed(tally.texts)}" if sort == "unreadable" else ""
    rows = ", ".join(code(place) for place in tally.places)
    first = (
        "the first in the rows"
        if tally.count > len(tally.places)
        else "in the rows"
        if len(tally.places) > 1
        else "in the row"
    )
    return f"{least}{tally.count:,} of {tally.length:,} values in {where} {verb} {what}{texts}; {first} {rows}."


def as_missing(counted: Optional[Counted]) -> List[Fix]:
    """``.astype(float)`` of a column of which some texts stand for missing values: those very texts become NaN."""
    place = counted.place if counted is not None else None
    call = place.node(ast.Call, check=lambda n: getattr(n.func, "attr", "") == "astype") if place is not None else None
    if place is None or counted is None or call is None or not place.editable or counted.node is not call.func.value:
        return []
    only = counted.tallies[0]
    if len(counted.tallies) != 1 or only.column or only.looked < only.length:
        return []
    texts = [ast.literal_eval(text) for text in only.texts]
    if len(texts) == TALLY_TEXTS or not all(text.strip().lower() in MARKERS for text in texts):
        return []  # there may be more of them, or they say something
    _, end = place.span(counted.node)
    nan = next(
        (f"{name}.nan" for name, module in place.context.namespace.imported().items() if module == "numpy"),
        "float('nan')",
    )
    title = f"Read {listed([repr(text) for text in texts])} as missing"
    fixes = edit(title, [Edit(end, end, f".replace({texts!r}, {nan})")], 0.8)
    return [granted(fix, "makes_up") for fix in fixes]  # NaN is what those texts say


def nan_to_integer(context: Context) -> Optional[Finding]:
    """A column with missing values that is to hold whole numbers: how many, where, and the type that keeps them."""
    if not context.is_("ValueError", "IntCastingNaNError"):
        return None
    if not re.search(r"[Cc]annot convert (non-finite values \(NA or inf\)|NA) to", context.message):
        return None
    counted = count(place_of(context), "missing")
    shown = code(counted.place.text(counted.node)) if counted is not None else "The column"
    values = "missing values" if counted is not None else "missing or infinite values"
    headline = f"{shown} has {values}, for which there is no whole number."
    why = "Drop or fill them first (`dropna`, `fillna`), or use the type `'Int64'`, with a capital I, which keeps missing values."
    edits = _nullable(counted.place) if counted is not None else []
    fixes = edit("Use the type `Int64`, which keeps missing values", edits, 0.85)
    return finding("nan_to_integer", headline, 0.95, explanation=why, facts=facts(counted), fixes=fixes)


def _nullable(place: Place) -> List[Edit]:
    """``astype(int)`` with the type of pandas that has missing values."""
    call = place.node(ast.Call, check=lambda n: getattr(n.func, "attr", "") == "astype" and len(n.args) == 1)
    look = place.look(call.func.value) if call is not None else None
    if look is None or look.type != "Series":
        return []
    wanted: Any = call.args[0]
    name = wanted.value if isinstance(wanted, ast.Constant) else getattr(wanted, "attr", getattr(wanted, "id", ""))
    size = re.fullmatch(r"int(8|16|32|64)?", str(name))
    return place.replace(wanted, repr(f"Int{size[1] or 64}")) if size else []


RULES: Tuple[Any, ...] = (nan_to_integer,)

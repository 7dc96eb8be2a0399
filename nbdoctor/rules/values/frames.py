"""Tables: which column has the wrong type, in a calculation, a merge or a model."""

from __future__ import annotations

import ast
import re
from typing import Any, Dict, List, Optional, Tuple

from ...protocol import Finding, Look
from ..base import Context, code, count_of, edit, finding, listed
from ..reading.place import Place, place_of
from ..reading.words import sentence
from .tallied import count, facts

MAX_COLUMNS = 60
_TEXT = ("object", "str", "string", "category")


def columns_of(place: Place, text: str, look: Look) -> List[Tuple[str, str]]:
    """The columns of a table with their types, as far as a bounded look tells."""
    found = []
    for key in look.keys[:MAX_COLUMNS]:
        column = place.context.namespace.look(f"{text}[{key}]")
        if column is not None and column.type == "Series":
            found.append((key.strip("'\""), column.dtype))
    return found


def _tables(place: Place) -> List[Tuple[str, Look]]:
    """The tables that the failing expression speaks of."""
    found: Dict[str, Look] = {}
    for node in place.nodes(ast.Name, ast.Attribute, ast.Subscript):
        look = place.look(node)
        if look is not None and look.type == "DataFrame":
            found.setdefault(place.whole(node), look)
    return list(found.items())


_IN_FIT = ("fit", "fit_transform", "fit_predict", "predict", "transform", "score", "cross_val_score", "train_test_split", "corr",
           "imshow", "heatmap", "astype", "asarray", "array", "tensor")  # fmt: skip


def text_column(context: Context) -> Optional[Finding]:
    """A model or a calculation over a table of which some columns hold text: their names."""
    match = re.search(r"could not convert string to float: ['\"](.*?)['\"]$", context.message)
    torch = re.match(r"can't convert np.ndarray of type numpy.object_", context.message)
    if not (match and context.is_("ValueError")) and not (torch and context.is_("TypeError")):
        return None
    place = place_of(context)
    if place is None or place.direct or _of_one_column(place):
        return None
    for text, look in _tables(place):
        words = [name for name, dtype in columns_of(place, text, look) if dtype in _TEXT]
        if not words:
            continue
        call = place.node(ast.Call, check=lambda n: getattr(n.func, "attr", getattr(n.func, "id", "")) in _IN_FIT)
        method = getattr(getattr(call, "func", None), "attr", getattr(getattr(call, "func", None), "id", ""))
        noun = "column" if len(words) == 1 else "columns"
        value = f", such as {code(repr(match[1]))}" if match and len(match[1]) <= 40 else ""
        headline = f"{code(text)} has text in the {noun} {listed(words)}{value}; only numbers can be used here."
        why = (
            "Leave those columns out, or turn them into numbers first: `pd.get_dummies(...)` makes a column "
            "for each category."
        )
        if method == "corr" and call is not None and not call.args and not call.keywords:
            fixes = edit("Leave the columns of text out", _numeric_only(place, call), 0.85)
            return finding("text_column", headline, 0.95, fixes=fixes,
                           explanation="`numeric_only=True` leaves them out, as older versions of pandas did.")  # fmt: skip
        return finding("text_column", headline, 0.95, explanation=why, facts=facts(count(place, "unreadable")))
    return None


def _of_one_column(place: Place) -> bool:
    """Whether a column alone is turned into numbers, of which `numerals` tells."""
    calls = [
        n
        for n in place.nodes(ast.Call)
        if isinstance(n.func, ast.Attribute) and n.func.attr in ("astype", "to_numeric")
    ]
    looks = [place.look(part) for call in calls for part in (call.func.value, *call.args[:1])]
    return any(look is not None and look.type == "Series" for look in looks)


def _numeric_only(place: Place, call: ast.Call) -> Any:
    text = place.whole(call)
    return place.replace(call, f"{text[:-1]}numeric_only=True)") if text.endswith("()") else []


_REDUCED = re.compile(
    r"agg function failed \[how->(?P<how>\w+),dtype->(?P<dtype>\w+)\]|Could not convert (?:string )?.* to numeric"
    r"|unsupported operand type\(s\) for|can only concatenate str"
    r"|Cannot perform reduction '(?P<reduction>\w+)' with (?P<of>\w+) dtype"
    r"|dtype '(?P<text>\w+)' does not support (?:reduction|operation) '(?P<operation>\w+)'"
    r"|operation '\w+' not supported for dtype"
)
_REDUCTIONS = (
    "mean",
    "sum",
    "median",
    "std",
    "var",
    "corr",
    "cov",
    "quantile",
    "skew",
    "kurt",
    "prod",
    "sem",
    "diff",
    "pct_change",
)


def text_in_calculation(context: Context) -> Optional[Finding]:
    """``df.mean()`` or ``df.groupby(...).mean()`` over columns of which some hold text."""
    if not context.is_("TypeError", "DataError") or not _REDUCED.search(context.message):
        return None
    place = place_of(context)
    if place is None or place.direct:
        return None
    call = next((n for n in place.nodes(ast.Call) if getattr(n.func, "attr", "") in _REDUCTIONS), None)
    if call is None:
        return None
    name = call.func.attr
    grouped = any(getattr(getattr(n, "func", None), "attr", "") == "groupby" for n in ast.walk(call.func))
    owner = call.func.value
    for text, look in _tables(place):
        words = [column for column, dtype in columns_of(place, text, look) if dtype in _TEXT]
        asked = {n.value for n in ast.walk(call) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        left = [word for word in words if word not in asked]
        if not left and not (set(words) & asked):
            continue
        words = left or sorted(set(words) & asked)
        plain = isinstance(owner, ast.Name) or (grouped and isinstance(owner, ast.Call))
        noun = "column" if len(words) == 1 else "columns"
        headline = f"{code(text)} has text in the {noun} {listed(words)}, of which no {code(name)} can be taken."
        why = (
            f"Choose the columns of numbers, or pass `numeric_only=True` to `{name}`, which older versions of "
            "pandas did by themselves."
        )
        fixes = edit("Leave the columns of text out", _numeric_only(place, call) if plain and left else [], 0.88)
        return finding("text_column", headline, 0.95, explanation=why, fixes=fixes)
    column = place.look(owner)
    if column is not None and column.type == "Series" and column.dtype in _TEXT:
        headline = f"{code(place.text(owner))} holds text (its type is `{column.dtype}`), of which no {code(name)} can be taken."
        why = (
            "If it holds numbers written as text, `pd.to_numeric(...)` reads them, and says which value it cannot read."
        )
        return finding("text_column", headline, 0.94, explanation=why)
    return None


_MERGE = re.compile(r"You are trying to merge on (?P<left>\S+) and (?P<right>\S+) columns for key '(?P<key>.*?)'")
_MERGE_OLD = re.compile(r"You are trying to merge on (?P<left>\S+) and (?P<right>\S+) columns")


def merge_types(context: Context) -> Optional[Finding]:
    """Two tables joined by columns of which one holds text and the other numbers."""
    match = (_MERGE.match(context.message) or _MERGE_OLD.match(context.message)) if context.is_("ValueError") else None
    if not match:
        return None
    said = match.groupdict()
    key = said.get("key") or ""
    place = place_of(context)
    call = (
        place.node(ast.Call, check=lambda n: getattr(n.func, "attr", "") in ("merge", "join", "merge_asof"))
        if place
        else None
    )
    sides = []
    if call is not None:
        whole = getattr(getattr(call.func, "value", None), "id", "") in ("pd", "pandas")
        sides = list(call.args[:2]) if whole else [call.func.value, *call.args[:1]]
    shown = [code(place.text(side)) for side in sides] if place is not None else []
    words = {"object": "text", "str": "text", "int64": "whole numbers", "float64": "numbers", "datetime64[ns]": "dates"}
    types = [words.get(said[side] or "", code(said[side] or "")) for side in ("left", "right")]
    column = f"{code(key)} holds" if key else "The columns to join by hold"
    where = [f" in {name}" for name in shown] if len(shown) == 2 else ["", ""]
    if types[0] == types[1]:
        types = [code(said["left"]), code(said["right"])]
    headline = (
        f"{column} {types[0]}{where[0] or ' on the left'} and {types[1]}{where[1] or ' on the right'}, so that "
        "no row can match."
    )
    why = "Give both the same type before they are joined, by `.astype(...)` on one of them."
    return finding("merge_types", headline, 0.94, explanation=why)


def columns_as_key(context: Context) -> Optional[Finding]:
    """``df[['a', 'b']] = ...`` with another number of columns on the right."""
    if not context.is_("ValueError") or not re.match(r"Columns must be same length as key", context.message):
        return None
    place = place_of(context)
    node = place.statement() if place is not None else None
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    keys = target.slice if isinstance(target, ast.Subscript) else None
    count = len(keys.elts) if isinstance(keys, ast.List) else 1
    why = (
        "Each column on the left takes one column from the right. `.str.split(..., expand=True)` makes as "
        "many columns as there are parts."
    )
    if place is None or not isinstance(node, ast.Assign):
        return finding(
            "columns_as_key", "There are more or fewer columns on the right than on the left.", 0.85, explanation=why
        )
    headline = (
        f"{count_of(count, 'column')} {'is' if count == 1 else 'are'} assigned to, and "
        f"{code(place.text(node.value))} has another number."
    )
    look = place.look(node.value)
    if look is not None and look.shape and len(look.shape) == 2:
        headline = (
            f"{count_of(count, 'column')} {'is' if count == 1 else 'are'} assigned to, and "
            f"{code(place.text(node.value))} has {look.shape[1]}."
        )
    return finding("columns_as_key", sentence(headline), 0.93, explanation=why)


def missing_values(context: Context) -> Optional[Finding]:
    """A model that takes no NaN: which argument it was given."""
    match = re.match(r"Input (?P<name>\w+ )?contains (?P<what>NaN|infinity|missing values)", context.message)
    if not match or not context.is_("ValueError"):
        return None
    place = place_of(context)
    call = place.node(ast.Call) if place is not None else None
    name = (match["name"] or "").strip()
    node = call.args[1 if name == "y" and len(call.args) > 1 else 0] if call is not None and call.args else None
    shown = code(place.text(node)) if place is not None and node is not None else "The data"
    what = "values that are infinite or too large" if match["what"] == "infinity" else "missing values (NaN)"
    headline = (
        f"{shown} has {what}, which {code(place.text(call.func)) if place is not None and call is not None else 'this model'} "
        "does not take."
    )
    why = "`df.isna().sum()` counts them by column. Drop those rows (`dropna`), from the target as well, or fill them: " \
          "`SimpleImputer` in a pipeline, or `fillna`."  # fmt: skip
    told = facts(count(place, "missing")) if match["what"] != "infinity" else []
    return finding("has_missing", headline, 0.94, explanation=why, facts=told)


RULES: Tuple[Any, ...] = (text_column, text_in_calculation, merge_types, columns_as_key, missing_values)

"""Numbers of things that have to agree: names and values, columns of a table, what is plotted, places in a text."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding
from ..base import Context, code, count_of, edit, finding, listed
from ..reading.place import Place, place_of
from ..reading.words import a_kind, sentence


def unpack_count(context: Context) -> Optional[Finding]:
    """More or fewer values than names to the left of ``=``."""
    few = re.match(r"not enough values to unpack \(expected (at least )?(\d+), got (\d+)\)", context.message)
    many = re.match(r"too many values to unpack \(expected (\d+)(?:, got (\d+))?\)", context.message)
    if not context.is_("ValueError") or not (few or many):
        return None
    expected = int(few.group(2) if few else many.group(1))  # type: ignore[union-attr]
    got = int(few.group(3)) if few else int(many.group(2)) if many and many.group(2) else None
    place = place_of(context)
    target, value = _unpacking(place) if place is not None else (None, None)
    look = (
        place.look(value) if place is not None and isinstance(value, (ast.Name, ast.Attribute, ast.Subscript)) else None
    )
    loop = place is not None and any(getattr(n, "target", None) is target for n in place.near if target)
    names = f"{'at least ' if few and few.group(1) else ''}{count_of(expected, 'name')}"
    if loop and place is not None:
        return _loop(place, target, value, names, got)
    if got is None and look is not None:
        got = look.length
    shown = code(place.text(value)) if place is not None and value is not None else "the right side"
    how_many = count_of(got, "value") if got is not None else "more values" if many else "fewer values"
    kind = f", {a_kind(look.type)}," if look is not None and look.type in ("str", "dict", "DataFrame") else ""
    why = {
        "str": "Text is taken apart character by character; `.split()` takes it apart at its spaces.",
        "dict": "Of a dict the keys are taken; `.items()` gives keys with their values.",
        "DataFrame": "Of a DataFrame the column names are taken, not its columns.",
    }.get(look.type if look is not None else "", "")
    if many and not why:
        why = "A name with a star, `*rest`, takes all that is left over."
    if value is not None and isinstance(value, ast.Call):
        why = f"What {code(place.text(value.func))} returns has that many parts." if place is not None else why
    stand = "stand" if expected != 1 else "stands"
    return finding("unpack_count", f"{sentence(names)} {stand} on the left, but {shown}{kind} has {how_many}.", 0.88,
                   explanation=why)  # fmt: skip


def _loop(place: Place, target: Any, value: Any, names: str, got: Optional[int]) -> Finding:
    shown = code(place.text(value))
    look = place.look(value)
    each = count_of(got, "value") if got is not None else "another number of values"
    headline = (
        f"{sentence(names)} {'stands' if names == '1 name' else 'stand'} in the loop, but an item of {shown} "
        f"has {each}."
    )
    why, changes, title = "", [], ""
    call = value.func if isinstance(value, ast.Call) else None
    many = len(getattr(target, "elts", ()))
    if look is not None and look.type in ("dict", "defaultdict", "OrderedDict", "Counter") and many == 2:
        why = "A loop over a dict gives its keys; `.items()` gives each key with its value."
        headline = f"A loop over the dict {shown} gives its keys alone, not pairs."
        changes, title = place.wrap(value, "", ".items()"), "Go through `.items()`"
    elif look is not None and look.type == "DataFrame":
        why = "A loop over a DataFrame gives its column names; `.iterrows()` gives rows, `.items()` columns."
    elif look is not None and look.type in ("list", "tuple", "str") and many == 2 and got in (None, 1):
        why = "`enumerate(...)` gives each item with its number, `zip(a, b)` the items of two lists side by side."
    elif getattr(call, "id", "") == "enumerate" and isinstance(target, ast.Tuple):
        why = (
            "`enumerate` gives pairs: a number and an item. An item that is itself a pair stands in "
            "parentheses: `i, (a, b)`."
        )
        first = value.args[0] if value.args else None
        counted = getattr(getattr(first, "func", None), "id", "") == "range"  # its items are numbers
        if many == 3 and place.editable and not counted:
            (start, _), (_, end) = place.span(target.elts[1]), place.span(target.elts[2])
            changes, title = [Edit(start, start, "("), Edit(end, end, ")")], "Put the item's names in parentheses"
    return finding(
        "unpack_count", headline, 0.9, explanation=why, fixes=edit(title, [e for e in changes if e.text], 0.8)
    )


def _unpacking(place: Place) -> Tuple[Any, Any]:
    """What is unpacked into what: of an assignment, a loop or a comprehension."""
    several = (ast.Tuple, ast.List)
    inner = [n for n in _on_place(place) if isinstance(n, (ast.For, ast.comprehension, ast.AsyncFor))]
    for node in inner:
        if isinstance(node.target, several):
            start, end = place.span(node.target)
            if (
                not place.exact
                or (start <= place.start and place.end <= end)
                or place.span(node.iter) == (place.start, place.end)
            ):
                return node.target, node.iter
    node = place.statement()
    if isinstance(node, ast.Assign) and any(isinstance(target, several) for target in node.targets):
        return node.targets[0], node.value
    return None, None


def _on_place(place: Place) -> List[Any]:
    line = place.source.count("\n", 0, place.start) + 1
    return [n for n in place.near if line <= (getattr(getattr(n, "target", None), "lineno", 0) or 0) <= line]


def not_unpackable(context: Context) -> Optional[Finding]:
    """A single value spread over several names."""
    match = re.match(r"cannot unpack non-(?:iterable|sequence) ([\w.]+)(?: object)?", context.message)
    if not match or not context.is_("TypeError"):
        return None
    kind, place = match[1], place_of(context)
    target, value = _unpacking(place) if place is not None else (None, None)
    shown = code(place.text(value)) if place is not None and value is not None else "The right side"
    if kind == "NoneType":
        why = ""
        if place is not None and isinstance(value, ast.Call):
            why = f"{code(place.text(value.func))} returns nothing: perhaps its `return` is missing."
        return finding(
            "none_value", f"{shown} is None, and cannot be spread over several names.", 0.88, explanation=why
        )
    count = count_of(len(getattr(target, "elts", ())), "name") if target is not None else "several names"
    loop = place is not None and target is not None and not isinstance(place.parent(target), ast.Assign)
    headline = f"{shown} is {a_kind(kind)}, a single value, and cannot be spread over {count}."
    why, changes = "", []
    if loop and place is not None and value is not None:
        headline = f"An item of {shown} is {a_kind(kind)}, a single value, and cannot be spread over {count}."
        look = place.look(value)
        if look is not None and look.type in ("dict", "defaultdict", "OrderedDict", "Counter"):
            why, changes = "`.items()` gives each key with its value.", place.wrap(value, "", ".items()")
        elif look is not None and look.type in ("list", "tuple", "range", "ndarray", "Series"):
            why = "`enumerate(...)` gives each item with its number, `zip(a, b)` the items of two side by side."
    return finding("unpack_count", headline, 0.88, explanation=why,
                   fixes=edit("Go through `.items()`", [e for e in changes if e.text], 0.85))  # fmt: skip


_SAMPLES = re.compile(r"Found input variables with inconsistent numbers of samples: \[([\d, ]+)\]")
_PLOTTED = re.compile(
    r"x and y must have same first dimension, but have shapes \((\d+).*?\) and \((\d+).*?\)|x and y must be the same size"
    r"|shape mismatch: objects cannot be broadcast to a single shape|'?(?:x|y|c|s)'? (?:argument )?(?:has|must be) .*?size"
    r"|All arrays must be of the same length|arrays must all be same length"
)


def lengths_differ(context: Context) -> Optional[Finding]:
    """Things that belong together and are not equally long: which, and how long each is."""
    samples = _SAMPLES.match(context.message)
    plotted = _PLOTTED.match(context.message)
    if not context.is_("ValueError") or not (samples or plotted):
        return None
    place = place_of(context)
    call = place.node(ast.Call) if place is not None else None
    found = _measured(place, call) if place is not None and call is not None else []
    sizes = [int(n) for n in re.findall(r"\d+", samples[1])] if samples else []
    if plotted and plotted[1]:
        sizes = [int(plotted[1]), int(plotted[2])]
    if sizes:
        found = [item for item in found if item[1] in sizes]
    lengths = {length for _, length in found}
    if len(lengths) > 1:
        told = " and ".join(f"{code(name)} has {count_of(length, 'item')}" for name, length in found[:4])
        headline = f"{told}: they have to be equally long."
    elif sizes:
        headline = f"What belongs together differs in length: {' and '.join(str(size) for size in sizes)}."
    else:
        headline = "What belongs together is not equally long."
    why = "Every sample needs its features and its target: rows dropped from one go from the other." if samples \
        else "Each value of the one needs its partner in the other."  # fmt: skip
    if call is not None and len(found) == 2 and abs(found[0][1] - found[1][1]) == 1:
        why += (
            " They differ by one: often a range that ends too early, or differences, of which there is one "
            "less than of values."
        )
    return finding("length_mismatch", headline, 0.94 if len(lengths) > 1 else 0.85, explanation=why)


def _measured(place: Place, call: ast.Call) -> List[Tuple[str, int]]:
    """The arguments of a call, and the values of a dict in it, with their lengths, as far as they can be seen."""
    nodes: List[Tuple[str, Any]] = []
    for node in [*call.args, *(keyword.value for keyword in call.keywords)]:
        if isinstance(node, ast.Dict):
            nodes += [(_said(place, key), value) for key, value in zip(node.keys, node.values) if key is not None]
        else:
            nodes.append((place.text(node), node))
    found = []
    for name, node in nodes:
        look = place.look(node)
        length = (
            len(node.elts) if isinstance(node, (ast.List, ast.Tuple)) else look.length if look is not None else None
        )
        if length is not None and not isinstance(node, ast.Constant):
            found.append((name, length))
        elif look is not None and look.type == "dict" and look.keys and len(call.args) == 1:
            for key in look.keys[:50]:
                inner = place.context.namespace.look(f"{place.whole(node)}[{key}]")
                if inner is not None and inner.length is not None and inner.type != "str":
                    found.append((key.strip("'"), inner.length))
    return found


def _said(place: Place, node: Any) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else place.text(node)


def columns_differ(context: Context) -> Optional[Finding]:
    """Values assigned to a table that has another number of rows or columns."""
    rows = re.match(r"Length of values \((\d+)\) does not match length of index \((\d+)\)", context.message)
    axis = re.match(
        r"Length mismatch: Expected axis has (\d+) elements?, new values have (\d+) elements?", context.message
    )
    if not context.is_("ValueError") or not (rows or axis):
        return None
    place = place_of(context)
    node = place.statement() if place is not None else None
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    if rows:
        owner = target.value if isinstance(target, ast.Subscript) else None
        shown = code(place.text(owner)) if place is not None and owner is not None else "a table"
        value = (
            code(place.text(node.value)) if place is not None and isinstance(node, ast.Assign) else "What is assigned"
        )
        headline = f"{value} has {count_of(int(rows[1]), 'value')}, and {shown} has {count_of(int(rows[2]), 'row')}."
        why = (
            "A column needs a value for each row. A Series is fitted by its index instead, and a single value "
            "fills all rows."
        )
        return finding("length_mismatch", headline, 0.95, explanation=why)
    has, given = int(axis[1]), int(axis[2])  # type: ignore[index]
    if isinstance(target, ast.Attribute) and place is not None:
        what = "columns" if target.attr == "columns" else "rows"
        shown = code(place.text(target.value))
        headline = (
            f"{shown} has {has} {what if has != 1 else what[:-1]}, and {given} {'names are' if given != 1 else 'name is'} "
            "given."
        )
        look = place.look(target.value)
        names = [key.strip("'") for key in look.keys] if look is not None and target.attr == "columns" else []
        facts = [f"The columns are {listed(names, 12)}."] if names else []
        why = "All names are given anew, in order; `.rename(columns={...})` changes some of them."
        return finding("length_mismatch", headline, 0.95, explanation=why, facts=facts)
    return finding("length_mismatch", f"{given} names are given for {has} columns or rows.", 0.9)


RULES: Tuple[Any, ...] = (unpack_count, not_unpackable, lengths_differ, columns_differ)

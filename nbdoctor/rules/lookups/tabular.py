"""Rows taken for columns, positions for labels, and the reverse: what is there, but is asked for in another way."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding
from ..base import Context, code, edit, finding, listed
from ..reading.source import span, text_of
from .asked import Place, is_frame, is_own, places, values

# Methods after which what they were asked for is the index, no longer a column.
_TO_INDEX = ("groupby", "set_index", "pivot", "pivot_table")


def of_table(context: Context, key: Any, place: Place, facts: List[str]) -> Optional[Finding]:
    """A key, or a list of keys, that the table or Series has in another place; None where it has not."""
    look = place.look
    if look is None or not look.shape:
        return None
    keys = key if isinstance(key, list) else [key]
    if isinstance(key, list) or not is_frame(look):
        reasons = [_of_columns, _of_rows] if is_frame(look) else [_of_position]
    else:
        reasons = [_of_chain, _of_tuple, _of_levels, _of_columns, _of_rows, _of_position]
    for reason in reasons:
        found = reason(context, keys, place)
        if found is not None:
            found.facts.extend(fact for fact in facts if fact not in found.facts)
            return found
    return None


def _within(keys: List[Any], known: List[Any]) -> bool:
    return all(any(type(k) is type(key) and k == key for k in known) for key in keys)


def _shown(keys: List[Any]) -> str:
    return listed([key if isinstance(key, str) else repr(key) for key in keys])


def _bracket(context: Context, place: Place) -> Optional[ast.Subscript]:
    """The subscript that failed, where it stands in the cell and only reads."""
    node = place.node
    if is_own(context) and isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return node
    return None


def _whole(context: Context, node: Any, new: str) -> List[Edit]:
    return [Edit(*span(context.source, node), new)]


def _of_columns(context: Context, keys: List[Any], place: Place) -> Optional[Finding]:
    """``df.loc['price']``, ``df.drop('price')``: the rows are asked for a column."""
    assert place.look is not None
    if place.chain or not _within(keys, values(place.look.keys)):
        return None
    name = _shown(keys)
    kind = "a column" if len(keys) == 1 else "columns"
    headline = f"{name} {'is' if len(keys) == 1 else 'are'} {kind} of {code(place.text)}, not {_a_row(keys)}"
    node = place.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "drop" and node.args:
        at = span(context.source, node.args[0])[0] if is_own(context) else -1
        edits = [Edit(at, at, "columns=")] if at >= 0 and len(node.args) == 1 and _has_no(node, "axis") else []
        headline += "; `drop` takes rows unless `columns=` or `axis=1` is said."
        return finding("column_not_row", headline, 0.92, fixes=edit("Write `columns=`", edits, 0.92))
    bracket = _bracket(context, place)
    if place.indexer not in ("loc", "at") or bracket is None or isinstance(bracket.slice, ast.Tuple):
        return None
    new = f"{place.text}[{text_of(context.source, bracket.slice)}]"
    fixes = edit(f"Write {code(new)}", _whole(context, bracket, new), 0.88)
    return finding("column_not_row", f"{headline}; {code('.' + place.indexer)} takes rows first.", 0.9, fixes=fixes)


def _has_no(call: ast.Call, name: str) -> bool:
    return all(keyword.arg not in (name, None) for keyword in call.keywords)


def _a_row(keys: List[Any]) -> str:
    return "a row" if len(keys) == 1 else "rows"


def _of_rows(context: Context, keys: List[Any], place: Place) -> Optional[Finding]:
    """``df['north']`` where ``north`` is a row."""
    assert place.look is not None
    if place.chain or place.indexer or not _within(keys, values(place.look.index)):
        return None
    bracket = _bracket(context, place)
    new = f"{place.text}.loc[{text_of(context.source, bracket.slice)}]" if bracket is not None else ""
    is_text = all(isinstance(key, str) for key in keys)
    fixes = edit(f"Write {code(new)}", _whole(context, bracket, new), 0.82) if new and is_text else []
    shown = new or f".loc[{keys[0]!r}]"
    headline = (
        f"{_shown(keys)} {'is' if len(keys) == 1 else 'are'} {_a_row(keys)} of {code(place.text)}, "
        f"not {'a column' if len(keys) == 1 else 'columns'}; {code(shown)} selects rows."
    )
    return finding("row_not_column", headline, 0.84, fixes=fixes)


def _of_chain(context: Context, keys: List[Any], place: Place) -> Optional[Finding]:
    """``df.groupby('a').mean()['a']``: the column became the index on the way."""
    assert place.look is not None
    if not place.chain or not context.namespace.live or not _within(keys, values(place.look.keys)):
        return None
    made = next((name for name in reversed(place.chain) if name in _TO_INDEX), "")
    name, table = _shown(keys), code(place.text)
    if not made:
        headline = f"{name} is a column of {table}, but not of what {code(place.chain[-1])} returned."
        return finding("missing_column", headline, 0.75)
    hint = "Call `.reset_index()` on the result to have it as a column again, or ask its `.index`."
    return finding("index_not_column", f"{code(made)} has made {name} the index of {table}, so it is no column any more.",
                   0.85, explanation=hint)  # fmt: skip


def _of_tuple(context: Context, keys: List[Any], place: Place) -> Optional[Finding]:
    """``df['a', 'b']`` for ``df[['a', 'b']]``, ``df[0, 1]`` for ``df.iloc[0, 1]``."""
    key, look = keys[0], place.look
    assert look is not None
    known = values(look.keys)
    bracket = _bracket(context, place)
    if not isinstance(key, tuple) or place.indexer or place.chain or any(isinstance(k, tuple) for k in known):
        return None
    inside = text_of(context.source, bracket.slice) if bracket is not None else ", ".join(map(repr, key))
    if _within(list(key), known):
        new = f"{place.text}[[{inside.strip('()')}]]"
        headline = f"Several columns of {code(place.text)} are asked for by a list: {code(new)}."
    elif all(type(part) is int for part in key):
        new = f"{place.text}.iloc[{inside}]"
        headline = f"{code(place.text)} has no column {code(repr(key))}; positions are asked for by {code(new)}."
    elif len(key) == 2 and _within([key[0]], values(look.index)) and _within([key[1]], known):
        new = f"{place.text}.loc[{inside}]"
        headline = f"A row and a column of {code(place.text)} are asked for by {code(new)}."
    else:
        return None
    fixes = edit(f"Write {code(new)}", _whole(context, bracket, new), 0.9) if bracket is not None else []
    return finding("list_of_columns" if "[[" in new else "needs_indexer", headline, 0.92, fixes=fixes)


def _of_levels(context: Context, keys: List[Any], place: Place) -> Optional[Finding]:
    """Columns of several levels, asked for by the name in a lower one."""
    key, look = keys[0], place.look
    assert look is not None
    tuples = [known for known in values(look.keys) if isinstance(known, tuple)]
    whole = [known for known in tuples if key in known[1:]]
    if not whole or isinstance(key, tuple):
        return None
    level = whole[0].index(key)
    tuples_ = f"the columns of {code(place.text)}, which are tuples: {code(repr(whole[0]))}"
    headline = f"{_shown([key])} stands in level {level} of {tuples_}."
    bracket = _bracket(context, place)
    simple = bracket is not None and not place.indexer and isinstance(bracket.slice, ast.Constant) and len(whole) == 1
    new = f"{place.text}[{whole[0]!r}]"
    fixes = edit(f"Write {code(new)}", _whole(context, bracket, new), 0.85) if simple else []
    hint = f"All columns of that name: `{place.text}.xs({key!r}, axis=1, level={level})`."
    return finding("column_level", headline, 0.87, explanation=hint, fixes=fixes)


def _of_position(context: Context, keys: List[Any], place: Place) -> Optional[Finding]:
    """``s[0]`` or ``df.loc[0]`` where no label is a number: since pandas 3 a number is a label."""
    look = place.look
    assert look is not None
    numbers = [key for key in keys if type(key) is int]
    frame = is_frame(look)
    known = values(look.index)
    if not numbers or place.chain or place.indexer in ("iloc", "iat") or len(numbers) != len(keys):
        return None
    if frame and not place.indexer:
        if all(isinstance(name, str) for name in values(look.keys)) and look.keys:
            hint = f"`{place.text}.iloc[:, {keys[0]}]` is the column at that position, `{place.text}.iloc[{keys[0]}]` the row."
            headline = f"The columns of {code(place.text)} have names; {code(str(keys[0]))} is none of them."
            return finding("position_not_label", headline, 0.75, explanation=hint)
        return None
    if not look.index or any(isinstance(label, (int, float)) for label in known):
        return None
    count = look.length or 0
    bracket = _bracket(context, place)
    headline = f"The labels of {code(place.text)} are not numbers; {code('.iloc')} selects by position."
    if count and not all(-count <= number < count for number in numbers):
        return None
    new = f"{place.text}.iloc[{text_of(context.source, bracket.slice)}]" if bracket is not None else ""
    fixes = edit(f"Write {code(new)}", _whole(context, bracket, new), 0.92) if new else []
    return finding("position_not_label", headline, 0.92, fixes=fixes)


# ------------------------------------------------------------------ errors that are no KeyErrors

_NOT_A_POSITION = re.compile(r"^(?:Cannot index by location index|Location based indexing can only|iAt based indexing)")


def wrong_indexer(context: Context) -> Optional[Finding]:
    """``.iloc`` with labels, ``df[:, 0]`` without ``.iloc``, and a list of records asked for a key."""
    if context.is_("InvalidIndexError"):
        return _plain_brackets(context)
    if not context.is_("TypeError", "ValueError") or not _NOT_A_POSITION.match(context.message):
        return None
    for place in places(context, None):
        if place.indexer in ("iloc", "iat") and isinstance(place.node, ast.Subscript) and place.look is not None:
            return _labels_by_position(context, place)
    return None


def _elements(node: ast.Subscript) -> List[ast.expr]:
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def _labels_by_position(context: Context, place: Place) -> Optional[Finding]:
    node: Any = place.node
    parts = _elements(node)
    numbers = [_is_position(part) for part in parts]
    where = f"{place.text}.{'loc' if place.indexer == 'iloc' else 'at'}"
    text = [text_of(context.source, part) if is_own(context) else ast.unparse(part) for part in parts]
    if any(numbers) and len(parts) == 2:
        axis = "index" if numbers[0] else "columns"
        text[0 if numbers[0] else 1] = f"{place.text}.{axis}[{text[0 if numbers[0] else 1]}]"
    elif any(numbers):
        return None
    every = [i for i, number in enumerate(numbers) if number and text[i].endswith("[:]")]
    for i in every:
        text[i] = ":"
    new = f"{where}[{', '.join(text)}]"
    labels = next(ast.unparse(part) for part, number in zip(parts, numbers) if not number)
    headline = f"{code('.' + place.indexer)} takes positions; {code(labels)} is a label, which {code('.loc')} takes."
    edits = _whole(context, node, new) if is_own(context) else []
    return finding("label_not_position", headline, 0.9, fixes=edit(f"Write {code(new)}", edits, 0.9))


def _is_position(node: ast.expr) -> bool:
    """Whether a part of what stands in brackets can only be a position: a number, or a slice of numbers."""
    constants = [n for n in ast.walk(node) if isinstance(n, ast.Constant) and n.value is not None]
    return not any(isinstance(n.value, str) for n in constants) and (bool(constants) or isinstance(node, ast.Slice))


def _plain_brackets(context: Context) -> Optional[Finding]:
    """``df[:, 0]``: the brackets of a DataFrame take columns, those of ``.iloc`` and ``.loc`` rows and columns."""
    for place in places(context, None):
        node = place.node
        if place.indexer or not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Tuple):
            continue
        if place.look is None or not is_frame(place.look) or len(node.slice.elts) != 2:
            continue
        indexer = "iloc" if all(_is_position(part) for part in node.slice.elts) else "loc"
        inside = text_of(context.source, node.slice) if is_own(context) else ast.unparse(node.slice)
        new = f"{place.text}.{indexer}[{inside.strip('()')}]"
        edits = _whole(context, node, new) if is_own(context) else []
        headline = f"Rows and columns of {code(place.text)} are selected by {code('.' + indexer)}: {code(new)}."
        return finding("needs_indexer", headline, 0.92, fixes=edit(f"Write {code(new)}", edits, 0.92))
    return None


_SETS = {ast.BitOr: "union", ast.BitAnd: "intersection", ast.BitXor: "symmetric_difference", ast.Sub: "difference"}


def index_sets(context: Context) -> Optional[Finding]:
    """``a.index | b.index``: once the union of two indexes, an operation on their labels since pandas 2."""
    if not context.is_("TypeError", "ValueError"):
        return None
    nodes = [n for n in context.nodes(ast.BinOp) if type(n.op) in _SETS] if is_own(context) else []
    for node in nodes:
        left, right = (text_of(context.source, part) for part in (node.left, node.right))
        looks = [context.namespace.look(text) for text in (left, right)]
        if not all(
            look is not None and look.type.endswith("Index") and look.module.startswith("pandas") for look in looks
        ):
            continue
        method = _SETS[type(node.op)]
        owner = left if isinstance(node.left, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)) else f"({left})"
        new = f"{owner}.{method}({right})"
        signs = {"union": "|", "intersection": "&", "symmetric_difference": "^", "difference": "-"}
        both = f"their {method.replace('_', ' ')} is {code(new)}"
        headline = f"{code(signs[method])} of two indexes works on their labels, one by one; {both}."
        return finding(
            "index_as_set", headline, 0.93, fixes=edit(f"Write {code(new)}", _whole(context, node, new), 0.92)
        )
    return None


def index_is_fixed(context: Context) -> Optional[Finding]:
    """``df.index[1] = 0``"""
    if not context.is_("TypeError") or "Index does not support mutable operations" not in context.message:
        return None
    nodes = [n for n in context.nodes(ast.Subscript) if isinstance(n.ctx, ast.Store)]
    shown = code(context.text(nodes[0].value)) if len(nodes) == 1 and is_own(context) else "An Index"
    hint = "Make a list of it, change that, and make an Index of the list; or rename labels with `df.rename(index={old: new})`."
    return finding("immutable", f"{shown} is an Index, which cannot be changed in place.", 0.92, explanation=hint)


RULES: Tuple[Any, ...] = (wrong_indexer, index_sets, index_is_fixed)

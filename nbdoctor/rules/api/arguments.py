"""Calls with a keyword that the function does not know."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix, Look
from .. import tables
from ..base import Context, closest, code, edit, finding, listed
from ..guard import granted
from ..reading.source import keyword_edit, span, text_of
from ..rewrite import is_template, rewritten
from .callees import call_with, callee, keyword_names
from .renames import changed, keyword_row, note_of
from .slips import is_sure

_UNEXPECTED = re.compile(r"^([\w.<>]+?)\(\) got an unexpected keyword argument '(\w+)'")
_PLAIN = re.compile(
    r"(?:^|\b)(?:[Uu]nexpected keyword argument '?(\w+)'?|'(\w+)' is an invalid keyword argument for ([\w.]+)\(\))"
    r"|Unrecognized keyword arguments passed to \w+: \{'(\w+)'|^(?:Unknown property|Unrecognized option): '?(\w+)"
    r"|^[\w.]+\(\) got unexpected keyword arguments? \['?(\w+)'?\]"
)
_POSITIONAL_ONLY = re.compile(r"got some positional-only arguments passed as keyword arguments: '([\w, ]+)'")
_NO_KEYWORDS = re.compile(r"^([\w.]+)\(\) takes no keyword arguments")


def unexpected_keyword(context: Context) -> Optional[Finding]:
    """A keyword that the called function does not know."""
    if not context.is_("TypeError", "AttributeError", "ValueError"):
        return None
    match = _UNEXPECTED.search(context.message) if not context.is_("ValueError") else None
    plain = None if match else _PLAIN.search(context.message)
    if not match and not plain:
        return None
    name = match.group(2) if match else next((g for g in (plain.group(1, 2, 4, 5, 6) if plain else ()) if g), "")
    called = match.group(1) if match else ""
    call, keyword_ = call_with(context, name)
    look = callee(context, call)
    shown = code(text_of(context.source, call.func)) if call is not None else code(called or "the function")
    row = keyword_row(context, name, called, look)
    if row is not None:
        return _renamed(context, row, shown, call, keyword_)
    return _closest(context, name, shown, (look, called), keyword_)


def _closest(
    context: Context, name: str, shown: str, called: Tuple[Optional[Look], str], keyword_: Optional[ast.keyword]
) -> Finding:
    look, function = called
    parameters = list(dict.fromkeys([*keyword_names(look), *_properties(context, function)]))
    near = closest(name, parameters, 0.7)
    takes = f"It takes {listed(parameters, 12)}." if parameters else ""
    if near is None:
        headline = f"{shown} takes no argument {code(name)}."
        return finding("unknown_keyword", headline, 0.7 if parameters else 0.5, facts=[takes])
    fixes: List[Fix] = []
    sure = is_sure(name, near)
    if sure and keyword_ is not None:
        change = keyword_edit(context.source, keyword_, near.name)
        fixes = edit(f"Write {code(near.name)}", [change] if change else [], near.confidence)
    perhaps = "" if sure else "perhaps "
    headline = f"{shown} takes no argument {code(name)}; {perhaps}the closest is {listed([near.name, *near.others])}."
    confidence = near.confidence if sure else min(near.confidence, 0.58)
    return finding("misspelled_keyword", headline, confidence, facts=[takes], fixes=fixes)


def _properties(context: Context, function: str) -> List[str]:
    """What ``Line2D.set()`` takes: one keyword for each of the class's ``set_`` methods."""
    owner, _, method = function.rpartition(".")
    if method not in ("set", "_internal_update") or not owner:
        return []
    for alias in [name for name in context.namespace.names() if name in ("plt", "matplotlib", "pyplot", "mpl")]:
        look = context.namespace.look(f"{alias}.{owner}") or context.namespace.look(f"{alias}.artist.{owner}")
        if look is not None:
            return [name[4:] for name in look.attributes if name.startswith("set_")]
    return []


def _renamed(
    context: Context, row: Any, shown: str, call: Optional[ast.Call], keyword_: Optional[ast.keyword]
) -> Finding:
    new = row["new"]
    fixes: List[Fix] = []
    became = "; it was removed"
    if is_template(new):
        edits = rewritten(context, call, new, keyword_)
        fixes = edit(f"Write {code(edits[-1].text)}", edits, 0.93) if edits else []
        if "on_bad_lines" in new:  # as the cell did before, by another name
            fixes = [granted(each, "silences") for each in fixes]
        became = "" if edits or row["note"] else became
    elif new:
        became = f"; it is {code(new)} now"
        twice = call is not None and any(k.arg == new for k in call.keywords)
        change = keyword_edit(context.source, keyword_, new) if keyword_ is not None and row["drop_in"] else None
        fixes = edit(f"Write {code(new)}", [change] if change and not twice else [], 0.93)
    headline = f"{shown} has no argument {code(row['old'])} {changed(row)}{became}."
    return finding("renamed_keyword", headline, 0.92, explanation=note_of(row), fixes=fixes)


def positional_only(context: Context) -> Optional[Finding]:
    """Arguments that are known by their position alone: ``math.sqrt(x=2)``."""
    match = _POSITIONAL_ONLY.search(context.message) if context.is_("TypeError") else None
    none = _NO_KEYWORDS.search(context.message) if context.is_("TypeError") and not match else None
    if not match and not none:
        return None
    names = match.group(1).split(", ") if match else []
    calls = [c for c in context.nodes(ast.Call) if c.keywords and (none or {k.arg for k in c.keywords} & set(names))]
    if len(calls) != 1 or any(k.arg is None for k in calls[0].keywords):
        return finding("positional_only", "An argument is passed by name that is known by its position alone.", 0.7)
    call = calls[0]
    wrong = [k for k in call.keywords if none or k.arg in names]
    # In the order that they are written in: right where it is one, or where they come first.
    edits = [Edit(span(context.source, k)[0], span(context.source, k.value)[0], "") for k in wrong]
    simple = len(wrong) == 1 and call.keywords[0] is wrong[0]
    given = listed([k.arg or "" for k in wrong])
    headline = f"{code(text_of(context.source, call.func))} takes {given} by position, not by name."
    fixes = edit("Pass it by position", edits if simple else [], 0.85)
    return finding("positional_only", headline, 0.9, fixes=fixes)


def other_option(context: Context) -> Optional[Finding]:
    """Libraries that name what they would take: plotly's ``Did you mean "title"?``, with the list of valid properties."""
    match = re.search(r"Invalid propert(?:y|ies) specified for object of type ([\w.]+): '(\w+)'", context.message)
    if not match or not context.is_("ValueError"):
        return None
    owner, name = match.groups()
    row = next(
        (r for r in tables.renamed().get(name, []) if r["kind"] == "property" and owner.startswith(r["owner"])), None
    )
    said = re.search(r"Did you mean \"(\w+)\"\?", context.message)
    valid = re.findall(r"^        (\w+)$", context.message, re.M)
    near = closest(name, valid, 0.8)
    new = row["new"] if row else near.name if near and is_sure(name, near) else ""
    fixes: List[Fix] = []
    keyword_ = call_with(context, name)[1]
    if new and keyword_ is not None:
        change = keyword_edit(context.source, keyword_, new)
        fixes = edit(f"Write {code(new)}", [change] if change else [], 0.9)
    guess = new or (said.group(1) if said else "")
    hint = f"; it is {code(guess)} now" if row else f"; the closest is {code(guess)}" if guess else ""
    headline = f"{code(owner.rpartition('.')[2])} has no property {code(name)}{hint}."
    kind = "renamed_keyword" if row else "misspelled_keyword" if new else "unknown_keyword"
    return finding(kind, headline, 0.9 if new else 0.7, fixes=fixes)


RULES: Tuple[Any, ...] = (unexpected_keyword, positional_only, other_option)

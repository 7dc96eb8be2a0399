"""Calls with the wrong arguments: an unknown keyword, too many values, too few."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ..protocol import Finding, Fix, Look, Parameter
from . import tables
from .base import CERTAIN, Context, closest, code, count_of, edit, finding, listed
from .rewrite import is_template, rewritten
from .source import keyword_edit, text_of

_UNEXPECTED = re.compile(r"^([\w.<>]+?)\(\) got an unexpected keyword argument '(\w+)'")
_UNEXPECTED_PLAIN = re.compile(
    r"(?:^|\b)(?:unexpected keyword argument '?(\w+)'?|'(\w+)' is an invalid keyword argument for ([\w.]+)\(\))"
)

_MISSING = re.compile(r"^([\w.<>]+?)\(\) missing (\d+) required (positional|keyword-only) arguments?: (.*)$")
_TOO_MANY = re.compile(
    r"^([\w.<>]+?)\(\) takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) (?:was|were) given"
)
_TWICE = re.compile(r"^([\w.<>]+?)\(\) got multiple values for argument '(\w+)'")


def unexpected_keyword(context: Context) -> Optional[Finding]:
    """A keyword that the called function does not know."""
    match = _UNEXPECTED.search(context.message) if context.is_("TypeError") else None
    plain = (
        _UNEXPECTED_PLAIN.search(context.message) if context.is_("TypeError", "AttributeError") and not match else None
    )
    if not match and not plain:
        return None
    name = match.group(2) if match else next(g for g in (plain.group(1), plain.group(2)) if g)  # type: ignore[union-attr]
    call, keyword_ = _call_with(context, name)
    shown = (
        code(text_of(context.source, call.func))
        if call is not None
        else code(match.group(1) if match else "the function")
    )
    look = _callee(context, call)
    row = _renamed_row(context, name, match.group(1) if match else "", look)
    if row is not None:
        return _renamed(context, row, shown, call, keyword_)
    parameters = _keywords(look)
    near = closest(name, parameters, 0.7)
    if near is None:
        facts = [f"It takes {listed(parameters, 12)}." if parameters else ""]
        return finding(
            "unknown_keyword", f"{shown} takes no argument {code(name)}.", 0.7 if parameters else 0.5, facts=facts
        )
    fixes: List[Fix] = []
    if near.confidence >= CERTAIN and not near.others and keyword_ is not None:
        change = keyword_edit(context.source, keyword_, near.name)
        fixes = edit(f"Write {code(near.name)}", [change] if change else [], near.confidence)
    headline = f"{shown} takes no argument {code(name)}; the closest is {listed([near.name, *near.others])}."
    return finding("misspelled_keyword", headline, near.confidence, fixes=fixes)


def _call_with(context: Context, name: str) -> Tuple[Optional[ast.Call], Optional[ast.keyword]]:
    """The call of the failing line that passes a keyword; nothing where two could be it."""
    found = []
    for node in context.nodes(ast.Call):
        found += [(node, k) for k in node.keywords if k.arg == name] if isinstance(node, ast.Call) else []
    return found[0] if len(found) == 1 else (None, None)


def _callee(context: Context, call: Optional[ast.Call]) -> Optional[Look]:
    """What is called. The exception's own subject counts only if the cell's line raised it."""
    if call is not None:
        look = context.namespace.look(text_of(context.source, call.func))
        if look is not None and look.parameters is not None:
            return look
    look = context.namespace.subject()
    return look if look is not None and look.parameters is not None else None


def _keywords(look: Optional[Look]) -> List[str]:
    known = ("positional_or_keyword", "keyword_only")
    return (
        [p.name for p in (look.parameters or []) if p.kind in known and p.name not in ("self", "cls")] if look else []
    )


def _renamed_row(context: Context, name: str, called: str, look: Optional[Look]) -> Optional[Any]:
    """A row of the table for this keyword: its owner ends in the called function, or is a class that was called."""
    parts = [part for part in called.split(".") if part not in ("__init__", "__new__")]
    names = set(parts)
    if look is not None:
        names |= {look.name.rpartition(".")[2], look.type} - {""}
    source = context.expression()
    names |= set(re.findall(r"(\w+)\s*\(", source)[:3])
    whole = look.name if look is not None and "." in look.name else look.module if look is not None else ""
    tops = {whole.split(".")[0]} - {"", "builtins"}
    for row in tables.renamed().get(name, []):
        owner = row["owner"].split(".")
        if row["kind"] != "keyword" or owner[-1] not in names:
            continue
        if not tops or owner[0] in tops:
            return row
    return None


def _renamed(
    context: Context, row: Any, shown: str, call: Optional[ast.Call], keyword_: Optional[ast.keyword]
) -> Finding:
    fixes: List[Fix] = []
    new = row["new"]
    became = "it was removed"
    if is_template(new):
        edits = rewritten(context, call, new, keyword_)
        fixes = edit(f"Write {code(edits[-1].text)}", edits, 0.93) if edits else []
    elif new and row["drop_in"]:
        became = f"it is {code(new)} now"
        change = keyword_edit(context.source, keyword_, new) if keyword_ is not None else None
        fixes = edit(f"Write {code(new)}", [change] if change else [], 0.93)
    top = row["owner"].split(".")[0]
    headline = f"{shown} has no argument {code(row['old'])} since {top} {row['since']}; {became}."
    note = f"{row['note'][0].upper()}{row['note'][1:]}." if row["note"] else ""
    return finding("renamed_keyword", headline, 0.92, explanation=note, fixes=fixes)


def _signature(look: Optional[Look]) -> str:
    if look is None or look.parameters is None:
        return ""
    parts = [_shown_parameter(p) for p in look.parameters[:12] if p.name != "self"]
    return f"It is defined as {code_whole(look.name.rpartition('.')[2] + '(' + ', '.join(parts) + ')')}."


def _shown_parameter(parameter: Parameter) -> str:
    stars = {"var_positional": "*", "var_keyword": "**"}.get(parameter.kind, "")
    return f"{stars}{parameter.name}" + (f"={parameter.default}" if parameter.default is not None else "")


def code_whole(text: str) -> str:
    """A piece of code that may be longer than a name."""
    return f"`{text[:200]}`"


def wrong_count(context: Context) -> Optional[Finding]:
    """Missing arguments, or too many."""
    if not context.is_("TypeError"):
        return None
    for pattern, build in ((_MISSING, _missing), (_TOO_MANY, _too_many), (_TWICE, _given_twice)):
        match = pattern.search(context.message)
        if match:
            return build(context, match)
    return None


def _facts(context: Context, called: str) -> List[str]:
    look = context.namespace.subject()
    if look is None or look.parameters is None:
        look = context.namespace.look(called)
    return [fact for fact in [_signature(look)] if fact]


def _missing(context: Context, match: Any) -> Finding:
    called, names = match.group(1), re.findall(r"'(\w+)'", match.group(4))
    if called.endswith("__init__"):
        called = called.rpartition(".")[0].rpartition(".")[2] or called
    headline = f"{code(called)} needs {listed(names)}, which {'was' if len(names) == 1 else 'were'} not passed."
    if names[:1] == ["self"]:
        return finding(
            "missing_argument",
            f"{code(called)} was called on the class itself; call it on an object of the class.",
            0.85,
        )
    return finding("missing_argument", headline, 0.85, facts=_facts(context, called))


def _too_many(context: Context, match: Any) -> Finding:
    called, takes, given = match.group(1), int(match.group(2)), int(match.group(3))
    method = "." in called and "<locals>" not in called
    facts = _facts(context, called)
    if method and takes == 0:
        headline = f"The method {code(called)} has no parameter `self`, which Python passes first."
        return finding("too_many_arguments", headline, 0.85, facts=facts)
    own = 1 if method else 0  # `self` was counted
    takes, given = takes - own, given - own
    passed = f"{given} {'is' if given == 1 else 'are'} passed"
    headline = f"{code(called)} takes {count_of(takes, 'positional argument')}, but {passed}."
    why = (
        "The others have to be named: `name=value`."
        if re.search(r"takes (?:from )?[12]\b", context.message) and facts
        else ""
    )
    return finding("too_many_arguments", headline, 0.8, explanation=why, facts=facts)


def _given_twice(context: Context, match: Any) -> Finding:
    headline = f"{code(match.group(1))} gets {code(match.group(2))} twice: once by position and once by name."
    return finding("argument_twice", headline, 0.9, facts=_facts(context, match.group(1)))


RULES: Tuple[Any, ...] = (unexpected_keyword, wrong_count)

"""Keys that do not exist: columns, labels, keys of a dict."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix, Look
from ..api.slips import is_sure
from ..base import Context, closest, code, edit, finding, listed
from ..reading.source import span, string_edit, text_of
from ..reading.words import sentence
from .asked import Place, asked, constants, is_frame, is_own, places, values
from .tabular import of_table

_MISSING = {"column": "missing_column", "key": "missing_key", "member": "missing_key"}
_ERRORS = ("KeyError", "ValueError", "ColumnNotFoundError", "UndefinedVariableError")


def missing_key(context: Context) -> Optional[Finding]:
    """A column, label or key that is not there, as a KeyError or as a library says it."""
    if not context.is_(*_ERRORS):
        return None
    keys = asked(context)
    if not keys:
        return None
    found = [place for place in places(context, keys[0]) if place.look is not None]
    # What has the key is not what failed, unless the key was lost on the way.
    lacking = [p for p in found if p.chain or p.indexer or _drops(p) or not _has(p.look, keys[0])]
    place = next((p for p in lacking if _told(p.look)), None)
    if len(keys) > 1:
        return _several(context, keys, place)
    if place is None:
        return _unknown(context, keys[0], places(context, keys[0]), context.namespace.subject())
    return explain(context, keys[0], place)


def _has(look: Any, key: Any) -> bool:
    return any(type(known) is type(key) and known == key for known in values(look.keys))


def _drops(place: Place) -> bool:
    """``df.drop('price')`` looks among the rows."""
    function = place.node.func if isinstance(place.node, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr == "drop"


def _told(look: Any) -> bool:
    return bool(look.keys or look.index or look.shape is not None or look.type in ("dict", "_Environ", "set"))


def explain(context: Context, key: Any, place: Place) -> Finding:
    """What is wrong with one key of something that was seen."""
    look = place.look
    assert look is not None
    what = what_of(look, place, key)
    shown = code(context.text(place.container) if is_own(context) else place.text)
    known = values(look.index) if what in ("row", "label") else values(look.keys)
    facts = [f"Its {what}s: {listed([str(k) for k in known], 12)}." if known else f"It has no {what}s."]
    found = of_table(context, key, place, facts) or _other_type(context, key, place, known, facts)
    if found is not None:
        return found
    if look.type == "_Environ":
        return finding("missing_variable", f"The kernel has no environment variable {_asked(key)}.", 0.9)
    if look.type == "dict" and not place.chain:
        first = _first_time(context, key, place, facts)
        if first is not None:
            return first
    inside = _deeper(context, key, place, facts) if what == "key" else None
    near = _closest(key, known)
    if inside is not None and (near is None or near.confidence < 0.8):
        return inside
    kind = _MISSING.get(what, "missing_label")
    if near is None:
        nothing = "; it is empty" if not known and look.length == 0 else ""
        other = f"The labels are numbers, and not all: `{place.text}.iloc[{key}]` counts positions instead."
        hint = other if type(key) is int and what in ("label", "row") else ""
        headline = f"{_asked(key)} is not a {what} of {shown}{nothing}."
        return finding(kind, headline, 0.65, explanation=hint, facts=facts)
    fixes: List[Fix] = []
    nodes = constants(context, key)
    sure = is_sure(key, near)
    if sure:
        change = (
            string_edit(context.source, nodes[0], near.name)
            if len(nodes) == 1
            else _within_text(context, key, near.name)
        )
        fixes = edit(f"Write {code(repr(near.name))}", [change] if change else [], near.confidence)
    perhaps = "" if sure else "perhaps "
    names = _exactly([near.name, *near.others])
    headline = f"{_asked(key)} is not a {what} of {shown}; {perhaps}the closest is {names}."
    confidence = near.confidence if sure else min(near.confidence, 0.58)
    if sure and context.is_("UndefinedVariableError"):
        confidence = 0.95  # the query says that it is a name, and the columns are known
    return finding(kind, headline, confidence, facts=facts, fixes=fixes)


def _within_text(context: Context, key: str, new: str) -> Optional[Edit]:
    """A column named in an expression that is text: ``df.query('prise > 1')``."""
    word = re.compile(rf"(?<!\w){re.escape(key)}(?!\w)")
    nodes = [n for n in context.nodes(ast.Constant) if isinstance(n.value, str) and word.search(n.value)]
    if context.error.name != "UndefinedVariableError" or len(nodes) != 1 or not new.isidentifier():
        return None
    return string_edit(context.source, nodes[0], word.sub(new, nodes[0].value))


def _first_time(context: Context, key: Any, place: Place, facts: List[str]) -> Optional[Finding]:
    """``counts[word] += 1`` and ``groups[name].append(x)``, before anything is stored under the key."""
    node = place.node
    if not is_own(context) or not isinstance(node, ast.Subscript) or isinstance(node.slice, ast.Constant):
        return None
    index, edits = text_of(context.source, node.slice), []
    for statement in context.nodes(ast.AugAssign):
        if isinstance(statement.op, ast.Add) and ast.dump(statement.target.value) == ast.dump(node.value) \
                and type(getattr(statement.value, "value", None)) in (int, float):  # fmt: skip
            value = text_of(context.source, statement.value)
            new = f"{place.text}[{index}] = {place.text}.get({index}, 0) + {value}"
            edits = [Edit(*span(context.source, statement), new)]
    line = context.tree()
    for call in ast.walk(line) if line and not edits else ():
        method = call.func if isinstance(call, ast.Call) else None
        if isinstance(method, ast.Attribute) and method.value is node and method.attr in ("append", "extend", "add"):
            empty = "set()" if method.attr == "add" else "[]"
            new = f"{place.text}.setdefault({index}, {empty})"
            edits = [Edit(*span(context.source, node), new)]
    if not edits:
        return None
    headline = f"Nothing is stored in {code(place.text)} under {_asked(key)} yet when it is first changed."
    fixes = edit(f"Write {code(edits[0].text)}", edits, 0.85)
    return finding("key_not_yet", headline, 0.88, facts=facts, fixes=fixes)


def what_of(look: Look, place: Place, key: Any) -> str:
    """What is looked up there, in a word."""
    if is_frame(look):
        return "row" if place.indexer in ("loc", "at") and not _is_second(place, key) else "column"
    return "label" if look.index and not look.keys else "key" if look.type != "set" else "member"


def _is_second(place: Place, key: Any) -> bool:
    """Whether the column is what ``.loc`` lacks: ``.loc[:, 'a']``, ``.loc[row, 'a']``."""
    inside = place.node.slice if isinstance(place.node, ast.Subscript) else None
    if not isinstance(inside, ast.Tuple) or len(inside.elts) != 2:
        return False
    first, second = ({n.value for n in ast.walk(part) if isinstance(n, ast.Constant)} for part in inside.elts)
    return key in second and key not in first if key in first | second else not isinstance(inside.elts[0], ast.Constant)


def _asked(key: Any) -> str:
    return code(key if isinstance(key, str) else repr(key))


def _closest(key: Any, known: List[Any]) -> Any:
    return closest(key, [k for k in known if isinstance(k, str)], 0.7) if isinstance(key, str) else None


def _exactly(names: List[str]) -> str:
    """Names, in quotes where a space at the edge would not be seen."""
    return listed([repr(name) if name != name.strip() else name for name in names])


_KINDS = {"str": "text", "int": "a number", "float": "a number", "tuple": "a tuple", "bool": "a bool"}


def _other_type(context: Context, key: Any, place: Place, known: List[Any], facts: List[str]) -> Optional[Finding]:
    other = next((k for k in known if type(k) is not type(key) and str(k) == str(key)), None)
    if other is None:
        return None
    what = what_of(place.look, place, key) if place.look is not None else "key"
    kinds = [_KINDS.get(type(value).__name__, "something else") for value in (other, key)]
    headline = (
        f"{code(place.text)} has the {what} {code(repr(other))}, which is {kinds[0]}; {code(repr(key))} is {kinds[1]}."
    )
    nodes = constants(context, key)
    edits = [Edit(*span(context.source, nodes[0]), repr(other))] if len(nodes) == 1 else []
    fixes = edit(f"Write {code(repr(other))}", edits, 0.88)
    return finding("key_of_other_type", headline, 0.9, facts=facts, fixes=fixes)


def _deeper(context: Context, key: Any, place: Place, facts: List[str]) -> Optional[Finding]:
    """A key of nested data that stands one level further in."""
    if not is_own(context) or not isinstance(place.node, ast.Subscript) or place.chain or place.look is None:
        return None
    paths = []
    for outer in values(place.look.keys)[:50]:
        for path in (f"{place.text}[{outer!r}]", f"{place.text}[{outer!r}][0]"):
            inner = context.namespace.look(path)
            if inner is not None and inner.type == "dict" and _has(inner, key):
                paths.append(path)
    if len(paths) != 1:
        return None
    new = f"{paths[0]}[{text_of(context.source, place.node.slice)}]"
    edits = [] if paths[0].endswith("[0]") else [Edit(*span(context.source, place.node), new)]
    headline = f"{_asked(key)} is not a key of {code(place.text)} itself; it is a key of {code(paths[0])}."
    return finding("nested_key", headline, 0.85, facts=facts, fixes=edit(f"Write {code(new)}", edits, 0.85))


def _several(context: Context, keys: List[Any], place: Optional[Place]) -> Optional[Finding]:
    names = listed([str(key) for key in keys])
    if place is None or place.look is None:
        return finding("missing_column", f"{names} are not columns or labels here.", 0.6)
    what = what_of(place.look, place, keys[0])
    known = values(place.look.index) if what in ("row", "label") else values(place.look.keys)
    turned = of_table(context, keys, place, [])
    if turned is not None:
        return turned
    pairs = [(key, near.name) for key in keys for near in [_closest(key, known)]
             if near is not None and is_sure(key, near)]  # fmt: skip
    edits: List[Edit] = []
    for key, name in pairs:
        nodes = constants(context, key)
        change = string_edit(context.source, nodes[0], name) if len(nodes) == 1 else None
        edits += [change] if change else []
    hints = (
        f"; the closest {'is' if len(pairs) == 1 else 'are'} " + listed([name for _, name in pairs]) if pairs else ""
    )
    whole = len(edits) == len(keys)
    facts = [f"Its {what}s: {listed([str(k) for k in known], 12)}." if known else f"It has no {what}s."]
    fixes = edit(f"Write {listed([repr(name) for _, name in pairs])}", edits if whole else [], 0.8)
    kind = _MISSING.get(what, "missing_label")
    headline = f"{names} are not {what}s of {code(place.text)}{hints}."
    return finding(kind, headline, 0.8 if whole else 0.7, facts=facts, fixes=fixes)


def _unknown(context: Context, key: Any, found: List[Place], look: Optional[Look]) -> Optional[Finding]:
    """What was asked is not known, so that only the message speaks."""
    if not context.is_("KeyError"):
        headline = f"{_asked(key)} is not a column of the table."
        return finding("missing_column", headline, 0.6) if not context.is_("ValueError") or found else None
    if found and found[0].node is not None:
        template = _format_field(context, key)
        if template is not None:
            return template
    if look is not None and (look.keys or look.index) and found and found[0].node is not None:
        return explain(context, key, Place(found[0].node, found[0].container, found[0].text, look))
    if isinstance(key, str) and " " in key and not constants(context, key):
        return finding("missing_key", f"The lookup failed: {key}.", 0.35)
    where = code(found[0].text) if found else "what is looked up here"
    return finding("missing_key", f"{sentence(where)} has no key {_asked(key)}.", 0.45)


def _format_field(context: Context, key: Any) -> Optional[Finding]:
    """``'{name}'.format(other=1)``"""
    for call in context.nodes(ast.Call):
        function = call.func
        if not (isinstance(function, ast.Attribute) and function.attr == "format" and isinstance(key, str)):
            continue
        if not re.match(r"^\w+$", key):
            headline = "The text has braces that `format` takes for fields; those that are to stay are written twice."
            return finding("format_field", headline, 0.8)
        given = [k.arg for k in call.keywords if k.arg]
        names = f"; it is given {listed(given)}" if given else ", which gets no value by that name"
        return finding("format_field", f"The text asks `format` for {code(key)}{names}.", 0.85)
    return None


RULES: Tuple[Any, ...] = (missing_key,)

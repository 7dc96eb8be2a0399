"""Attributes that an object does not have: renamed, written differently, or of something else."""

from __future__ import annotations

import re
from typing import Any, List, Optional, Tuple

from ...protocol import Finding, Fix
from .. import tables
from ..base import Context, closest, code, edit, finding, listed
from ..reading.words import sentence
from . import advice, mistaken, nones, selection
from .accesses import Access, access_of, renamed_to, replaced_by, row_edits
from .renames import LIBRARIES, Row, attribute_row, library_of, note_of, owners_of
from .slips import is_sure

_MESSAGE = re.compile(r"'?([\w.]+)'? object(?: attribute)? has no attribute '(\w+)'")
_TYPE = re.compile(r"type object '([\w.]+)' has no attribute '(\w+)'")
_MODULE = re.compile(r"(?:partially initialized )?[Mm]odule '([\w.]+)' has no attribute '(\w+)'")
_EXPIRED = re.compile(r"`np\.(\w+)` was (?:a deprecated alias|removed)")


def missing_attribute(context: Context) -> Optional[Finding]:
    """An AttributeError about an object or a module."""
    if not context.is_("AttributeError"):
        return None
    accessor = mistaken.accessor(context)
    if accessor is not None:
        return accessor
    name, owner, is_module = _asked(context)
    if not name:
        return None
    access = access_of(context, name, owner, is_module)
    if owner == "NoneType":
        return nones.of_none(context, access)
    owners = owners_of(owner, is_module, access.look)
    row = attribute_row(name, owners)
    if row is not None:
        return _renamed(context, access, row)
    for reason in (advice.of_attribute, *mistaken.REASONS):
        found = reason(context, access)
        if found is not None:
            return found
    return _called_otherwise(context, access, owners) or _closest(context, access)


def _asked(context: Context) -> Tuple[str, str, bool]:
    """(attribute, type or module, whether it is a module)"""
    message = context.message
    expired = _EXPIRED.match(message)
    if expired:
        return expired.group(1), "numpy", True
    match = _MODULE.search(message)
    if match:
        return match.group(2), match.group(1), True
    match = _MESSAGE.search(message) or _TYPE.search(message)
    if match:
        return context.detail("name") or match.group(2), match.group(1), False
    return context.detail("name"), context.detail("object_type"), False


def _renamed(context: Context, access: Access, row: Row) -> Finding:
    new, kind, owner = row["new"], row["kind"], row["owner"]
    top = owner.split(".")[0]
    selected = selection.without_ix(context, access) if access.name == "ix" else []
    edits = selected or row_edits(context, access.node, new, kind)
    builtin = kind.partition(":")[2] if kind.startswith("builtin:") else ""
    target = builtin or (new if new and "{" not in new else edits[-1].text if edits else "")
    sure = bool(row["drop_in"] or selected)
    version = context.namespace.version(LIBRARIES.get(top, top))
    change = f"is {code(target)} since" if target and sure else "was removed in"
    headline = (
        f"{code(owner.replace('builtins.', '') + '.' + access.name)} {change} {library_of(owner)} {row['since']}."
    )
    note = note_of(row)
    if target and not sure:
        note = f"{code(target)} is its successor. {note}".strip()
    fixes = edit(f"Write {code(target)}", edits, 0.94) if sure else []
    facts = [f"{top} {version} is installed." if version else ""]
    return finding("renamed_attribute", headline, 0.94, explanation=note, facts=facts, fixes=fixes)


def _called_otherwise(context: Context, access: Access, owners: List[str]) -> Optional[Finding]:
    """What other languages and libraries call so: ``xs.length``, ``xs.push(1)``."""
    rows = [
        row
        for owner in owners
        for row in tables.rows("synonyms")
        if (row["owner"], row["name"]) == (owner, access.name)
    ]
    if not rows:
        return None
    row = rows[0]
    edits = row_edits(context, access.node, row["new"]) if row["drop_in"] else []
    shown = code(access.value or "this")
    target = edits[-1].text if edits and "{" in row["new"] else row["new"] if "{" not in row["new"] else ""
    hint = f"; write {code(target)}" if target else ""
    headline = f"{shown} is {_whose(access)}, which has no {code(access.name)}{hint}."
    return finding(
        "other_name", headline, 0.9, explanation=note_of(row), fixes=edit(f"Write {code(target)}", edits, 0.9)
    )


def _closest(context: Context, access: Access) -> Finding:
    name, owner, look = access.name, access.owner, access.look
    names = list(look.attributes) if look is not None else []
    if access.is_module and not names:
        names = context.namespace.module_contents(owner) or []
    columns = [key[1:-1] for key in (look.keys if look is not None else []) if key[:1] in "'\""]
    whose = _whose(access)
    shown = whose if access.is_module or not access.value else f"{code(access.value)} is {whose} and"
    near = closest(name, [*names, *columns], 0.74)
    if name in columns:
        new = f"{access.value}[{name!r}]"
        fixes = edit(f"Write {code(new)}", replaced_by(context, access.node, new), 0.85)
        return finding("key_not_attribute", f"{code(name)} is a column; write `[{name!r}]`.", 0.85, fixes=fixes)
    if near is None:
        if not names and look is None:
            return finding("missing_attribute", f"{sentence(whose)} has no {code(name)}.", 0.4)
        return finding("missing_attribute", f"{sentence(shown)} has no {code(name)}, nor anything like it.", 0.55)
    fixes = []
    is_column = near.name in columns
    sure = is_sure(name, near)
    if sure:
        plain = near.name.isidentifier() and (not is_column or near.name not in names)
        new = near.name if plain else f"{access.value}[{near.name!r}]"
        edits = renamed_to(context, access.node, new) if plain else replaced_by(context, access.node, new)
        fixes = edit(f"Write {code(new)}", edits, near.confidence)
    perhaps = "" if sure else "perhaps "
    closest_ = f"{perhaps}the closest {'column' if is_column else 'attribute'} is {listed([near.name, *near.others])}"
    headline = f"{sentence(shown)} has no {code(name)}; {closest_}."
    confidence = near.confidence if sure else min(near.confidence, 0.58)
    return finding("misspelled_attribute", headline, confidence, fixes=fixes)


def _whose(access: Access) -> str:
    """What the object is: ``a `list```, ``the module `math```, ``the class `Dog` itself``."""
    if access.is_module:
        return f"the module {code(access.owner)}"
    if access.look is not None and access.look.type == "type":
        return f"the class {code(access.owner)} itself"
    return f"{'an' if access.owner[:1].lower() in 'aeiou' else 'a'} {code(access.owner)}"


def read_only(context: Context) -> Optional[Finding]:
    """An attribute that may be read, but not set."""
    match = re.search(
        r"'(\w+)' object attribute '(\w+)' is read-only|property '(\w+)' of '(\w+)' object has no (?:setter|deleter)"
        r"|can't set attribute(?: '(\w+)')?",
        context.message,
    )
    if not match or not context.is_("AttributeError"):
        return None
    owner, name = match.group(1) or match.group(4), match.group(2) or match.group(3) or match.group(5)
    whose = f" of {code(owner)}" if owner else ""
    what = code(name) if name else "This attribute"
    how = "it is a property without a setter" if match.group(3) else "it belongs to the class, or is fixed"
    fixes: List[Fix] = []
    return finding("read_only", f"{what}{whose} can be read, but not set: {how}.", 0.87, fixes=fixes)


RULES: Tuple[Any, ...] = (missing_attribute, read_only, advice.library_says)

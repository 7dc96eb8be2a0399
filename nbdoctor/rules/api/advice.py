"""What libraries themselves say of what they removed: ``Use `np.x` instead.``"""

from __future__ import annotations

import re
from typing import List, Optional, Tuple

from ...protocol import Finding
from .. import tables
from ..base import Context, code, edit, finding, short
from ..lookups.asked import is_own
from .accesses import Access, replaced_by

# A dotted name, with or without quotes, after the words by which libraries name a successor.
_NAME = r"[`'\"]{0,2}([A-Za-z_][\w.]*\w)(?:\(\))?[`'\"]{0,2}"
_SAYS = re.compile(
    rf"(?:[Uu]se|[Pp]refer|try|[Cc]all) (?:the )?{_NAME} (?:\w+ ){{0,2}}?(?:instead|builtin)"
    r"|(?:[Uu]se|[Pp]refer|try|[Cc]all) (?:the )?`([A-Za-z_][\w.]*)(?:\(\))?`"
    rf"|\b(?:available|found|moved|renamed|replaced|superseded)(?: \w+)? (?:as|under|from|in|to|by|with|at) {_NAME}"
    rf"|in favou?r of (?:the )?{_NAME}|[Dd]id you mean:? {_NAME}\?"
)
_GONE = re.compile(
    r"(?:has|have|had) been (?:removed|renamed|moved|replaced|deprecated)"
    r"|(?:was|were|is|are) (?:removed|renamed|no longer|moved to|replaced)\b"
    r"|no longer (?:support|available|exist|accept|provide)|is deprecated|not supported any ?more|removed in (?:version )?v?\d"
)
_SINCE = re.compile(r"(?:since|in|from)(?: the)?(?: version)? ((?:[A-Z]\w+ )?v?\d+\.\d+(?:\.\d+)?)")


def successors(message: str) -> List[str]:
    """The names that a message recommends, in order."""
    found = [next(group for group in match.groups() if group) for match in _SAYS.finditer(message)]
    return list(dict.fromkeys(name for name in found if name.lower() not in ("the", "a", "an", "it", "this")))


def advice_of(message: str) -> str:
    """The sentences of a message that recommend something, short."""
    sentences = re.split(r"(?<=[.!?])\s+", " ".join(message.split()))
    return short(" ".join(text for text in sentences if _SAYS.search(text)), 240)


def of_attribute(context: Context, access: Access) -> Optional[Finding]:
    """An attribute that is gone, and the library's word for its successor, if that is really there."""
    if not _GONE.search(context.message) and not _SAYS.search(context.message):
        return None
    if access.name not in context.message:
        return None
    named = [new for name in successors(context.message) for new in [_here(context, access, name)] if new]
    since = _SINCE.search(context.message)
    when = f" in {since.group(1)}" if since else ""
    whole = code(f"{access.value}.{access.name}" if access.value else access.name)
    if len(named) != 1:
        if not _GONE.search(context.message):
            return None
        return finding("renamed_attribute", f"{whole} was removed{when}.", 0.85, explanation=advice_of(context.message))
    fixes = edit(f"Write {code(named[0])}", replaced_by(context, access.node, named[0]), 0.9)
    headline = f"{whole} was removed{when}; the library says to use {code(named[0])}."
    return finding("renamed_attribute", headline, 0.92, explanation=advice_of(context.message), fixes=fixes)


def _here(context: Context, access: Access, name: str) -> str:
    """A recommended name as the cell can write it; empty where there is no such thing."""
    value = access.value
    candidates: List[Tuple[str, str]] = []
    if access.is_module:
        first, _, rest = name.partition(".")
        statement = tables.aliases().get(first, "")
        if rest and (name.startswith(access.owner + ".") or statement == f"import {access.owner} as {first}"):
            rest = name[len(access.owner) + 1 :] if name.startswith(access.owner + ".") else rest
            candidates.append((value, rest))
        elif not rest:
            candidates.append((value, name))
    elif "." not in name or name.split(".", maxsplit=1)[0] in (access.owner, value):
        candidates.append((value, name.rpartition(".")[2]))
    for owner, rest in candidates:
        look = context.namespace.look(owner) if owner else access.look
        known = look is not None and rest.split(".")[0] in look.attributes and rest != access.name
        if owner and known and ("." not in rest or context.namespace.look(f"{owner}.{rest}") is not None):
            return f"{owner}.{rest}"
    return ""


def library_says(context: Context) -> Optional[Finding]:
    """Any other error by which a library says that something is gone, or how to write it now."""
    if context.is_("AttributeError", "SyntaxError", "IndentationError", "ModuleNotFoundError"):
        return None
    own = context.own_frame()
    if context.direct() and own is not None and re.search(r"\braise\b", own.source):
        return None  # the user's own words
    message = " ".join(context.message.split())
    if not _GONE.search(message):
        return None
    said = advice_of(message) or short(message, 200)
    expression = " ".join(context.expression().split()) if is_own(context) else ""
    what = code(expression) if expression else "What this line uses"
    names = successors(message)
    use = f"; the library says to use {code(names[0])}" if len(names) == 1 else ""
    headline = f"{what} is not possible any more in the installed version{use}."
    return finding("library_says", headline, 0.72, explanation=said)

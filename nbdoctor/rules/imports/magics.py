"""Magics that IPython does not have: which extension brings them (``data/magics.csv``), and whether it is installed."""

from __future__ import annotations

import re
from typing import Optional, Tuple

from ...protocol import Action, Edit, Finding
from .. import tables
from ..base import Context, Rule, closest, code, edit, finding, fix

_UNKNOWN = re.compile(r"(?:Line magic function `%|Cell magic `%%)(\w+)` not found")
#: Magics that come with IPython, which a misspelled one may mean.
_OWN = ("capture", "cd", "debug", "env", "html", "javascript", "latex", "load", "load_ext", "ls", "lsmagic", "matplotlib",
        "pdb", "pip", "prun", "pwd", "reset", "run", "script", "time", "timeit", "whos", "writefile", "xmode")  # fmt: skip


def unknown_magic(context: Context) -> Optional[Finding]:
    """A magic of an extension that is not loaded, or not installed; or one that is misspelled."""
    match = _UNKNOWN.search(context.message) if context.is_("UsageError") else None
    if not match:
        return None
    name = match.group(1)
    of_cell = "Cell magic" in match.group()
    shown = code(f"%%{name}" if of_cell else f"%{name}")
    row = next((row for row in tables.rows("magics") if row["magic"] == name), None)
    if row is None:
        return _misspelled(context, name, shown)
    extension, distribution = row["extension"], row["distribution"]
    load = f"%load_ext {extension}"
    # A cell magic has to be the first of its cell: what loads it belongs into another.
    edits = [] if of_cell else [Edit(0, 0, f"{load}\n")]
    if not distribution or not context.namespace.live or context.namespace.module_exists(extension.split(".")[0]):
        where = "in a cell above" if of_cell else "first"
        headline = f"{shown} comes with {code(extension)}, which this kernel has not loaded."
        fixes = edit(f"Write {code(load)} first", edits, 0.92)
        return finding("magic_not_loaded", headline, 0.93, explanation=f"Run `{load}` {where}.", fixes=fixes)
    actions = [Action("install", requirement=distribution)]
    actions += [Action("replace_cell", edits=edits)] if edits else []
    headline = f"{shown} comes with {code(distribution)}, which is not installed."
    step = fix(f"Install {code(distribution)}", *actions, confidence=0.9)
    after = f"After it is installed, `{load}` loads it."
    return finding("missing_magic", headline, 0.92, explanation=after, fixes=[step])


def _misspelled(context: Context, name: str, shown: str) -> Finding:
    near = closest(name, [*_OWN, *(row["magic"] for row in tables.rows("magics"))], 0.8)
    if near is None or near.others:
        return finding(
            "unknown_magic", f"IPython has no magic {shown}; the extension that brings it is not loaded.", 0.8
        )
    places = list(re.finditer(rf"(?m)^(\s*%%?){re.escape(name)}\b", context.source))
    edits = [Edit(place.end(1), place.end(), near.name) for place in places]
    fixes = edit(f"Write {code(near.name)}", edits, near.confidence)
    return finding("unknown_magic", f"There is no magic {shown}; the closest is {code(near.name)}.", 0.85, fixes=fixes)


RULES: Tuple[Rule, ...] = (unknown_magic,)

"""Versions that do not go together: installed while the kernel ran, too old for a name, or two libraries at odds."""

from __future__ import annotations

import re
import sys
from typing import Any, Dict, List, Optional, Tuple

from ...protocol import Action, Finding, Fix
from .. import tables
from ..base import Context, code, finding, fix
from . import environment
from .distributions import distribution_of, install_fixes, installed_as
from .members import CANNOT
from .reimport import member_edits, module_edits
from .versions import normal, release, violated

_ATTRIBUTE = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")


def restart_needed(context: Context) -> Optional[Finding]:
    """A module that was replaced on the disk while the kernel holds the old one."""
    if not context.namespace.live or not context.is_(
        "ImportError", "ModuleNotFoundError", "AttributeError", "TypeError"
    ):
        return None
    tops = [re.split(r"[/\\]", frame.file)[0] for frame in context.error.frames if frame.where == "library"]
    tops += [match[1].partition(".")[0] for match in _named(context)]
    for top in dict.fromkeys(reversed(tops)):
        distribution = installed_as(top, context) if top.isidentifier() else ""
        versions = environment.replaced(top, distribution) if distribution else None
        if versions:
            headline = f"{code(distribution)} {versions[1]} was installed while this kernel still holds {versions[0]}."
            step = fix("Restart the kernel", Action("restart_kernel"), confidence=0.95)
            return finding("restart_needed", headline, 0.95, fixes=[step])
    return None


def _named(context: Context) -> List[Any]:
    found = [_ATTRIBUTE.search(context.message), _NO_MODULE.search(context.message)]
    member = CANNOT.search(context.message)
    return [match for match in found if match] + ([re.match(r"(.*)", member[2])] if member else [])


def newer_name(context: Context) -> Optional[Finding]:
    """A name that the installed version does not have yet."""
    for path in _asked_paths(context):
        row = _newer().get(path)
        have = _version_of(context, row["distribution"]) if row else ""
        if row is None or not have or release(have) >= release(row["since"]):
            continue
        label = "Python" if row["distribution"] == "python" else row["distribution"]
        headline = f"{code(path)} came with {label} {row['since']}; this is {label} {have}."
        return finding("version_too_old", headline, 0.94, fixes=_newer_fixes(context, path, row))
    return None


def _asked_paths(context: Context) -> List[str]:
    """Dotted paths of what was not found."""
    member, attribute = CANNOT.search(context.message), _ATTRIBUTE.search(context.message)
    module = _NO_MODULE.search(context.message)
    if member:
        return [f"{member[2]}.{member[1]}"]
    if attribute:
        return [f"{attribute[1]}.{attribute[2]}"]
    return [module[1]] if module else []


def _newer() -> Dict[str, Dict[str, str]]:
    return {row["path"]: row for row in tables.rows("newer")}


def _version_of(context: Context, distribution: str) -> str:
    if distribution == "python":
        return ".".join(map(str, sys.version_info[:3])) if context.namespace.live else ""
    return context.namespace.version(distribution) or ""


def _newer_fixes(context: Context, path: str, row: Dict[str, str]) -> List[Fix]:
    """A newer version of the distribution; for Python itself, the distribution that brings the name to older ones."""
    if row["distribution"] != "python":
        return install_fixes(f"{row['distribution']}>={row['since']}", restart=True, confidence=0.85)
    if not row["instead"]:
        return []
    top = row["instead"].partition(".")[0]
    needed = [] if context.namespace.module_exists(top) else [Action("install", requirement=distribution_of(top))]
    module, _, name = path.rpartition(".")
    edits = (
        module_edits(context, path, row["instead"])
        if row["kind"] == "module"
        else member_edits(context, module, name, row["instead"])
    )
    if not edits or (needed and not needed[0].requirement):
        return []
    return [fix(f"Import it from {code(top)}", *needed, Action("replace_cell", edits=edits), confidence=0.9)]


def libraries_apart(context: Context) -> Optional[Finding]:
    """A library that takes a name from another one, which does not have it in the version that is installed."""
    member = CANNOT.search(context.message) if context.is_("ImportError") else None
    module = _NO_MODULE.search(context.message) if context.is_("ModuleNotFoundError") else None
    attribute = _ATTRIBUTE.search(context.message) if context.is_("AttributeError") else None
    if not (member or attribute or (module and "." in module[1])) or "partially initialized" in context.message:
        return None
    frames = context.error.frames
    if not frames or frames[-1].where != "library":
        return None
    user = re.split(r"[/\\]", frames[-1].file)[0]
    owner = (member[2] if member else attribute[1] if attribute else module[1] if module else "").partition(".")[0]
    name = member[1] if member else attribute[2] if attribute else module[1] if module else ""
    taker, giver = installed_as(user, context), installed_as(owner, context)
    if not taker or not giver or taker == giver:
        return None
    return _apart(context, (taker, giver), name)


def _apart(context: Context, pair: Tuple[str, str], name: str) -> Finding:
    """What to do follows from what the one asks of the other, by its own metadata."""
    taker, giver = pair
    have, own = context.namespace.version(giver) or "", context.namespace.version(taker) or ""
    wanted = next((w for w in environment.unmet(taker) if w.name == normal(giver)), None)
    headline = f"{code(taker)} {own} takes {code(name)} from {code(giver)}, whose version {have} does not have it."
    if wanted is not None:
        bound = f"{giver}{wanted.specifier}"
        fixes = install_fixes(giver + violated(have, wanted.specifier), restart=True, confidence=0.9)
        return finding("version_conflict", headline, 0.95, facts=[f"{taker} asks for {bound}."], fixes=fixes)
    told = f"The two do not fit each other; perhaps a newer version of {code(taker)} does."
    fixes = install_fixes(f"{taker}>{own}", restart=True, confidence=0.55) if release(own) else []
    return finding("version_conflict", headline, 0.94, explanation=told, fixes=fixes)


RULES: Tuple[Any, ...] = (restart_needed, newer_name, libraries_apart)

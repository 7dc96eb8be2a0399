"""Distributions: which one provides a module, what to tell a library's words apart from, and the finding that installs one."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import Any, Dict, FrozenSet, List, Optional, Sequence

from ...protocol import Action, Finding, Fix
from .. import tables
from ..base import Close, Context, closest, code, finding, fix
from ..reading.words import remark
from . import environment
from .reimport import module_edits
from .versions import normal, release


def distribution_of(module: str) -> str:
    """The distribution that provides a module, as the tables know it; empty where they do not."""
    row = tables.modules().get(module)
    if row is not None:
        return row["distribution"]
    return re.sub(r"[_.]", "-", module) if module in tables.known() else ""


@cache
def _by_distribution() -> Dict[str, List[str]]:
    """The modules of each distribution whose module has another name, by the distribution's normalised name."""
    found: Dict[str, List[str]] = {}
    for module, row in tables.modules().items():
        if row["distribution"] and "." not in module:
            found.setdefault(normal(row["distribution"]), []).append(module)
    return found


@cache
def known_distributions() -> FrozenSet[str]:
    """The normalised names of all distributions that the tables know."""
    return frozenset(_by_distribution()) | {normal(module) for module in tables.known()}


def modules_of(distribution: str) -> List[str]:
    """The modules that the tables know of a distribution, where they are called otherwise than it."""
    found = _by_distribution().get(normal(distribution), [])
    return [] if not found or normal(distribution) in _by_equal_name() else found


@cache
def _by_equal_name() -> FrozenSet[str]:
    return frozenset(normal(module) for module in tables.known())


def named(token: str, library: str = "") -> str:
    """The distribution that somebody means by ``token`` (a module, a distribution, a title); empty where it is not known.

    ``library``: the installed distribution whose words they are; what it asks for by itself is known, too.
    """
    if re.fullmatch(r"[A-Za-z0-9][\w.-]*", token) is None:
        return ""
    for module in (token, token.lower()):
        if distribution_of(module):
            return distribution_of(module)
    if normal(token) in known_distributions():
        return token
    if library and (normal(token) == normal(library) or environment.asked(library, token) is not None):
        return token
    return ""


@cache
def _customary() -> FrozenSet[str]:
    """Modules that so many notebooks import that a name of few letters is enough to tell what was meant."""
    return frozenset(statement.split()[1].partition(".")[0] for statement in tables.aliases().values())


def is_customary(module: str) -> bool:
    """Whether so many notebooks import a module that nobody else's file has its name."""
    return module in _customary()


def closest_module(wanted: str, here: Sequence[str]) -> Optional[Close]:
    """The module that a misspelled name was meant to be: one that can be imported ``here``, or that the tables know."""
    there = {*here, *getattr(sys, "stdlib_module_names", ()), *_customary()}
    # A short name that only the tables know is more often a file of the user's than a misspelled library.
    far = {*tables.modules(), *tables.known()} - there if len(wanted) >= 6 else set()
    # Comparing ends is far faster than comparing texts, and there are thousands of names.
    alike = [name for name in sorted(there) if name[0] != "_" and _may_be(wanted, name)]
    alike += [name for name in sorted(far) if name[0] == wanted[0] and _may_be(wanted, name)]
    return closest(wanted, alike, 0.8)


def _may_be(wanted: str, name: str) -> bool:
    """An upper bound on how alike two names are, by their ends and then by their letters."""
    if "." in name or abs(len(name) - len(wanted)) > 2 or not (name[0] == wanted[0] or name[-2:] == wanted[-2:]):
        return False
    shared = sum(min(wanted.count(letter), name.count(letter)) for letter in set(wanted))
    return 5 * shared >= 2 * (len(wanted) + len(name)) - 5


def library_of(context: Context) -> str:
    """The top-level module of the library whose code raised; empty where it was the user's own, IPython's or Python's."""
    frames = context.error.frames
    if not frames or frames[-1].where != "library":
        return ""
    for frame in reversed(frames):
        top = re.split(r"[/\\]", frame.file)[0]
        if frame.where != "library" or top.startswith("IPython"):
            return ""
        # Python's own files are named by their whole path, installed ones from their package on.
        if top.isidentifier() and top not in _STANDARD:
            return top
    return ""


_STANDARD = frozenset({"importlib", "json", "subprocess", "asyncio", "lib", *getattr(sys, "stdlib_module_names", ())})


def installed_as(module: str, context: Context) -> str:
    """The installed distribution of a library's top-level module; empty where it cannot be told."""
    for name in (distribution_of(module), module):
        if name and context.namespace.version(name):
            return name
    return ""


def install_fixes(requirement: str, *, restart: bool = False, confidence: float = 0.9) -> List[Fix]:
    """The fix that installs something; with ``restart``, the kernel is restarted after it."""
    actions = [Action("install", requirement=requirement)]
    title = f"Install {code(requirement)}"
    if restart:
        return [fix(f"{title} and restart the kernel", *actions, Action("restart_kernel"), confidence=confidence)]
    return [fix(title, *actions, confidence=confidence)]


def missing(context: Context, module: str, distribution: str, note: str = "") -> Finding:
    """The finding that a module's distribution is not installed, or installed under another name or without its files."""
    other = "" if normal(distribution) == normal(module) else f"; it comes with {code(distribution)}"
    by, version = library_of(context), context.namespace.version(distribution)
    facts = [f"{code(by)} imports it." if by else ""]
    headline = f"{code(module)} is not installed{other}."
    told = remark(note)
    fixes = _with_its_new_name(context, module, install_fixes(distribution), note)
    if version:
        headline = f"{code(distribution)} {version} is installed, and has no module {code(module)}."
        newer = install_fixes(f"{distribution}>{version}", confidence=0.7) if release(version) and not note else []
        fixes = _with_its_new_name(context, module, newer, note)
        told = (
            told
            or "A newer version may have it. If its files are damaged, "
            f"`%pip install --force-reinstall {distribution}` puts them there again."
        )
    elif context.namespace.live:
        there = environment.elsewhere(module.partition(".")[0])
        if there is not None:
            facts.append(f"It is installed for another Python, {there.python}; this kernel runs {sys.executable}.")
        if environment.managed():
            fixes = []
            told = f"It cannot be installed from here: {environment.managed()}. Make a virtual environment, and a kernel in it."
    return finding("missing_module", headline, 0.9, explanation=told, facts=facts, fixes=fixes)


def _with_its_new_name(context: Context, module: str, fixes: List[Fix], note: str) -> List[Fix]:
    """``fixes``, and the edit of the import where the distribution's module has another name now."""
    renamed = re.search(r"\bis imported as ([\w.]+)", note) if "successor" not in note else None
    edits = module_edits(context, module, renamed[1]) if renamed else []
    if not edits or renamed is None:
        return fixes
    steps = [action for known in fixes for action in known.actions]
    title = f"{fixes[0].title} and import {code(renamed[1])}" if fixes else f"Import {code(renamed[1])}"
    return [fix(title, *steps, Action("replace_cell", edits=edits), confidence=0.9)]


def provider(context: Context, row: Any) -> str:
    """Which version of a row's distribution is installed, as a sentence."""
    if row["distribution"] == "python":
        return f"This is Python {'.'.join(map(str, sys.version_info[:2]))}." if context.namespace.live else ""
    version = context.namespace.version(row["distribution"])
    return f"{row['distribution']} {version} is installed." if version else ""


def needed_for(context: Context, module: str) -> Optional[List[Action]]:
    """What has to be installed for ``module``; None where that is not known."""
    top = module.split(".", maxsplit=1)[0]
    if not context.namespace.live or context.namespace.module_exists(top):
        return []
    distribution = distribution_of(top)
    return [Action("install", requirement=distribution)] if distribution else None

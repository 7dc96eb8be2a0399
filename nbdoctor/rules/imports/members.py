"""Names that a module does not have: misspelled, moved, hidden by a file of the user's, or not there yet."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import Any, List, Optional, Tuple

from ...protocol import Action, Edit, Finding, Fix
from .. import tables
from ..base import Context, closest, code, edit, finding, fix, listed
from ..reading.words import remark
from .distributions import distribution_of, missing, needed_for, provider
from .reimport import member_edits, rename_member

CANNOT = re.compile(r"cannot import name '([^']+)' from (?:partially initialized module )?'([^']+)'(?: \((.*)\))?")


def missing_member(context: Context) -> Optional[Finding]:
    """A name that a module does not have: ``from module import name``."""
    match = CANNOT.search(context.message) if context.is_("ImportError") else None
    if not match:
        return None
    name, module, path = match.groups()
    renaming = re.search(r"consider renaming '([^']+)'", path or "")  # Python 3.13
    path = renaming[1] if renaming else path
    if "circular import" in context.message or "partially initialized" in context.message:
        headline = (
            f"{code(module)} is imported again while it is still being imported, so {code(name)} is not there yet."
        )
        return finding("circular_import", headline, 0.85)
    if (
        path == "unknown location"
        and distribution_of(module)
        and not context.namespace.version(distribution_of(module))
    ):
        # Python takes a folder of that name for a package, where nothing better is found.
        found = missing(context, module, distribution_of(module), "")
        return replace(
            found, facts=[*found.facts, f"Python found a mere folder {code(module)}, without the library's files."]
        )
    row = tables.moved().get(f"{module}.{name}")
    if row is not None:
        return _moved_member(context, module, name, row)
    if path and path != "unknown location" and _shadows(module, path, context):
        headline = f"Your own file {code(path.rsplit('/', 1)[-1])} hides the module {code(module)}."
        return finding("shadowed_module", headline, 0.8, explanation="Rename that file and restart the kernel.")
    near = closest(name, context.namespace.module_contents(module) or [])
    if near is None:
        version = context.namespace.version(distribution_of(module.partition(".")[0]) or module.partition(".")[0])
        facts = [f"{module.partition('.')[0]} {version} is installed." if version else ""]
        return finding("missing_member", f"{code(module)} has no {code(name)}.", 0.55, facts=facts)
    fixes: List[Fix] = []
    if not near.others:
        fixes = edit(f"Import {code(near.name)}", rename_member(context, module, name, near.name), near.confidence)
    headline = f"{code(module)} has no {code(name)}; the closest is {listed([near.name, *near.others])}."
    return finding("misspelled_member", headline, near.confidence, fixes=fixes)


def not_a_package(context: Context) -> Optional[Finding]:
    """A module without parts where a package is meant: most often a file of the user's with the library's name."""
    match = re.match(r"No module named '([\w.]+)'; '([\w.]+)' is not a package", context.message)
    if not match:
        return None
    whole, parent = match.groups()
    if f"{parent}.py" in context.namespace.files():
        headline = f"Your own file {code(parent + '.py')} hides the library {code(parent)}."
        return finding("shadowed_module", headline, 0.94, explanation="Rename that file and restart the kernel.")
    last = whole.rpartition(".")[2]
    if last in (context.namespace.module_contents(parent) or []):
        headline = f"{code(whole)} is not a module: {code(last)} is something inside {code(parent)}."
        told = f"Import it with `from {parent} import {last}`."
        return finding("misspelled_module", headline, 0.9, explanation=told)
    headline = f"{code(parent)} is a single module, which has no part {code(last)}."
    return finding("missing_submodule", headline, 0.75)


def _in_standard_library(module: str) -> bool:
    names = getattr(sys, "stdlib_module_names", None)  # Python 3.10
    return module in names if names is not None else tables.aliases().get(module) == f"import {module}"


def _shadows(module: str, path: str, context: Optional[Context] = None) -> bool:
    """Whether the file at ``path`` stands before another module of its name: Python's own, or one that is installed."""
    if re.search(r"site-packages|dist-packages|[/\\]lib(?:64)?[/\\]python|…", path):
        return False
    distribution = distribution_of(module.partition(".")[0])
    installed = bool(distribution) and (context is None or context.namespace.version(distribution) is not None)
    return _in_standard_library(module) or installed


def _moved_member(context: Context, module: str, name: str, row: Any) -> Finding:
    new = row["new"]
    fixes: List[Fix] = []
    needed: Optional[List[Action]] = []
    if new and row["drop_in"]:
        needed = needed_for(context, new)
        edits: List[Edit] = member_edits(context, module, name, new)
        if needed is not None and edits:
            fixes = [
                fix(
                    f"Import it from {code(_parent(new))}",
                    *needed,
                    Action("replace_cell", edits=edits),
                    confidence=0.93,
                )
            ]
    where = "Python" if row["distribution"] == "python" else row["distribution"]
    change = f"is {code(new)} since" if new else "was removed in"
    headline = f"{code(row['old'])} {change} {where} {row['since']}."
    note = remark(row["note"])
    return finding("moved_member", headline, 0.93, explanation=note, facts=[provider(context, row)], fixes=fixes)


def _parent(path: str) -> str:
    return path.rpartition(".")[0] or path


RULES: Tuple[Any, ...] = (missing_member, not_a_package)

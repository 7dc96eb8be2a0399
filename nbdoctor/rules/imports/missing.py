"""Imports that fail: a distribution that is missing, a module that moved, a misspelled name."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Sequence, Tuple

from ...protocol import Action, Finding, Fix
from .. import tables
from ..base import CERTAIN, Context, closest, code, edit, finding, fix, listed
from ..reading.words import remark
from . import binaries, conflicts, environment, members, optional
from .distributions import (
    closest_module,
    distribution_of,
    installed_as,
    is_customary,
    library_of,
    missing,
    modules_of,
    needed_for,
    provider,
)
from .reimport import module_edits

__all__ = ["distribution_of"]  # re-exported

_MISSING = re.compile(r"No module named '?([\w.]+)'?")


def missing_module(context: Context) -> Optional[Finding]:
    """A module that cannot be found: install it, or correct the name."""
    if not context.is_("ModuleNotFoundError", "ImportError"):
        return None
    match = _MISSING.search(context.message)
    if not match:
        return None
    name = match.group(1)
    return (
        _moved(context, name)
        or _absent(name)
        or _provided(context, name)
        or (_inside(context, name) if "." in name else None)
        or _top_level(context, name)
    )


def _imported_paths(context: Context) -> List[str]:
    """Every dotted path that the failing import statement names, longest first."""
    found = []
    for node in context.nodes(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return sorted(found, key=len, reverse=True)


def _absent(name: str) -> Optional[Finding]:
    """A part of Python itself that this Python was built without, or that exists on another system alone."""
    row = next((row for row in tables.rows("absent") if row["module"] == name.partition(".")[0]), None)
    if row is None:
        return None
    if row["system"]:
        headline = f"{code(name)} is a part of Python that exists on {row['system']} alone."
    else:
        headline = f"This Python was built without {code(name)}, which is a part of the standard library."
    package = f" On Debian and Ubuntu the system package {code(row['package'])} has it." if row["package"] else ""
    return finding("missing_stdlib", headline, 0.9, explanation=f"{remark(row['note'])}{package}")


def _provided(context: Context, name: str) -> Optional[Finding]:
    """A module, or a part of a namespace that several distributions share, of which the tables know the distribution."""
    paths = [path for path in _imported_paths(context) if path == name or path.startswith(name + ".")]
    if "." not in name and context.namespace.module_exists(name):
        return None
    for path in dict.fromkeys([*paths, name]):
        row = tables.modules().get(path, {"note": ""})
        distribution = distribution_of(path)
        if distribution and ("." in path or path == name):
            # A file of that name below the notebook is meant rather than a library that few know.
            own = _own_file(context, name, ("",)) if path == name and not is_customary(name) else None
            return own or missing(context, path, distribution, row["note"])
    return None


def _moved(context: Context, name: str) -> Optional[Finding]:
    row = tables.moved().get(name)
    for path in _imported_paths(context):
        # `import sklearn.externals.six` fails at a part of what the table knows
        found = tables.moved().get(path)
        if (
            found
            and (path == name or path.startswith(name + "."))
            and ("." in name or found["distribution"] == "python")
        ):
            row = found
    if row is None:
        return None
    old, new = row["old"], row["new"]
    fixes: List[Fix] = []
    facts = [provider(context, row)]
    if new and row["drop_in"] and context.frame() is not None:
        needed = needed_for(context, new)
        edits = module_edits(context, old, new)
        if needed is not None and edits:
            fixes = [fix(f"Import {code(new)}", *needed, Action("replace_cell", edits=edits), confidence=0.93)]
    where = "Python" if row["distribution"] == "python" else f"{row['distribution']}"
    if new:
        headline = (
            f"{code(old)} is {code(new)} {'since' if row['since'] else 'in current'} {where} {row['since']}".rstrip()
            + "."
        )
    else:
        headline = f"{code(old)} was removed in {where} {row['since']}".rstrip() + "."
    note = row["note"]
    explanation = remark(note)
    return finding("moved_module", headline, 0.93, explanation=explanation, facts=facts, fixes=fixes)


def _inside(context: Context, name: str) -> Optional[Finding]:
    """A part of a package that is installed: Python names the whole path only when its parent was found."""
    parent, _, last = name.rpartition(".")
    top = name.split(".", maxsplit=1)[0]
    if not context.namespace.module_exists(top) and distribution_of(top):
        return None  # nothing of it is there
    contents = context.namespace.module_contents(parent) or []
    near = closest(last, [*contents, *(environment.submodules(parent) if context.namespace.live else [])])
    if last in contents:
        headline = f"{code(name)} is not a module: {code(last)} is something inside {code(parent)}."
        return finding(
            "misspelled_module", headline, 0.85, explanation=f"Import it with `from {parent} import {last}`."
        )
    if near is not None and context.namespace.module_exists(f"{parent}.{near.name}"):
        fixes = edit(
            f"Import {code(parent + '.' + near.name)}",
            module_edits(context, name, f"{parent}.{near.name}"),
            near.confidence,
        )
        headline = f"{code(parent)} has no module {code(last)}; the closest is {code(near.name)}."
        return finding("misspelled_module", headline, near.confidence, fixes=fixes)
    version = context.namespace.version(distribution_of(top) or top)
    headline = f"{code(top)} is installed, but it has no module {code(name)}."
    return finding("missing_submodule", headline, 0.7, facts=[f"{top} {version} is installed." if version else ""])


def _top_level(context: Context, name: str) -> Finding:
    top = name.split(".", maxsplit=1)[0]
    if context.namespace.module_exists(top):
        headline = f"{code(top)} is there, but importing it needed {code(name)}, which was not found."
        return finding("missing_submodule", headline, 0.4)
    row = tables.modules().get(top)
    if distribution_of(top):
        return missing(context, top, distribution_of(top), row["note"] if row else "")
    return (
        _own_file(context, top)
        or _not_to_be_had(context, top)
        or _asked_for(context, top)
        or _distribution_name(context, top)
        or _misspelled(context, top)
        or finding(
            "unknown_module",
            f"{code(top)} is not installed, and nbdoctor knows no distribution that provides it.",
            0.6,
            facts=_files_like(context, top),
        )
    )


def _own_file(context: Context, top: str, starts: Sequence[str] = ("", "../")) -> Optional[Finding]:
    """A file or package of the user's, below the notebook or beside its folder."""
    for start in starts:
        paths = context.namespace.files(start.rstrip("/") or ".")
        for path in paths:
            folder, _, last = path.rstrip("/").rpartition("/")
            package = last == top and f"{path}__init__.py" in paths
            if (last == f"{top}.py" or package) and (folder or start):
                where = f"{start}{folder}".rstrip("/") or ".."
                headline = f"{code(top)} is your own {code(start + path)}, in a folder that Python does not look in."
                told = f"Add its folder first: `import sys; sys.path.append({where!r})`."
                return finding("module_elsewhere", headline, 0.8, explanation=told)
    return None


def _files_like(context: Context, top: str) -> List[str]:
    """Python files beside the notebook whose name is nearly the same."""
    stems = [path[:-3] for path in context.namespace.files() if path.endswith(".py") and "/" not in path]
    near = closest(top, stems, 0.8)
    return [f"The closest file beside the notebook is {code(near.name + '.py')}."] if near is not None else []


def _not_to_be_had(context: Context, top: str) -> Optional[Finding]:
    row = tables.modules().get(top)
    if row is None:
        return None
    own = row["note"].startswith(("probably", "may be"))
    told = f"is not here, and {row['note']}" if own else f"cannot be had with pip install: {row['note']}"
    headline = f"{code(top)} {told}."
    return finding("unknown_module", headline, 0.85, facts=_files_like(context, top))


def _asked_for(context: Context, top: str) -> Optional[Finding]:
    """A module that an installed library imports: its own metadata names the distribution."""
    library = library_of(context)
    distribution = installed_as(library, context) if library and context.namespace.live else ""
    wanted = environment.asked(distribution, top) if distribution else None
    return missing(context, top, wanted.name) if wanted is not None else None


def _distribution_name(context: Context, top: str) -> Optional[Finding]:
    """The name of a distribution where that of its module belongs: ``import pillow``."""
    modules = modules_of(top)
    if not modules:
        return None
    there = [module for module in modules if context.namespace.module_exists(module)]
    headline = f"{code(top)} is the name to install it by; it is imported as {listed(there or modules)}."
    fixes: List[Fix] = []
    edits = module_edits(context, top, (there or modules)[0])
    if len(there or modules) == 1 and edits:
        needed = (
            [] if there or not context.namespace.live else [Action("install", requirement=distribution_of(modules[0]))]
        )
        title = f"Import {code((there or modules)[0])}"
        fixes = [fix(title, *needed, Action("replace_cell", edits=edits), confidence=0.9)]
    return finding("distribution_name", headline, 0.9, fixes=fixes)


def _misspelled(context: Context, top: str) -> Optional[Finding]:
    here = environment.importable() if context.namespace.live else []
    near = closest_module(top, here)
    if near is None:
        return None
    exists = context.namespace.module_exists(near.name)
    confidence = min(0.93, near.confidence + (0.08 if exists else -0.1))
    guess = "" if confidence >= CERTAIN else "perhaps "
    headline = f"There is no known module {code(top)}; {guess}you mean {code(near.name)}."
    edits = module_edits(context, top, near.name) if exists or confidence >= 0.7 else []
    return finding(
        "misspelled_module", headline, confidence, fixes=edit(f"Import {code(near.name)}", edits, confidence)
    )


RULES: Tuple[Any, ...] = (missing_module, *members.RULES, *optional.RULES, *binaries.RULES, *conflicts.RULES)

"""Imports that fail: a distribution that is missing, a module that moved, a misspelled name."""

from __future__ import annotations

import ast
import re
import sys
from typing import Any, List, Optional, Tuple

from ..protocol import Action, Edit, Finding, Fix
from . import tables
from .base import CERTAIN, Context, closest, code, edit, finding, fix, listed
from .reimport import member_edits, module_edits, rename_member

_MISSING = re.compile(r"No module named '?([\w.]+)'?")
_CANNOT = re.compile(r"cannot import name '([^']+)' from (?:partially initialized module )?'([^']+)'(?: \((.*)\))?")


def missing_module(context: Context) -> Optional[Finding]:
    """A module that cannot be found: install it, or correct the name."""
    if not context.is_("ModuleNotFoundError", "ImportError"):
        return None
    match = _MISSING.search(context.message)
    if not match:
        return None
    name = match.group(1)
    return _moved(context, name) or (_inside(context, name) if "." in name else None) or _top_level(context, name)


def _imported_paths(context: Context) -> List[str]:
    """Every dotted path that the failing import statement names, longest first."""
    found = []
    for node in context.nodes(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return sorted(found, key=len, reverse=True)


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
    facts = [_provider(context, row)]
    if new and row["drop_in"] and context.frame() is not None:
        needed = _installs(context, new)
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
    explanation = f"{note[0].upper()}{note[1:]}." if note else ""
    return finding("moved_module", headline, 0.93, explanation=explanation, facts=facts, fixes=fixes)


def _provider(context: Context, row: Any) -> str:
    if row["distribution"] == "python":
        return f"This is Python {'.'.join(map(str, sys.version_info[:2]))}." if context.namespace.live else ""
    version = context.namespace.version(row["distribution"])
    return f"{row['distribution']} {version} is installed." if version else ""


def _installs(context: Context, module: str) -> Optional[List[Action]]:
    """What has to be installed for ``module``; None where that is not known."""
    top = module.split(".", maxsplit=1)[0]
    if not context.namespace.live or context.namespace.module_exists(top):
        return []
    distribution = distribution_of(top)
    return [Action("install", requirement=distribution)] if distribution else None


def distribution_of(module: str) -> str:
    """The distribution that provides a top-level module, as the tables know it; empty where they do not."""
    row = tables.modules().get(module)
    if row is not None:
        return row["distribution"]
    return module if module in tables.known() else ""


def _inside(context: Context, name: str) -> Optional[Finding]:
    """A part of a package that is installed: Python names the whole path only when its parent was found."""
    for path in [name, *_imported_paths(context)]:
        row = tables.modules().get(path)
        if row is not None and path.startswith(name):
            return _install(context, path, row["distribution"], row["note"])
    parent, _, last = name.rpartition(".")
    top = name.split(".", maxsplit=1)[0]
    contents = context.namespace.module_contents(parent) or []
    near = closest(last, contents)
    fixes: List[Fix] = []
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


def _top_level(context: Context, name: str) -> Optional[Finding]:
    top = name.split(".", maxsplit=1)[0]
    if context.namespace.module_exists(top):
        headline = f"{code(top)} is there, but importing it needed {code(name)}, which was not found."
        return finding("missing_submodule", headline, 0.4)
    row = tables.modules().get(top)
    if row is not None:
        return _install(context, top, row["distribution"], row["note"])
    if top in tables.known():
        return _install(context, top, top, "")
    beside = [path for path in context.namespace.files() if path.endswith(f"/{top}.py")]
    if beside:
        headline = f"{code(top)} is your file {code(beside[0])}, which lies in a folder that Python does not look in."
        folder = beside[0].rpartition("/")[0] or "."
        return finding(
            "module_elsewhere",
            headline,
            0.8,
            explanation=f"Add its folder first: `import sys; sys.path.append({folder!r})`.",
        )
    stdlib = getattr(sys, "stdlib_module_names", ())
    near = closest(top, [n for n in (*tables.modules(), *tables.known(), *stdlib) if "." not in n and n[0] != "_"], 0.8)
    if near is not None:
        exists = context.namespace.module_exists(near.name)
        confidence = min(0.93, near.confidence + (0.08 if exists else -0.1))
        guess = "" if confidence >= CERTAIN else "perhaps "
        headline = f"There is no known module {code(top)}; {guess}you mean {code(near.name)}."
        fixes = edit(f"Import {code(near.name)}", module_edits(context, top, near.name), confidence)
        return finding("misspelled_module", headline, confidence, fixes=fixes)
    headline = f"{code(top)} is not installed, and nbdoctor knows no distribution that provides it."
    return finding("unknown_module", headline, 0.6)


def _install(context: Context, module: str, distribution: str, note: str) -> Finding:
    remark = f"{note[0].upper()}{note[1:]}." if note else ""
    if not distribution:
        return finding(
            "unknown_module", f"{code(module)} is not to be had with pip install {module}.", 0.85, explanation=remark
        )
    other = "" if distribution.lower() == module.lower() else f"; it comes with {code(distribution)}"
    by = _library(context)
    headline = f"{code(module)} is not installed{other}."
    facts = [f"{by} imports it." if by else ""]
    step = fix(f"Install {code(distribution)}", Action("install", requirement=distribution), confidence=0.9)
    return finding("missing_module", headline, 0.9, explanation=remark, facts=facts, fixes=[step])


def _library(context: Context) -> str:
    """The library whose code did the import, where it was not the user's own."""
    frames = context.error.frames
    if not frames or frames[-1].where != "library" or frames[-1].file.startswith("IPython"):
        return ""
    top = re.split(r"[/\\]", frames[-1].file)[0]
    return "" if top.startswith("<") or not top else code(top)


def missing_member(context: Context) -> Optional[Finding]:
    """A name that a module does not have: ``from module import name``."""
    match = _CANNOT.search(context.message) if context.is_("ImportError") else None
    if not match:
        return None
    name, module, path = match.groups()
    if "circular import" in context.message or "partially initialized" in context.message:
        headline = (
            f"{code(module)} is imported again while it is still being imported, so {code(name)} is not there yet."
        )
        return finding("circular_import", headline, 0.85)
    row = tables.moved().get(f"{module}.{name}")
    if row is not None:
        return _moved_member(context, module, name, row)
    if path and _shadows(module, path):
        headline = f"Your own file {code(path.rsplit('/', 1)[-1])} hides the module {code(module)}."
        return finding("shadowed_module", headline, 0.8, explanation="Rename that file and restart the kernel.")
    near = closest(name, context.namespace.module_contents(module) or [])
    if near is None:
        return finding("missing_member", f"{code(module)} has no {code(name)}.", 0.55)
    fixes: List[Fix] = []
    if not near.others:
        fixes = edit(f"Import {code(near.name)}", rename_member(context, module, name, near.name), near.confidence)
    headline = f"{code(module)} has no {code(name)}; the closest is {listed([near.name, *near.others])}."
    return finding("misspelled_member", headline, near.confidence, fixes=fixes)


def _in_standard_library(module: str) -> bool:
    names = getattr(sys, "stdlib_module_names", None)  # Python 3.10
    return module in names if names is not None else tables.aliases().get(module) == f"import {module}"


def _shadows(module: str, path: str) -> bool:
    known = module in tables.known() or module in tables.modules() or _in_standard_library(module)
    return known and not re.search(r"site-packages|dist-packages|[/\\]lib(?:64)?[/\\]python|…", path)


def _moved_member(context: Context, module: str, name: str, row: Any) -> Finding:
    new = row["new"]
    fixes: List[Fix] = []
    needed: Optional[List[Action]] = []
    if new and row["drop_in"]:
        needed = _installs(context, new)
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
    note = f"{row['note'][0].upper()}{row['note'][1:]}." if row["note"] else ""
    return finding("moved_member", headline, 0.93, explanation=note, facts=[_provider(context, row)], fixes=fixes)


def _parent(path: str) -> str:
    return path.rpartition(".")[0] or path


RULES: Tuple[Any, ...] = (missing_module, missing_member)

"""Modules and files of the user's own: edited since they were imported, or to be written by a cell that was not run."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix
from ..base import Context, code, edit, finding, fix
from ..reading.scopes import bound_names, parameters_of
from ..reading.source import import_line
from .book import Notebook, Plan

_MODULE = re.compile(r"(?:partially initialized )?module '([\w.]+)' has no attribute '(\w+)'")
_IMPORT = re.compile(r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'")
_MISSING = re.compile(r"No module named '?([\w.]+)'?")
_CALLED = re.compile(r"^(?:[\w.]*\.)?(\w+)\(\) (?:got an unexpected|missing \d|takes )")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_WRITES_FILE = re.compile(r"%%(?:file|writefile)\s+(?:-a\s+)?([\w./-]+)")


def _asked(context: Context) -> Optional[Tuple[str, str]]:
    """(module, name) that the error says the module has not."""
    match = _MODULE.search(context.message) if context.is_("AttributeError") else None
    if match:
        return match.group(1), match.group(2)
    match = _IMPORT.search(context.message) if context.is_("ImportError") else None
    return (match.group(2), match.group(1)) if match else None


def edited_since_import(context: Context) -> Optional[Finding]:
    """A module whose file has the name by now: the kernel holds what the file was when it was imported."""
    if "partially initialized" in context.message:
        return None  # it is being imported: the file has the name further down
    asked = _asked(context)
    if asked is not None:
        return _has_it_now(context, *asked)
    match = _CALLED.search(context.message) if context.is_("TypeError") else None
    look = context.namespace.subject() if match else None
    module, _, name = look.name.rpartition(".") if look is not None else ("", "", "")
    tree = _parsed(context.namespace.module_source(module)) if module else None
    function = next((n for n in (tree.body if tree else ()) if isinstance(n, _FUNCTIONS) and n.name == name), None)
    if look is None or function is None or look.parameters is None:
        return None
    if set(parameters_of(function.args)) == {parameter.name for parameter in look.parameters}:
        return None
    headline = (
        f"{code(module)} was edited after it was imported: {code(name)} takes other arguments in its file by now."
    )
    return _edited(context, module, headline)


def _has_it_now(context: Context, module: str, name: str) -> Optional[Finding]:
    tree = _parsed(context.namespace.module_source(module))
    if tree is None or name not in bound_names(tree):
        return None
    headline = (
        f"{code(module)} was edited after it was imported: its file has {code(name)}, the kernel what was there before."
    )
    return _edited(context, module, headline)


def _edited(context: Context, module: str, headline: str) -> Finding:
    told = "`%load_ext autoreload` and `%autoreload 2` in the first cell load edited modules again by themselves."
    return finding("module_edited", headline, 0.94, explanation=told, fixes=_reload(context, module))


def _parsed(text: Optional[str]) -> Optional[ast.Module]:
    try:
        return ast.parse(text) if text else None
    except (SyntaxError, ValueError, RecursionError):
        return None


def _reload(context: Context, module: str) -> List[Fix]:
    """Lines at the top of the cell that load the module again, and take from it what was taken before."""
    lines = [f"import importlib, sys; importlib.reload(sys.modules[{module!r}])"]
    tree = context.tree()
    again = [
        node
        for node in (tree.body if tree else ())
        if isinstance(node, ast.ImportFrom) and node.module == module and not node.level
    ]
    taken = [] if again else _taken_before(context, module)
    lines += [f"from {module} import {', '.join(taken)}"] if taken else []
    position = import_line(context.source)
    change = Edit(position, position, "\n".join(lines) + "\n")
    return edit(f"Load {code(module)} again", [change], 0.9)


def _taken_before(context: Context, module: str) -> List[str]:
    """Names that the cell uses and that are the module's: they stay the old ones unless they are taken again."""
    tree = context.tree()
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} if tree else set()
    found = []
    for name in sorted(used):
        look = context.namespace.look(name)
        if look is not None and look.name == f"{module}.{name}":
            found.append(name)
    return found


def file_not_written(context: Context) -> Optional[Finding]:
    """A module or file that a ``%%writefile`` cell of the notebook writes, and that is not written, or is out of date."""
    match = _MISSING.search(context.message) if context.is_("ModuleNotFoundError") else None
    asked = _asked(context)
    wanted = [f"{match.group(1).split('.')[0]}.py"] if match else [f"{asked[0]}.py"] if asked else []
    if context.is_("FileNotFoundError"):
        wanted = [context.detail("filename")]
    if not wanted or not wanted[0]:
        return None
    book = Notebook(context)
    for index, cell in enumerate(book.cells):
        written = _WRITES_FILE.match(cell.source.lstrip())
        state = book.state(index)
        if not written or state == "ran" or index == book.here:
            continue
        path = written.group(1)
        if wanted[0] not in (path, path.rsplit("/", 1)[-1]):
            continue
        return _not_written(context, book, index, wanted[0], asked is not None)
    return None


def _not_written(context: Context, book: Notebook, index: int, file: str, loaded: bool) -> Finding:
    edited = book.state(index) == "edited"
    was = "was edited and not run since" if edited else "was not run"
    shown = code(file.rpartition(".")[0] if file.endswith(".py") and not loaded else file)
    headline = f"{shown} is a file that a cell {book.direction(index)} writes, and that cell {was}."
    plan = Plan([index])
    fixes = book.fixes(plan, "Run the cell that writes it", 0.95)
    if loaded:
        # The kernel has imported the old file: what the cell writes has to be loaded as well.
        again = [action for made in _reload(context, file.rpartition(".")[0]) for action in made.actions]
        fixes = [fix(f"{made.title} and load it again", *made.actions, *again, confidence=0.9) for made in fixes]
    return finding("cell_edited" if edited else "cell_not_run", headline, 0.95, fixes=fixes)


RULES: Tuple[Any, ...] = (edited_since_import,)
NOTEBOOK_RULES: Tuple[Any, ...] = (file_not_written,)

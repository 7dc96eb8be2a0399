"""The user's namespace as the rules see it: bounded looks, without running anything of the user's.

No ``__repr__``, ``__getattr__``, property or ``__dir__`` is called. What is told of one object: see `looks`.
"""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import importlib.metadata
import importlib.util
import os
import sys
import sysconfig
import time
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from ..protocol import Look, Sort, Tally
from . import tallies
from .looks import MISSING, attribute, attributes, describe, guarded, item, qualified_name

if TYPE_CHECKING:
    from types import FrameType

MAX_FILES = 500
MAX_MODULE = 200_000  # bytes of a module's file that is read
FILES_SECONDS = 0.02


class LiveNamespace:
    """See `protocol.Namespace`. Holds the shell, the exception and one frame until `close`."""

    live = True

    def __init__(
        self, shell: Any, error: Optional[BaseException] = None, frame: Optional[FrameType] = None, expression: str = ""
    ) -> None:
        self._shell = shell
        self._error = error
        self._expression = expression  # of the failing frame, see RaisedError.details
        self._scopes: List[Dict[str, Any]] = []
        if frame is not None:
            self._scopes = [frame.f_locals, frame.f_globals]
        self._scopes += [shell.user_ns, vars(builtins)]

    def close(self) -> None:
        """Let go of everything."""
        self._shell = self._error = None
        self._scopes = []

    def names(self) -> List[str]:
        """The user's variables, oldest first."""
        hidden = self._shell.user_ns_hidden
        return [
            n for n in list(self._shell.user_ns) if isinstance(n, str) and n not in hidden and not n.startswith("_")
        ]

    def look(self, expression: str) -> Optional[Look]:
        """Describe what ``expression`` is, without running it."""
        found = self._resolve(expression)
        return None if found is MISSING else guarded(describe, found, None)

    def tally(self, expression: str, sort: Sort) -> List[Tally]:
        """Count the values of a sort in what ``expression`` is."""
        found = self._resolve(expression)
        counted: List[Tally] = [] if found is MISSING else guarded(lambda o: tallies.tally(o, sort), found, [])
        return counted

    def subject(self) -> Optional[Look]:
        """Describe the object that the exception is about."""
        obj = self._subject()
        return None if obj is MISSING else guarded(describe, obj, None)

    def module_exists(self, name: str) -> bool:
        """Whether a module can be found, without importing it or its parents."""
        if name in sys.modules:
            return sys.modules[name] is not None
        return bool(guarded(_find, name, False))

    def module_contents(self, name: str) -> Optional[List[str]]:
        """Public names of an imported module."""
        module = sys.modules.get(name)
        return attributes(module) if isinstance(module, ModuleType) else None

    def imported(self) -> Dict[str, str]:
        """The user's variables that are modules."""
        values = ((name, self._shell.user_ns.get(name)) for name in self.names())
        return {name: qualified_name(value) for name, value in values if isinstance(value, ModuleType)}

    def module_source(self, name: str) -> Optional[str]:
        """The text of the file of a module of the user's, as it is on the disk now."""
        module = sys.modules.get(name)
        file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
        if not isinstance(file, str) or not file.endswith(".py") or _is_library(file):
            return None
        text: Optional[str] = guarded(_read, file, None)
        return text

    def version(self, distribution: str) -> Optional[str]:
        """Installed version of a distribution."""
        try:
            return importlib.metadata.version(distribution)
        except Exception:
            return None

    def files(self, folder: str = ".") -> List[str]:
        """Files and folders below ``folder``, three levels deep, at most 500, within 20 ms."""
        found: List[str] = []
        deadline = time.monotonic() + FILES_SECONDS
        queue = [("", 0)]
        while queue and len(found) < MAX_FILES and time.monotonic() < deadline:
            prefix, depth = queue.pop(0)
            for entry in guarded(_scan, os.path.join(folder, prefix), []):
                if entry.name.startswith(".") or entry.name in ("node_modules", "__pycache__"):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    found.append(f"{prefix}{entry.name}/")
                    if depth < 2:
                        queue.append((f"{prefix}{entry.name}/", depth + 1))
                else:
                    found.append(prefix + entry.name)
        return found[:MAX_FILES]

    def _subject(self) -> Any:
        error = self._error
        if isinstance(error, AttributeError):
            obj = getattr(error, "obj", None)
            return obj if obj is not None or getattr(error, "name", None) else MISSING
        expression = _parse(self._expression)
        if isinstance(expression, ast.Subscript):
            return self._walk(expression.value)
        if isinstance(expression, ast.Call):
            return self._walk(expression.func)
        return MISSING

    def _resolve(self, expression: str) -> Any:
        return self._walk(_parse(expression))

    def _walk(self, node: Optional[ast.AST]) -> Any:
        if isinstance(node, ast.Name):
            for scope in self._scopes:
                if node.id in scope:
                    return scope[node.id]
            return MISSING
        if isinstance(node, ast.Attribute):
            owner = self._walk(node.value)
            return MISSING if owner is MISSING else attribute(owner, node.attr)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            owner = self._walk(node.value)
            return MISSING if owner is MISSING else guarded(lambda o: item(o, node.slice.value), owner, MISSING)  # type: ignore[attr-defined]
        if isinstance(node, ast.Constant):
            return node.value
        return MISSING


def _parse(expression: str) -> Optional[ast.AST]:
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None


def _find(name: str) -> bool:
    top, *rest = name.split(".")
    spec = importlib.util.find_spec(top)
    for depth in range(len(rest)):
        if spec is None or spec.submodule_search_locations is None:
            return False
        spec = importlib.machinery.PathFinder.find_spec(
            ".".join([top, *rest[: depth + 1]]), list(spec.submodule_search_locations)
        )
    return spec is not None


def _is_library(path: str) -> bool:
    """Whether a file is of Python itself or of an installed distribution."""
    path = os.path.realpath(path)
    installed = {"site-packages", "dist-packages"} & set(path.split(os.sep))
    return bool(installed) or path.startswith(os.path.realpath(sysconfig.get_path("stdlib")) + os.sep)


def _read(path: str) -> Optional[str]:
    if os.path.getsize(path) > MAX_MODULE:
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()


def _scan(path: str) -> List[os.DirEntry[str]]:
    with os.scandir(path or ".") as entries:
        return sorted(islice(entries, MAX_FILES), key=lambda e: e.name)

"""A bounded look at live objects. Nothing of the user's is called: no ``__repr__``, ``__getattr__``, property or ``__dir__``.

Objects of a few libraries whose accessors are known to be cheap (`ACCESSORS`) are asked for shape, columns and dtype.
"""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import importlib.metadata
import importlib.util
import inspect
import os
import sys
import sysconfig
import time
from itertools import islice
from types import (
    BuiltinFunctionType,
    FunctionType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from ..protocol import Look, Parameter
from ..text import first_sentence, plain

if TYPE_CHECKING:
    from types import FrameType

MAX_KEYS = 500
MAX_ATTRIBUTES = 2000
MAX_FILES = 500
MAX_MODULE = 200_000  # bytes of a module's file that is read
FILES_SECONDS = 0.02
_MISSING = object()
_CALLABLES = (FunctionType, BuiltinFunctionType, MethodType, MethodDescriptorType, WrapperDescriptorType, type)
_PLAIN = (str, bytes, int, float, bool, complex, type(None))

#: top-level package → accessors that are cheap and have no side effects: (of the shape, of the keys, of the index, of the dtype)
ACCESSORS: Dict[str, Tuple[str, str, str, str]] = {
    "pandas": ("shape", "columns", "index", "dtype"),
    "numpy": ("shape", "", "", "dtype"),
    "torch": ("shape", "", "", "dtype"),
    "polars": ("shape", "columns", "", "dtype"),
    "pyarrow": ("shape", "column_names", "", "type"),
    "xarray": ("shape", "", "", "dtype"),
}


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
        return None if found is _MISSING else _guarded(describe, found, None)

    def subject(self) -> Optional[Look]:
        """Describe the object that the exception is about."""
        obj = self._subject()
        return None if obj is _MISSING else _guarded(describe, obj, None)

    def module_exists(self, name: str) -> bool:
        """Whether a module can be found, without importing it or its parents."""
        if name in sys.modules:
            return sys.modules[name] is not None
        return bool(_guarded(_find, name, False))

    def module_contents(self, name: str) -> Optional[List[str]]:
        """Public names of an imported module."""
        module = sys.modules.get(name)
        return _attributes(module) if isinstance(module, ModuleType) else None

    def imported(self) -> Dict[str, str]:
        """The user's variables that are modules."""
        values = ((name, self._shell.user_ns.get(name)) for name in self.names())
        return {name: _name(value) for name, value in values if isinstance(value, ModuleType)}

    def module_source(self, name: str) -> Optional[str]:
        """The text of the file of a module of the user's, as it is on the disk now."""
        module = sys.modules.get(name)
        file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
        if not isinstance(file, str) or not file.endswith(".py") or _is_library(file):
            return None
        text: Optional[str] = _guarded(_read, file, None)
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
            for entry in _guarded(_scan, os.path.join(folder, prefix), []):
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
            return obj if obj is not None or getattr(error, "name", None) else _MISSING
        expression = _parse(self._expression)
        if isinstance(expression, ast.Subscript):
            return self._walk(expression.value)
        if isinstance(expression, ast.Call):
            return self._walk(expression.func)
        return _MISSING

    def _resolve(self, expression: str) -> Any:
        return self._walk(_parse(expression))

    def _walk(self, node: Optional[ast.AST]) -> Any:
        if isinstance(node, ast.Name):
            for scope in self._scopes:
                if node.id in scope:
                    return scope[node.id]
            return _MISSING
        if isinstance(node, ast.Attribute):
            owner = self._walk(node.value)
            return _MISSING if owner is _MISSING else attribute(owner, node.attr)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            owner = self._walk(node.value)
            return _MISSING if owner is _MISSING else _guarded(lambda o: _item(o, node.slice.value), owner, _MISSING)  # type: ignore[attr-defined]
        if isinstance(node, ast.Constant):
            return node.value
        return _MISSING


def _parse(expression: str) -> Optional[ast.AST]:
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None


def describe(obj: Any) -> Look:
    """Return what can be told of ``obj`` without running its code."""
    cls = type(obj)
    look = Look(
        type=cls.__name__,
        module=str(getattr(cls, "__module__", "")),
        attributes=_attributes(obj),
        bases=[base.__name__ for base in cls.__mro__[1:-1]][:10],
        name=_name(obj),
    )
    if isinstance(obj, type) or callable(obj):
        look.parameters = _guarded(_parameters, obj, None)
    if isinstance(obj, (FunctionType, BuiltinFunctionType, MethodType, type, ModuleType)):
        look.doc = plain(first_sentence(obj.__doc__ or ""), 200) if isinstance(obj.__doc__, str) else ""
    if cls in (dict, list, tuple, set, frozenset, str, bytes, range):
        look.length = len(obj)
    if cls is dict:
        look.keys = [_key(key) for key in islice(obj, MAX_KEYS)]
    accessors = ACCESSORS.get(look.module.split(".")[0])
    if accessors and not isinstance(obj, (type, ModuleType, FunctionType)):
        _ask(obj, look, accessors)
    return look


def attribute(owner: Any, name: str) -> Any:
    """``owner.name`` where that is a plain look-up; the sentinel for missing otherwise."""
    if isinstance(owner, ModuleType):
        return vars(owner).get(name, _MISSING)
    accessors = ACCESSORS.get(type(owner).__module__.split(".")[0])
    if accessors and name in accessors and name:
        return _guarded(lambda o: getattr(o, name), owner, _MISSING)
    try:
        found = inspect.getattr_static(owner, name)
    except AttributeError:
        return _MISSING
    if isinstance(found, (staticmethod, classmethod)):
        return found.__func__
    if isinstance(found, FunctionType) and not isinstance(owner, type):
        return MethodType(found, owner)
    if isinstance(found, (MethodDescriptorType, MemberDescriptorType)) and not isinstance(owner, type):
        return _guarded(found.__get__, owner, _MISSING)
    # A property, or another descriptor, may run any code.
    runs_code = inspect.getattr_static(type(found), "__get__", None) is not None and not isinstance(found, _CALLABLES)
    return _MISSING if runs_code else found


def _guarded(function: Callable[[Any], Any], argument: Any, default: Any) -> Any:
    try:
        return function(argument)
    except Exception:
        return default


def _ask(obj: Any, look: Look, accessors: Tuple[str, str, str, str]) -> None:
    shape, keys, index, dtype = (_guarded(lambda o, a=a: getattr(o, a), obj, None) if a else None for a in accessors)  # type: ignore[misc]
    if shape is not None:
        look.shape = _guarded(lambda s: [int(n) for n in s], shape, None)
        look.length = look.shape[0] if look.shape else None
    if keys is not None:
        look.keys = _guarded(lambda k: [_key(v) for v in islice(k, MAX_KEYS)], keys, [])
    if index is not None and not callable(index):
        look.index = _guarded(lambda i: [_key(v) for v in islice(i, 50)], index, [])
    if dtype is not None and type(dtype).__module__ != "__main__":
        look.dtype = plain(str(dtype), 60)


def _key(value: Any) -> str:
    if type(value) in _PLAIN or (type(value) is tuple and all(type(v) in _PLAIN for v in value)):
        return plain(repr(value) if not isinstance(value, str) else repr(value[:200]), 220)
    if type(value).__module__.split(".")[0] in ("numpy", "pandas", "datetime"):
        return plain(str(value), 100)
    return f"<{type(value).__name__}>"


def _item(owner: Any, key: Any) -> Any:
    if type(owner) is dict:
        return owner.get(key, _MISSING)
    if type(owner) in (list, tuple) and isinstance(key, int):
        return owner[key]
    if type(owner).__module__.split(".")[0] == "pandas" and type(owner).__name__ == "DataFrame":
        return owner[key] if key in owner.columns else _MISSING
    return _MISSING


def _attributes(obj: Any) -> List[str]:
    names: Dict[str, None] = {}
    if isinstance(obj, ModuleType):
        names.update(dict.fromkeys(vars(obj)))
        lazy = vars(obj).get("__dir__")  # libraries that load their parts late
        if lazy is not None and getattr(obj, "__name__", "") != "__main__":
            names.update(dict.fromkeys(_guarded(lambda f: list(f()), lazy, [])))
    else:
        instance = _guarded(lambda o: object.__getattribute__(o, "__dict__"), obj, {})
        if type(instance) is dict:
            names.update(dict.fromkeys(instance))
        for cls in obj.__mro__ if isinstance(obj, type) else type(obj).__mro__:
            names.update(dict.fromkeys(vars(cls)))
    return [n for n in names if isinstance(n, str) and not n.startswith("_")][:MAX_ATTRIBUTES]


def _name(obj: Any) -> str:
    if isinstance(obj, ModuleType):
        return str(vars(obj).get("__name__", ""))
    if isinstance(obj, (FunctionType, BuiltinFunctionType, MethodType, type)):
        return f"{obj.__module__ or ''}.{obj.__qualname__}".lstrip(".")
    return ""


def _parameters(obj: Any) -> Optional[List[Parameter]]:
    signature = inspect.signature(obj)
    return [
        Parameter(
            p.name,
            p.kind.name.lower(),  # type: ignore[arg-type]
            None if p.default is p.empty else _key(p.default),
        )
        for p in list(signature.parameters.values())[:200]
    ]


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

"""What can be told of a live object without running its code: type, attributes, signature, shape, keys.

Objects of a few libraries whose accessors are known to be cheap (`ACCESSORS`) are asked for shape, columns and dtype.
"""

from __future__ import annotations

import inspect
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
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..protocol import Look, Parameter
from ..text import first_sentence, plain

MAX_KEYS = 500
MAX_ATTRIBUTES = 2000
MISSING = object()
TABLE = ("pandas", "DataFrame")
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


def describe(obj: Any) -> Look:
    """Return what can be told of ``obj`` without running its code."""
    cls = type(obj)
    look = Look(
        type=cls.__name__,
        module=str(getattr(cls, "__module__", "")),
        attributes=attributes(obj),
        bases=[base.__name__ for base in cls.__mro__[1:-1]][:10],
        name=qualified_name(obj),
    )
    if isinstance(obj, type) or callable(obj):
        look.parameters = guarded(_parameters, obj, None)
    if isinstance(obj, (FunctionType, BuiltinFunctionType, MethodType, type, ModuleType)):
        look.doc = plain(first_sentence(obj.__doc__ or ""), 200) if isinstance(obj.__doc__, str) else ""
    if cls in (dict, list, tuple, set, frozenset, str, bytes, range):
        look.length = len(obj)
    if cls is dict:
        look.keys = [shown_key(key) for key in islice(obj, MAX_KEYS)]
    accessors = ACCESSORS.get(look.module.split(".")[0])
    if accessors and not isinstance(obj, (type, ModuleType, FunctionType)):
        _ask(obj, look, accessors)
    return look


def attribute(owner: Any, name: str) -> Any:
    """``owner.name`` where that is a plain look-up; the sentinel for missing otherwise."""
    if isinstance(owner, ModuleType):
        return vars(owner).get(name, MISSING)
    accessors = ACCESSORS.get(type(owner).__module__.split(".")[0])
    if accessors and name in accessors and name:
        return guarded(lambda o: getattr(o, name), owner, MISSING)
    try:
        found = inspect.getattr_static(owner, name)
    except AttributeError:
        # A column of a table is an attribute as well; the keys of a dictionary are not.
        return guarded(lambda o: item(o, name), owner, MISSING) if kind_of(owner) == TABLE else MISSING
    if isinstance(found, (staticmethod, classmethod)):
        return found.__func__
    if isinstance(found, FunctionType) and not isinstance(owner, type):
        return MethodType(found, owner)
    if isinstance(found, (MethodDescriptorType, MemberDescriptorType)) and not isinstance(owner, type):
        return guarded(found.__get__, owner, MISSING)
    # A property, or another descriptor, may run any code.
    runs_code = inspect.getattr_static(type(found), "__get__", None) is not None and not isinstance(found, _CALLABLES)
    return MISSING if runs_code else found


def item(owner: Any, key: Any) -> Any:
    """``owner[key]`` of a dictionary, a list, a tuple or a table; the sentinel for missing otherwise."""
    if type(owner) is dict:
        return owner.get(key, MISSING)
    if type(owner) in (list, tuple) and isinstance(key, int):
        return owner[key]
    if kind_of(owner) == TABLE:
        return owner[key] if key in owner.columns else MISSING
    return MISSING


def kind_of(obj: Any) -> Tuple[str, str]:
    """The top-level package of an object's type, and the type's name."""
    return type(obj).__module__.split(".")[0], type(obj).__name__


def guarded(function: Callable[[Any], Any], argument: Any, default: Any) -> Any:
    """What a look says; ``default`` where it raises: strange objects are met here."""
    try:
        return function(argument)
    except Exception:
        return default


def _ask(obj: Any, look: Look, accessors: Tuple[str, str, str, str]) -> None:
    shape, keys, index, dtype = (guarded(lambda o, a=a: getattr(o, a), obj, None) if a else None for a in accessors)  # type: ignore[misc]
    if shape is not None:
        look.shape = guarded(lambda s: [int(n) for n in s], shape, None)
        look.length = look.shape[0] if look.shape else None
    if keys is not None:
        look.keys = guarded(lambda k: [shown_key(v) for v in islice(k, MAX_KEYS)], keys, [])
    if index is not None and not callable(index):
        look.index = guarded(lambda i: [shown_key(v) for v in islice(i, 50)], index, [])
    if dtype is not None and type(dtype).__module__ != "__main__":
        look.dtype = plain(str(dtype), 60)


def shown_key(value: Any) -> str:
    """The repr of a key or value of a known type, shortened; the name of its type for any other."""
    if type(value) in _PLAIN or (type(value) is tuple and all(type(v) in _PLAIN for v in value)):
        return plain(repr(value) if not isinstance(value, str) else repr(value[:200]), 220)
    if type(value).__module__.split(".")[0] in ("numpy", "pandas", "datetime"):
        return plain(str(value), 100)
    return f"<{type(value).__name__}>"


def attributes(obj: Any) -> List[str]:
    """Public attributes, of the object and its classes, in their order."""
    names: Dict[str, None] = {}
    if isinstance(obj, ModuleType):
        names.update(dict.fromkeys(vars(obj)))
        lazy = vars(obj).get("__dir__")  # libraries that load their parts late
        if lazy is not None and getattr(obj, "__name__", "") != "__main__":
            names.update(dict.fromkeys(guarded(lambda f: list(f()), lazy, [])))
    else:
        instance = guarded(lambda o: object.__getattribute__(o, "__dict__"), obj, {})
        if type(instance) is dict:
            names.update(dict.fromkeys(instance))
        for cls in obj.__mro__ if isinstance(obj, type) else type(obj).__mro__:
            names.update(dict.fromkeys(vars(cls)))
    return [n for n in names if isinstance(n, str) and not n.startswith("_")][:MAX_ATTRIBUTES]


def qualified_name(obj: Any) -> str:
    """The full name of a module, function or class; empty for anything else."""
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
            None if p.default is p.empty else shown_key(p.default),
        )
        for p in list(signature.parameters.values())[:200]
    ]

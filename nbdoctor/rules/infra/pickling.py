"""What cannot be sent to another process: which variable it is, found by the type that the message names."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Finding
from ..base import Context, code, finding
from ..reading.functions import bound_inside, cell_sources, definition
from ..reading.scopes import free_names

_TYPE = re.compile(r"cannot pickle '([\w.]+)' object|can't pickle ([\w.]+) objects|cannot pickle ([\w.]+) objects")
_FUNCTION = re.compile(
    r"[Cc]an't (?:pickle|get local object)[^\n]*?(<lambda>|[\w.]+\.<locals>\.[\w<>]+)"
    r"|[Cc]an't get attribute '(\w+)' on <module '__main__'"
)
_RAY = re.compile(r"Could not serialize the (function|argument|put value|actor class)\s*([^\n]*)")
_CULPRIT = re.compile(r"FailTuple\((\w+) \[(?:path|obj)=")
MAX_NAMES = 60


def cannot_pickle(context: Context) -> Optional[Finding]:
    """An object that holds a lock, a connection or an open file, or a function that has no name."""
    if not context.is_("TypeError", "PicklingError", "AttributeError") and "RuntimeError" not in context.error.name:
        return None
    ray = _RAY.search(context.message)
    match = _TYPE.search(context.message)
    if match is None and ray is None:
        return _function(context)
    kind = next((g for g in match.groups() if g), "") if match else ""
    named = [name for name in _CULPRIT.findall(context.message) if name not in ("unknown", "self")]
    name = named[0] if named else _holder(context, kind)
    what = f", {_what(kind)}," if kind else ""
    where = ray[2].split(".")[-1].rstrip(":") if ray and ray[1] in ("function", "actor class") else ""
    if ray and where and name:
        headline = f"{code(where)} uses {code(name)}{what} which cannot be sent to another process."
        hint = f"Make it inside of {code(where)}, so that each process has its own."
        return finding("cannot_pickle", headline, 0.94, explanation=hint)
    if name:
        headline = f"{code(name)}{what if kind else ''} cannot be sent to another process or written to a file."
        return finding("cannot_pickle", _sentence(headline), 0.9)
    headline = f"Something here holds {_what(kind)}, which cannot be sent to another process or written to a file."
    return finding("cannot_pickle", headline, 0.8)


def _sentence(text: str) -> str:
    return text.replace(",, ", ", ")


def _what(kind: str) -> str:
    last = kind.rpartition(".")[2]
    words = {
        "lock": "a lock", "RLock": "a lock", "generator": "a generator", "Connection": "a database connection",
        "TextIOWrapper": "an open file", "BufferedReader": "an open file", "BufferedWriter": "an open file",
        "module": "a module", "socket": "a network connection", "SSLContext": "a network connection's settings",
        "local": "data of one thread", "frame": "a frame of a running function", "weakref": "a weak reference",
        "ReferenceType": "a weak reference", "coroutine": "a coroutine", "CudnnModule": "a module",
    }  # fmt: skip
    return words.get(last, f"a {code(last)} object" if last else "something")


def _holder(context: Context, kind: str) -> str:
    """The variable of that type among those that the failing line uses, or the functions that it passes on."""
    last = kind.rpartition(".")[2]
    if not last:
        return ""
    used: List[str] = [n.id for n in context.nodes(ast.Name) if isinstance(n, ast.Name)]
    for name in list(used):
        for _, source in [("", context.source), *cell_sources()]:
            function = definition(source, name)
            if function is not None:
                inner = free_names(ast.Module([function], []))
                used += (
                    [one for one in inner if one not in bound_inside(function)] if hasattr(function, "args") else inner
                )
                break
    found = []
    for name in dict.fromkeys(used[:MAX_NAMES]):
        look = context.namespace.look(name)
        if look is not None and (look.type == last or last in look.bases):
            found.append(name)
    return found[0] if len(found) == 1 else ""


def _function(context: Context) -> Optional[Finding]:
    match = _FUNCTION.search(context.message)
    if not match:
        return None
    local = (match[1] or "").rpartition(".")[2]
    if match[2]:
        headline = f"The other process knows no {code(match[2])}: it was defined in the notebook, not in a module."
        note = f"Put {code(match[2])} into a `.py` file and import it, or use threads, or `joblib`, which sends the code along."
        return finding("main_not_importable", headline, 0.9, explanation=note)
    if match[1] == "<lambda>" or local == "<lambda>":
        headline = "A `lambda` cannot be sent to another process, because it has no name to be found by there."
        return finding(
            "cannot_pickle", headline, 0.93, explanation="Define it with `def`, at the top level of a module."
        )
    headline = f"{code(local)} is defined inside of another function, so another process cannot find it."
    return finding("cannot_pickle", headline, 0.93, explanation="Define it at the top level.")


RULES: Tuple[Any, ...] = (cannot_pickle,)

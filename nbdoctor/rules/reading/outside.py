"""Calls and magics that change what lies outside of the kernel's memory: files, databases, machines, the shell."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import Any

from .. import tables
from ..base import code

_AGAIN = "running the cell again would do it once more."


@cache
def _reading() -> re.Pattern[str]:
    """Commands that change nothing."""
    return re.compile(rf"(?:{'|'.join(sorted(tables.effects('reading_commands')))})\b")


def call_outside(node: ast.Call) -> str:
    """What a call changes outside of memory, as the rest of a sentence; empty where nothing is known."""
    function = node.func
    if isinstance(function, ast.Name):
        if function.id == "open" and _mode(node, 1) & set("wax+"):
            return f"opens a file for writing; {_AGAIN}"
        return ""
    if not isinstance(function, ast.Attribute):
        return ""
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    if owner in tables.effects("file_modules") and function.attr in tables.effects("file_calls"):
        return f"changes files or folders with {code(owner + '.' + function.attr)}; {_AGAIN}"
    if function.attr in tables.effects("folders") and not _is_true(node, "exist_ok"):
        return "makes a folder, which would be there already if the cell were run again."
    if function.attr == "open" and _mode(node, 0) & set("wax"):
        return f"opens a file for writing; {_AGAIN}"
    if function.attr in tables.effects("writes") and not (function.attr == "rename" and not _is_path_like(node)):
        return f"writes with {code(function.attr)}; {_AGAIN}"
    if function.attr in tables.effects("sends") and owner.lower() in tables.effects("senders"):
        return f"sends a request with {code(owner + '.' + function.attr)}; running the cell again would send it twice."
    if function.attr in tables.effects("database"):
        return f"works on a database with {code(function.attr)}; {_AGAIN}"
    return ""


def _is_path_like(node: ast.Call) -> bool:
    """`Path.rename(new)` takes one positional argument; `DataFrame.rename` is called with keywords or a mapping."""
    return len(node.args) == 1 and not node.keywords and isinstance(node.args[0], (ast.Constant, ast.Call, ast.BinOp))


def _mode(node: ast.Call, position: int) -> Any:
    value: Any = node.args[position] if len(node.args) > position else None
    for keyword in node.keywords:
        if keyword.arg == "mode":
            value = keyword.value
    text = getattr(value, "value", "")
    return set(text) if isinstance(text, str) and len(text) <= 4 else set()


def _is_true(node: ast.Call, name: str) -> bool:
    return any(k.arg == name and getattr(k.value, "value", None) is True for k in node.keywords)


def magic_change(line: str, number: int) -> str:
    """The sentence for a magic or shell command that may have changed something; empty where it only reads."""
    text = line.strip()
    match = re.search(r"(?:^|=\s*)([%!]{1,2})\s*(\S.*)$", text)
    if not match:
        return ""
    sign, command = match.groups()
    if sign[0] == "!":
        if _reading().match(command) and ">" not in command and "&&" not in command and ";" not in command:
            return ""
        return f"Line {number} runs the shell command {code(command)}; {_AGAIN}"
    name = command.split()[0]
    if name in ("pip", "conda", "mamba", "uv", "sx", "system") and _reading().match(
        command.replace("sx ", "").replace("system ", "")
    ):
        return ""
    return f"Line {number} runs {code('%' + command)}; {_AGAIN}" if name in tables.effects("changing_magics") else ""

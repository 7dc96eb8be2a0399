"""Memory: how much the failing line asked for, how much there is, and what holds it."""

from __future__ import annotations

import math
import re
import time
from typing import Any, List, Optional, Tuple

from ...protocol import Finding, Look
from .. import tables
from ..base import Context, code, finding, listed
from ..reading.words import sentence
from . import machine

_NUMPY = re.compile(
    r"Unable to allocate ([\d.]+ ?\w+) for an array with shape \(([\d, ]*)\) and data type ([\w<>|\[\]]+)"
)
_AMOUNT = r"([\d.,]+ ?(?:[KMGTPE]?i?B|bytes))"
_ASKED = (
    re.compile(rf"Unable to allocate {_AMOUNT}"),
    re.compile(r"(?:malloc|realloc) of size (\d+) failed"),
    re.compile(rf"(?:[Cc]annot|[Cc]ould not|[Ff]ailed to) allocate (?:data of size |block of )?{_AMOUNT}"),
    re.compile(rf"tried to allocate {_AMOUNT}"),
)
_NAMES = ("MemoryError", "_ArrayMemoryError", "ArrowMemoryError", "OutOfMemoryException")
_FALLBACK = re.compile(
    r"\[Errno 12\]|DefaultCPUAllocator: (?:can't|not enough)|std::bad_alloc|[Cc]annot allocate memory"
    r"|array is too big; `arr\.size|Maximum allowed (?:size|dimension) exceeded"
)
LOOK_SECONDS = 0.004
MAX_LOOKED_AT = 200


def memory(context: Context) -> Optional[Finding]:
    """No memory left in the kernel."""
    named = context.is_(*_NAMES) and "CUDA" not in context.message
    if not named and not _FALLBACK.search(context.message):
        return None
    facts = [*_room(context), *_biggest(context)]
    hint = _hint(context)
    array = _NUMPY.search(context.message)
    if array:
        shape = f"({array[2]})"
        what = f"An array of shape {code(shape)} and type {code(array[3])}"
        headline = f"{what} needs {array[1]}, more memory than the kernel can get."
        return finding("memory", headline, 0.95, explanation=hint, facts=[_arithmetic(array[2], array[3]), *facts])
    asked = next((g for pattern in _ASKED for m in [pattern.search(context.message)] if m for g in m.groups() if g), "")
    expression = " ".join(context.expression().split())
    shown = code(expression) if expression else "This line"
    if asked:
        amount = machine.size(machine.bytes_of(asked)) if machine.bytes_of(asked) else asked
        return finding(
            "memory",
            f"{shown} asked for {amount}, more memory than the kernel can get.",
            0.95,
            explanation=hint,
            facts=facts,
        )
    return finding(
        "memory",
        f"The kernel could not get the memory that {shown[0].lower() + shown[1:]} needs.",
        0.85,
        explanation=hint,
        facts=facts,
    )


def _arithmetic(shape: str, dtype: str) -> str:
    """How the size comes about: so many items of so many bytes."""
    numbers = [int(part) for part in re.findall(r"\d+", shape)]
    width = _width(dtype)
    if not numbers or not width:
        return ""
    return f"{' × '.join(f'{n:,}' for n in numbers)} items of {width} bytes are {machine.size(math.prod(numbers) * width)}."


def _width(dtype: str) -> int:
    """Bytes of an item: of ``float64`` 8, of ``object`` 8, of ``<U10`` 40; 0 where it is not known."""
    if dtype in ("bool", "object", "category"):
        return 8 if dtype == "object" else 1
    match = re.search(r"^(?:torch\.)?[<>|=]?(U|S)?[a-z]*?(\d+)", dtype)
    if not match:
        return 0
    number = int(match[2])
    return number * 4 if match[1] == "U" else number if match[1] == "S" else max(number // 8, 1)


def _room(context: Context) -> List[str]:
    """What the kernel may have, and what is left of it."""
    if not context.namespace.live:
        return []
    limit, left = machine.memory_limit(), machine.memory_left()
    if limit is None:
        return []
    rest = f", and {machine.size(left)} are free" if left is not None else ""
    return [f"{sentence(limit[1])} allows {machine.size(limit[0])} of memory{rest}."
            if limit[1] == "its container" else f"The machine has {machine.size(limit[0])} of memory{rest}."]  # fmt: skip


def _biggest(context: Context) -> List[str]:
    """The largest arrays and tables among the user's variables."""
    deadline = time.monotonic() + LOOK_SECONDS
    found = []
    for name in context.namespace.names()[-MAX_LOOKED_AT:]:
        if time.monotonic() > deadline:
            break
        look = context.namespace.look(name)
        amount = _bytes(look) if look is not None else 0
        if amount >= 32 * 1024**2:
            found.append((amount, name))
    if not found:
        return []
    found.sort(reverse=True)
    shown = [f"{name}, {machine.size(amount)}" for amount, name in found[:4]]
    return [f"Largest variables, at least: {listed(shown, 4)}."]


def _bytes(look: Look) -> int:
    """A lower bound of what an array or table holds: a cell of a table counts as 8 bytes."""
    if look.shape is None or look.type in ("type", "module"):
        return 0
    return math.prod(look.shape) * (_width(look.dtype) or 8)


def _hint(context: Context) -> str:
    """What helps with the function that the failing line calls; what the kind says where none is known."""
    where = context.failing_span()
    text = context.source[slice(*where)] if where else ""
    for row in tables.load("infra")["memory"]:
        if re.search(rf"\b{row['call']}\s*\(", text):
            return str(row["hint"])
    return ""


RULES: Tuple[Any, ...] = (memory,)

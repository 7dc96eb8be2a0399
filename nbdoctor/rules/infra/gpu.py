"""The GPU: its memory is used up, or there is none that this environment can use."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding
from .. import tables
from ..base import Context, code, edit, finding, listed
from ..reading.source import attribute_edit, span, string_edit
from .machine import bytes_of, size

_FULL = re.compile(
    r"(?:CUDA|HIP|XPU|MPS backend) out of memory|CUDA error: out of memory|CUDA_ERROR_OUT_OF_MEMORY"
    r"|RESOURCE_EXHAUSTED: Out of memory|OOM when allocating tensor|cudaErrorMemoryAllocation"
    r"|CUBLAS_STATUS_ALLOC_FAILED|Out of memory allocating [\d,]+ bytes"
)
_ASKED = re.compile(
    r"[Tt]ried to allocate ([\d.]+ [KMGT]iB|[\d.]+ [KMGT]B)|trying to allocate ([\d.]+ ?[KMGT]?i?B(?:ytes|ytes\.)?|\d+ bytes)"
    r"|Out of memory allocating ([\d,]+ bytes)"
)
_TOTAL = re.compile(
    r"total capacity of ([\d.]+ [KMGT]iB)|([\d.]+ [KMGT]iB) total capacity|max allowed: ([\d.]+ [KMGT]B)"
)
_FREE = re.compile(r"of which ([\d.]+ [KMGT]iB) is free|([\d.]+ [KMGT]iB) free")
_ALLOCATED = re.compile(r"([\d.]+ [KMGT]iB) (?:is allocated by PyTorch|already allocated)")
_RESERVED = re.compile(r"([\d.]+ [KMGT]iB) (?:is reserved by PyTorch but unallocated|reserved in total)")
_OTHERS = re.compile(r"Process \d+ has ([\d.]+ [KMGT]iB) memory in use")
_NUMBER = re.compile(r"GPU (\d+)")
_SHAPE = re.compile(r"allocating tensor with shape\[?\(?([\d,\s]+)\]?\)?")


def gpu_memory(context: Context) -> Optional[Finding]:
    """How much was asked for, how much there is, and who has the rest."""
    text = context.message
    if not _FULL.search(text) and not (
        context.is_("OutOfMemoryError") and context.error.qualified_name.startswith("torch")
    ):
        return None
    asked, total, free = (_first(pattern, text) for pattern in (_ASKED, _TOTAL, _FREE))
    number = _NUMBER.search(text)
    name = f"GPU {number[1]}" if number else "the GPU"
    shape = _SHAPE.search(text)
    if asked and free and total:
        headline = f"This asked {name} for {_bytes(asked)} more, and {free} of its {total} are free."
    elif asked:
        headline = f"This asked {name} for {_bytes(asked)} more than it has free."
    elif shape:
        headline = f"A tensor of shape {code('(' + shape[1].strip() + ')')} does not fit into the memory that the GPU has free."
    else:
        headline = "The GPU has no memory left for this."
    return finding("gpu_memory", headline, 0.95, facts=_who(context, total))


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return next((g for g in match.groups() if g), "") if match else ""


def _bytes(text: str) -> str:
    return size(bytes_of(text.replace(",", ""))) if re.match(r"[\d,]+ ?bytes", text) else text


def _who(context: Context, total: str) -> List[str]:
    """What the memory is used for, as far as the message and the variables tell."""
    text, facts = context.message, []
    held, reserved = _first(_ALLOCATED, text), _first(_RESERVED, text)
    if held:
        facts.append(f"{held} hold tensors of this kernel.")
    if reserved and "unallocated" in text and bytes_of(reserved) > 0.1 * bytes_of(total or "0"):
        facts.append(f"{reserved} are kept in pieces that are too small; `torch.cuda.empty_cache()` gives them back.")
    others = [bytes_of(amount) for amount in _OTHERS.findall(text)]
    if others:
        one = len(others) == 1
        who = "Another process uses" if one else f"{len(others)} other processes use"
        facts.append(f"{who} {size(sum(others))} of it, perhaps the kernel of another notebook.")
    tensors = []
    for name in context.namespace.names()[-100:]:
        look = context.namespace.look(name)
        if look is not None and look.module.startswith("torch") and look.shape and "Tensor" in look.type:
            tensors.append((-_items(look.shape), name))
    facts.append(
        f"Largest tensors among the variables: {listed([name for _, name in sorted(tensors)[:4]])}." if tensors else ""
    )
    return facts


def _items(shape: List[int]) -> int:
    count = 1
    for number in shape:
        count *= number
    return count


# ------------------------------------------------------------------ no GPU


def no_gpu(context: Context) -> Optional[Finding]:
    """The code asks for a GPU, and there is none that it could use; where one place asks, it may ask for the CPU."""
    row = next((row for row in tables.load("infra")["no_gpu"] if re.search(row["pattern"], context.message)), None)
    if row is None:
        return None
    calls = context.nodes(ast.Call)
    shown = code(context.text(calls[0])) if calls else "This"
    loads = "deserialize" in context.message
    what = "cannot restore tensors to a GPU" if loads else "needs a GPU"
    fixes = edit("Load onto the CPU" if loads else "Use the CPU", _on_cpu(context), 0.7)
    return finding("no_gpu", f"{shown} {what}: {row['means']}.", 0.95, fixes=fixes)


def _on_cpu(context: Context) -> List[Edit]:
    """Edits that make every place of the failing line that asks for a GPU ask for the CPU."""
    edits: List[Optional[Edit]] = []
    for node in context.nodes(ast.Call, ast.Constant):
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and re.match(r"^(?:cuda|mps|gpu)(?::\d+)?$", node.value):
                edits.append(string_edit(context.source, node, "cpu"))
            continue
        name, named = getattr(node.func, "attr", ""), [keyword.arg for keyword in node.keywords]
        if name == "cuda" and not node.args and not named:
            edits.append(attribute_edit(context.source, node.func, "cpu"))
        elif name == "load" and "deserialize" in context.message and "map_location" not in named:
            end = span(context.source, node)[1] - 1
            edits.append(Edit(end, end, ', map_location="cpu"' if node.args else 'map_location="cpu"'))
    return [one for one in edits if one is not None] if all(edits) else []


RULES: Tuple[Any, ...] = (gpu_memory, no_gpu)

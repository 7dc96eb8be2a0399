"""A kernel that died: what its exit status and the last looks at it mean. The server makes an error of them, see
`nbdoctor.server.deaths.cause`; the sentences stand in ``data/deaths.json``."""

from __future__ import annotations

import ast
import re
from typing import Any, Dict, List, Optional, Tuple

from ...protocol import DEAD_KERNEL, Finding, Frame
from .. import tables
from ..base import Context, code, finding, short
from ..reading.source import nodes_of, text_of, tree_of
from .needs import Need, needs

_PACKAGE = re.compile(r"[/\\](?:site|dist)-packages[/\\]([A-Za-z]\w*)")
_STANDARD = re.compile(r"[/\\]lib[/\\]python3[.\d]*[/\\](?:lib-dynload[/\\])?(\w+)|^<frozen ([\w.]+)>")


def dead_kernel(context: Context) -> Optional[Finding]:
    """The kernel died."""
    if not context.is_(DEAD_KERNEL):
        return None
    for row in tables.load("deaths")["causes"]:
        match = re.search(row["pattern"], context.message)
        if match:
            return _finding(context, row, match)
    return None


def _finding(context: Context, row: Dict[str, Any], match: re.Match[str]) -> Finding:
    ended, line = ended_by(context.source, context.message)
    wanted = needs(context.source, context.detail("folder")) if row["kind"] == "kernel_out_of_memory" else []
    words = {
        "limit": context.detail("limit"),
        "used": context.detail("used"),
        "signal": context.detail("signal"),
        "means": tables.load("deaths")["signals"].get(context.detail("signal"), "a fatal signal"),
        "where": _where(context),
        "code": match[1] if match.re.groups else "",
    }
    kind, explanation = row["kind"], row.get("explanation", "").format(**words)
    if wanted:
        explanation = f"{_compared(context, wanted[0])} {_advice(context)}".strip()
    elif row["kind"] == "kernel_out_of_memory":
        explanation = f"{explanation} {_advice(context)}".strip()
    elif ended:
        explanation = f"Line {line} of this cell {ended}"
    facts = [*(need.sentence for need in wanted[1:3]), *_frames(context), *context.error.notes]
    return finding(kind, row["headline"].format(**words), row["confidence"], explanation=explanation, facts=facts)


# ------------------------------------------------------------------ memory


def _compared(context: Context, need: Need) -> str:
    """What the cell's data needs, beside what there is."""
    limit = int(context.detail("limit_bytes") or 0)
    if need.amount >= limit > 0:
        return f"{need.sentence} That is more than the {context.detail('limit')} that there are."
    return need.sentence


def _advice(context: Context) -> str:
    """What helps with the calls of this cell; what helps in general where none is known."""
    rows = tables.load("infra")["memory"]
    found = [str(row["hint"]) for row in rows if re.search(rf"\b{row['call']}\s*\(", context.source)]
    return found[0] if found else tables.load("deaths")["advice"]


# ------------------------------------------------------------------ the code


def ended_by(source: str, cause: str) -> Tuple[str, int]:
    """What a call of a cell does that ends a kernel by this cause, as the end of a sentence, and its line; empty where none does.

    ``cause`` is the message of a DeadKernel.
    """
    tree = tree_of(source)
    rows = [row for row in tables.load("deaths")["calls"] if re.search(row["causes"], cause)]
    for node in nodes_of(tree) if tree is not None else ():
        if not isinstance(node, ast.Call):
            continue
        called = text_of(source, node.func)
        for row in rows:
            if re.fullmatch(row["call"], called):
                return row["does"].format(call=code(" ".join(text_of(source, node).split()))), node.lineno
    return "", 0


def _library(frame: Frame) -> str:
    match = _PACKAGE.search(frame.file) or _STANDARD.search(frame.file)
    return next((part for part in match.groups() if part), "") if match else ""


def _where(context: Context) -> str:
    """Where the crash was, as a clause: the library that was left for native code, and the line of the cell."""
    frames = context.error.frames
    if not frames:
        return ""
    last = frames[-1]
    library = _library(last)
    inside = f" in {code(last.function)} of {code(library)}" if library else ""
    line = context.line()
    at = f"line {line} of this cell" if line else ""
    if library and at:
        return f"{inside}, called from {at}"
    return inside or (f" at {at}" if at else "")


def _frames(context: Context) -> List[str]:
    """The calls that led to the crash."""
    steps = [f"{_library(f) or ('the cell' if f.where == 'cell' else short(f.file))}, {f.function}, line {f.line}"
             for f in context.error.frames[-6:]]  # fmt: skip
    return [f"Python was here when it crashed, innermost last: {'; '.join(steps)}."] if steps else []


RULES: Tuple[Any, ...] = (dead_kernel,)

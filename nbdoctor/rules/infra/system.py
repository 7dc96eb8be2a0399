"""Disk, permissions, ports and processes: nothing is wrong with the code, the machine says no."""

from __future__ import annotations

import ast
import errno
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding
from .. import tables
from ..base import Context, code, edit, finding
from ..reading.source import span
from . import gpu, machine, memory, network

_INOTIFY = re.compile(
    r"inotify (?:watch|instance)|user limit on (?:inotify|the total number of inotify)", re.IGNORECASE
)
_SHARED = re.compile(
    r"/dev/shm|unable to (?:write to|mmap|allocate shared memory)|shared memory|shm_open|\bshm\b", re.IGNORECASE
)
_TASK = re.compile(
    r"can't start new thread|Resource temporarily unavailable|\[Errno 11\]|BlockingIOError: \[Errno 11\]"
)


def operating_system(context: Context) -> Optional[Finding]:
    """What the system refused, by its number: a full disk, a missing right, a port that is taken."""
    number = _errno(context)
    path = context.detail("filename") or _quoted(context.message)
    shown = code(path) if path else ""
    if _INOTIFY.search(context.message):
        return finding("too_many_watches", "This user watches as many files for changes as the system allows.", 0.93)
    if number in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in context.message:
        return _full(context, number, path)
    if context.is_("PermissionError") or number in (errno.EACCES, errno.EPERM):
        return _no_permission(context, path)
    if number == errno.EROFS:
        return finding("read_only_disk", f"{shown or 'The file'} lies on a disk that can only be read.", 0.95)
    if number in (errno.EMFILE, errno.ENFILE) or "Too many open files" in context.message:
        whose = "the whole machine" if number == errno.ENFILE else "the kernel"
        return finding("too_many_files", f"Too many files and connections are open at once in {whose}.", 0.93)
    if number == errno.EADDRINUSE or re.search(
        r"[Aa]ddress already in use|[Pp]ort \d+ is (?:already )?in use", context.message
    ):
        return _port(context)
    if context.is_("RuntimeError", "BlockingIOError", "OSError") and _TASK.search(context.message):
        headline = "The system starts no further thread or process for this user."
        return finding("too_many_processes", headline, 0.9)
    if number == errno.EPIPE or context.is_("BrokenPipeError"):
        return finding(
            "broken_pipe", "What this writes to has ended: another process, or a connection's other side.", 0.85
        )
    if context.is_("IsADirectoryError"):
        return finding("is_a_folder", f"{shown or 'The path'} is a folder, where a file is needed.", 0.9)
    rows = {row["errno"]: row for row in tables.load("infra")["system"]}
    row = rows.get(errno.errorcode.get(number, ""))
    return finding(row["kind"], row["headline"].format(shown or "the file"), 0.88) if row is not None else None


def _errno(context: Context) -> int:
    """The system's number for the error; 0 where the error is none of the system's."""
    match = re.search(r"\[Errno (\d+)\]", context.message)
    text = context.detail("errno") or (match[1] if match and "Error" in context.error.name else "")
    return int(text) if text.isdigit() else 0


def _line(context: Context) -> str:
    """The failing expression, or the line where Python does not say more."""
    where = context.failing_span()
    return context.source[slice(*where)] if where else ""


def _quoted(message: str) -> str:
    match = re.search(r": '([^']+)'$", message)
    return match[1] if match else ""


def _full(context: Context, number: int, path: str) -> Finding:
    if _SHARED.search(f"{path} {context.message}"):
        headline = "The shared memory `/dev/shm`, by which processes exchange data, is full."
        return finding("shared_memory", headline, 0.95, facts=_left(context, "/dev/shm"))
    what = "Your share of the disk is used up" if number == errno.EDQUOT else "The disk is full"
    shown = code(path) if path else "the file"
    return finding("disk_full", f"{what}, so {shown} could not be written.", 0.95, facts=_left(context, path))


def _left(context: Context, path: str) -> List[str]:
    found = machine.disk(path) if context.namespace.live else None
    if found is None:
        return []
    folder, free, total = found
    return [f"The disk of {code(folder)} has {machine.size(free)} of {machine.size(total)} free."]


def _no_permission(context: Context, path: str) -> Finding:
    shown = code(path) if path else "the file or folder"
    port = re.search(r"\b(?:port=|:)(\d{1,3})\b|\(['\"][\w.]*['\"], ?(\d{1,3})\)", _line(context))
    if not path and port and int(port[1] or port[2]) < 1024:
        return finding("permission", f"Port {port[1] or port[2]} is reserved for the system: take one above 1023.", 0.9)
    who = machine.owner(path) if context.namespace.live and path else ""
    facts = [f"It belongs to {who}." if who else ""]
    return finding("permission", f"The kernel's user may not do this with {shown}.", 0.88, facts=facts)


def _port(context: Context) -> Finding:
    match = re.search(r"[Pp]ort[ =:]+(\d+)|:(\d{2,5})\b|, ?(\d{2,5})\)", f"{context.message} {_line(context)}")
    number = next((g for g in match.groups() if g), "") if match else ""
    what = f"Port {number}" if number else "The port"
    headline = f"{what} is taken: something listens there already, perhaps what an earlier run of this cell started."
    return finding("port_in_use", headline, 0.93)


# ------------------------------------------------------------------ event loops

_RUNNING = re.compile(
    r"asyncio\.run\(\) cannot be called from a running event loop|event loop is already running"
    r"|Cannot run the event loop while another loop is running"
)


def running_loop(context: Context) -> Optional[Finding]:
    """The kernel runs an event loop already: in a notebook, ``await`` is enough."""
    if not context.is_("RuntimeError") or not _RUNNING.search(context.message):
        return None
    headline = "A notebook's kernel runs an event loop already, and a second one cannot run inside of it."
    calls = [c for c in context.nodes(ast.Call) if isinstance(c, ast.Call) and _runs(c) and len(c.args) == 1]
    if len(calls) != 1 or _in_function(context, calls[0]):
        return finding("running_loop", headline, 0.93)
    call = calls[0]
    outer, inner = span(context.source, call), span(context.source, call.args[0])
    more = _is_part(context, call)
    edits = [Edit(outer[0], inner[0], "(await " if more else "await "), Edit(inner[1], outer[1], ")" if more else "")]
    shown = code(context.text(call.func))
    headline = f"A notebook's kernel runs an event loop already, so {shown} cannot start one; `await` is enough."
    fixes = edit(f"Write {code('await ' + context.text(call.args[0]))}", edits, 0.93)
    return finding("running_loop", headline, 0.97, fixes=fixes)


def _runs(call: ast.Call) -> bool:
    return getattr(call.func, "attr", "") in ("run", "run_until_complete")


def _in_function(context: Context, node: ast.AST) -> bool:
    tree = context.tree()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    outers = [outer for outer in ast.walk(tree) if isinstance(outer, kinds)] if tree else []
    return any(inner is node for outer in outers for inner in ast.walk(outer))


def _is_part(context: Context, call: ast.Call) -> bool:
    """Whether more is done with the value than to assign or show it."""
    tree = context.tree()
    whole = (ast.Expr, ast.Assign, ast.AnnAssign)
    return not any(isinstance(n, whole) and n.value is call for n in ast.walk(tree)) if tree else True


# ------------------------------------------------------------------ what a table says


def by_table(context: Context) -> Optional[Finding]:
    """Messages of databases, clouds, clusters and drivers, wherever in the chain of causes they stand."""
    for error in context.report.errors if context.error is context.report.errors[0] else [context.error]:
        for row in tables.load("messages/infra"):
            match = (
                re.search(row["pattern"], error.message) if not row["errors"] or error.name in row["errors"] else None
            )
            if match:
                parts = [part or "" for part in match.groups()]
                expression = " ".join(context.expression().split())
                headline = row["headline"].format(*parts, expression=code(expression) if expression else "this")
                explanation = row.get("explanation", "").format(*parts)
                return finding(row["kind"], headline, row["confidence"], explanation=explanation)
    return None


RULES: Tuple[Any, ...] = (
    *memory.RULES,
    *gpu.RULES,
    operating_system,
    by_table,
    *network.RULES,
    running_loop,
)

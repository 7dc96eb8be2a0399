"""Ray: an array that was passed to a task lies in memory that all tasks share, where nobody may write."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, List, Optional

from ...protocol import Edit, Finding
from ..base import code, edit, finding
from ..reading.functions import parameter_names
from ..reading.source import offset_of, span, tree_of

if TYPE_CHECKING:
    from .tasks import Task

_READ_ONLY = re.compile(r"(?:assignment destination|output array|buffer source array|array) is read-only")


def read_only(task: Task) -> Optional[Finding]:
    """The finding, with its fix where the task stands in the failing cell."""
    if not _READ_ONLY.search(task.remote.message) or task.function is None:
        return None
    change, name = copied(task), _shared(task)
    if not name:
        return finding("ray_read_only", f"The task {task.shown} writes into an array that Ray shares.", 0.8)
    headline = f"The task {task.shown} writes into {code(name)}, which Ray shares with it and nobody may change."
    fixes = edit(f"Copy {code(name)} first", [change] if change is not None and task.here else [], 0.9)
    return finding("ray_read_only", headline, 0.93, fixes=fixes)


def _shared(task: Task) -> str:
    """The one parameter that the failing line writes into; empty where it is none or several."""
    written = written_at(task.source, task.line)
    found = [name for name in parameter_names(task.function) if name in written]
    return found[0] if len(found) == 1 else ""


def copied(task: Task) -> Optional[Edit]:
    """The edit that copies the shared parameter as the first statement of the task."""
    name = _shared(task)
    if task.function is None or not name:
        return None
    body = task.function.body
    docstring = isinstance(body[0], ast.Expr) and isinstance(getattr(body[0].value, "value", None), str)
    first = body[1] if docstring and len(body) > 1 else body[0]
    start = offset_of(task.source, first.lineno)
    indent = task.source[start : span(task.source, first)[0]]
    return None if indent.strip() else Edit(start, start, f"{indent}{name} = {name}.copy()\n")


def written_at(source: str, line: int) -> List[str]:
    """Names that a line writes into: ``a[0] = 1``, ``a += 1``, ``a.sort()``, ``f(out=a)``."""
    found: List[Any] = []
    for node in ast.walk(tree_of(source) or ast.Module([], [])):
        if not isinstance(node, (ast.Assign, ast.AugAssign, ast.Call)) or node.lineno != line:
            continue
        if isinstance(node, ast.Call):
            found += [node.func.value] if isinstance(node.func, ast.Attribute) else []
            found += [keyword.value for keyword in node.keywords if keyword.arg == "out"]
        else:
            found += node.targets if isinstance(node, ast.Assign) else [node.target]
    roots = [_root(node) for node in found]
    return [root for root in roots if root]


def _root(node: Any) -> str:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""

"""Files that are not found, with what lies nearby."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ..protocol import Finding, Fix
from .base import CERTAIN, Close, Context, closest, code, edit, finding, listed
from .source import string_edit

_MESSAGE = re.compile(
    r"No such file or directory:? ['\"](.+?)['\"]$|(?:File|file) ['\"]?(.+?)['\"]? (?:does not exist|not found)"
)
_ESCAPES = re.compile(r"[\t\n\r\a\b\f\v]")


def missing_file(context: Context) -> Optional[Finding]:
    """A FileNotFoundError: the nearest file that exists."""
    if not context.is_("FileNotFoundError"):
        return None
    match = _MESSAGE.search(context.message)
    path = context.detail("filename") or (next(g for g in match.groups() if g) if match else "")
    if not path:
        return None
    if _ESCAPES.search(path):
        headline = f"A backslash in the path was read as a special character: it became {path!r}."
        return finding(
            "escaped_path", headline, 0.85, explanation="Write the path with `/`, or put `r` before the opening quote."
        )
    if re.match(r"^[a-z]+://", path):
        return finding("missing_file", f"{code(path)} is an address, but it is opened as a file.", 0.8)
    near = _nearest(context, path)
    if near is None:
        where = "There is no file" if context.namespace.live else "No file was found at"
        folder = "" if path.startswith("/") else " in the kernel's working folder"
        facts = [
            f"That folder has {listed([p for p in context.namespace.files() if p.count('/') <= 1][:8])}."
            if folder and context.namespace.files()
            else ""
        ]
        return finding("missing_file", f"{where} {code(path)}{folder}.", 0.6, facts=facts)
    fixes: List[Fix] = []
    nodes = [n for n in context.nodes(ast.Constant) if isinstance(n, ast.Constant) and n.value == path]
    nodes = nodes or _everywhere(context, path)
    if near.confidence >= CERTAIN and not near.others and len(nodes) == 1:
        change = string_edit(context.source, nodes[0], near.name)
        fixes = edit(f"Open {code(near.name)}", [change] if change else [], near.confidence)
    headline = f"There is no file {code(path)}; the closest is {listed([near.name, *near.others])}."
    return finding("missing_file", headline, near.confidence, fixes=fixes)


def _everywhere(context: Context, path: str) -> List[ast.Constant]:
    """The path may be a constant further up in the cell."""
    tree = context.tree()
    return [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value == path] if tree else []


def _nearest(context: Context, path: str) -> Optional[Close]:
    """The closest existing path: the same name in another folder first, then a similar name."""
    if path.startswith(("/", "~")):
        return None
    wanted = path.replace("\\", "/")
    if wanted.startswith("./"):
        wanted = wanted[2:]
    last = wanted.rpartition("/")[2]
    here = [p for p in context.namespace.files() if not p.endswith("/")]
    above = [f"../{p}" for p in context.namespace.files("..") if not p.endswith("/")]
    same = [p for p in [*here, *above] if p.rpartition("/")[2] == last]
    inside = [p for p in same if not p.startswith("../")] or same
    if inside:
        best = min(inside, key=lambda p: p.count("/"))
        rivals = [p for p in inside if p != best and p.count("/") == best.count("/")]
        return Close(best, 0.93, rivals[:3])
    folder = wanted.rpartition("/")[0]
    beside = [p for p in here if p.rpartition("/")[0] == folder]
    near = closest(last, [p.rpartition("/")[2] for p in beside], 0.75)
    if near is None:
        return None
    prefix = f"{folder}/" if folder else ""
    return Close(prefix + near.name, near.score, [prefix + other for other in near.others])


RULES: Tuple[Any, ...] = (missing_file,)

"""What a model proposes is checked here before anyone sees it. A refusal is a reason in words, which the model gets to
read when it is asked again."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection

from ..protocol import RaisedError
from ..rules import guard as common
from ..rules.guard import UNCHANGED, is_unchanged
from ..rules.guard.statements import at_lines, counterparts, places
from ..rules.reading.source import compiles, defined_names, python_source, tree_of
from ..text import same_ends
from ..tools.inquiry import Failure
from .mask import placeholders

__all__ = ["LEAVES_OUT", "UNCHANGED", "is_unchanged", "refusal"]

LEAVES_OUT = "it leaves out other lines of the cell"

# Calls and modules that reach outside of the notebook: none may appear that was not there before.
_OUTSIDE_CALLS = {
    "eval", "exec", "compile", "__import__", "get_ipython", "open", "input", "exit", "quit", "breakpoint",
}  # fmt: skip
_OUTSIDE_METHODS = {
    "system", "popen", "unlink", "rmdir", "rmtree", "removedirs", "kill", "urlopen", "urlretrieve", "touch",
    "write_text", "write_bytes",
}  # fmt: skip
_OUTSIDE_MODULES = {
    "subprocess", "socket", "requests", "httpx", "urllib", "urllib3", "aiohttp", "ftplib", "smtplib", "telnetlib",
    "shutil", "ctypes", "pip", "paramiko", "pickle", "importlib",
}  # fmt: skip
#: How much of a cell that does not parse has to stay: a syntax error is a matter of a few characters.
_STAYS = 0.7
# What takes more comparisons than this was written anew.
_MUCH = 20_000_000


def refusal(code: str, original: str, error: RaisedError | None, failure: Failure | None) -> str:
    """Why a candidate is not to be shown.

    Args:
        code: the candidate, the whole cell.
        original: the failing cell.
        error: what it raised.
        failure: where.

    Returns:
        The reason, to be read after "it was no good: "; empty for a candidate that may be shown.
    """
    if not code.strip():
        return "it was empty"
    tree = tree_of(code)
    if python_source(code) is None or tree is None or not compiles(code):
        return common.INVALID
    if is_unchanged(code, original):
        return UNCHANGED
    old = tree_of(original)
    if len(code) > 2 * len(original) + 600 or (old is None and _stays(code, original) < _STAYS):
        return "it changes far more than the failing line"
    if placeholders(code) - placeholders(original):
        return "it holds a placeholder instead of a value"
    if common.magics(code) - common.magics(original):
        return "it adds a magic or shell command"
    kept = set(defined_names(code))
    lost = [name for name in defined_names(original) if name not in kept]
    if lost:
        return f"it no longer defines {', '.join(lost[:3])}"
    lines = {*common.failing_lines(error, original), *(range(failure.first, failure.last + 1) if failure else ())}
    objection = _reaches_outside(tree, _reach(old) if old else _words(original))
    if not objection and old is not None and lines and _leaves_out(tree, old, lines):
        objection = LEAVES_OUT
    return objection or common.refusal(code, original, error, lines)


def _stays(code: str, original: str) -> float:
    """The share of the original that the candidate has, too; white space and comments do not count."""
    new, old = (re.sub(r"#.*|\s+", "", text) for text in (code, original))
    start, tail = same_ends(old, new)
    new, gone = new[start : len(new) - tail], old[start : len(old) - tail]
    if len(new) * len(gone) > _MUCH:
        return 0.0
    same = difflib.SequenceMatcher(None, gone, new, autojunk=False).get_matching_blocks()
    return (start + tail + sum(block.size for block in same)) / max(len(old), 1)


def _leaves_out(tree: ast.Module, old: ast.Module, lines: Collection[int]) -> bool:
    """Whether statements are gone that did not fail: a model that was asked for the whole cell wrote a part of it."""
    before, after = list(places(old.body)), list(places(tree.body))
    failing = at_lines(before, lines)
    gone = [number for number, instead in counterparts(before, after).items() if not instead]
    return any(number not in failing and not isinstance(before[number].node, ast.Pass) for number in gone)


def _reaches_outside(tree: ast.Module, before: set[str]) -> str:
    new = _reach(tree) - before
    return f"it adds {sorted(new)[0]}, which reaches outside of the notebook" if new else ""


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _reach(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names} & _OUTSIDE_MODULES
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").partition(".")[0]} & _OUTSIDE_MODULES
            found |= {alias.name for alias in node.names} & _OUTSIDE_METHODS
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & _OUTSIDE_METHODS
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found |= {node.func.id} & _OUTSIDE_CALLS
        elif isinstance(node, ast.Name):
            found |= {node.id} & _OUTSIDE_MODULES
    return found

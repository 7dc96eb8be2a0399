"""What a model proposes is checked here before anyone sees it. A refusal is a reason in words, which the model gets to
read when it is asked again."""

from __future__ import annotations

import ast
import difflib
import re
from collections import Counter
from collections.abc import Iterator

from ..protocol import RaisedError
from ..rules.source import compiles, defined_names, python_source, tree_of
from .context import Failure
from .mask import placeholders

UNCHANGED = "it was the failing cell, unchanged"
# Calls and modules that reach outside of the notebook: none may appear that was not there before.
_OUTSIDE_CALLS = {
    "eval", "exec", "compile", "__import__", "get_ipython", "open", "input", "exit", "quit", "breakpoint",
}  # fmt: skip
_OUTSIDE_METHODS = {
    "system", "popen", "unlink", "rmdir", "rmtree", "removedirs", "kill", "urlopen", "urlretrieve", "write_text",
}  # fmt: skip
_OUTSIDE_MODULES = {
    "subprocess", "socket", "requests", "httpx", "urllib", "urllib3", "aiohttp", "ftplib", "smtplib", "telnetlib",
    "shutil", "ctypes", "pip", "paramiko", "pickle", "importlib",
}  # fmt: skip
_LIKENESS = 0.45
# A syntax error is a matter of a few characters.
_LIKENESS_OF_TEXT = 0.8


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
    python = python_source(code)
    tree = tree_of(code)
    if python is None or tree is None or not compiles(code):
        return "it is not valid Python"
    if is_unchanged(code, original):
        return UNCHANGED
    if tree_of(original) is None and difflib.SequenceMatcher(None, original, code).ratio() < _LIKENESS_OF_TEXT:
        return "it changes far more than the failing line"
    if placeholders(code) - placeholders(original):
        return "it holds a placeholder instead of a value"
    if len(code) > 2 * len(original) + 600:
        return "it changes far more than the failing line"
    if _magics(code) - _magics(original):
        return "it adds a magic or shell command"
    kept = set(defined_names(code))
    lost = [name for name in defined_names(original) if name not in kept]
    if lost:
        return f"it no longer defines {', '.join(lost[:3])}"
    old = tree_of(original)
    objection = _reaches_outside(tree, _reach(old) if old else _words(original))
    objection = objection or _hides(tree, old) or _placeholder_value(tree, old, error)
    return objection or (_drops_failing_statement(tree, old, failure) if old and failure else "")


def is_unchanged(code: str, original: str) -> bool:
    """Whether two cells are the same but for white space and comments."""
    new, old = tree_of(code), tree_of(original)
    if new is not None and old is not None:
        return ast.dump(new) == ast.dump(old) and _magics(code) == _magics(original)
    return re.sub(r"#.*|\s+", "", code) == re.sub(r"#.*|\s+", "", original)


def _magics(code: str) -> Counter[str]:
    """Lines that IPython handles: magics and shell commands."""
    python = (python_source(code) or "").split("\n")
    lines = zip(code.split("\n"), python, strict=False)
    return Counter(line.strip() for line, plain in lines if line != plain)


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


def _hides(tree: ast.Module, old: ast.Module | None) -> str:
    before = Counter(_handlers(old)) if old is not None else Counter[str]()
    if Counter(_handlers(tree)) - before:
        return "it catches the error instead of correcting the cause"
    if Counter(_suppressions(tree)) - (Counter(_suppressions(old)) if old is not None else Counter[str]()):
        return "it suppresses the error instead of correcting the cause"
    return ""


def _handlers(tree: ast.Module) -> Iterator[str]:
    """Handlers that swallow: whatever they catch, they raise nothing and do not try another way."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
            if broad or all(_does_nothing(statement) for statement in node.body):
                yield ast.dump(node)


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.Pass, ast.Continue, ast.Break)):
        return True
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Return)):
        return statement.value is None or _is_filler(statement.value)
    if isinstance(statement, ast.Expr):
        call = statement.value
        name = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
        return isinstance(call, ast.Constant) or name == "print" or name.startswith(("logg", "log.", "warnings."))
    return False


def _suppressions(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "suppress":
            yield ast.dump(node)


def _is_filler(value: ast.expr) -> bool:
    """A literal, or an object made of nothing (``list()``, ``pd.DataFrame()``): stands for data that nobody has."""
    if isinstance(value, ast.Call):
        name = ast.unparse(value.func).rpartition(".")[2]
        made = name in ("list", "dict", "set", "tuple", "str", "int", "float") or name[:1].isupper()
        return made and not value.args and not value.keywords
    if isinstance(value, ast.Lambda):
        return _is_filler(value.body)
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def _placeholder_value(tree: ast.Module, old: ast.Module | None, error: RaisedError | None) -> str:
    """Whether what was missing is made up: ``total = 0``, ``d['key'] = None``, ``def load(): pass``."""
    missing = {(error.details.get(k) or "").strip("'\"") for k in ("name", "key")} - {""} if error else set()
    before = Counter(_made_up(old, missing)) if old is not None else Counter[str]()
    return "it makes up a value for what is missing" if Counter(_made_up(tree, missing)) - before else ""


def _made_up(tree: ast.Module, missing: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None and _is_filler(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            made_up = any(_target_name(target) in missing for target in targets)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            made_up = node.name in missing and all(_does_nothing(statement) for statement in node.body)
        else:
            made_up = False
        if made_up:
            yield ast.dump(node)


def _target_name(target: ast.expr) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return ""


def _drops_failing_statement(tree: ast.Module, old: ast.Module, failure: Failure) -> str:
    before = list(_statements(old))
    lines = range(failure.first, failure.last + 1)
    failing = [(n, depth) for n, depth in before if n.lineno in lines and not hasattr(n, "body")]
    if not failing:
        return ""
    text, depth = ast.unparse(failing[0][0]), failing[0][1]
    after = {_head(statement): deep for statement, deep in _statements(tree)}
    if text in after:
        return "it puts the failing line behind a condition instead of correcting it" if after[text] > depth else ""
    new = after.keys() - {_head(statement) for statement, _ in before}
    matcher = difflib.SequenceMatcher(b=text, autojunk=False)
    for head in new:
        matcher.set_seq1(head)
        if matcher.quick_ratio() >= _LIKENESS and matcher.ratio() >= _LIKENESS:
            return ""
    return "it deletes the failing line instead of correcting it"


def _head(statement: ast.stmt) -> str:
    """A statement's text; of a compound one, its first line."""
    return ast.unparse(statement).split("\n", 1)[0] if hasattr(statement, "body") else ast.unparse(statement)


def _statements(node: ast.AST, depth: int = 0) -> Iterator[tuple[ast.stmt, int]]:
    """All statements, and in how many blocks that may not run (``if``, ``try``, ``while``) each stands."""
    deeper = depth + isinstance(node, (ast.If, ast.Try, ast.While))
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child, deeper
        if isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from _statements(child, deeper)

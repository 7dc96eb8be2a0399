"""What stands for nothing: statements that only pass or speak, and values that are made of no data."""

from __future__ import annotations

import ast
import re
from typing import Any, Optional

# What tells somebody and changes nothing: print, a logger's methods, what shows or drops a traceback.
_TALK = re.compile(
    r"(?:p?print|display|warn|(?:.*\.)?(?:print_exc|format_exc)|warnings\.\w+|gc\.collect|(?:.*\.)?std(?:out|err)\.write"
    r"|(?:.*\.)?_?log(?:ging|ger)?\.\w+)",
    re.IGNORECASE,
)
_BUILTIN_MAKERS = (
    *("list", "dict", "set", "tuple", "str", "int", "float", "bool", "bytes", "frozenset", "object"),
    *("defaultdict", "deque", "namedtuple"),
)
_ARRAY_MAKERS = (
    *("zeros", "ones", "empty", "full", "array", "asarray", "arange", "linspace", "eye"),
    *("rand", "randn", "randint", "random", "normal", "uniform", "choice"),
)


def last_name(node: Any) -> str:
    """The last part of a dotted name; empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def is_filler(value: ast.expr) -> bool:
    """A literal, or an object made of literals alone (``list()``, ``pd.DataFrame()``): data that nobody has."""
    if isinstance(value, ast.Call):
        given = [*value.args, *(keyword.value for keyword in value.keywords)]
        name = last_name(value.func)
        made = name[:1].isupper() or name in _BUILTIN_MAKERS
        if given and name in ("int", "float", "str", "bool"):  # `int("3")` is a conversion, not an invention
            return name == "float" and str(getattr(given[0], "value", "")).strip("+-").lower() in ("nan", "inf")
        return made and all(is_filler(part) for part in given)
    if isinstance(value, ast.Lambda):
        return is_filler(value.body)
    if isinstance(value, ast.Attribute):
        return value.attr in ("nan", "NaN", "NaT", "NA")
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def is_invented(value: ast.expr) -> bool:
    """A filler, or numbers out of nowhere: ``np.zeros(3)``, ``[0] * 10``."""
    if isinstance(value, ast.BinOp):
        return is_invented(value.left) and is_invented(value.right)
    if isinstance(value, ast.Call) and last_name(value.func) in _ARRAY_MAKERS:
        return all(is_invented(part) for part in [*value.args, *(keyword.value for keyword in value.keywords)])
    return is_filler(value)


def does_nothing(statement: ast.stmt, caught: Optional[str] = None) -> bool:
    """Whether a statement only passes, speaks, leaves, or gives a value made of nothing.

    ``caught`` is the name of the exception in whose handler it stands.
    """
    if isinstance(statement, (ast.Pass, ast.Continue, ast.Break)):
        return True
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Return)):
        return statement.value is None or is_filler(statement.value)
    if isinstance(statement, ast.Expr):
        call = statement.value
        if isinstance(call, ast.Call):
            return bool(_TALK.fullmatch(ast.unparse(call.func))) or _is_about(call, caught)
        return is_filler(call)
    return False


def _is_about(call: ast.Call, caught: Optional[str]) -> bool:
    """Whether a call gets the exception and nothing else: ``problems.append(str(e))``."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    names = {node.id for part in given for node in ast.walk(part) if isinstance(node, ast.Name)}
    return caught in names and names <= {caught, "str", "repr", "type"}

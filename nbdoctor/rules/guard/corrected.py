"""Whether one statement is another one, corrected, or only something in its place."""

from __future__ import annotations

import ast
import copy
import re
from typing import Any, List, Optional, Set

from ..reading.scopes import BUILTINS
from .fillers import does_nothing, is_filler, last_name
from .made_up import Facts
from .statements import head_of, likeness, own_nodes

# Two statements without a common name are one, changed, if they are at least as alike as this.
_LIKENESS = 0.6
_BLOCKS = (ast.If, ast.Try, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_WORDS = (ast.Pass, ast.Break, ast.Continue, ast.Return)
_NAME_ERRORS = ("NameError", "UnboundLocalError")


def corrects(old: ast.stmt, new: ast.stmt, facts: Facts) -> bool:
    """Whether ``new`` may be ``old``, corrected: it does something, and with something that ``old`` had, too."""
    if isinstance(new, _BLOCKS) and type(new) is not type(old):
        return False
    word = old.value.id if isinstance(old, ast.Expr) and isinstance(old.value, ast.Name) else ""
    if word in facts.missing and isinstance(new, _WORDS) and likeness(word, head_of(new)) > _LIKENESS:
        return True  # `passs`
    if is_empty(new) and not _same_call(old, new) and not _same_value(old, new):
        value = getattr(new, "value", None)
        idle = is_empty(old) and type(old) is type(new) and not isinstance(new, ast.Expr)
        quoted = facts.error in _NAME_ERRORS and any(getattr(n, "value", "") in facts.missing for n in _constants(new))
        return (
            quoted
            or (idle and not _names(old) & facts.missing)
            or (value is not None and _is_recommended(value, facts))
        )
    said = {part for text in facts.recommended for part in re.findall(r"\w+", text)}
    if _names(new) & (_names(old) | said):
        return True
    # `rat // 2` and `n // 2` are alike but for what is missing.
    text, other = head_of(old), head_of(new)
    without = re.sub("|".join(rf"\b{re.escape(name)}\b" for name in facts.missing) or "^$", "", text)
    return max(likeness(text, other), likeness(without, other)) >= _LIKENESS


def is_empty(node: Any) -> bool:
    """Whether a statement does nothing with anything: ``pass``, ``x = None``, ``print("done")``, ``if True:``."""
    if isinstance(node, (ast.If, ast.While)):
        return isinstance(node.test, ast.Constant)
    if isinstance(node, ast.For):
        return is_filler(node.iter)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return does_nothing(node) and all(is_filler(part) for part in node.value.args)
    return does_nothing(node)


def _constants(statement: ast.stmt) -> List[ast.Constant]:
    return [node for node in own_nodes(statement) if isinstance(node, ast.Constant)]


def _is_recommended(value: ast.expr, facts: Facts) -> bool:
    """Whether the message or a table names the value, or it is the very thing in another case: ``np.NAN`` is ``np.nan``."""
    same = last_name(value).casefold() in {name.casefold() for name in facts.missing}
    return same or ast.unparse(value) in facts.recommended


def _same_call(old: Any, new: Any) -> bool:
    """``prnt('a')`` and ``print('a')``: the name was wrong of what is called, not what it gets."""
    first, second = getattr(old, "value", None), getattr(new, "value", None)
    if not isinstance(first, ast.Call) or not isinstance(second, ast.Call):
        return False
    alike = likeness(ast.unparse(first.func), ast.unparse(second.func)) >= _LIKENESS
    return alike and [ast.dump(part) for part in first.args] == [ast.dump(part) for part in second.args]


def _same_value(old: Any, new: Any) -> bool:
    """``df.ix["a"] = 5`` and ``df.loc["a"] = 5``, ``x: int = 1`` and ``x = 1``: what was wrong is where the value goes.

    ``[(1, 2)(3, 4)]`` and ``[(1, 2), (3, 4)]``: or what stands between values, all of which stay.
    """
    assigned = (ast.Assign, ast.AnnAssign)
    if isinstance(old, assigned) and isinstance(new, assigned) and _same(old.value, new.value):
        return True
    before, after = (sorted(ast.dump(part) for part in _constants(node)) for node in (old, new))
    return len(before) > 1 and before == after and type(old) is type(new)


def _same(old: Optional[ast.expr], new: Optional[ast.expr]) -> bool:
    return old is not None and new is not None and ast.dump(old) == ast.dump(new)


def _names(statement: ast.stmt) -> Set[str]:
    """The names of a statement that say what it is about, without its blocks."""
    found: Set[str] = set()
    for node in own_nodes(statement):
        found.add(last_name(node) or (node.arg or "" if isinstance(node, ast.keyword) else ""))
        if isinstance(node, ast.alias):
            found |= {node.asname or "", *node.name.split(".")}
        elif isinstance(node, ast.ImportFrom):
            found |= set((node.module or "").split("."))
    return found - BUILTINS - {"", "self", "cls"}


# ------------------------------------------------------------------ what keeps an expression from being run


class _Unwrapping(ast.NodeTransformer):
    """Takes away what keeps an expression from being run: ``x if y else None``, ``lambda: x``.

    In a comprehension a None may stay one: that its items are not all there is no error to hide.
    """

    def visit_ListComp(self, node: Any) -> Any:
        return node if isinstance(node.elt, ast.IfExp) and _keeps_none(node.elt) else self.generic_visit(node)

    def visit_GeneratorExp(self, node: Any) -> Any:
        return self.visit_ListComp(node)

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        self.generic_visit(node)
        return node.body if is_filler(node.orelse) else node.orelse if is_filler(node.body) else node

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        self.generic_visit(node)
        return node if node.args.args else node.body


def _keeps_none(node: ast.IfExp) -> bool:
    asks = isinstance(node.test, ast.Compare) and isinstance(node.test.ops[0], (ast.Is, ast.IsNot))
    return asks and any(isinstance(part, ast.Constant) and part.value is None for part in (node.body, node.orelse))


def wraps(old: ast.stmt, new: ast.stmt) -> bool:
    """Whether ``new`` is ``old`` with such a thing around what failed."""
    kinds = (ast.IfExp, ast.Lambda)
    if sum(isinstance(n, kinds) for n in own_nodes(new)) <= sum(isinstance(n, kinds) for n in own_nodes(old)):
        return False
    plain, unwrapped = (head_of(_Unwrapping().visit(copy.deepcopy(node))) for node in (old, new))
    return unwrapped in (plain, head_of(old))


# ------------------------------------------------------------------ what stands for what is missing


def invents(old: ast.AST, new: ast.AST, facts: Facts) -> bool:
    """Whether a literal stands where the missing name stood, or ``d.get(k)`` where ``d[k]`` stood.

    The name in quotes is none: that the quotes were forgotten is what a NameError often means.
    """
    if isinstance(old, ast.Subscript) and isinstance(new, ast.Call) and facts.error == "KeyError":
        return _is_get(new) and ast.unparse(new.func) in [f"{ast.unparse(old.value)}.{way}" for way in ("get", "pop")]
    if isinstance(old, ast.Name) and isinstance(new, ast.Constant) and facts.error in _NAME_ERRORS:
        said = new.value if isinstance(new.value, str) else ""
        return old.id in facts.missing and old.id not in said and ast.unparse(new) not in facts.recommended
    if isinstance(new, ast.Assign) and _counts(new):
        return False
    pairs = zip(ast.iter_child_nodes(old), ast.iter_child_nodes(new)) if type(old) is type(new) else ()
    return any(invents(first, second, facts) for first, second in pairs if not isinstance(first, ast.stmt))


def _is_get(call: ast.Call) -> bool:
    named = last_name(call.func) in ("get", "pop") and isinstance(call.func, ast.Attribute)
    return named and bool(call.args) and (len(call.args) == 1 or is_filler(call.args[1]))


def _counts(node: ast.Assign) -> bool:
    """``counts[word] = counts.get(word, 0) + 1``: the default is where counting begins."""
    gets = [n for n in ast.walk(node.value) if isinstance(n, ast.Call) and _is_get(n) and len(n.args) > 1]
    made = [ast.unparse(target) for target in node.targets]
    read = [f"{ast.unparse(n.func).rpartition('.')[0]}[{ast.unparse(n.args[0])}]" for n in gets]
    return bool(gets) and all(place in made for place in read)

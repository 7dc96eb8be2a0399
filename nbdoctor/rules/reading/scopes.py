"""Which names a piece of Python binds at its top level, and which it needs from elsewhere."""

from __future__ import annotations

import ast
import builtins
from typing import Any, Dict, List, Optional, Set

BUILTINS = frozenset(dir(builtins)) | {
    "__file__",
    "__name__",
    "__doc__",
    "get_ipython",
    "display",
    "In",
    "Out",
    "_",
    "__",
    "___",
}


def bound_names(tree: ast.Module) -> List[str]:
    """Names bound at the top level of ``tree`` and not deleted again, in order."""
    return list(_Flow(tree).bound)


def free_names(tree: ast.Module) -> List[str]:
    """Names that ``tree`` reads before it binds them, in order; builtins left out."""
    return [name for name in _Flow(tree).needed if name not in BUILTINS]


class _Flow(ast.NodeVisitor):
    """Walks in the order of execution. Functions are read at the end: they run later."""

    def __init__(self, tree: Optional[ast.Module], bound: Any = ()) -> None:
        self.bound: Dict[str, None] = dict.fromkeys(bound)
        self.needed: Dict[str, None] = {}
        self.deferred: List[ast.AST] = []
        if tree is not None:
            for statement in tree.body:
                self.visit(statement)
            self.finish()

    def finish(self) -> None:
        """Read the bodies of functions, with what is bound at the end."""
        for node in self.deferred:
            for name in _free_of_function(node):
                if name not in self.bound:
                    self.needed.setdefault(name)

    def bind(self, name: Optional[str]) -> None:
        if name:
            self.bound.setdefault(name)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            if node.id not in self.bound:
                self.needed.setdefault(node.id)
        elif isinstance(node.ctx, ast.Store):
            self.bind(node.id)
        else:
            if node.id not in self.bound:
                self.needed.setdefault(node.id)
            self.bound.pop(node.id, None)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)
        elif not isinstance(node.target, ast.Name):
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name) and node.target.id not in self.bound:
            self.needed.setdefault(node.target.id)
        self.visit(node.value)
        self.visit(node.target)

    def visit_For(self, node: Any) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        for statement in [*node.body, *node.orelse]:
            self.visit(statement)

    visit_AsyncFor = visit_For

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.bind(alias.asname or alias.name.split(".")[0])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self.bind(None if alias.name == "*" else alias.asname or alias.name)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        had = node.name in self.bound
        self.bind(node.name)
        for statement in node.body:
            self.visit(statement)
        if node.name and not had:
            self.bound.pop(node.name, None)

    def visit_FunctionDef(self, node: Any) -> None:
        for part in [*node.decorator_list, *_defaults(node.args), node.returns]:
            if part is not None:
                self.visit(part)
        self.bind(node.name)
        self.deferred.append(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for part in _defaults(node.args):
            self.visit(part)
        self.deferred.append(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]:
            self.visit(part)
        inner = _Flow(None, self.bound)
        for statement in node.body:
            inner.visit(statement)
        for name in inner.needed:
            self.needed.setdefault(name)
        self.bind(node.name)
        self.deferred += inner.deferred  # a method does not see the names of its class

    def _comprehension(self, node: Any) -> None:
        inner = _Flow(None, self.bound)
        for generator in node.generators:
            inner.visit(generator.iter)
            inner.visit(generator.target)
            for condition in generator.ifs:
                inner.visit(condition)
        for part in (getattr(node, "key", None), getattr(node, "value", None), getattr(node, "elt", None)):
            if part is not None:
                inner.visit(part)
        inner.finish()
        for name in inner.needed:
            self.needed.setdefault(name)
        for child in ast.walk(node):
            if isinstance(child, ast.NamedExpr):
                self.bind(child.target.id)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def generic_visit(self, node: ast.AST) -> None:
        name = getattr(node, "name", None)
        if type(node).__name__ in ("MatchAs", "MatchStar"):
            self.bind(name)
        if type(node).__name__ == "MatchMapping":
            self.bind(getattr(node, "rest", None))
        super().generic_visit(node)


def _defaults(arguments: ast.arguments) -> List[ast.expr]:
    return [default for default in [*arguments.defaults, *arguments.kw_defaults] if default is not None]


def parameters_of(arguments: ast.arguments) -> List[str]:
    """All parameter names of a function definition."""
    found = [a.arg for a in [*getattr(arguments, "posonlyargs", []), *arguments.args, *arguments.kwonlyargs]]
    return found + [a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None]


def _free_of_function(node: Any) -> List[str]:
    """Names that a function reads from outside. Everything that it binds anywhere is its own, as in Python."""
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    inner = _Flow(None)
    for statement in body:
        inner.visit(statement)
    inner.finish()
    outer: Set[str] = set()
    for child in ast.walk(node):
        if isinstance(child, (ast.Global, ast.Nonlocal)):
            outer.update(child.names)
    own = (set(parameters_of(node.args)) | _bound_anywhere(body)) - outer
    return [name for name in inner.needed if name not in own]


def _bound_anywhere(body: List[Any]) -> Set[str]:
    flow = _Flow(None)
    for statement in body:
        flow.visit(statement)
    found = set(flow.bound)
    for statement in body:
        for child in ast.walk(statement):
            if isinstance(child, ast.Name) and isinstance(child.ctx, (ast.Store, ast.Del)):
                found.add(child.id)
    return found

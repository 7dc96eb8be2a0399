"""What statements change, read from their text: the facts behind `effects.rerun`.

A *place* is a variable or one constant item of it, such as ``df`` or ``df['price']``. What a value was made from is
followed through the cell's own variables, so that ``t = df * 2`` and then ``df = t`` is seen to change ``df``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any, Collection, Dict, FrozenSet, List, Optional, Set, Tuple

from .. import tables
from ..base import code
from .outside import call_outside, magic_change
from .scopes import parameters_of
from .source import line_text

#: (variable, constant item of it or None for all of it)
Place = Tuple[str, Optional[str]]
Places = FrozenSet[Place]
#: (names made anew by the cell, names that were there before, what each name was made from)
_State = Tuple[Set[str], Set[str], Dict[str, Places]]

_ACCESSORS = ("loc", "iloc", "at", "iat")
_WHOLE = None
_VERBS = {"Add": "adds to", "Sub": "subtracts from", "Mult": "multiplies", "Div": "divides"}
_TWICE = "running the cell again would do it twice."
_LEAVING = (ast.Raise, ast.Return, ast.Break, ast.Continue)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass
class Change:
    """One change of something that was there before: in which line, of which variable, and a sentence."""

    line: int
    name: str
    sentence: str


class Changes:
    """Follows the statements of a cell in order and collects what they change."""

    def __init__(self, source: str, python: str, existing: Collection[str], tree: ast.Module) -> None:
        self.found: List[Change] = []
        self._source, self._python = source, python
        self._existing = set(existing)
        self._fresh: Set[str] = set()
        self._made_from: Dict[str, Places] = {}
        self._modules = {name for name, text in tables.aliases().items() if text.startswith("import ")}
        self._functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}

    # -------------------------------------------------------------- statements

    def block(self, statements: List[Any]) -> None:
        """Note the changes of statements that ran whole."""
        for statement in statements:
            self.statement(statement)

    def statement(self, node: Any) -> None:
        """Note the changes of a statement that ran whole."""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._fresh.add(node.name)
            return
        original = line_text(self._source, node.lineno)
        if original != line_text(self._python, node.lineno) and not original.startswith("%%"):
            self._note(node.lineno, "", magic_change(original, node.lineno))
        self.head(node)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            self.block(node.body)
            return
        ways = _ways(node)
        if ways:
            self._one_of(ways)
        self.block(getattr(node, "finalbody", None) or [])

    def _one_of(self, ways: List[List[Any]]) -> None:
        """Blocks of which one has run: afterwards only that is certain which is so after each of them."""
        before = (self._fresh, self._existing, self._made_from)
        ends: List[_State] = []
        for way in ways:
            self._fresh, self._existing, self._made_from = set(before[0]), set(before[1]), dict(before[2])
            self.block(way)
            if not (way and isinstance(way[-1], _LEAVING)):
                ends.append((self._fresh, self._existing, self._made_from))
        ends = ends or [before]
        self._fresh = set.intersection(*(end[0] for end in ends))
        self._existing = set.union(*(end[1] for end in ends))
        names = {name for end in ends for name in end[2]}
        self._made_from = {name: frozenset().union(*(_origin(end, name) for end in ends)) for name in names}

    def head(self, node: Any) -> None:
        """Note the changes of a statement itself, without its blocks."""
        for part in _own_parts(node):
            self._calls(part)
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value, node.lineno)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._assign(node.target, node.value, node.lineno)
        elif isinstance(node, ast.AugAssign):
            self._augmented(node)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self._deleted(target, node.lineno)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = {alias.asname or alias.name.split(".")[0] for alias in node.names}
            self._fresh |= names
            self._modules |= names
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._bind_loop(node.target, node.iter)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    self._assign(item.optional_vars, item.context_expr, node.lineno)

    def half_done(self, node: Any) -> None:
        """Note what a simple statement that raised may have changed before: calls inside its outermost expression."""
        for part in _own_parts(node):
            outermost = part
            while isinstance(outermost, (ast.Await, ast.Expr)):
                outermost = outermost.value
            self._calls(part, but=outermost)

    # -------------------------------------------------------------- what they do

    def _note(self, line: int, name: str, sentence: str) -> None:
        if sentence and all(change.sentence != sentence for change in self.found):
            self.found.append(Change(line, name, sentence))

    def _was_there(self, name: str) -> bool:
        return name in self._existing and name not in self._fresh

    def _assign(self, target: Any, value: Any, line: int) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            same = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
            made_from = self._reads(value)
            for i, part in enumerate(target.elts):
                part = part.value if isinstance(part, ast.Starred) else part  # noqa: PLW2901
                self._store(part, made_from, value.elts[i] if same else None, line)
            return
        self._store(target, self._reads(value), value, line)

    def _store(self, target: Any, made_from: Places, value: Any, line: int) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            for part in target.elts:
                self._store(part, made_from, None, line)
            return
        place = _place(target)
        if place is None:
            return
        name, item = place
        if (item is not None or not isinstance(target, ast.Name)) and name in self._fresh:
            return
        if self._was_there(name) and any(_overlap(place, other) for other in made_from):
            shown = code(ast.unparse(target))
            self._note(line, name, f"Line {line} makes {shown} anew from what it was; {_TWICE}")
        if isinstance(target, ast.Name):
            self._made_from[name] = made_from
            if isinstance(value, (ast.Name, ast.Attribute, ast.Subscript)) and made_from:
                self._fresh.discard(name)
                self._existing.add(name)  # another name for something that was there before
            else:
                self._fresh.add(name)

    def _bind_loop(self, target: Any, iterable: Any) -> None:
        made_from = self._reads(iterable)
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._made_from[node.id] = made_from
                if made_from:
                    self._fresh.discard(node.id)
                    self._existing.add(node.id)  # an element of something that was there before
                else:
                    self._fresh.add(node.id)

    def _augmented(self, node: ast.AugAssign) -> None:
        place = _place(node.target)
        if place is None or not self._was_there(place[0]):
            return
        shown = code(ast.unparse(node.target))
        verb = _VERBS.get(type(node.op).__name__, "changes")
        self._note(node.lineno, place[0], f"Line {node.lineno} {verb} {shown} in place; {_TWICE}")

    def _deleted(self, target: Any, line: int) -> None:
        place = _place(target)
        if place is not None and self._was_there(place[0]):
            shown = code(ast.unparse(target))
            self._note(line, place[0], f"Line {line} deletes {shown}, which is gone when the cell is run again.")

    def _calls(self, part: Any, but: Any = None) -> None:
        for node in _walk_own(part):
            if isinstance(node, ast.NamedExpr):
                self._store(node.target, self._reads(node.value), node.value, node.lineno)
            if not isinstance(node, ast.Call) or node is but:
                continue
            outside = call_outside(node)
            if outside:
                self._note(node.lineno, "", f"Line {node.lineno} {outside}")
            self._in_place(node)
            self._called(node)

    def _in_place(self, node: ast.Call) -> None:
        function = node.func
        inplace = any(k.arg == "inplace" and getattr(k.value, "value", None) is True for k in node.keywords)
        if isinstance(function, ast.Name) and function.id == "next" and node.args:
            place = _place(node.args[0])
            if place is not None and self._was_there(place[0]):
                taken = f"takes the next item from {code(place[0])}"
                text = f"Line {node.lineno} {taken}; running the cell again would take another."
                self._note(node.lineno, place[0], text)
        if not isinstance(function, ast.Attribute):
            return
        changed = function.value
        if function.attr == "shuffle" and node.args:
            changed = node.args[0]
        elif not inplace and function.attr not in tables.effects("in_place"):
            return
        place = _place(changed)
        if place is None or place[0] in self._modules or not self._was_there(place[0]):
            return
        how = f"with {code(function.attr)}"
        self._note(node.lineno, place[0], f"Line {node.lineno} changes {code(ast.unparse(changed))} {how}; {_TWICE}")

    def _called(self, node: ast.Call) -> None:
        """A function that the cell itself defines: what it changes of what is not its own."""
        function = self._functions.pop(node.func.id, None) if isinstance(node.func, ast.Name) else None
        if function is None:
            return
        outer = {name for child in ast.walk(function) if isinstance(child, ast.Global) for name in child.names}
        own = set(parameters_of(function.args))
        own |= {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        # Arguments are the caller's objects: a parameter stands for the variable that was passed.
        passed = [a.arg for a, given in zip(function.args.args, node.args) if self._is_there(given)]
        inner = Changes(self._source, self._python, (self._existing - own - self._fresh) | outer | set(passed), _EMPTY)
        inner._modules = self._modules
        inner.block(function.body)
        for change in inner.found:
            self._note(change.line, change.name, change.sentence)

    def _is_there(self, node: Any) -> bool:
        place = _place(node)
        return place is not None and self._was_there(place[0])

    # -------------------------------------------------------------- what they read

    def _reads(self, node: Any) -> Places:
        """The places of before that a value is made from."""
        found: Set[Place] = set()
        self._collect(node, found)
        return frozenset(found)

    def _collect(self, node: Any, found: Set[Place]) -> None:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            self._add((node.func.value.id, _WHOLE), found)
            children: List[Any] = [*node.args, *node.keywords]
        else:
            place = _place(node) if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) else None
            if place is not None and (place[1] is not None or isinstance(node, ast.Name)):
                self._add(place, found)
                children = [node.slice] if isinstance(node, ast.Subscript) else []
            else:
                children = list(ast.iter_child_nodes(node))
        for child in children:
            self._collect(child, found)

    def _add(self, place: Place, found: Set[Place]) -> None:
        if place[0] in self._made_from:
            found |= self._made_from[place[0]]
        elif self._was_there(place[0]):
            found.add(place)


_EMPTY = ast.Module(body=[], type_ignores=[])


def _overlap(first: Place, second: Place) -> bool:
    return first[0] == second[0] and (_WHOLE in (first[1], second[1]) or first[1] == second[1])


def _place(node: Any) -> Optional[Place]:
    """The place that an expression names: the variable at its root, and the item where it is constant."""
    item: Optional[str] = _WHOLE
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        if isinstance(node, ast.Subscript):
            index = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
            item = repr(index.value) if isinstance(index, ast.Constant) else _WHOLE
        elif isinstance(node, ast.Attribute) and node.attr not in _ACCESSORS:
            item = repr(node.attr)
        node = node.value
    return (node.id, item) if isinstance(node, ast.Name) else None


def _ways(node: Any) -> List[List[Any]]:
    """The ways in which a compound statement may have run, each with what runs on it."""
    body, orelse = getattr(node, "body", None), getattr(node, "orelse", None) or []
    if hasattr(node, "cases"):
        return [*(case.body for case in node.cases), []]
    if not isinstance(body, list):
        return []
    if hasattr(node, "handlers"):
        # A handler runs after some of the body.
        return [[*body, *orelse], *(handler.body for handler in node.handlers)]
    if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
        return [[*body, *orelse], orelse]
    return [body, orelse]


def _origin(state: _State, name: str) -> Places:
    """What a name may stand for at the end of a way."""
    fresh, existing, made_from = state
    if name in made_from:
        return made_from[name]
    return frozenset([(name, _WHOLE)]) if name in existing and name not in fresh else frozenset()


def _own_parts(node: Any) -> List[ast.AST]:
    """The expressions of a statement, without its blocks."""
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.expr, ast.withitem))]


def _walk_own(node: Any) -> List[Any]:
    """All nodes below ``node``, inner ones first, without the bodies of functions."""
    found: List[Any] = []
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _FUNCTIONS):
            found += _walk_own(child)
    return [*found, node]

"""What a fix may not take away: the statement that failed, the names that it assigned, the check that it was."""

from __future__ import annotations

import ast
from collections import Counter
from typing import Any, Collection, List, Sequence

from .corrected import corrects, invents, is_empty, wraps
from .fillers import does_nothing
from .made_up import Facts
from .statements import Place, at_lines, counterparts, own_nodes, places

DELETED = "it deletes the failing line instead of correcting it"
CONDITION = "it puts the failing line behind a condition instead of correcting it"
WEAKENED = "it weakens the check that failed instead of correcting what it checks"
MADE_UP = "it makes up a value for what is missing"

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# Arguments that ask a function to be strict.
_STRICT = ("strict", "check", "validate", "verify", "verify_integrity", "raise_on_error")


def removal(
    after: Sequence[Any], before: Sequence[Any], lines: Collection[int], facts: Facts, *, in_place: bool = True
) -> str:
    """Why statements do not keep what failed; empty where they do.

    Args:
        after: the statements of the candidate.
        before: those of the failing cell.
        lines: where it failed; without them, nothing at all may be deleted.
        facts: of the error.
        in_place: whether it is wrong to move a statement into another block.
    """
    old, new = list(places(before)), list(places(after))
    failing = at_lines(old, lines) if lines else set(range(len(old)))
    count = Counter(place.head for place in new)
    count.subtract(place.head for place in old)
    for number, instead in counterparts(old, new).items():
        place = old[number]
        if number not in failing or _is_idle(place.node):
            continue
        moved = [other for other in new if other.head == place.head] if count[place.head] >= 0 else []
        stays = any(other.head == place.head for other in instead)
        reason = _lost(place, instead if stays else moved or instead, facts) or _lost_names(place.node, instead, new)
        if reason and (in_place or reason is not CONDITION):
            return reason
    # Too deep a recursion lacks just that: a way out.
    leaves = in_place and facts.error != "RecursionError" and _leaves_before(old, new, failing)
    return CONDITION if leaves else ""


def _leaves_before(old: Sequence[Place], new: Sequence[Place], failing: Collection[int]) -> bool:
    """Whether one more ``if ...: return None`` (or ``continue``) stands before what failed, which is otherwise unchanged."""
    before = [place.head for place in old if _is_way_out(place.node)]
    after = [(number, place) for number, place in enumerate(new) if _is_way_out(place.node)]
    if len(after) <= len(before):
        return False  # one of them may be another one now
    ways = [(number, place) for number, place in after if place.head not in before]
    return any(
        place.head == other.head and place.function == other.function == way.function and way.depth <= other.depth
        for number, way in ways
        for other in new[number + 1 :]
        for place in (old[i] for i in failing)
    )


def _is_way_out(node: ast.stmt) -> bool:
    jumps = (ast.Return, ast.Continue, ast.Break)
    return isinstance(node, ast.If) and isinstance(node.body[-1], jumps) and all(map(does_nothing, node.body))


def _is_idle(node: ast.stmt) -> bool:
    """What may go without a word: ``pass``, a docstring."""
    return isinstance(node, (ast.Pass, ast.Global, ast.Nonlocal)) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    )


def _lost(place: Place, instead: Sequence[Place], facts: Facts) -> str:
    same = [other for other in instead if other.head == place.head]
    if same:
        return CONDITION if all(other.depth > place.depth for other in same) else ""
    if isinstance(place.node, ast.Assert) and facts.error == "AssertionError":
        return "" if any(_checks_as_much(place.node, other.node) for other in instead) else WEAKENED
    if isinstance(place.node, ast.Raise):
        written = facts.error == "NotImplementedError" and any(not is_empty(other.node) for other in instead)
        return "" if written or any(isinstance(other.node, ast.Raise) for other in instead) else WEAKENED
    corrected = [other for other in instead if corrects(place.node, other.node, facts)]
    if not corrected:
        return DELETED
    # Two ways that both do something are a decision; one way alone is a condition around what failed.
    alone = len(corrected) == 1 and corrected[0].depth > place.depth
    if alone or any(wraps(place.node, other.node) for other in corrected):
        return CONDITION
    if all(invents(place.node, other.node, facts) for other in corrected):
        return MADE_UP
    return WEAKENED if all(_is_laxer(place.node, other.node, facts) for other in corrected) else ""


def _checks_as_much(old: ast.Assert, new: ast.stmt) -> bool:
    """Whether a changed ``assert`` is about the same things and no easier; it may come to allow for rounding."""
    if not isinstance(new, ast.Assert):
        return False
    kinds = (ast.Name, ast.Constant, ast.Attribute)
    things, others = ({ast.dump(n) for n in ast.walk(a.test) if isinstance(n, kinds)} for a in (old, new))
    operators = (ast.boolop, ast.Not, ast.cmpop)
    ways, new_ways = ({type(n) for n in ast.walk(a.test) if isinstance(n, operators)} for a in (old, new))
    return things <= others and new_ways - ways <= {ast.Lt, ast.LtE, ast.And}


def _is_laxer(old: ast.stmt, new: ast.stmt, facts: Facts) -> bool:
    """Whether an argument that asks for a check is gone; one that the function does not know has to go."""
    if "keyword argument" in facts.message:
        return False
    asked, left = (
        Counter(
            keyword.arg
            for node in own_nodes(statement)
            for keyword in getattr(node, "keywords", [])
            if keyword.arg in _STRICT and getattr(keyword.value, "value", True) not in (False, None)
        )
        for statement in (old, new)
    )
    return bool(asked - left)


def _lost_names(old: ast.stmt, instead: Sequence[Place], new: Sequence[Place]) -> str:
    """Names that the failing statement was to bind and nothing binds any more, unless others came in their place."""
    bound = {name for place in new for name in _bound(place.node)}
    lost = [name for name in _bound(old) if name not in bound]
    if not lost:
        return ""
    read = {n.id for place in new for n in own_nodes(place.node) if isinstance(n, ast.Name)}
    fresh = {name for place in instead for name in _bound(place.node)} - set(_bound(old))
    renamed = len(fresh) >= len(lost) and not read & set(lost)
    return "" if renamed else f"it no longer assigns {', '.join(lost[:3])}"


def _bound(statement: ast.stmt) -> List[str]:
    names = [n.id for n in own_nodes(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        names += [alias.asname or alias.name.partition(".")[0] for alias in statement.names if alias.name != "*"]
    elif isinstance(statement, _DEFINITIONS):
        names.append(statement.name)
    return names

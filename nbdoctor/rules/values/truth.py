"""Whole arrays and tables used as one yes or no: ``and`` for ``&``, comparisons without parentheses, bare tables in ``if``."""

from __future__ import annotations

import ast
import keyword
import re
from typing import Any, Dict, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix
from ..base import Context, code, edit, finding
from ..reading.place import Place, place_of

_MESSAGE = re.compile(
    r"(?:The truth value of (?:an? )?(?P<kind>\w+)(?: with more than one element)? is ambiguous"
    r"|Boolean value of Tensor with more than one value is ambiguous"
    r"|Cannot perform 'r?(?:and|or)_' with a dtyped \[(?P<dtype>\w+)\]"
    r"|unsupported operand type\(s\) for [&|]: '\w+' and '(?:Series|DataFrame|ndarray)')"
)
_SIGNS: Dict[Any, str] = {ast.And: "&", ast.Or: "|"}
_WORDS = {"&": "and", "|": "or"}


def ambiguous_truth(context: Context) -> Optional[Finding]:
    """What a condition was meant to combine, and how that is written for all items at once."""
    match = _MESSAGE.match(context.message) if context.is_("ValueError", "TypeError", "RuntimeError") else None
    if not match:
        return None
    what = match["kind"] or ("Tensor" if "Tensor" in context.message else "Series")
    what = {"array": "array", "ndarray": "array"}.get(what, what)
    place = place_of(context)
    found = _understood(place, what) if place is not None else None
    if found is not None:
        return found
    if context.is_("TypeError"):
        return None
    why = "`if`, `and`, `or`, `not` and `in` need one answer; ask for it by `.any()` or `.all()`. Conditions for each item are " \
          "combined with `&` and `|`, each in parentheses."  # fmt: skip
    return finding("ambiguous_truth", f"A whole {what} is used as one yes or no.", 0.85, explanation=why)


def _understood(place: Place, what: str) -> Optional[Finding]:
    for build in (_combined, _precedence, _chained, _negated, _tested, _extreme):
        found = build(place, what)
        if found is not None:
            return found
    return None


def _for_each(place: Place, node: Any) -> bool:
    """Whether a node is not what an ``if`` or ``while`` asks: there, one answer is needed anyway."""
    above = place.parent(node)
    while isinstance(above, (ast.BoolOp, ast.UnaryOp)):
        node, above = above, place.parent(above)
    return not (isinstance(above, (ast.If, ast.While, ast.IfExp, ast.Assert, ast.comprehension)) and (
        getattr(above, "test", None) is node or any(node is i for i in getattr(above, "ifs", ()))))  # fmt: skip


def _combined(place: Place, what: str) -> Optional[Finding]:
    """``(a > 1) and (b < 2)``."""
    nodes = [n for n in _around(place, ast.BoolOp) if _for_each(place, n)]
    outer = nodes[0] if nodes else None
    if outer is None:
        return None
    sign = _SIGNS[type(outer.op)]
    word = _WORDS[sign]
    headline = f"`{word}` asks for one yes or no of a whole {what}; `{sign}` combines item by item."
    why = f"`{sign}` binds closer than a comparison, so that each comparison needs parentheses."
    changes: List[Edit] = []
    for part in ast.walk(outer):
        if isinstance(part, ast.BoolOp):
            changes += _signs(place, part)
        elif isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
            changes += _tilde(place, part)
    fixes = edit(f"Write `{sign}`, with parentheses", changes if place.editable else [], 0.92)
    return finding("ambiguous_truth", headline, 0.95, explanation=why, fixes=fixes)


def _around(place: Place, kind: type) -> List[Any]:
    """Nodes of a kind on the failing lines that hold the place or lie in it, outermost first."""
    first, last = place.source.count("\n", 0, place.start) + 1, place.source.count("\n", 0, place.end) + 1
    return [n for n in place.near if isinstance(n, kind) and n.lineno <= last and (n.end_lineno or 0) >= first  # type: ignore[attr-defined]
            and (place.span(n)[0] <= place.end and place.start <= place.span(n)[1])]  # fmt: skip


def _signs(place: Place, node: ast.BoolOp) -> List[Edit]:
    sign, changes = _SIGNS[type(node.op)], []
    for left, right in zip(node.values, node.values[1:]):
        start, end = place.span(left)[1], place.span(right)[0]
        match = re.search(rf"\b{_WORDS[sign]}\b", place.source[start:end])
        if match:
            changes.append(Edit(start + match.start(), start + match.end(), sign))
    for value in node.values:
        if isinstance(value, (ast.Compare, ast.BoolOp)) and not _in_parentheses(place, value):
            start, end = place.span(value)
            changes += [Edit(start, start, "("), Edit(end, end, ")")]
    return changes


def _tilde(place: Place, node: ast.UnaryOp) -> List[Edit]:
    start, inner = place.span(node)[0], place.span(node.operand)
    bare = isinstance(node.operand, (ast.Compare, ast.BinOp)) and not _in_parentheses(place, node.operand)
    changes = [Edit(start, start + len("not"), "~")]
    gap = place.source[start + len("not") : inner[0]]
    if gap and not gap.strip():
        changes = [Edit(start, inner[0], "~(" if bare else "~")]
        bare_end = [Edit(inner[1], inner[1], ")")] if bare else []
        return changes + bare_end
    return changes


def _in_parentheses(place: Place, node: ast.AST) -> bool:
    start, end = place.span(node)
    before, after = place.source[:start].rstrip(), place.source[end:].lstrip()
    if not (before.endswith("(") and after.startswith(")")):
        return False
    called = re.search(r"(\w+|[\])])\s*\($", before)
    return called is None or keyword.iskeyword(called[1])  # those of a call are not its own


def _precedence(place: Place, _what: str) -> Optional[Finding]:
    """``a > 1 & b < 2``: read as ``a > (1 & b) < 2``."""
    for node in _around(place, ast.Compare):
        if len(node.comparators) not in (1, 2):
            continue
        parts = [node.left, *node.comparators]
        middle = next((p for p in parts if isinstance(p, ast.BinOp) and isinstance(p.op, (ast.BitAnd, ast.BitOr))
                       and not _in_parentheses(place, p)), None)  # fmt: skip
        if middle is None:
            continue
        sign = "&" if isinstance(middle.op, ast.BitAnd) else "|"
        headline = f"`{sign}` binds closer than a comparison: Python reads {code(place.text(middle))} first."
        changes: List[Edit] = []
        if len(parts) == 3 and middle is parts[1] and place.editable:
            (start, end), left, right = place.span(node), place.span(middle.left)[1], place.span(middle.right)[0]
            changes = [Edit(start, start, "("), Edit(left, left, ")"), Edit(right, right, "("), Edit(end, end, ")")]
        return finding("ambiguous_truth", headline, 0.93, explanation="Put each comparison in parentheses.",
                       fixes=edit("Put the comparisons in parentheses", changes, 0.92))  # fmt: skip
    return None


def _chained(place: Place, what: str) -> Optional[Finding]:
    """``0 < s < 5``: two comparisons joined by ``and``."""
    for node in _around(place, ast.Compare):
        if len(node.comparators) == 2 and _for_each(place, node):
            texts = [place.whole(part) for part in (node.left, *node.comparators)]
            signs = [place.source[place.span(a)[1] : place.span(b)[0]].strip()
                     for a, b in zip((node.left, *node.comparators), node.comparators)]  # fmt: skip
            new = f"({texts[0]} {signs[0]} {texts[1]}) & ({texts[1]} {signs[1]} {texts[2]})"
            changes = place.replace(node, new) if all(re.fullmatch(r"[<>=!]+", sign) for sign in signs) else []
            headline = (
                f"{code(place.text(node))} is two comparisons joined by `and`, which a whole {what} cannot answer."
            )
            why = "Write both comparisons and join them by `&`; pandas has `.between(...)` for it, too."
            return finding("ambiguous_truth", headline, 0.93, explanation=why,
                           fixes=edit("Write two comparisons joined by `&`", changes, 0.9))  # fmt: skip
    return None


def _negated(place: Place, what: str) -> Optional[Finding]:
    """``df[not mask]``."""
    for node in _around(place, ast.UnaryOp):
        if isinstance(node.op, ast.Not) and _for_each(place, node):
            headline = f"`not` asks for one yes or no of a whole {what}; `~` turns each item around."
            fixes = edit("Write `~`", _tilde(place, node) if place.editable else [], 0.92)
            return finding("ambiguous_truth", headline, 0.94, fixes=fixes)
    return None


def _tested(place: Place, what: str) -> Optional[Finding]:
    """``if df:``, ``if not df:``, ``if series > 3:``."""
    holders = [n for kind in (ast.If, ast.While, ast.IfExp, ast.Assert) for n in _around(place, kind)]
    tests = [n.test for n in holders if _holds(place, n.test)]
    test = tests[-1] if tests else None
    if test is None:
        return None
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    subject = test.operand if negated else test
    shown = code(place.text(subject))
    if what in ("DataFrame", "Series") and isinstance(subject, (ast.Name, ast.Attribute)):
        new = f"{place.whole(subject)}.empty"
        why = "Whether it has any rows is asked by `.empty`; whether it is there at all, by `is not None`."
        changes = place.replace(test, new if negated else f"not {new}")
        return finding("ambiguous_truth", f"{shown} is a whole {what}, which is neither true nor false.", 0.92,
                       explanation=why, fixes=edit("Ask whether it is empty", changes, 0.7))  # fmt: skip
    why = "Say which is meant: `.any()`, at least one, or `.all()`, each of them. To treat every item for itself, select with " \
          "`[...]`, or use `np.where(condition, a, b)`."  # fmt: skip
    return finding("ambiguous_truth", f"{shown} has one answer for each item, and the condition needs a single one.", 0.92,
                   explanation=why)  # fmt: skip


def _holds(place: Place, test: ast.expr) -> bool:
    """Whether the place lies in a condition. Of an ``if`` over several lines, Python says the line alone."""
    start, end = place.span(test)
    return (start <= place.start and place.end <= end) if place.exact else place.start <= start <= place.end


def _extreme(place: Place, what: str) -> Optional[Finding]:
    """``max(a, b)`` of two arrays."""
    call = place.node(ast.Call, check=lambda n: getattr(n.func, "id", "") in ("max", "min", "sorted", "any", "all"))
    if call is None or call.func.id not in ("max", "min") or place.span(call) != (place.start, place.end):
        return None
    name = call.func.id
    shown = code(place.text(call))
    better = "maximum" if name == "max" else "minimum"
    why = (
        f"`np.{better}(a, b)` compares two arrays item by item; `a.{name}()` gives "
        f"the {'largest' if name == 'max' else 'smallest'} of one."
    )
    fixes: List[Fix] = []
    look = place.context.namespace.look("np")
    if len(call.args) == 2 and not call.keywords and look is not None and look.name == "numpy":
        fixes = edit(f"Write `np.{better}`", place.replace(call.func, f"np.{better}"), 0.88)
    return finding("ambiguous_truth", f"{shown} compares a whole {what} as if it were one number.", 0.92, explanation=why,
                   fixes=fixes)  # fmt: skip


RULES: Tuple[Any, ...] = (ambiguous_truth,)

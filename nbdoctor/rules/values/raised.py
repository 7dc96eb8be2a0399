"""What the user's own code says, or does without an end: ``assert``, ``raise``, functions that call themselves."""

from __future__ import annotations

import ast
from collections import Counter
from typing import Any, List, Optional, Tuple

from ...protocol import Finding
from ..base import Context, code, finding, short
from ..reading.place import Place, innermost, place_of


def assertion(context: Context) -> Optional[Finding]:
    """A check of the code's own that failed: which condition, and where."""
    if not context.is_("AssertionError"):
        return None
    place = place_of(context)
    if place is None or not place.direct:
        who = "a library makes" if place is not None else "the code makes itself"
        return finding("assertion", f"A check that {who} failed{_said(context)}.", 0.6 if place is not None else 0.8)
    node = place.statement()
    if isinstance(node, ast.Raise):
        return finding("assertion", f"The code itself raises this error{_said(context)}.", 0.8)
    if not isinstance(node, ast.Assert):
        return finding("assertion", f"A check that the code makes itself failed{_said(context)}.", 0.8)
    frame = innermost(context)
    inside = f" in {code(frame.function)}" if frame is not None and not frame.function.startswith("<") else ""
    headline = f"The check {code(place.text(node.test))}{inside} is not met{_said(context)}."
    why = (
        "`assert` stops where its condition is false. Either the values are not what they should be, or the "
        "condition is."
    )
    if isinstance(node.test, ast.Tuple):
        why = ""
    return finding("assertion", headline, 0.88, explanation=why, facts=_sides(place, node.test))


def _said(context: Context) -> str:
    text = " ".join(context.message.split())
    return f": {short(text, 160).rstrip('.')}" if text else ""


def _sides(place: Place, test: Any) -> List[str]:
    """What the two sides of a comparison are, where that shows."""
    if not isinstance(test, ast.Compare) or len(test.comparators) != 1:
        return []
    found = []
    for node in (test.left, test.comparators[0]):
        look = place.look(node)
        if look is not None and not isinstance(node, ast.Constant):
            size = f" with {look.length} items" if look.length is not None and look.shape is None else ""
            size = f" of shape {tuple(look.shape)}" if look.shape else size
            found.append(f"{code(place.text(node))} is of type {code(look.type)}{size}.")
    return found


def deliberate(context: Context) -> Optional[Finding]:
    """A ``raise`` in the user's own code: nothing to correct is known but what the code itself says."""
    frame = innermost(context)
    if frame is None or context.error.frames[-1] is not frame or context.is_("AssertionError", "NotImplementedError"):
        return None
    place = place_of(context)
    node = place.statement() if place is not None else None
    if not isinstance(node, ast.Raise) or place is None or not _raises(node, context.error.name):
        return None
    inside = f"{code(frame.function)}" if not frame.function.startswith("<") else "The code of this cell"
    headline = f"{inside} raises this {code(context.error.name)} by itself{_said(context)}."
    why = "This is no mistake of Python's: a `raise` says when the code does not go on. Look at the condition " \
          "above it, and at the values that came to it."  # fmt: skip
    return finding("raised", headline, 0.82, explanation=why)


def _raises(node: ast.Raise, name: str) -> bool:
    """Whether a ``raise`` names the error: ``raise 'text'`` and a misspelled class fail by themselves."""
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    said = getattr(raised, "attr", getattr(raised, "id", ""))
    return node.exc is None or said == name or (isinstance(node.exc, ast.Name) and said[:1].islower())


def not_implemented(context: Context) -> Optional[Finding]:
    """A method that a subclass has to write."""
    if not context.is_("NotImplementedError"):
        return None
    frame = innermost(context)
    place = place_of(context)
    own = place is not None and isinstance(place.statement(), ast.Raise) and frame is not None
    if own and frame is not None and not frame.function.startswith("<"):
        headline = (
            f"{code(frame.function)} is only announced: it raises `NotImplementedError` instead of doing something."
        )
        return finding("not_implemented", headline, 0.88)
    return finding("not_implemented", f"The library does not offer this{_said(context)}.", 0.7)


def recursion(context: Context) -> Optional[Finding]:
    """A function that calls itself without end: which one."""
    if not context.is_("RecursionError"):
        return None
    frames = [frame for frame in context.error.frames if not frame.function.startswith("<module")]
    own = [frame for frame in frames if frame.where != "library"] or frames
    names = Counter(frame.function for frame in own)
    often = [name for name, count in names.most_common(3) if count > 2]
    if not often:
        return finding("recursion", "A function calls itself without end, or too deeply.", 0.8)
    if len(often) == 1:
        headline = f"{code(often[0])} calls itself again and again, and never comes to an end."
    else:
        headline = f"{' and '.join(code(name) for name in often)} call one another again and again, without an end."
    why = "Python allows about 1,000 calls within one another. Each path through the function " \
          "has to come to a case in which it does not call itself, and each call has to come nearer to it."  # fmt: skip
    if often[0] in ("__getattr__", "__getattribute__", "__setattr__", "__repr__", "__str__", "__eq__", "__hash__"):
        why = (
            f"Inside of {code(often[0])}, what it defines is used again, such as `self.name`; use "
            f"`super().{often[0]}(...)` there."
        )
    return finding("recursion", headline, 0.92, explanation=why)


RULES: Tuple[Any, ...] = (assertion, deliberate, not_implemented, recursion)

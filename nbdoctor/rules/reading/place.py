"""The place that failed: the user's innermost line, in whichever cell or file it stands, and what is written there.

`base.Context` looks at the failing cell. A function that an earlier cell defines fails in that cell, of which the Report
has the one line; that is enough to name things, and not to edit them.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Callable, List, Optional, Tuple

from ...protocol import Edit, Frame, Look
from ...text import same_ends
from ..base import Context, short
from .cells import parse
from .source import line_of, offset_of, span, text_of

#: How a line that is no statement by itself becomes one: a pattern, and how many characters of it are left out.
_HEADS = ((re.compile(r"elif\b"), 2, " pass"), (re.compile(r".*:\s*(#.*)?$", re.S), 0, " pass"))


@dataclass(frozen=True)
class Place:
    """Where it failed.

    Attributes
    ----------
    source, tree : the text that the place is in.
    start, end : offsets of the failing expression, or of its line.
    exact : whether Python said which expression it is (3.11 on).
    editable : whether ``source`` is the failing cell's.
    direct : whether this line raised by itself, rather than library code that it called.
    """

    context: Context
    source: str
    tree: ast.Module
    start: int
    end: int
    exact: bool
    editable: bool
    direct: bool

    @cached_property
    def near(self) -> List[ast.AST]:
        """All nodes of the top-level statements that the place is in, outermost first: cells may be long."""
        first, last = line_of(self.source, self.start), line_of(self.source, self.end)
        body = [node for node in self.tree.body if node.lineno <= last and (node.end_lineno or node.lineno) >= first]
        return list(ast.walk(ast.Module(body, [])))[1:]

    def node(self, *types: type, check: Optional[Callable[[Any], bool]] = None) -> Any:
        """The one node of these types that failed: the one that Python points at, or the only one there. None where there is
        no such node, or where it could be one of two."""
        found = self.nodes(*types, check=check)
        exact = [node for node in found if self.exact and span(self.source, node) == (self.start, self.end)]
        return exact[0] if exact else found[0] if len(found) == 1 else None

    def nodes(self, *types: type, check: Optional[Callable[[Any], bool]] = None) -> List[Any]:
        """All nodes of these types in the failing expression; where there are none, those around it on its lines."""
        inside: List[Any] = []
        around: List[Any] = []
        first, last = line_of(self.source, self.start), line_of(self.source, self.end)
        for node in self.near:
            # Offsets cost more than lines: the nodes of other lines are left out first.
            if not isinstance(node, types) or not _on_lines(node, first, last) or not (check is None or check(node)):
                continue
            start, end = span(self.source, node)
            if self.start <= start and end <= self.end:
                inside.append(node)
            elif start <= self.start and self.end <= end:
                around.append(node)
        return inside or around[-1:]

    def statement(self) -> Any:
        """The innermost statement that holds the place."""
        line = line_of(self.source, self.start)
        found = [node for node in self.near if isinstance(node, ast.stmt) and _on_lines(node, line, line)]
        spans = [(node, *span(self.source, node)) for node in found]
        around = [node for node, start, end in spans if start <= self.start and self.end <= end]
        return around[-1] if around else found[0] if found else None

    def text(self, node: ast.AST) -> str:
        """The text of a node, on one line and short."""
        return short(" ".join(text_of(self.source, node).split()))

    def whole(self, node: ast.AST) -> str:
        """The text of a node as it is written."""
        return text_of(self.source, node)

    def look(self, node: Optional[ast.AST]) -> Optional[Look]:
        """What a node is, as far as that can be told without running it."""
        return None if node is None else self.context.namespace.look(self.whole(node))

    def span(self, node: ast.AST) -> Tuple[int, int]:
        """The offsets of a node."""
        return span(self.source, node)

    def replace(self, node: ast.AST, text: str) -> List[Edit]:
        """The edit that turns a node into ``text``, no longer than it has to be; none where the place cannot be edited."""
        start, end = span(self.source, node)
        old = self.source[start:end]
        if not self.editable or old == text:
            return []
        first, last = same_ends(old, text)
        return [Edit(start + first, end - last, text[first : len(text) - last])]

    def wrap(self, node: Any, before: str, after: str) -> List[Edit]:
        """The edits that put something before and after a node."""
        start, end = span(self.source, node)
        return [Edit(start, start, before), Edit(end, end, after)] if self.editable else []

    def parent(self, node: ast.AST) -> Any:
        """The node that holds ``node``."""
        return next((p for p in self.near if any(child is node for child in ast.iter_child_nodes(p))), None)


def _on_lines(node: Any, first: int, last: int) -> bool:
    return hasattr(node, "lineno") and bool(node.lineno <= last and (node.end_lineno or node.lineno) >= first)


def place_of(context: Context) -> Optional[Place]:
    """Where the failure happened; None where the text of it is not known or no Python."""
    frame = innermost(context)
    if frame is None:
        return None
    direct = context.error.frames[-1] is frame
    tree, span_ = context.tree(), context.failing_span()
    exact = frame.column is not None and frame.end_column is not None and frame.end_line in (None, frame.line)
    if frame is context.frame():
        if tree is None or span_ is None:
            return None
        start, end = span_
        if (
            not exact
            and frame.end_line not in (None, frame.line)
            and _opens_block(tree, line_of(context.source, start))
        ):
            end = offset_of(context.source, line_of(context.source, start) + 1) - 1  # the head alone, not what it holds
        return Place(context, context.source, tree, start, max(start, end), exact, True, direct)
    text = frame.source.strip()
    shift = len(frame.source) - len(frame.source.lstrip())
    parsed = _parsed(text)
    if parsed is None:
        return None
    source, tree, cut = parsed
    start, end = 0, len(text) - cut
    if exact:
        start, end = (frame.column or 0) - shift - cut, (frame.end_column or 0) - shift - cut
    return Place(context, source, tree, max(start, 0), max(end, 0), exact, False, direct)


def innermost(context: Context) -> Optional[Frame]:
    """The innermost frame of the user's whose text is known: compiled parts of a library have frames without one."""
    return next((f for f in reversed(context.error.frames) if f.where != "library" and f.source.strip()), None)


def _opens_block(tree: ast.Module, line: int) -> bool:
    return any(isinstance(n, ast.stmt) and hasattr(n, "body") and n.lineno == line for n in ast.walk(tree))


def _parsed(line: str) -> Optional[Tuple[str, ast.Module, int]]:
    """A line that stands alone: its text, its tree, and how many characters were left out at its beginning."""
    tree = parse(line)
    if tree is not None:
        return line, tree, 0
    for pattern, cut, tail in _HEADS:
        tree = parse(line[cut:] + tail) if pattern.match(line) else None
        if tree is not None:
            return line[cut:] + tail, tree, cut
    return None

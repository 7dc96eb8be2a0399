"""Tokens of text that need not be valid Python, and what every maker of repairs is given.

The standard library's tokenizer stops at the first thing that it does not know, and at another one in each version of Python.
This one reads on: an unended text ends with its line, and a character that Python does not know is a token of its own.
"""

from __future__ import annotations

import keyword
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from typing import FrozenSet, List, Optional, Sequence, Tuple

from ...protocol import Edit, EmptyNamespace, Namespace
from ..reading.cells import python_source
from ..reading.source import line_of, line_text, offset_of

_TOKEN = re.compile(
    r"""(?P<space>[ \t\f\r]+|\\\n)
    |(?P<comment>\#[^\n]*)
    |(?P<newline>\n)
    |(?P<string>(?:(?:[rR][bBfFtT]?|[bBfFtT][rR]?|[uU])(?=['"]))?(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''
        |"(?!"")(?:[^"\\\n]|\\.)*"|'(?!'')(?:[^'\\\n]|\\.)*'))
    |(?P<open>(?:(?:[rR][bBfFtT]?|[bBfFtT][rR]?|[uU])(?=['"]))?(?:\"\"\".*|'''.*|"[^\n]*|'[^\n]*))
    |(?P<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d[\d_]*)?\w*)
    |(?P<name>[^\W\d]\w*)
    |(?P<op>\*\*=|//=|>>=|<<=|\.\.\.|->|:=|==|!=|<=|>=|<>|\*\*|//|>>|<<|[-+*/%&|^@]=|.)""",
    re.VERBOSE | re.DOTALL,
)
OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True)
class Token:
    """A piece of the text: ``string``, ``open`` (a text without end), ``number``, ``name``, ``op``, ``comment``, ``newline``."""

    kind: str
    text: str
    start: int
    depth: int  # brackets that are open before it

    @property
    def end(self) -> int:
        """Where the next piece may begin."""
        return self.start + len(self.text)

    @property
    def is_value(self) -> bool:
        """Whether a value may end with it."""
        return self.kind in ("string", "number") or self.text in CLOSING or (self.kind == "name" and not is_word(self))

    @property
    def begins_value(self) -> bool:
        """Whether a value begins with it, other than a bracket, which may be a call or an index."""
        return self.kind in ("string", "number") or (self.kind == "name" and not is_word(self))


_OPERATORS = frozenset(word for word in keyword.kwlist if word[:1] != "_")
_CONSTANTS = frozenset(("False", "None", "True"))


def is_word(token: Token) -> bool:
    """Whether a name is a keyword that is no value."""
    return token.text in _OPERATORS and token.text not in _CONSTANTS


@lru_cache(maxsize=32)
def tokens(source: str) -> Tuple[Token, ...]:
    """All tokens but spaces. A newline within brackets is left out only where the brackets are closed later."""
    found: List[Token] = []
    depth = 0
    for match in _TOKEN.finditer(source):
        kind, text = match.lastgroup or "op", match.group()
        if kind == "space":
            continue
        if text in CLOSING and kind == "op":
            depth = max(depth - 1, 0)
        found.append(Token(kind, text, match.start(), depth))
        if text in OPENING and kind == "op":
            depth += 1
    return tuple(found)


@lru_cache(maxsize=32)
def _starts(source: str) -> Tuple[int, ...]:
    return tuple(token.start for token in tokens(source))


@dataclass
class Trouble:
    """A cell that does not parse, and what the parser says: message, line from 1, column from 0."""

    source: str
    message: str
    line: int
    column: int = 0
    namespace: Namespace = field(default_factory=EmptyNamespace)
    #: Names of the cell that do not stand in ``source``, where that is a part of it.
    elsewhere: FrozenSet[str] = frozenset()
    #: The cell with its magics made harmless, equally long.
    python: str = field(init=False)

    def __post_init__(self) -> None:
        python = python_source(self.source)
        self.python = self.source if python is None else python

    @property
    def text(self) -> str:
        """The line that the parser complains about."""
        return line_text(self.python, self.line)

    @property
    def tokens(self) -> Tuple[Token, ...]:
        """Of the whole cell, with its magics made harmless."""
        return tokens(self.python)

    @property
    def vague(self) -> bool:
        """Whether the parser says no more than that something is wrong."""
        return self.message.startswith(("invalid syntax", "unexpected EOF", "incomplete input")) or not self.message

    def on_line(self, line: Optional[int] = None) -> List[Token]:
        """The tokens that begin in a line, without comments."""
        line = self.line if line is None else line
        start = offset_of(self.python, line)
        after = start + len(line_text(self.python, line)) + 1
        first = bisect_right(_starts(self.python), start - 1)
        found: List[Token] = []
        for token in self.tokens[first:]:
            if token.start >= after:
                break
            if token.kind not in ("comment", "newline"):
                found.append(token)
        return found

    def statement(self, line: Optional[int] = None) -> List[Token]:
        """The tokens of the logical line that a line belongs to: brackets may span lines."""
        line = self.line if line is None else line
        at = offset_of(self.python, line, len(line_text(self.python, line)))
        found: List[Token] = []
        for token in self.tokens:
            if token.kind == "newline" and token.depth == 0:
                if token.start >= at:
                    break
                found = []
            elif token.kind not in ("newline", "comment"):
                found.append(token)
        return found

    def line_of(self, token: Token) -> int:
        """The line, from 1, that a token begins in."""
        return line_of(self.python, token.start)

    def between(self, first: Token, last: Token) -> str:
        """The text from one token to another, both included."""
        return self.source[first.start : last.end]


def replace(token: Token, new: str) -> Edit:
    """The edit that writes ``new`` for a token."""
    return Edit(token.start, token.end, new)


def insert(at: int, new: str) -> Edit:
    """The edit that writes ``new`` at an offset."""
    return Edit(at, at, new)


def wrap(first: Token, last: Token, opening: str = "(", closing: str = ")") -> List[Edit]:
    """The edits that put brackets around tokens."""
    return [insert(first.start, opening), insert(last.end, closing)]


def drop(source: str, token: Token, first: Optional[Token] = None) -> Edit:
    """The edit that takes a token, or all from ``first`` to it, away, with the spaces that are too many then."""
    start, end = (first or token).start, token.end
    before, after = source[start - 1 : start], source[end : end + 1]
    if after == " " and (before in ("", "\n", " ") or before in OPENING):
        end += len(source[end:]) - len(source[end:].lstrip(" "))
    elif before == " " and (after in ("", "\n", ",", ":") or after in CLOSING):
        start -= len(source[:start]) - len(source[:start].rstrip(" "))
    return Edit(start, end, "")


def parts(inner: Sequence[Token], separator: str = ",") -> List[List[Token]]:
    """Tokens within one pair of brackets, split at the separators of that level."""
    found: List[List[Token]] = [[]]
    level = inner[0].depth if inner else 0
    for token in inner:
        if token.text == separator and token.kind == "op" and token.depth == level:
            found.append([])
        else:
            found[-1].append(token)
    return found if found != [[]] else []


def partner(all_tokens: Sequence[Token], index: int) -> Optional[int]:
    """The index of the bracket that closes the one at ``index``; None where there is none or another kind."""
    opening = all_tokens[index]
    for i in range(index + 1, len(all_tokens)):
        token = all_tokens[i]
        if token.depth <= opening.depth and token.text in CLOSING:
            return i if token.text == OPENING[opening.text] else None
    return None


def index_at(all_tokens: Sequence[Token], offset: int) -> int:
    """The index of the last token that begins at or before an offset; -1 where there is none."""
    return bisect_right([token.start for token in all_tokens], offset) - 1

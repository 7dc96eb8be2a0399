"""Brackets that are not closed, closed twice, closed by another kind, or never opened."""

from __future__ import annotations

import builtins
import re
from typing import FrozenSet, Iterator, List, Optional, Sequence, Tuple

from ...protocol import Edit
from ..reading.source import line_of, line_text, offset_of
from .indents import Repair
from .reading import code_end, open_brackets
from .tokens import CLOSING, OPENING, Token, Trouble, insert

_STATEMENT = re.compile(
    r"\s*(?:(?:def|class|if|while|with|return|import|from|print|try|elif|del|raise|assert)\b|[\w.]+\s*[-+*/]?=(?!=)|for\b.*:\s*$)"
)
#: What cannot follow an opening bracket.
_NEVER_FIRST = (".", "<", ">", "==", "!=", "<=", ">=", "=", "/", "%", "|", "^", ":", "and", "or", "in", "is")
_Open = List[Tuple[str, int]]


def brackets(trouble: Trouble) -> Iterator[Repair]:
    """What is wrong with the brackets of the cell."""
    before, _ = open_brackets(trouble.python[: offset_of(trouble.python, trouble.line)])
    if before and _STATEMENT.match(trouble.text):
        # A statement begins while a bracket is open: whatever closes it further down was meant for something else.
        yield from _never_closed(trouble, before, trouble.line - 1)
    stack, wrong = open_brackets(trouble.python)
    if stack or wrong is not None:
        yield from _by_level(trouble)
    if wrong is None:
        if stack:
            yield from _never_closed(trouble, stack)
        return
    char, at, opened = wrong
    yield from _empty(trouble, at)
    yield from _never_opened(trouble, char, at)
    if opened is None:
        yield from _closes_nothing(trouble, char, at)
    else:
        yield from _closed_by_another(trouble, stack, char, at)


def _by_level(trouble: Trouble) -> Iterator[Repair]:
    """A row of a longer list that is not closed: the next row is indented just as it is."""
    lines = trouble.python.split("\n")
    for number, (text, below) in enumerate(zip(lines, lines[1:]), 1):
        end = code_end(text)
        inner, _ = open_brackets(text[:end])
        start = offset_of(trouble.python, number)
        level = len(text) - len(text.lstrip())
        if len(inner) != 1 or not text[:end].endswith(",") or len(below) - len(below.lstrip()) != level:
            continue
        if below.strip()[:1] not in OPENING or not open_brackets(trouble.python[:start])[0]:
            continue
        right = OPENING[inner[0][0]]
        said = f"Line {number} opens a `{inner[0][0]}` that is never closed; the next line begins on its own."
        yield Repair("bracket_open", said, f"Add `{right}`", [insert(start + end - 1, right)], 0.86)


def known_names(trouble: Trouble) -> FrozenSet[str]:
    """Names that stand for something: of the kernel, of Python, and those that the cell has more than once or binds."""
    words = [t.text for t in trouble.tokens if t.kind == "name"]
    bound = re.findall(r"([^\W\d]\w*)\s*(?:=(?!=)|\bin\b)", trouble.python)
    often = [word for word in set(words) if words.count(word) > 1]
    return frozenset([*trouble.namespace.names(), *trouble.elsewhere, *dir(builtins), *often, *bound, "self"])


def _empty(trouble: Trouble, until: int) -> Iterator[Repair]:
    """``f(.g()`` and ``f( < 3``: the bracket was to be closed at once."""
    useful = [t for t in trouble.tokens if t.kind not in ("comment", "newline")]
    for token, after in zip(useful, useful[1:]):
        if token.start >= until:
            break
        if (
            token.text in OPENING
            and token.kind == "op"
            and after.text in _NEVER_FIRST
            and (token.text, after.text) != ("[", ":")
        ):
            line, right = trouble.line_of(token), OPENING[token.text]
            said = f"Line {line} opens a `{token.text}` that is never closed, before {after.text!r}.".replace("'", "`")
            yield Repair("bracket_open", said, f"Add `{right}`", [insert(token.end, right)], 0.88)


def _never_opened(trouble: Trouble, char: str, at: int) -> Iterator[Repair]:
    """The opening bracket is missing: between two values, within a name, or at the name that the closing one follows."""
    opening, number = CLOSING[char], line_of(trouble.python, at)
    said = f"The `{opening}` is missing that the `{char}` in line {number} closes."
    before = [t for t in trouble.on_line(number) if t.start < at]
    for left, right in reversed(list(zip(before, before[1:]))):
        if left.kind == "name" and left.is_value and right.begins_value:
            yield Repair("bracket_unmatched", said, f"Add `{opening}`", [Edit(left.end, right.start, opening)], 0.84)
    known = known_names(trouble)
    others = known | {t.text for t in trouble.tokens if t.kind == "name"}
    yield from _called(trouble, char, before)
    for index, token in reversed(list(enumerate(before))):
        attribute = index > 0 and before[index - 1].text in (".", "def", "class")
        place = _split(token, (known, others - {token.text}), attribute)
        if place:
            edits = [insert(token.start + place, opening)]
            yield Repair("bracket_unmatched", said, f"Add `{opening}`", edits, 0.8)
    if (
        char == "]"
        and len(before) > 2
        and before[-2].text == "-"
        and before[-3].is_value
        and before[-3].end == before[-2].start
    ):
        yield Repair("bracket_unmatched", said, "Add `[`", [insert(before[-2].start, "[")], 0.84)
    if (
        before
        and before[-1].kind == "name"
        and before[-1].end == at
        and len(before) > 1
        and before[-2].text == "."
        and char == ")"
    ):
        yield Repair("bracket_unmatched", said, "Add `(`", [insert(at, "(")], 0.82)


def _called(trouble: Trouble, char: str, before: Sequence[Token]) -> Iterator[Repair]:
    """``f[1, 2])``: a list that is given to a function; one key alone would be an index."""
    if char != ")" or not before or before[-1].text != "]":
        return
    opening = next((t for t in reversed(before) if t.text == "[" and t.depth == before[-1].depth), None)
    comma = opening and any(t.text == "," and t.depth == opening.depth + 1 and t.start > opening.start for t in before)
    if opening is not None and comma and any(t.end == opening.start and t.is_value for t in before):
        said = f"The `(` is missing that the `)` in line {trouble.line_of(opening)} closes."
        yield Repair("bracket_unmatched", said, "Add `(`", [insert(opening.start, "(")], 0.82)


def _split(token: Token, names: Tuple[FrozenSet[str], FrozenSet[str]], attribute: bool) -> int:
    """Where a name that nobody knows is two: a known one, and another of the cell or a number; 0 where it is not."""
    known, others = names
    if token.kind != "name" or token.text in known or len(token.text) < 3:
        return 0
    places = [i for i in range(1, len(token.text)) if token.text[i:] in others or token.text[i:].isdigit()]
    good = [i for i in places if token.text[:i] in known or (attribute and i > 2)]
    return min(good) if good else 0


def _closes_nothing(trouble: Trouble, char: str, at: int) -> Iterator[Repair]:
    source = trouble.python
    number = line_of(source, at)
    opening = CLOSING[char]
    before = [t for t in trouble.on_line(number) if t.start < at]
    start = next(
        (t for t in reversed(before) if t.text in ("=", "return", "in", "+=", ":", "==") and t.depth == 0), None
    )
    after = source[at + 1 :].lstrip(" ")[:1]
    doubled = source[:at].rstrip()[-1:] in tuple(CLOSING)
    if start is not None and not doubled and (char != ")" or (after in tuple("*/+-.[%<>=") and after)):
        place = start.end + (source[start.end : start.end + 1] == " ")
        said = f"The `{char}` in line {number} closes nothing; the `{opening}` before it is missing."
        yield Repair("bracket_unmatched", said, f"Add `{opening}`", [insert(place, opening)], 0.8)
    said = f"The `{char}` in line {number} closes nothing."
    glued = before[-1] if before and before[-1].end == at else None
    # Where it follows a name or a list of values directly, it is rather the opening one that is missing.
    plain = doubled or glued is None or (glued.kind == "string" and all(t.text != "," or t.depth for t in before))
    edits = [Edit(at, at + 1, "")]
    if source[offset_of(source, number) : at].strip() == "" and line_text(source, number).strip() == char:
        edits = [Edit(at, min(at + 2, len(source)), "")] if source[at + 1 : at + 2] == "\n" else edits
    yield Repair("bracket_unmatched", said, f"Remove `{char}`", edits if plain else [], 0.85)


def _closed_by_another(trouble: Trouble, stack: _Open, char: str, at: int) -> Iterator[Repair]:
    source = trouble.python
    opened, where = stack[-1]
    right, number, first = OPENING[opened], line_of(source, at), line_of(source, where)
    place = f" of line {first}" if first != number else ""
    said = f"Line {number} closes the `{opened}`{place} with `{char}`."
    if source[at + 1 :].lstrip()[:1] == right:
        lacks = f"The `{CLOSING[char]}` is missing that the `{char}` in line {number} closes."
        yield Repair("bracket_unmatched", lacks, f"Add `{CLOSING[char]}`", [insert(where + 1, CLOSING[char])], 0.86)
    if len(stack) < 2 or OPENING[stack[-2][0]] != char:
        yield Repair("bracket_mismatch", said, f"Write `{right}`", [Edit(at, at + 1, right)], 0.85)
    lacks = f"The `{opened}` in line {first} is never closed, so the `{char}` in line {number} does not fit."
    for offset in _ends(trouble, stack, at):
        yield Repair("bracket_open", lacks, f"Add `{right}`", [insert(offset, right)], 0.84)
    yield Repair("bracket_mismatch", said, f"Write `{right}`", [Edit(at, at + 1, right)], 0.82)
    said = f"The `{char}` in line {number} closes nothing."
    yield Repair("bracket_unmatched", said, f"Remove `{char}`", [Edit(at, at + 1, "")], 0.76)


def _ends(trouble: Trouble, stack: _Open, at: int) -> Iterator[int]:
    """Where the innermost bracket may have ended, before an outer one is closed at ``at``."""
    source = trouble.python
    where = stack[-1][1]
    inner = [t for t in trouble.tokens if where < t.start < at and t.kind not in ("comment", "newline")]
    level = inner[0].depth if inner else 0
    if source[where] in "[{":
        for comma, name, sign in zip(inner, inner[1:], inner[2:]):
            named = sign.text == "=" or (sign.text == ":" and source[where] == "[")
            if comma.text == "," and name.kind == "name" and named and comma.depth == level:
                yield comma.start
    if source[where] == "(" and not source[where - 1 : where].isalnum():
        yield from (len(source[: t.start].rstrip()) for t in inner if t.text == "for" and t.depth == level)
    if source[where] == "[":  # `[[1, 2, [3, 4]]`: the next list is a neighbour
        for comma, token in zip(inner, inner[1:]):
            if comma.text == "," and comma.depth == level and token.text == "[":
                yield comma.start
                break
    first, last = line_of(source, where), line_of(source, at)
    if first != last:
        text = line_text(source, first)
        end = code_end(text)
        yield offset_of(source, first, end - 1 if text[:end].endswith(",") else end)
    yield at


def _key(source: str, char: str, at: int) -> int:
    """Where the key ends in ``df["a" > 3``: a text or number in square brackets is compared with nothing; 0 otherwise."""
    match = re.match(
        r"\[\s*(?:'[^'\n]*'|\"[^\"\n]*\"|[-\d:]+)(?=\s*(?:[<>=!]=|[<>*+/.-]|(?:not|in|and|or|is)\b))", source[at:]
    )
    return at + match.end() if match and char == "[" and source[at - 1 : at].isalnum() else 0


def _never_closed(trouble: Trouble, stack: _Open, until: int = 0) -> Iterator[Repair]:
    """The closing one goes to the end of the first line where the cell parses with it."""
    source = trouble.python
    yield from _empty(trouble, len(source))
    closing = "".join(OPENING[char] for char, _ in reversed(stack))
    char, at = stack[-1]
    number = line_of(source, at)
    said = f"Line {number} opens a `{char}` that is never closed."
    key = _key(source, char, at)
    if key:
        yield Repair("bracket_open", said, "Add `]`", [insert(key, closing)], 0.85)
    late = [t for t in trouble.on_line(number) if t.start > at]
    for token in late:  # `a if f(x else b`
        if token.text == "else" and "if" not in [t.text for t in late if t.start < token.start]:
            yield Repair(
                "bracket_open", said, f"Add `{closing}`", [insert(len(source[: token.start].rstrip()), closing)], 0.86
            )
    last = until or source.count("\n") + 1
    for line in range(number, min(number + 12, last) + 1):
        for offset in _line_ends(source, line, bool(stack[:-1])):
            yield Repair("bracket_open", said, f"Add `{closing}`", [insert(offset, closing)], 0.85)
    if len(stack) > 1:  # the inner one at its own line, the outer ones at the end
        for offset in _line_ends(source, number, True):
            edits = [insert(offset, OPENING[char]), insert(len(source.rstrip()), closing[1:])]
            yield Repair("bracket_open", said, f"Add `{closing}`", edits, 0.75)
    if not until:
        yield Repair("bracket_open", said, f"Add `{closing}` at the end", [insert(len(source.rstrip()), closing)], 0.7)


def _line_ends(source: str, line: int, nested: bool) -> Sequence[int]:
    text = line_text(source, line)
    end = code_end(text)
    columns: List[Optional[int]] = (
        [end - 1] if text[:end].endswith((":", ";")) or (nested and text[:end].endswith(",")) else []
    )
    return [offset_of(source, line, column) for column in [*columns, end] if column is not None]

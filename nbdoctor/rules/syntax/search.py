"""A search for one edit of one sign near the error, offered only where no other of the same plausibility makes the cell parse."""

from __future__ import annotations

import keyword
import re
from typing import Iterator, List, Sequence

from ...protocol import Edit
from ...text import apply_edits
from ..base import closest, code
from ..reading.source import compiles, offset_of
from .brackets import known_names
from .indents import Repair
from .tokens import CLOSING, OPENING, Token, Trouble, drop, index_at, insert, is_word, replace

_KEYWORDS = tuple(word for word in keyword.kwlist if word.islower())
#: How far from the error the search looks, in tokens.
_BEFORE, _AFTER = 8, 3
_STARTS = (
    "import",
    "from",
    "print",
    "return",
    "break",
    "continue",
    "def",
    "class",
    "while",
    "with",
    "del",
    "raise",
    "for",
    "if",
    "pass",
)
_BINARY = frozenset(
    [
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "==",
        "!=",
        "<",
        ">",
        "<=",
        ">=",
        "&",
        "|",
        "^",
        "=",
        "+=",
        "-=",
        "*=",
        "/=",
        "and",
        "or",
    ]
)
_OPERATORS = _BINARY | {",", ".", ":"}


def search(trouble: Trouble) -> Iterator[Repair]:
    """Repairs of one sign, each class of them only where it has one that parses."""
    if not (trouble.vague or "expected" in trouble.message or "comma" in trouble.message):
        return
    near = _near(trouble)
    makers = (
        _doubled(trouble, near),
        _wrong_sign(trouble, near),
        _commas(trouble),
        _missing_word(trouble, near),
    )
    for candidates in makers:
        good = [repair for repair in candidates if compiles(apply_edits(trouble.source, repair.edits))]
        if len(good) == 1:
            yield good[0]
            return


def _near(trouble: Trouble) -> List[Token]:
    """The tokens around the error, newlines left out."""
    useful = [t for t in trouble.tokens if t.kind not in ("comment", "newline")]
    at = index_at(useful, offset_of(trouble.python, trouble.line, trouble.column))
    return useful[max(at - _BEFORE, 0) : at + _AFTER]


def _doubled(trouble: Trouble, near: Sequence[Token]) -> Iterator[Repair]:
    """The same sign twice, or a sign where a bracket has just opened or is about to close."""
    for before, token in zip(near, near[1:]):
        line = trouble.line_of(token)
        if token.text == before.text and token.text in _OPERATORS - {"=", "-", "+"}:
            said = f"{code(token.text)} stands twice in line {line}."
            kind = "extra_comma" if token.text == "," else "repeated_operator"
            yield Repair(kind, said, "Remove one of the two", [drop(trouble.source, token)], 0.82)
        elif before.text == "[" and token.text == "," and trouble.source[before.start - 1 : before.start].strip():
            said = f"The square brackets in line {line} begin with a comma; a range over everything is `:`."
            yield Repair("missing_index", said, "Write `:`", [insert(token.start, ":")], 0.8)
        elif before.text in OPENING and token.text == ",":
            said = f"The comma in line {line} follows {code(before.text)} directly, with nothing before it."
            yield Repair("extra_comma", said, "Remove the comma", [drop(trouble.source, token)], 0.78)
        elif (
            (is_word(token) or not token.depth)
            and token.kind == before.kind == "name"
            and token.text == before.text
            and line == trouble.line_of(before)
        ):
            said = f"{code(token.text)} stands twice in line {line}."
            yield Repair("repeated_word", said, "Remove one of the two", [drop(trouble.source, token)], 0.85)


def _wrong_sign(trouble: Trouble, near: Sequence[Token]) -> Iterator[Repair]:
    """``;`` for ``,``, ``=`` for ``==``, and signs that look alike."""
    for before, token, after in zip(near, near[1:], near[2:]):
        line = trouble.line_of(token)
        shown = code(token.text)
        if (
            token.text in (";", ".")
            and token.depth
            and before.is_value
            and (after.begins_value or after.text in OPENING)
        ):
            spaced = trouble.source[token.end : token.end + 1] in (" ", "\n")
            if token.text == ";" or spaced:
                said = f"{shown} in line {line} stands between two values, where a comma belongs."
                yield Repair(
                    "semicolon_for_comma" if token.text == ";" else "missing_comma",
                    said,
                    "Write a comma",
                    [replace(token, ",")],
                    0.8,
                )
        elif token.text == "," and token.depth and before.kind in ("string", "number") and _in_dict(near, token):
            said = f"A key of the dictionary in line {line} is followed by a comma, where a colon belongs."
            yield Repair("dict_syntax", said, "Write a colon", [replace(token, ":")], 0.75)


def _in_dict(near: Sequence[Token], token: Token) -> bool:
    opening = next((t for t in reversed(near) if t.start < token.start and t.depth == token.depth - 1), None)
    return opening is not None and opening.text == "{" and any(t.text == ":" and t.depth == token.depth for t in near)


def dict_colons(trouble: Trouble) -> Iterator[Repair]:
    """A colon between key and value of a dictionary."""
    whole = trouble.statement()[:400]
    for before, token in zip(whole, whole[1:]):
        if (
            before.kind not in ("string", "number")
            or not before.depth
            or not (token.begins_value or token.text in ("[", "{"))
        ):
            continue
        if token.text == "[" and before.end == token.start:
            continue
        opening = next((t for t in reversed(whole) if t.start < before.start and t.depth < before.depth), None)
        pairs = opening is not None and any(t.text == ":" and t.depth == before.depth for t in whole)
        if opening is not None and opening.text == "{" and (before.kind == "string" or pairs):
            said = (
                f"Between the key {code(before.text)} and its value in line "
                f"{trouble.line_of(before)} the colon is missing."
            )
            yield Repair("dict_syntax", said, "Add the colon", [insert(before.end, ":")], 0.85)


def _rest(trouble: Trouble) -> List[Token]:
    """The tokens of the failing statement, from a little before the error on, at most 120."""
    statement = trouble.statement()
    at = index_at(statement, offset_of(trouble.python, trouble.line, trouble.column))
    return statement[max(at - _BEFORE, 0) : max(at, 0) + 120]


def _commas(trouble: Trouble) -> Iterator[Repair]:
    """A comma between two values. Two names side by side may be a text that lacks its quotes, unless they are known."""
    statement = _rest(trouble)
    known = known_names(trouble)
    listing = trouble.statement()[:1] and trouble.statement()[0].text in ("assert", "from", "import", "global")
    for before, token in zip(statement, statement[1:]):
        if not (token.depth or listing) or before.text in OPENING or token.text in CLOSING or not before.is_value:
            continue
        glued = before.end == token.start
        opens = (
            token.text in ("{", "[", "(")
            and not glued
            and (before.kind in ("string", "number") or before.text in CLOSING)
        )
        if not (token.begins_value and not (glued and token.kind == "string")) and not opens:
            continue
        names = before.kind == token.kind == "name"
        apart = "\n" in trouble.source[before.end : token.start]
        attribute = trouble.source[before.start - 1 : before.start] == "."
        named = re.match(r"\w+\s*=(?!=)", trouble.python[token.start :])
        if (
            names
            and not apart
            and not listing
            and not named
            and not (token.text in known and (attribute or before.text in known))
        ):
            continue
        said = f"A comma is missing between {_said(before)} and {_said(token)} in line {trouble.line_of(before)}."
        yield Repair("missing_comma", said, "Add the comma", [insert(before.end, ",")], 0.82)


def _said(token: Token) -> str:
    return "the bracket" if token.text in CLOSING or token.text in OPENING else code(token.text)


def _missing_word(trouble: Trouble, near: Sequence[Token]) -> Iterator[Repair]:
    """A keyword that is misspelled."""
    for number, token in enumerate(near):
        if token.kind != "name" or token.text in _KEYWORDS or not 2 <= len(token.text) <= 9:
            continue
        before = near[number - 1] if number else None
        after = near[number + 1] if number + 1 < len(near) else None
        if (before is not None and before.text == ".") or (after is not None and after.text in ("(", "=", ".")):
            continue
        best = closest(token.text, _KEYWORDS, 0.66)
        if best is not None and best.score >= 0.66:
            line = trouble.line_of(token)
            said = f"{code(token.text)} in line {line} is no word of Python's; {code(best.name)} is."
            yield Repair(
                "misspelled_keyword_of_python", said, f"Write {code(best.name)}", [replace(token, best.name)], 0.86
            )


def starts(trouble: Trouble) -> Iterator[Repair]:
    """A block that begins with the wrong word: ``is x > 3:``."""
    for line in dict.fromkeys((trouble.line, max(trouble.line - 1, 1))):
        line_tokens = trouble.on_line(line)
        if (
            len(line_tokens) < 3
            or line_tokens[-1].text != ":"
            or line_tokens[0].text not in ("is", "in", "of", "fi", "If", "IF", "When", "when", "unless")
        ):
            continue
        word = line_tokens[0]
        if (word.text != "unless" and is_word(word)) or word.kind == "name":
            said = f"Line {line} begins a block with {code(word.text)}; a condition begins with `if`."
            edits: List[Edit] = [replace(word, "if" if word.text != "unless" else "if not")]
            yield Repair("misspelled_keyword_of_python", said, "Write `if`", edits, 0.82)


def joined(trouble: Trouble) -> Iterator[Repair]:
    """Two statements on one line."""
    line_tokens = trouble.on_line()
    for before, token in zip(line_tokens, line_tokens[1:]):
        starts_one = token.text in _STARTS or re.match(r"\w+\s*=[^=]", trouble.python[token.start :])
        if (
            token.depth
            or not before.is_value
            or token.kind != "name"
            or not starts_one
            or before.text in ("var", "let", "const")
        ):
            continue
        level = trouble.text[: len(trouble.text) - len(trouble.text.lstrip())]
        said = f"Line {trouble.line} has two statements; the second begins at {code(token.text)}."
        yield Repair("joined_statements", said, "Begin a new line", [Edit(before.end, token.start, f"\n{level}")], 0.8)


def said_of_operators(trouble: Trouble) -> Iterator[Repair]:
    """Two operators that follow each other: which of them is meant nobody knows."""
    line_tokens = trouble.on_line()
    for before, token in zip(line_tokens, line_tokens[1:]):
        if before.text in _BINARY and token.text in _BINARY - {"+", "-", "~"} and before.text not in ("=", ",", ":"):
            if trouble.text.lstrip().startswith(("def ", "lambda ", "async ")) or (
                before.text in ("*", "**") and token.text in (",", ")")
            ):
                continue
            said = (
                f"In line {trouble.line} the operators `{before.text}` and `{token.text}` "
                "follow each other, with no value between them."
            )
            yield Repair("repeated_operator", said, "", [])

"""Numbers that are none, and signs that Python does not know: typographic quotes, dashes, fractions."""

from __future__ import annotations

import re
import unicodedata
from typing import Iterator, List, Sequence

from ...protocol import Edit
from .. import tables
from ..base import code
from ..reading.source import compiles
from .indents import Repair
from .tokens import Token, Trouble, insert, replace

_NUMBER = re.compile(r"^(\d[\d_]*\.?[\d_]*)([^\W\d]\w*)$")
_DATES = re.compile(r"(?i)(?:date|time|timestamp|period|timedelta)\w*\s*\([^()]*$")
_MODES = re.compile(r"(?:chmod|mkdir|makedirs|umask|mode\s*=)[^()]*(?:\([^()]*)?$")


def numbers(trouble: Trouble) -> Iterator[Repair]:
    """Numbers that are none: leading zeros, letters, two dots."""
    zeros = [t for t in trouble.tokens if t.kind == "number" and re.fullmatch(r"0[\d_]*[1-9][\d_]*", t.text)]
    if zeros and any(trouble.line_of(t) == trouble.line for t in zeros):
        yield from _zeros(trouble, zeros)
    for token in trouble.on_line():
        match = _NUMBER.match(token.text) if token.kind == "number" else None
        if match and not compiles(token.text):
            yield from _letters(trouble, token, match.group(1), match.group(2))


def _zeros(trouble: Trouble, zeros: Sequence[Token]) -> Iterator[Repair]:
    first = next(t for t in zeros if trouble.line_of(t) == trouble.line)
    said = f"{code(first.text)} in line {trouble.line} begins with 0, and a whole number cannot."
    before = trouble.text[: first.start - trouble.source.rfind("\n", 0, first.start) - 1]
    octal = first.text.isdigit() and not set(first.text) & {"8", "9"}
    if octal and _MODES.search(before):
        said = (
            f"{code(first.text)} in line {trouble.line} is an octal number as Python 2 wrote "
            f"it; Python 3 writes {code('0o' + first.text.lstrip('0'))}."
        )
        yield Repair("leading_zeros", said, "Write `0o`", [replace(first, "0o" + first.text.lstrip("0"))], 0.9)
    alike = not octal or len(first.text.lstrip("0")) == 1 or bool(_DATES.search(before))
    if alike:  # as an octal number it would be the same, or none
        edits = [replace(t, t.text.lstrip("0_")) for t in zeros]
        yield Repair("leading_zeros", said, "Remove the zeros", edits, 0.85)
        yield Repair("leading_zeros", said, "Remove the zeros", [replace(first, first.text.lstrip("0_"))], 0.85)


def _letters(trouble: Trouble, token: Token, digits: str, letters: str) -> Iterator[Repair]:
    line = trouble.line_of(token)
    follower = trouble.python[token.end :].lstrip()[:2]
    target = follower[:1] == "=" and follower != "=="
    if letters.lower() in ("e",):
        said = f"{code(token.text)} in line {line} lacks its exponent: `{digits}e3` is {digits} thousand."
        yield Repair("bad_number", said, "", [])
    elif letters == "i" and not target and not re.search(r"\bi\s*(?:=[^=]|,|in\b)", trouble.python):
        said = f"The imaginary unit is written `j`, not `i`: {code(digits + 'j')} in line {line}."
        yield Repair("bad_number", said, "Write `j`", [replace(token, digits + "j")], 0.88)
    elif target:
        said = f"{code(token.text)} in line {line} is no name, because it begins with a digit."
        yield Repair("bad_name", said, "", [])
    elif token.depth and digits in ("0", "1") and letters not in ("x", "y", "z"):  # nobody multiplies by them
        said = f"A comma is missing between {code(digits)} and {code(letters)} in line {line}."
        yield Repair("missing_comma", said, "Add the comma", [insert(token.start + len(digits), ",")], 0.78)
    elif letters in _known(trouble):
        said = (
            f"Between {code(digits)} and {code(letters)} in line {line} the `*` "
            "is missing; Python does not multiply by itself."
        )
        yield Repair("missing_operator", said, "Write `*`", [insert(token.start + len(digits), "*")], 0.8)
    elif letters in ("f", "F", "d", "D"):
        plain = digits if "." in digits else f"{digits}.0"
        said = f"{code(token.text)} in line {line} is a number of C or Java; in Python it is {code(plain)}."
        yield Repair("bad_number", said, f"Write {code(plain)}", [replace(token, plain)], 0.85)
    else:
        said = f"{code(token.text)} in line {line} is neither a number nor a name: a name cannot begin with a digit."
        yield Repair("bad_number", said, "", [])


def _known(trouble: Trouble) -> List[str]:
    """Names that a number may be multiplied with: of the kernel, of the cell, of mathematics."""
    bound = re.findall(r"([^\W\d]\w*)\s*(?:=(?!=)|,|\)|\bin\b)", trouble.python)
    return [*trouble.namespace.names(), *trouble.elsewhere, *bound, *tables.load("syntax")["mathematical"]]


# ------------------------------------------------------------------ characters


def characters(trouble: Trouble) -> Iterator[Repair]:
    """Typographic quotes, signs and spaces that came along with pasted text."""
    table = tables.load("syntax")
    known, quotes = table["characters"], table["quotes"]
    # In a text, or in a comment, they are what was meant.
    odd = [
        t for t in trouble.tokens if (t.kind == "op" and ord(t.text[:1]) > 126) or t.text in ("\x00", "\x17", "\x0c")
    ]
    here = [t for t in odd if trouble.line_of(t) == trouble.line]
    yield from _digits(trouble)
    if not here:
        return
    shown = ", ".join(dict.fromkeys(_shown(t.text) for t in here))
    said = f"Line {trouble.line} has {shown}, which Python does not know; such signs come along with pasted text."
    paired = all(sum(t.text in pair for t in here) % 2 == 0 for pair in ("“”„«»", "‘’‚‹›"))
    for some in (odd, here):
        for pairs in (True, False) if paired else (False,):
            plain = {**known, **(quotes["paired"] if pairs else quotes["alone"])}
            edits = [replace(t, plain[t.text]) for t in some if t.text in plain]
            if edits:
                yield Repair("odd_character", said, "Write the plain characters", edits, 0.9)
    yield Repair("odd_character", said, "", [])


def _shown(char: str) -> str:
    return code(char) if char.strip() and char.isprintable() else f"U+{ord(char):04X}"


def _digits(trouble: Trouble) -> Iterator[Repair]:
    """``½``, ``1½`` and ``x²``: single signs that stand for a number, or for a power."""
    for token in trouble.on_line():
        odd = [char for char in token.text if unicodedata.category(char) == "No"]
        if token.kind not in ("name", "number", "op") or not odd:
            continue
        line = trouble.line
        plain, sign = token.text[: -len(odd)], "".join(odd)
        decomposed = {unicodedata.decomposition(char).partition(" ")[0] for char in odd}
        value = unicodedata.numeric(odd[0], 0.0) + (int(plain) if plain.isdecimal() else 0)
        if decomposed == {"<super>"} and plain and token.text.endswith(sign):
            power = unicodedata.normalize("NFKC", sign)
            said = f"{code(token.text)} in line {line} has a raised number; a power is written with `**`."
            yield Repair(
                "odd_character", said, "Write `**`", [Edit(token.start + len(plain), token.end, f"**{power}")], 0.88
            )
        elif decomposed == {"<fraction>"} and (plain.isdecimal() or not plain) and round(value, 4) == value:
            said = f"{code(token.text)} in line {line} is one sign, not a number; the number is {code(str(value))}."
            yield Repair("odd_character", said, f"Write {code(str(value))}", [replace(token, str(value))], 0.85)

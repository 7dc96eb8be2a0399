"""Small repairs of text that does not parse, each a guess: `syntax` offers the first that makes the cell parse."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from typing import Iterator, List

from ..protocol import Edit
from ..text import apply_edits
from . import tables
from .base import closest, code
from .brackets import CLOSING, code_end, open_brackets
from .indents import Repair, indentation, line_edit
from .source import compiles, line_text, offset_of

_BLOCK = re.compile(r"^\s*(?:async\s+)?(if|elif|else|for|while|def|class|try|except|finally|with|match|case)\b")
_KEYWORDS = (*(word for word in keyword.kwlist if word.islower()), "print")
_STRAIGHT = {
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "‘": "'",
    "’": "'",
    "‚": "'",
    "‹": "'",
    "›": "'",
    "`": "'",
    "´": "'",
}


def repairs(source: str, line: int, message: str) -> Iterator[Repair]:
    """Possible repairs, likeliest first. None of them has been tried."""
    for make in (_by_table, _characters, _colon, _brackets, _quotes, _comma, indentation, _keyword):
        yield from make(source, line, message)


def _by_table(source: str, line: int, _message: str) -> Iterator[Repair]:
    """Rewritings of a line that `data/syntax.json` knows; first of this line, then of all lines that are alike."""
    lines = source.split("\n")
    for row in tables.load("syntax")["rewrites"]:
        pattern = re.compile(row["pattern"])
        text = line_text(source, line)
        end = code_end(text)
        match = pattern.search(text[:end])
        if not match:
            continue
        headline = row["headline"].format(*[g or "" for g in match.groups()], line=line)
        new = pattern.sub(row["replace"], text[:end], count=1) + text[end:]
        yield Repair(row["kind"], headline, row["title"], line_edit(source, line, new), row["confidence"])
        if len(pattern.findall(text[:end])) > 1:
            new = pattern.sub(row["replace"], text[:end]) + text[end:]
            yield Repair(row["kind"], headline, row["title"], line_edit(source, line, new), row["confidence"])
        every: List[Edit] = []
        for number, other in enumerate(lines, 1):
            stop = code_end(other)
            if pattern.search(other[:stop]):
                every += line_edit(source, number, pattern.sub(row["replace"], other[:stop], count=1) + other[stop:])
        if len(every) > 1:
            yield Repair(row["kind"], headline, row["title"], every, row["confidence"])


def _characters(source: str, line: int, message: str) -> Iterator[Repair]:
    """Typographic quotes, signs and spaces that came along with pasted text."""
    if "invalid character" not in message and "invalid non-printable" not in message:
        return
    text = line_text(source, line)
    known = {**tables.load("syntax")["characters"], **_STRAIGHT}
    odd = [char for char in dict.fromkeys(text) if char in known]
    if not odd:
        return
    new = "".join(known.get(char, char) for char in text)
    shown = ", ".join(code(char) if char.strip() else f"U+{ord(char):04X}" for char in odd)
    headline = f"Line {line} has {shown}, which Python does not know; it comes from text that was pasted."
    yield Repair("odd_character", headline, "Write the plain characters", line_edit(source, line, new), 0.9)
    edits = [e for n, t in enumerate(source.split("\n"), 1) if any(c in known and ord(c) > 127 for c in t)
             for e in line_edit(source, n, "".join(known.get(c, c) for c in t))]  # fmt: skip
    yield Repair("odd_character", headline, "Write the plain characters", edits, 0.85)


def _colon(source: str, line: int, _message: str) -> Iterator[Repair]:
    """A colon that is missing at the end of a line that starts a block."""
    for number in (line, line - 1):
        text = line_text(source, number)
        match = _BLOCK.match(text)
        end = code_end(text)
        if not match or text[:end].endswith(":"):
            continue
        headline = f"Line {number} starts with {code(match.group(1))} and lacks the colon at its end."
        if text[:end].endswith((";", ",", "=", "{", ".")):
            at = offset_of(source, number, end - 1)
            yield Repair("missing_colon", headline, "Write the colon", [Edit(at, at + 1, ":")], 0.9)
        at = offset_of(source, number, end)
        yield Repair("missing_colon", headline, "Add the colon", [Edit(at, at, ":")], 0.95)


def _brackets(source: str, _line: int, _message: str) -> Iterator[Repair]:
    """Brackets that are not closed, closed twice, or closed by another kind."""
    stack, wrong = open_brackets(source)
    if wrong is not None:
        char, at, opened = wrong
        number = source.count("\n", 0, at) + 1
        if opened is not None:
            right = CLOSING[opened]
            headline = f"Line {number} closes {code(opened)} with {code(char)}."
            yield Repair("bracket_mismatch", headline, f"Write {code(right)}", [Edit(at, at + 1, right)], 0.85)
            yield Repair("bracket_mismatch", headline, f"Add {code(right)}", [Edit(at, at, right)], 0.75)
        headline = f"The {code(char)} in line {number} closes nothing."
        yield Repair("bracket_unmatched", headline, f"Remove {code(char)}", [Edit(at, at + 1, "")], 0.85)
        return
    if not stack:
        return
    closing = "".join(CLOSING[char] for char, _ in reversed(stack))
    char, at = stack[-1]
    number = source.count("\n", 0, at) + 1
    headline = f"The {code(char)} in line {number} is never closed."
    text = line_text(source, number)
    end = code_end(text)
    places = [end]
    if text[:end].endswith((":", ";")):
        places.insert(0, end - 1)
    for column in places:
        place = offset_of(source, number, column)
        yield Repair("bracket_open", headline, f"Add {code(closing)}", [Edit(place, place, closing)], 0.85)
    last = len(source.rstrip())
    yield Repair("bracket_open", headline, f"Add {code(closing)} at the end", [Edit(last, last, closing)], 0.7)


def _quotes(source: str, line: int, message: str) -> Iterator[Repair]:
    """A string that is not ended, or ended by an apostrophe inside of it."""
    text = line_text(source, line)
    # Before Python 3.10 an apostrophe inside of a text is "invalid syntax".
    odd = "invalid syntax" in message and text.count("'") % 2 == 1
    if "unterminated string" not in message and "EOL while scanning" not in message and not odd:
        return
    end = len(text.rstrip())
    first = re.search(r"['\"]", text)
    if first is None:
        return
    quote = first.group()
    if text[:end].endswith("\\" + quote):
        return  # the backslash takes the closing quote away; which of the two was meant is not known
    other = '"' if quote == "'" else "'"
    if text.count(quote) >= 3 and other not in text:
        last = text.rindex(quote)
        at = offset_of(source, line)
        edits = [Edit(at + first.start(), at + first.start() + 1, other), Edit(at + last, at + last + 1, other)]
        headline = f"The text in line {line} ends at the {code(quote)} inside of it."
        yield Repair("quote_inside", headline, f"Use {code(other)} around it", edits, 0.88)
    headline = f"The text that begins in line {line} has no closing {code(quote)}."
    tail = re.search(r"[)\]}:,;]*\s*$", text[:end])
    for column in dict.fromkeys([tail.start() if tail else end, end]):
        at = offset_of(source, line, column)
        yield Repair("quote_open", headline, f"Add {code(quote)}", [Edit(at, at, quote)], 0.85)


def _comma(source: str, line: int, message: str) -> Iterator[Repair]:
    """A comma that is missing between two values; offered only if one place alone makes the cell parse."""
    if "forgot a comma" not in message and not message.startswith("invalid syntax"):
        return
    places = [place for number in (line, line - 1) for place in _gaps(source, number)]
    good = [at for at in dict.fromkeys(places) if compiles(apply_edits(source, [Edit(at, at, ",")]))]
    if len(good) == 1:
        number = source.count("\n", 0, good[0]) + 1
        headline = f"A comma is missing between two values in line {number}."
        yield Repair("missing_comma", headline, "Add the comma", [Edit(good[0], good[0], ",")], 0.8)


def _gaps(source: str, line: int) -> List[int]:
    """Offsets inside of brackets where a value ends and another begins without anything between.

    One of the two has to be a literal or a closed bracket: two names side by side may be text that lacks its quotes.
    """
    text = line_text(source, line)
    start = len(text) - len(text.lstrip())
    depth = len(open_brackets(source[: offset_of(source, line)])[0])
    found: List[int] = []
    previous = None
    try:
        for token in tokenize.generate_tokens(io.StringIO(text.strip()).readline):
            if not token.string.strip():
                continue
            if previous is not None and depth > 0 and _two_values(previous, token):
                found.append(offset_of(source, line, start + previous.end[1]))
            depth += (token.string in CLOSING) - (token.string in (")", "]", "}"))
            previous = token if token.type != tokenize.COMMENT else previous
    except (tokenize.TokenError, IndentationError, SyntaxError):
        pass
    if previous is not None and depth > 0 and (previous.type in _LITERALS or previous.string in (")", "]", "}")):
        found.append(offset_of(source, line, start + previous.end[1]))
    return found[:12]


_LITERALS = (tokenize.NUMBER, tokenize.STRING)


def _two_values(left: tokenize.TokenInfo, right: tokenize.TokenInfo) -> bool:
    ends = left.type in _LITERALS or left.string in (")", "]", "}")
    begins = right.type in _LITERALS or (right.string == "{" and ends)
    named = [t for t in (left, right) if t.type == tokenize.NAME]
    if any(keyword.iskeyword(t.string) for t in named):
        return False
    return (ends and (begins or right.type == tokenize.NAME)) or (begins and left.type == tokenize.NAME)


def _keyword(source: str, line: int, message: str) -> Iterator[Repair]:
    """A misspelled keyword at the start of the line, or of the line before."""
    if "invalid syntax" not in message and "expected" not in message:
        return
    for number in (line, line - 1):
        text = line_text(source, number)
        for match in list(re.finditer(r"(?<![\w.'\"])([A-Za-z]{2,9})(?![\w(='\".])", text))[:8]:
            near = closest(match.group(1), _KEYWORDS, 0.66)
            if near is None or match.group(1) in _KEYWORDS:
                continue
            new = text[: match.start()] + near.name + text[match.end() :]
            headline = f"{code(match.group(1))} in line {number} is no keyword; {code(near.name)} is."
            yield Repair(
                "misspelled_keyword_of_python",
                headline,
                f"Write {code(near.name)}",
                line_edit(source, number, new),
                0.85,
            )

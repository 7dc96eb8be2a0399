"""Blocks: a branch that is not level with its ``if``, ``global`` that comes too late, ``return`` that lost its function."""

from __future__ import annotations

import keyword
import re
from typing import Iterator, List, Optional, Tuple

from ...protocol import Edit
from ..base import code
from ..reading.source import line_text, offset_of
from .indents import Repair, level_of, line_edit, shifted
from .tokens import Token, Trouble, insert

_BRANCHES = {
    "else": ("if", "elif", "for", "while", "try", "except"),
    "elif": ("if", "elif"),
    "except": ("try", "except"),
    "finally": ("try", "except", "else"),
}
_PUNCTUATION = re.compile(r"^\s*(?:\.[^\W\d]|[|&+*/%,]|-\s|(?:and|or|if|else|in|is|not)\b|=\s)")


def blocks(trouble: Trouble) -> Iterator[Repair]:
    """What is wrong with the blocks around the failing line."""
    yield from _branch(trouble)
    yield from _handler(trouble)
    yield from _late(trouble)
    yield from _nonlocal(trouble)
    yield from _lost_return(trouble)
    yield from _continued(trouble)


def _word(text: str) -> str:
    match = re.match(r"\s*([^\W\d]\w*)", text)
    return match.group(1) if match else ""


def _branch(trouble: Trouble) -> Iterator[Repair]:
    """``else`` that is indented further, or less far, than the ``if`` that it belongs to."""
    word = _word(trouble.text)
    if word not in _BRANCHES or not re.match(rf"\s*{word}\b(?!\s*=)", trouble.text):
        return
    own = level_of(trouble.text)
    owner = _owner(trouble, word, own)
    said = f"The `{word}` in line {trouble.line} has nothing above it that it belongs to"
    if owner and level_of(line_text(trouble.python, owner)) != own:
        named = _word(line_text(trouble.python, owner))
        said = (
            f"The `{word}` in line {trouble.line} is not level with the `{named}` in line {owner} that it belongs to."
        )
        to = level_of(line_text(trouble.python, owner))
        edits = shifted(trouble.source, trouble.line, to, with_block=True)
        yield Repair("unpaired_block", said, f"Align it with the `{named}`", edits, 0.85)
        return
    wanted = " or ".join(f"`{name}`" for name in _BRANCHES[word][:2])
    yield Repair("unpaired_block", f"{said}: it needs an {wanted} directly before it, at the same level.", "", [])


def _owner(trouble: Trouble, word: str, own: str) -> int:
    """The line of the statement above that such a branch can belong to, the nearest in level; 0 where two are as near."""
    found: List[Tuple[int, int]] = []
    inner = 1000
    for number in range(trouble.line - 1, 0, -1):
        text = line_text(trouble.python, number)
        level = len(level_of(text))
        if not text.strip() or text.lstrip().startswith("#") or level >= inner:
            continue
        inner = level
        if _word(text) in _BRANCHES[word]:
            found.append((abs(level - len(own)), number))
        if level == 0:
            break
    found.sort()
    tied = len(found) > 1 and found[0][0] == found[1][0]
    return found[0][1] if found and not tied else 0


def _handler(trouble: Trouble) -> Iterator[Repair]:
    """A line after a ``try`` block that is written like ``except`` but for its word."""
    for line in (trouble.line, trouble.line - 1):
        match = re.match(
            r"^(\s*)([^\W\d]\w*)(\s+(?:[A-Z]\w*(?:Error|Exception|Interrupt|Warning|Exit)|Exception)\b.*:)",
            line_text(trouble.python, line),
        )
        if not match or keyword.iskeyword(match.group(2)):
            continue
        above = [t for t in trouble.python.split("\n")[: line - 1] if level_of(t) == match.group(1) and t.strip()]
        if above and _word(above[-1]) in ("try", "except"):
            said = (
                f"Line {line} stands after a `try` block and begins with "
                f"{code(match.group(2))}; errors are caught with `except`."
            )
            at = offset_of(trouble.source, line, match.start(2))
            edits = [Edit(at, at + len(match.group(2)), "except")]
            # The handler is the user's own: it catches what it was written to catch.
            yield Repair("try_block", said, "Write `except`", edits, 0.82, ("catches",))


def unhandled(trouble: Trouble) -> Iterator[Repair]:
    """A ``try`` with nothing below it: an ``except`` is not made up, it would hide the error."""
    own = level_of(trouble.text)
    for number in range(trouble.line - 1, 0, -1):
        text = line_text(trouble.python, number)
        if text.strip() and len(level_of(text)) <= len(own):
            if re.match(rf"{own}try\s*:", text) and _word(trouble.text) not in _BRANCHES and number < trouble.line - 1:
                said = f"The `try` in line {number} has no `except` or `finally` below it, before line {trouble.line} goes on."
                yield Repair("try_block", said, "", [])
            return


def _late(trouble: Trouble) -> Iterator[Repair]:
    """``global x`` after x was used: the statement goes to the top of the function."""
    match = re.search(
        r"name '(\w+)' is (assigned to before|used prior to) (global|nonlocal) declaration", trouble.message
    )
    text = line_text(trouble.source, trouble.line)
    if not match or not re.match(rf"\s*{match.group(3)}\b[\w\s,]*$", text):
        return
    name, how, word = match.groups()
    used = "assigned to it" if how.startswith("assigned") else "used it"
    said = f"`{word} {name}` in line {trouble.line} comes too late: the function has {used} before."
    edits: List[Edit] = []
    header = _header(trouble)
    if header:
        first = header + 1
        start, end = offset_of(trouble.source, trouble.line), offset_of(trouble.source, trouble.line, len(text))
        tail = trouble.source[end : end + 1]
        removed = Edit(start, end + 1, "") if tail == "\n" else Edit(max(start - 1, 0), end, "")
        edits = [insert(offset_of(trouble.source, first), text.rstrip() + "\n"), removed]
    yield Repair("global_late", said, "Move it to the top of the function", edits, 0.9)


def _header(trouble: Trouble) -> int:
    """The line of the ``def``, on one line, whose block the failing line stands in directly; 0 where it is not that simple."""
    own = level_of(trouble.text)
    for number in range(trouble.line - 1, 0, -1):
        text = line_text(trouble.python, number)
        if text.strip() and len(level_of(text)) < len(own):
            body = line_text(trouble.python, number + 1)
            simple = re.match(r"\s*(?:async\s+)?def\b.*:\s*(?:#.*)?$", text) and not re.match(r"\s*[rR]?['\"]", body)
            return number if simple else 0
    return 0


def _nonlocal(trouble: Trouble) -> Iterator[Repair]:
    """``nonlocal x`` where x is a variable of the notebook, not of a function around: that is ``global x``."""
    match = re.search(r"no binding for nonlocal '(\w+)' found", trouble.message)
    line_tokens = trouble.on_line()
    if not match or not line_tokens or line_tokens[0].text != "nonlocal" or len(line_tokens) != 2:
        return
    name = match.group(1)
    if name in trouble.namespace.names() or re.search(rf"(?m)^{name}\s*=(?!=)", trouble.python):
        said = (
            f"{code(name)} belongs to no function around line {trouble.line} but "
            f"to the notebook itself: that is `global {name}`."
        )
        token: Token = line_tokens[0]
        yield Repair("nonlocal_missing", said, "Write `global`", [Edit(token.start, token.end, "global")], 0.85)


def _lost_return(trouble: Trouble) -> Iterator[Repair]:
    """``return`` at the level of the ``def`` above it, whose own block ends just there and returns nothing."""
    if "outside function" not in trouble.message or _word(trouble.text) not in ("return", "yield"):
        return
    own, word = level_of(trouble.text), _word(trouble.text)
    block = _function_above(trouble, own)
    if block is None:
        return
    number, inner = block
    name = (re.match(r"\s*(?:async\s+)?def\s+(\w+)", line_text(trouble.python, number)) or [None, ""])[1]
    said = (
        f"The `{word}` in line {trouble.line} stands outside of the function "
        f"{code(str(name))} above it, because it is not indented."
    )
    edits = line_edit(trouble.source, trouble.line, inner + trouble.text.lstrip())
    yield Repair("return_outside", said, "Indent it into the function", edits, 0.82)


def _function_above(trouble: Trouble, own: str) -> Optional[Tuple[int, str]]:
    """(line of the ``def`` that ends just above, indentation of its block); None where it returns a value already."""
    inner = ""
    for number in range(trouble.line - 1, 0, -1):
        text = line_text(trouble.python, number)
        if not text.strip():
            continue
        if len(level_of(text)) > len(own):
            inner = level_of(text)
            if _word(text) == "return":
                return None
        else:
            is_function = level_of(text) == own and re.match(r"\s*(?:async\s+)?def\b", text)
            return (number, inner) if is_function and inner else None
    return None


def _continued(trouble: Trouble) -> Iterator[Repair]:
    """Lines that go on with the expression of the line before: ``.sum()``, ``+ 1``, or a text below texts."""
    if "unexpected indent" not in trouble.message and not trouble.vague:
        return
    lines = trouble.python.split("\n")
    number = trouble.line
    before = lines[number - 2].rstrip() if 1 < number <= len(lines) else ""
    texts = (
        before.endswith(("'", '"')) and re.match(r"\s*['\"]", trouble.text) and lines[number - 3].endswith("\\")
        if number > 2
        else False
    )
    if not before or not level_of(trouble.text) or not (texts or _PUNCTUATION.match(trouble.text)) or "#" in before:
        return
    said = (
        f"Line {number} goes on with line {number - 1}, but line {number - 1} "
        "is complete without it: end it with a backslash."
    )
    last = number
    while last < len(lines) and (_PUNCTUATION.match(lines[last]) and level_of(lines[last])):
        last += 1
    ends = [offset_of(trouble.source, n, len(lines[n - 1].rstrip())) for n in range(number - 1, last)]
    yield Repair("continued_line", said, "End the lines with a backslash", [insert(at, " \\") for at in ends], 0.85)

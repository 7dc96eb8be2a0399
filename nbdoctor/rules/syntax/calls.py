"""Calls and comprehensions: arguments, brackets of the wrong kind, conditions in the wrong place."""

from __future__ import annotations

from typing import Iterator, List, Optional, Sequence, Tuple

from ...protocol import Edit, Look
from ..base import code
from ..reading.source import compiles
from .indents import Repair
from .tokens import CLOSING, OPENING, Token, Trouble, drop, insert, is_word, partner, parts, replace, wrap

#: Accessors of pandas that are indexed, never called.
_INDEXERS = ("loc", "iloc", "at", "iat")
_INDEXED = ("dict", "list", "DataFrame", "Series", "ndarray", "defaultdict", "OrderedDict", "Counter", "tuple")


def deletions(trouble: Trouble) -> Iterator[Repair]:
    """``del (*x)``: there is nothing to unpack where names are deleted."""
    line_tokens = trouble.on_line()
    star = next((t for t in line_tokens if t.text == "*"), None)
    if star is not None and line_tokens[0].text == "del":
        said = f"`del` in line {trouble.line} takes names as they are; the `*` before one has no meaning there."
        yield Repair("starred", said, "Remove the `*`", [drop(trouble.source, star)], 0.8)


def calls(trouble: Trouble) -> Iterator[Repair]:
    """What is wrong between the brackets of the failing statement."""
    statement = trouble.statement()
    for i, token in enumerate(statement):
        if token.text not in OPENING or token.kind != "op":
            continue
        close = partner(statement, i)
        if close is None:
            continue
        inner = statement[i + 1 : close]
        before = statement[i - 1] if i else None
        called = before is not None and before.end == token.start and before.is_value
        level = [t for t in inner if t.depth == token.depth + 1]
        if any(t.text == "for" for t in level):
            yield from _comprehension(trouble, (before if called else None, token, statement[close]), inner)
        if called and token.text == "(" and before is not None:
            yield from _arguments(trouble, statement, i, close)
        elif token.text in ("{", "[", "("):
            yield from _display(trouble, token, inner)
    yield from _stray_dot(trouble, statement)


def _path(statement: Sequence[Token], index: int) -> str:
    """The dotted name that ends before a bracket."""
    words: List[str] = []
    while index > 0 and statement[index - 1].kind == "name":
        words.insert(0, statement[index - 1].text)
        if index < 2 or statement[index - 2].text != ".":
            break
        index -= 2
    return ".".join(words)


def _arguments(trouble: Trouble, statement: Sequence[Token], index: int, close: int) -> Iterator[Repair]:
    opening, closing = statement[index], statement[close]
    path = _path(statement, index)
    given = parts(statement[index + 1 : close])
    follower = statement[close + 1].text if close + 1 < len(statement) else ""
    if (opening.depth == 0 and follower in ("=", "+=", "-=", "*=", "/=")) or statement[0].text == "del":
        yield from _call_as_target(trouble, (opening, closing), path)
    for number, part in enumerate(given):
        if len(part) > 2 and part[1].text == "=" and part[0].kind == "string":
            yield from _text_as_keyword(trouble, given, path)
        elif len(part) > 2 and part[1].text == "=" and is_word(part[0]):
            line = trouble.line_of(part[0])
            said = f"`{part[0].text}` is a word of Python's own, so no argument can be named so directly (line {line})."
            value = trouble.between(part[2], part[-1])
            made = "**{" + f'"{part[0].text}": {value}' + "}"
            edits = [Edit(part[0].start, part[-1].end, made)] if statement[0].text != "def" else []
            yield Repair("keyword_as_name", said, f"Write {code(made)}", edits, 0.8)
        elif (
            number
            and _named(given[number - 1])
            and not _named(part)
            and part
            and statement[0].text not in ("def", "class")
        ):
            yield from _after_named(trouble, given, number, trouble.namespace.look(path) if path else None)


def _named(part: Sequence[Token]) -> bool:
    return (len(part) > 2 and part[0].kind == "name" and part[1].text == "=") or (bool(part) and part[0].text == "**")


def _call_as_target(trouble: Trouble, brackets: Tuple[Token, Token], path: str) -> Iterator[Repair]:
    look = trouble.namespace.look(path) if path else None
    known = path.rpartition(".")[2] in _INDEXERS or (look is not None and look.type in _INDEXED)
    if known and brackets[1].start > brackets[0].end:
        line = trouble.line_of(brackets[0])
        said = f"{code(path)} is not called but indexed: line {line} needs square brackets after it."
        edits = [replace(brackets[0], "["), replace(brackets[1], "]")]
        yield Repair("assign_to_call", said, "Write square brackets", edits, 0.9)


def _text_as_keyword(trouble: Trouble, given: Sequence[List[Token]], path: str) -> Iterator[Repair]:
    names = [part[0] for part in given if len(part) > 2 and part[1].text == "=" and part[0].kind == "string"]
    if all(t.text[1:-1].isidentifier() for t in names):
        line = trouble.line_of(names[0])
        said = (
            f"The name of an argument has no quotes: {code(names[0].text[1:-1] + '=')} "
            f"in the call of {code(path)} in line {line}."
        )
        edits = [replace(t, t.text[1:-1]) for t in names]
        yield Repair("keyword_argument_expression", said, "Remove the quotes", edits, 0.88)


def _after_named(trouble: Trouble, given: Sequence[List[Token]], number: int, look: Optional[Look]) -> Iterator[Repair]:
    """``f(a=1, b)``: where the signature is known, the value is for the parameter at its place."""
    part = given[number]
    value = trouble.between(part[0], part[-1])
    line = trouble.line_of(part[0])
    named = trouble.between(given[number - 1][0], given[number - 1][-1])
    said = (
        f"{code(value)} in line {line} has no name, and comes after {code(named)}, "
        "which has one; named arguments come last."
    )
    edits: List[Edit] = []
    places = [p for p in (look.parameters if look is not None else None) or [] if p.kind == "positional_or_keyword"]
    taken = {p[0].text for p in given if _named(p)}
    if number < len(places) and places[number].name not in taken and part[0].text != "*":
        edits = [insert(part[0].start, f"{places[number].name}=")]
        yield Repair("argument_order", said, f"Name it {code(places[number].name)}", edits, 0.75)
    if not edits:
        yield Repair("argument_order", said, "", [])


def _display(trouble: Trouble, opening: Token, inner: Sequence[Token]) -> Iterator[Repair]:
    """``{'a'=1}``, ``[a; b]``."""
    level = [t for t in inner if t.depth == opening.depth + 1]
    yield from _values(trouble, opening, inner)
    for before, star in zip(inner, inner[1:]):
        if opening.text == "{" and before.text == ":" and star.text in ("*", "**") and star.depth == opening.depth + 1:
            said = (
                f"A value of the dictionary in line {trouble.line_of(star)} begins "
                f"with `{star.text}`, and a value cannot be unpacked."
            )
            yield Repair("starred", said, f"Remove `{star.text}`", [Edit(star.start, star.end, "")], 0.72)
    equals = [t for t in level if t.text in ("=", ":=")]
    if opening.text == "{" and equals and all(t.is_value or t.text in OPENING for t in (inner[0],)):
        line = trouble.line_of(equals[0])
        said = f"The dictionary in line {line} has `{equals[0].text}` between key and value; a dictionary has `:`."
        yield Repair("dict_syntax", said, "Write `:`", [_colon_for(trouble, t) for t in equals], 0.9)
    arrows = [t for t in level if t.text == "=" and trouble.source[t.end : t.end + 1] == ">"]
    if opening.text == "{" and arrows:
        said = f"The dictionary in line {trouble.line_of(arrows[0])} has `=>` between key and value; Python writes `:`."
        edits = [Edit(len(trouble.source[: t.start].rstrip()), t.end + 1, ":") for t in arrows]
        yield Repair("dict_syntax", said, "Write `:`", edits, 0.92)


def _values(trouble: Trouble, opening: Token, inner: Sequence[Token]) -> Iterator[Repair]:
    """``{1: 2, 3}`` and ``{1:}``: a key without its value; nobody knows which."""
    entries = [part for part in parts(inner) if part and part[0].text != "**"]
    colons = [[t.text == ":" and t.depth == opening.depth + 1 for t in part] for part in entries]
    if opening.text != "{" or not any(any(found) for found in colons) or any(t.text in ("for", "=") for t in inner):
        return
    for part, found in zip(entries, colons):
        if found[-1] or (not any(found) and part[0].is_value):
            said = f"The key {code(part[0].text)} of the dictionary in line {trouble.line_of(part[0])} has no value."
            yield Repair("dict_syntax", said, "", [])


def _colon_for(trouble: Trouble, token: Token) -> Edit:
    spaced = trouble.source[token.end : token.end + 1] == " "
    start = len(trouble.source[: token.start].rstrip()) if spaced else token.start
    return Edit(start, token.end, ":" if spaced else ": ")


def _comprehension(
    trouble: Trouble, around: Tuple[Optional[Token], Token, Token], inner: Sequence[Token]
) -> Iterator[Repair]:
    called, opening, closing = around
    level = opening.depth + 1
    first_for = next(i for i, t in enumerate(inner) if t.text == "for" and t.depth == level)
    head, tail = inner[:first_for], inner[first_for:]
    line = trouble.line_of(opening)
    if not head:
        said = (
            f"The brackets in line {line} hold a `for` loop; there, the value "
            "comes first: `[value for name in values]`."
        )
        yield Repair("loop_in_brackets", said, "", [])
        return
    if called is not None and opening.text == "[" and called.kind == "name":
        said = f"{code(called.text)} in line {line} is followed by square brackets; it is called with parentheses."
        yield Repair("square_call", said, "Write parentheses", [replace(opening, "("), replace(closing, ")")], 0.88)
    yield from _head(trouble, opening, head, parts(tail))
    yield from _unpacked(trouble, opening, inner)
    yield from _conditions(trouble, inner, first_for, level)


def _head(trouble: Trouble, opening: Token, head: Sequence[Token], rest: Sequence[List[Token]]) -> Iterator[Repair]:
    line = trouble.line_of(opening)
    values = parts(head)
    if len(values) > 1 and all(values) and opening.text in ("[", "{"):
        said = (
            f"The comprehension in line {line} makes {code(trouble.between(head[0], head[-1]))}, "
            "which needs parentheses around it."
        )
        yield Repair("comprehension_tuple", said, "Add the parentheses", wrap(head[0], head[-1]), 0.92)
    if opening.text == "(" and (len(rest) > 1 or len(values) > 1) and values[-1] and rest[0]:
        said = f"The generator in line {line} needs parentheses of its own, because the call has other arguments."
        yield Repair("generator_parentheses", said, "Add the parentheses", wrap(values[-1][0], rest[0][-1]), 0.9)


def _unpacked(trouble: Trouble, opening: Token, inner: Sequence[Token]) -> Iterator[Repair]:
    """``[*x for x in xs]``: a second loop takes the items out."""
    if (
        len(inner) < 6
        or inner[0].text != "*"
        or inner[1].kind != "name"
        or inner[2].text != "for"
        or inner[3].text != inner[1].text
    ):
        return
    name, item = inner[1].text, "item"
    if item in [t.text for t in trouble.tokens]:
        return
    said = (
        f"The comprehension in line {trouble.line_of(opening)} cannot unpack "
        f"{code('*' + name)}; a second `for` takes its items out."
    )
    edits = [Edit(inner[0].start, inner[1].end, item), insert(inner[-1].end, f" for {item} in {name}")]
    yield Repair("starred", said, "Add a second `for`", edits, 0.8)


def _conditions(trouble: Trouble, inner: Sequence[Token], first_for: int, level: int) -> Iterator[Repair]:
    """``[x if a for x in xs]`` filters: the condition comes last. ``[x for x in xs if a else b]`` chooses: it comes first."""
    words = {t.text: i for i, t in enumerate(inner) if t.depth == level and t.text in ("if", "else")}
    line = trouble.line_of(inner[0])
    if "if" in words and "else" not in words and words["if"] < first_for:
        condition = trouble.between(inner[words["if"]], inner[first_for - 1])
        said = f"The condition {code(condition)} stands before the `for` of line {line}; what filters comes at the end."
        taken = Edit(inner[words["if"]].start, inner[first_for].start, "")
        moved = [taken, insert(inner[-1].end, " " + condition)]
        yield Repair("conditional_order", said, "Move the condition to the end", moved, 0.88)
    if "if" in words and "else" in words and first_for < words["if"] < words["else"]:
        choice = trouble.between(inner[words["if"]], inner[-1])
        said = (
            f"{code(choice)} stands at the end of the comprehension in line "
            f"{line}; what chooses a value comes before the `for`."
        )
        start = inner[words["if"] - 1].end
        moved = [insert(inner[first_for - 1].end, " " + choice), Edit(start, inner[-1].end, "")]
        yield Repair("conditional_order", said, "Move the choice before the `for`", moved, 0.88)


def _stray_dot(trouble: Trouble, statement: Sequence[Token]) -> Iterator[Repair]:
    for before, dot, after in zip(statement, statement[1:], statement[2:]):
        if dot.text == "." and before.is_value and after.text in (*OPENING, *CLOSING, ",", ":", "."):
            line = trouble.line_of(dot)
            said = f"After the dot in line {line} a name is missing, or the dot before `{after.text}` is too many."
            edits = [drop(trouble.source, dot)]
            good = after.text in OPENING and compiles(trouble.source[: dot.start] + trouble.source[dot.end :])
            yield Repair("stray_dot", said, "Remove the dot", edits if good else [], 0.78)

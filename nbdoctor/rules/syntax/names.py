"""Names and numbers that Python cannot read: keywords as names, names with spaces or signs, what stands left of ``=``."""

from __future__ import annotations
import __future__

import keyword
import re
from typing import Iterator, Sequence

from ...protocol import Edit
from ..base import CERTAIN, closest, code, listed
from ..reading.source import offset_of
from .indents import Repair
from .tokens import Token, Trouble, drop, insert, is_word, replace, tokens


def names(trouble: Trouble) -> Iterator[Repair]:
    """What is wrong with a name of the failing line."""
    statement = trouble.statement()
    yield from _swapped(trouble, statement)
    yield from _target(trouble, statement)
    yield from _loop_variable(trouble, trouble.on_line())
    yield from _keyword(trouble, trouble.on_line())
    yield from _annotated(trouble)
    yield from _future(trouble)


def _swapped(trouble: Trouble, statement: Sequence[Token]) -> Iterator[Repair]:
    """``3 = x``."""
    equals = [t for t in statement if t.text == "="]
    if len(equals) != 1 or len(statement) != 3 or statement[1] is not equals[0]:
        return
    value, _, name = statement
    if (
        value.kind in ("number", "string")
        and name.begins_value
        and name.kind == "name"
        and not keyword.iskeyword(name.text)
    ):
        said = (
            f"Line {trouble.line} assigns to the value {code(value.text)}; the name "
            f"belongs to the left: {code(name.text + ' = ' + value.text)}."
        )
        yield Repair(
            "assign_to_literal", said, "Turn it around", [replace(value, name.text), replace(name, value.text)], 0.85
        )


def _target(trouble: Trouble, statement: Sequence[Token]) -> Iterator[Repair]:
    """``net-income = 3`` and ``net income = 3``: words that were meant as one name."""
    position = next((i for i, t in enumerate(statement) if t.text == "=" and t.depth == statement[0].depth), 0)
    left = statement[:position]
    words = [t for t in left if t.kind in ("name", "number")]
    signs = {t.text for t in left if t.kind == "op"}
    if len(words) < 2 or words[0].kind != "name" or any(keyword.iskeyword(t.text) for t in words):
        return
    line = trouble.line_of(left[0])
    spaced = not signs and len(words) == len(left)
    dashed = (
        signs == {"-"} and len(left) == 2 * len(words) - 1 and all(a.end == b.start for a, b in zip(left, left[1:]))
    )
    if not spaced and not dashed:
        return
    new = "_".join(t.text for t in words)
    shown = trouble.between(left[0], left[-1])
    elsewhere = {t.text for t in tokens(trouble.python.replace(shown, "")) if t.kind == "name"}
    if spaced and all(t.text in elsewhere or t.text == "_" for t in words):
        said = f"A comma is missing between the names {code(shown)} in line {line}."
        yield Repair("missing_comma", said, "Add the comma", [insert(t.end, ",") for t in words[:-1]], 0.85)
        return
    reason = "a space in it" if spaced else "a `-` in it, which subtracts"
    kind = "space_in_name" if spaced else "hyphen_in_name"
    said = f"The name {code(shown)} in line {line} has {reason}; words in a name are joined with `_`."
    others = rf"(?<![\w.'\"]){re.escape(shown)}(?![\w'\"])"
    edits = [Edit(m.start(), m.end(), new) for m in re.finditer(others, trouble.python)]
    yield Repair(kind, said, f"Write {code(new)}", edits, 0.8)
    yield Repair(kind, said, f"Write {code(new)}", [Edit(left[0].start, left[-1].end, new)], 0.8)


def _keyword(trouble: Trouble, line_tokens: Sequence[Token]) -> Iterator[Repair]:
    """A keyword where a name belongs. PEP 8: a name that clashes gets one underscore at its end."""
    for i, token in enumerate(line_tokens):
        after = line_tokens[i + 1].text if i + 1 < len(line_tokens) else ""
        before = line_tokens[i - 1].text if i else ""
        if not is_word(token):
            continue
        said = f"`{token.text}` is a word of Python's own, so it cannot be "
        if before == ".":
            yield from _attribute(trouble, line_tokens, i)
        elif (
            before in ("def", "class") or (i == 0 and after == "=") or (before in (",", "for") and after in ("=", "in"))
        ):
            said += f"a name; the custom is to write {code(token.text + '_')} (line {trouble.line})."
            every = [
                replace(t, t.text + "_")
                for t in trouble.tokens
                if t.text == token.text and t.kind == "name" and trouble.python[t.start - 1 : t.start] != "."
            ]
            title = f"Write {code(token.text + '_')}"
            yield Repair("keyword_as_name", said, title, every, 0.78)
            yield Repair("keyword_as_name", said, title, [replace(token, token.text + "_")], 0.78)
            yield Repair("keyword_as_name", said, "", [])
        elif before in ("import", "as", "from") and token.text not in ("import",):
            said += f"imported by that name (line {trouble.line})."
            yield Repair("keyword_as_name", said, "", [])


def _attribute(trouble: Trouble, line_tokens: Sequence[Token], index: int) -> Iterator[Repair]:
    word = line_tokens[index].text
    start = index - 1
    while start > 1 and line_tokens[start - 1].kind == "name" and line_tokens[start - 2].text == ".":
        start -= 2
    owner = trouble.between(line_tokens[start - 1], line_tokens[index - 2]) if index >= 2 else ""
    look = trouble.namespace.look(owner) if owner else None
    said = f"`{word}` is a word of Python's own, so {code(f'{owner}.{word}')} cannot be written (line {trouble.line})"
    if look is not None and repr(word) in look.keys:
        edit = Edit(line_tokens[index - 1].start, line_tokens[index].end, f'["{word}"]')
        yield Repair("keyword_as_name", f'{said}; `{owner}["{word}"]` can.', "Write square brackets", [edit], 0.93)
    after = line_tokens[index + 1].text if index + 1 < len(line_tokens) else ""
    if after == "=" and owner and look is None:  # an attribute of the user's own
        every = [
            replace(t, f"{word}_")
            for t in trouble.tokens
            if t.text == word and t.kind == "name" and trouble.python[t.start - 1 : t.start] == "."
        ]
        custom = f"{said}; the custom is to write {code(f'{owner}.{word}_')}."
        yield Repair("keyword_as_name", custom, f"Write {code(f'{word}_')}", every, 0.78)
    tail = f'; for a column write `{owner}["{word}"]`.' if owner else "."
    yield Repair("keyword_as_name", said + tail, "", [])


def _loop_variable(trouble: Trouble, line_tokens: Sequence[Token]) -> Iterator[Repair]:
    """``for "name" in names:``."""
    for before, token, after in zip(line_tokens, line_tokens[1:], line_tokens[2:]):
        if before.text == "for" and after.text == "in" and token.kind == "string" and token.text[1:-1].isidentifier():
            said = (
                f"The loop in line {trouble.line} gives its values to {code(token.text)}, "
                "which is a text; a name has no quotes."
            )
            yield Repair("name_as_text", said, "Remove the quotes", [replace(token, token.text[1:-1])], 0.8)


def _future(trouble: Trouble) -> Iterator[Repair]:
    """A feature of ``__future__`` that does not exist, or an import of it that does not come first."""
    match = re.search(r"future feature (\S+) is not defined", trouble.message)
    line_tokens = trouble.on_line()
    if match:
        name, known = match.group(1), __future__.all_feature_names
        best = closest(name, known, 0.7)
        near = (
            f"; the closest is {code(best.name)}"
            if best is not None
            else f": there are {listed(known[-4:])} and others"
        )
        said = f"`__future__` has no feature {code(name)}{near}."
        if name == "*":
            said = "From `__future__` every feature is imported by its name, not with `*`."
        found = [t for t in line_tokens if t.text == name]
        edits = [replace(found[-1], best.name)] if best is not None and best.confidence > CERTAIN and found else []
        yield Repair("future_import", said, f"Write {code(best.name)}" if best is not None else "", edits, 0.85)
    elif "from __future__ imports must occur" in trouble.message and line_tokens and line_tokens[0].depth == 0:
        text = trouble.text
        said = f"The import from `__future__` in line {trouble.line} has to be the first statement of the cell."
        start = offset_of(trouble.source, trouble.line)
        first = next((t for t in trouble.tokens if t.kind not in ("comment", "newline")), None)
        edits = []
        if (
            first is not None
            and not text[:1].isspace()
            and trouble.source[start + len(text) : start + len(text) + 1] == "\n"
        ):
            edits = [insert(first.start, text + "\n"), Edit(start, start + len(text) + 1, "")]
        elif first is not None and not text[:1].isspace():
            edits = [insert(first.start, text + "\n"), Edit(start - 1, start + len(text), "")]
        yield Repair("future_import", said, "Move it to the top", edits, 0.9)


def _annotated(trouble: Trouble) -> Iterator[Repair]:
    match = re.search(r"annotated name '(\w+)' can't be (global|nonlocal)", trouble.message)
    line_tokens = trouble.on_line()
    if not match or len(line_tokens) < 5 or line_tokens[1].text != ":":
        return
    equals = next((t for t in line_tokens if t.text == "="), None)
    if equals is not None:
        said = (
            f"{code(match.group(1))} is {match.group(2)} in this function, so "
            f"line {trouble.line} cannot say of which type it is."
        )
        edits = [Edit(line_tokens[0].end, equals.start, " ")]
        yield Repair("global_conflict", said, "Remove the type", edits, 0.8)


def declarations(trouble: Trouble) -> Iterator[Repair]:
    """``var x = 3``, ``let x = 3``, also in the middle of an expression."""
    for before, after in zip(trouble.on_line(), trouble.on_line()[1:]):
        if before.text in ("var", "let", "const", "val", "auto") and after.kind == "name" and not is_word(after):
            said = (
                f"Python has no declarations: {code(after.text)} begins with its first assignment, "
                f"so `{before.text}` is too many (line {trouble.line})."
            )
            yield Repair("declaration", said, f"Remove `{before.text}`", [drop(trouble.source, before)], 0.9)

"""Headers of functions and classes: what is missing there, and parameters that Python does not take or not in this order."""

from __future__ import annotations

from typing import Iterator, List, Optional, Sequence, Tuple

from ...protocol import Edit
from ..base import code
from .indents import Repair
from .tokens import Token, Trouble, drop, insert, is_word, partner, parts, replace

_ARITHMETIC = ("+", "-", "*", "/", "|", "&", ";", ".", ":")


def definitions(trouble: Trouble) -> Iterator[Repair]:
    """What is wrong with the ``def`` or ``class`` of the failing line, or of the line before."""
    for line in dict.fromkeys((trouble.line, max(trouble.line - 1, 1))):
        statement = trouble.statement(line)
        if statement and statement[0].text == "async":
            statement = statement[1:]
        if len(statement) > 1 and statement[0].text in ("def", "class"):
            yield from _name(trouble, statement)
            if statement[0].text == "def":
                yield from _parameters(trouble, statement)


def _name(trouble: Trouble, statement: Sequence[Token]) -> Iterator[Repair]:
    word, name, after = statement[0].text, statement[1], statement[2] if len(statement) > 2 else None
    line = trouble.line_of(name)
    thing = "function" if word == "def" else "class"
    if name.text in (":", "(", "{"):
        said = f"The {thing} that line {line} defines has no name: write one after `{word}`."
        yield Repair("missing_name", said, "", [])
    elif name.kind == "string" and name.text.strip("'\"").isidentifier():
        said = f"The name of the {thing} in line {line} is written as text; a name has no quotes."
        yield Repair("name_as_text", said, "Remove the quotes", [replace(name, name.text.strip("'\""))], 0.88)
    elif name.kind == "number":
        said = f"{code(name.text)} in line {line} is no name for a {thing}, because it begins with a digit."
        yield Repair("bad_name", said, "", [])
    elif after is not None and after.text in (".", "-") and name.kind == "name":
        yield from _joined(trouble, statement, thing)
    elif word == "def" and after is not None and after.text == ":" and name.kind == "name":
        said = f"The definition of {code(name.text)} in line {line} has no parentheses after the name."
        yield Repair("missing_parentheses", said, "Add `()`", [insert(name.end, "()")], 0.92)
    elif word == "def" and after is not None and after.kind == "name" and name.kind == "name" and not is_word(name):
        last = statement[-2] if statement[-1].text == ":" else statement[-1]
        said = f"The parameters of {code(name.text)} in line {line} need parentheses around them."
        edits = [Edit(name.end, after.start, "("), insert(last.end, ")")]
        yield Repair("missing_parentheses", said, "Add the parentheses", edits, 0.9)


def _joined(trouble: Trouble, statement: Sequence[Token], thing: str) -> Iterator[Repair]:
    end = next((i for i, t in enumerate(statement) if t.text in ("(", ":")), len(statement))
    words = [t for t in statement[1:end] if t.kind in ("name", "number")]
    shown = trouble.between(statement[1], statement[end - 1])
    joined = "_".join(t.text for t in words)
    said = (
        f"{code(shown)} is no name for a {thing}: a name is one word of "
        f"letters, digits and `_`, such as {code(joined)}."
    )
    edits = [Edit(statement[1].start, statement[end - 1].end, joined)] if joined.isidentifier() else []
    yield Repair("bad_name", said, f"Write {code(joined)}", edits, 0.7)


def _parameters(trouble: Trouble, statement: Sequence[Token]) -> Iterator[Repair]:
    opening = next((i for i, t in enumerate(statement) if t.text == "("), None)
    close = partner(statement, opening) if opening is not None else None
    if opening is None or close is None:
        return
    given = parts(statement[opening + 1 : close])
    yield from _odd_parameter(trouble, given)
    if all(given):
        yield from _stars(trouble, given)
        yield from _order(trouble, given)


def _odd_parameter(trouble: Trouble, given: Sequence[List[Token]]) -> Iterator[Repair]:
    """A parameter that is no name: nobody knows the name that was meant, but a slip of one sign can be told."""
    for part in given:
        if not part or part[0].text in ("*", "**", "/"):
            if part and part[0].text == "**" and (len(part) == 1 or part[1].kind != "name" or is_word(part[1])):
                said = (
                    f"After `**` in line {trouble.line_of(part[0])} the name of a "
                    "parameter has to follow, such as `**kwargs`."
                )
                edits = [insert(part[0].end, "kwargs")] if len(part) == 1 else []
                yield Repair("star_parameters", said, "Write `**kwargs`", edits, 0.78)
            elif len(part) > 3 and part[0].text == "*" and part[2].text in ("**", "*"):
                said = f"A comma is missing after {code('*' + part[1].text)} in line {trouble.line_of(part[0])}."
                yield Repair("missing_comma", said, "Add the comma", [insert(part[1].end, ",")], 0.9)
            continue
        first, line = part[0], trouble.line_of(part[0])
        second = part[1] if len(part) > 1 else None
        if first.kind == "name" and not is_word(first) and first.text not in ("None", "True", "False"):
            if second is not None and second.text in _ARITHMETIC:
                yield from _operator(trouble, part)
            elif second is not None and second.kind == "name" and _is_type(second, given):
                said = (
                    f"Between the parameter {code(first.text)} and its type "
                    f"{code(second.text)} in line {line} the colon is missing."
                )
                yield Repair("missing_colon", said, "Add the colon", [insert(first.end, ":")], 0.86)
            elif second is not None and second.kind == "name":
                said = (
                    f"A comma is missing between the parameters {code(first.text)} "
                    f"and {code(second.text)} in line {line}."
                )
                yield Repair("missing_comma", said, "Add the comma", [insert(first.end, ",")], 0.88)
        elif first.kind == "op" and first.text != "(":
            shown = {"[": "a list", "{": "a dict or set"}.get(first.text, f"the sign {code(first.text)}")
            said = f"Line {line} has {shown} where a parameter's name belongs."
            yield Repair("bad_parameter", said, "", [])
        elif first.kind in ("string", "number"):
            said = (
                f"{code(first.text)} in line {line} is a value, and a parameter "
                "is a name; values are given in the call."
            )
            yield Repair("bad_parameter", said, "", [])
        elif first.kind == "name":
            said = f"{code(first.text)} is a word of Python's own, so it cannot be a parameter (line {line})."
            yield Repair("keyword_as_name", said, "", [])


def _is_type(token: Token, given: Sequence[List[Token]]) -> bool:
    annotated = any(len(part) > 1 and part[1].text == ":" for part in given)
    return token.text in ("int", "float", "str", "bool", "list", "dict", "set", "tuple", "bytes") or (
        token.text[:1].isupper()
        and (annotated or token.text in ("List", "Dict", "Optional", "Any", "Union", "Callable"))
    )


def _operator(trouble: Trouble, part: Sequence[Token]) -> Iterator[Repair]:
    name, sign = part[0], part[1]
    line = trouble.line_of(sign)
    value = part[2] if len(part) > 2 else None
    if sign.text == "." and value is None:
        said = f"The parameter {code(name.text)} in line {line} has a dot after it."
        yield Repair("bad_parameter", said, "Remove the dot", [drop(trouble.source, sign)], 0.8)
    elif sign.text == ".":
        said = f"{code(trouble.between(name, part[-1]))} in line {line} has a dot, and a parameter is a plain name."
        yield Repair("bad_parameter", said, "", [])
    elif sign.text == ":":
        for left, right in zip(part[2:], part[3:]):
            if left.is_value and right.begins_value:
                said = f"A comma is missing between two parameters in line {line}, before {code(right.text)}."
                yield Repair("missing_comma", said, "Add the comma", [insert(left.end, ",")], 0.88)
    elif value is not None and value.kind == "name" and value.text not in ("None", "True", "False") and len(part) == 3:
        said = (
            f"Between the parameters {code(name.text)} and {code(value.text)} in line "
            f"{line} stands `{sign.text}` where a comma belongs."
        )
        yield Repair("missing_comma", said, "Write a comma", [Edit(name.end, sign.end, ",")], 0.75)
    elif value is not None:
        said = f"The default of {code(name.text)} in line {line} is set with `{sign.text}`; it is set with `=`."
        yield Repair("bad_parameter", said, "Write `=`", [Edit(name.end, value.start, "=")], 0.72)


def _rank(part: Sequence[Token], seen_star: bool) -> int:
    first = part[0].text
    if first == "/":
        return 1
    if first == "**":
        return 5
    if first == "*":
        return 3
    return 4 if seen_star else 0


def _stars(trouble: Trouble, given: Sequence[List[Token]]) -> Iterator[Repair]:
    stars = [part for part in given if part[0].text == "*"]
    slashes = [part for part in given if part[0].text == "/"]
    if len(slashes) > 1:
        said = f"`/` stands twice among the parameters of line {trouble.line_of(slashes[1][0])}; it can be there once."
        yield Repair("star_parameters", said, "", [])
    if len(given) > 1 and [t.text for t in given[-1]] == ["*"] and not any(len(part) > 1 for part in stars):
        line = trouble.line_of(given[-1][0])
        said = f"The `*` at the end of the parameters in line {line} has no named parameter after it."
        yield Repair("star_parameters", said, "", [])
    if len(stars) != 2:
        return
    first, second = stars
    line = trouble.line_of(second[0])
    if len(first) == 2 and len(second) == 2:
        said = (
            f"Line {line} has two parameters with one `*`; the one for named "
            f"arguments has two: {code('**' + second[1].text)}."
        )
        yield Repair("star_parameters", said, "Write `**`", [replace(second[0], "**")], 0.8)
    elif len(first) == len(second) == 1:
        said = (
            f"`*` stands twice among the parameters of line {line}; it can be "
            "there once, with a named parameter after it."
        )
        yield Repair("star_parameters", said, "", [])
    elif len(first) == 2 and len(second) == 1 and second is not given[-1]:
        follower = given[list(given).index(second) + 1][0]
        said = f"`*` is used twice in line {line}; what follows {code('*' + first[1].text)} is named anyhow."
        yield Repair(
            "star_parameters", said, "Remove the second `*`", [Edit(second[0].start, follower.start, "")], 0.85
        )


def _order(trouble: Trouble, given: Sequence[List[Token]]) -> Iterator[Repair]:
    """Only the places of `/`, `*` and `**` are put right: to move a plain parameter behind others changes what calls mean."""
    seen = False
    ranked: List[Tuple[int, List[Token]]] = []
    for part in given:
        ranked.append((_rank(part, seen), part))
        seen = seen or part[0].text == "*"
    after_kwargs = next((i for i, (rank, _) in enumerate(ranked) if rank == 5), len(ranked))
    late = {id(part) for rank, part in ranked[after_kwargs + 1 :] if rank == 0}
    if late:  # behind `**kwargs`, in front of it a parameter is what it was
        ranked = [(4.0 if id(part) in late else rank, part) for rank, part in ranked]  # type: ignore[misc]
    wanted = [part for _, part in sorted(ranked, key=lambda pair: pair[0])]
    if wanted == list(given):
        return
    moved = next(new for new, old in zip(reversed(wanted), reversed(list(given))) if new is not old)
    culprit = moved[0].text + (moved[1].text if len(moved) > 1 and moved[0].kind == "op" else "")
    said = f"The parameters in line {trouble.line_of(moved[0])} are out of order: {code(culprit)} stands too early."
    edit = _reordered(trouble, given, wanted)
    if moved[0].text == "**":
        said = f"Nothing can follow {code(culprit)} among the parameters of line {trouble.line_of(moved[0])}."
    yield Repair("parameter_order", said, "Put the parameters in order", [edit] if edit else [], 0.85)


def _reordered(trouble: Trouble, given: Sequence[List[Token]], wanted: Sequence[List[Token]]) -> Optional[Edit]:
    first, last = given[0][0], given[-1][-1]
    if "\n" in trouble.between(first, last):
        return None
    return Edit(first.start, last.end, ", ".join(trouble.between(part[0], part[-1]) for part in wanted))


def lambdas(trouble: Trouble) -> Iterator[Repair]:
    """``lambda x, y -> x + y`` and ``lambda x x + 1``."""
    all_tokens = trouble.on_line()
    for i, token in enumerate(all_tokens):
        rest = all_tokens[i + 1 :]
        gap = next(
            (a for a, b in zip(rest, rest[1:]) if a.kind == "name" and b.begins_value and a.depth == token.depth), None
        )
        if token.text == "lambda" and gap is not None and ":" not in [t.text for t in rest[: rest.index(gap) + 1]]:
            said = f"The `lambda` in line {trouble.line} has no colon between its parameters and its value."
            yield Repair("missing_colon", said, "Add the colon", [insert(gap.end, ":")], 0.85)
        inner = next(
            (t for a, t in zip(rest, rest[1:]) if a.text == "," and t.text == "(" and t.depth == token.depth), None
        )
        if token.text == "lambda" and inner is not None and ":" not in [t.text for t in rest[: rest.index(inner)]]:
            said = f"The `lambda` in line {trouble.line} has parentheses among its parameters, which Python 3 does not unpack."
            yield Repair("parameter_parentheses", said, "", [])
        arrow = next((t for t in all_tokens[i:] if t.text in ("->", "=>")), None)
        if token.text == "lambda" and arrow is not None and ":" not in [t.text for t in all_tokens[i:]]:
            said = (
                f"The `lambda` in line {trouble.line} has `{arrow.text}` between its "
                "parameters and its value; Python writes a colon."
            )
            start = len(trouble.source[: arrow.start].rstrip())
            yield Repair("other_operator", said, "Write a colon", [Edit(start, arrow.end, ":")], 0.85)

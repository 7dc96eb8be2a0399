"""Code that was written for Python 2: every place of the cell that Python 3 writes otherwise is rewritten at once."""

from __future__ import annotations

import re
from typing import Callable, Iterator, List, Optional, Sequence, Tuple

from ...protocol import Edit
from ..base import code
from ..reading.source import compiles
from .indents import Repair
from .tokens import OPENING, Token, Trouble, drop, insert, partner, parts, replace, wrap

#: What a place of Python 2 is: its kind, what to say of it, the title of its edit, the edits.
Place = Tuple[str, str, str, List[Edit]]


def python2(trouble: Trouble) -> Iterator[Repair]:
    """One repair for the place that was complained about, together with all others of the cell that are Python 2."""
    places = [place for statement in _statements(trouble.tokens) for place in _places(trouble, statement)]
    places += _anywhere(trouble)
    if not places:
        return
    places.sort(key=lambda place: place[3][0].start)
    from_line = [place for place in places if trouble.python.count("\n", 0, place[3][0].start) + 1 >= trouble.line]
    kind, headline, title, edits = (from_line or places)[0]
    everything = [edit for place in places for edit in place[3]]
    same = [edit for place in places if place[0] == kind for edit in place[3]]
    if len(everything) > len(edits):
        yield Repair(kind, headline, f"{title}, and write the rest for Python 3, too", everything, 0.93)
    if len(everything) > len(same) > len(edits):
        yield Repair(kind, headline, f"{title}, everywhere", same, 0.93)
    yield Repair(kind, headline, title, edits, 0.94)


def _statements(all_tokens: Sequence[Token]) -> Iterator[List[Token]]:
    """Simple statements: also those after a colon, and those that a semicolon separates."""
    found: List[Token] = []
    for token in all_tokens:
        if token.kind == "comment":
            continue
        ends = token.depth == 0 and (token.kind == "newline" or token.text in (";", ":"))
        if not ends and token.kind != "newline":
            found.append(token)
        elif ends:
            if token.text == ":" and found and found[0].text in ("except", "def"):
                found.append(token)
            if found and not (token.text == ":" and "lambda" in [t.text for t in found]):
                yield found
                found = []
            elif found:
                found.append(token)
    if found:
        yield found


def _places(trouble: Trouble, statement: List[Token]) -> Iterator[Place]:
    makers = {"print": _print, "exec": _exec, "except": _except, "raise": _raise, "def": _tuple_parameters}
    make: Optional[Callable[[Trouble, List[Token]], Optional[Place]]] = makers.get(statement[0].text)
    place = make(trouble, statement) if make is not None else None
    if place is not None:
        yield place


def _told(trouble: Trouble, token: Token) -> str:
    return f"line {trouble.line_of(token)}"


def _print(trouble: Trouble, statement: List[Token]) -> Optional[Place]:
    """``print a, b``, ``print a,``, ``print >>f, a`` and ``print (a) % b``; a bare ``print`` is valid and left alone."""
    if len(statement) < 2 or statement[1].text in ("=", ".", ",", ")", "]", ":", ":="):
        return None
    first, rest, last = statement[0], statement[1:], statement[-1]
    if rest[0].text == "(" and partner(statement, 1) == len(statement) - 1:
        return None
    if rest[0].text in ("(", "[") and compiles(trouble.between(first, last)):
        return None
    headline = f"In Python 3 `print` is a function, and {_told(trouble, first)} calls it without parentheses."
    edits = [Edit(first.end, rest[0].start, "(")]
    if rest[0].text == ">>":
        given = parts(rest[1:])
        if not given or not given[0]:
            return None
        file = trouble.between(given[0][0], given[0][-1])
        values = trouble.between(given[1][0], last) + ", " if len(given) > 1 and given[1] else ""
        return "print_statement", headline, "Add the parentheses", [Edit(first.end, last.end, f"({values}file={file})")]
    ending = " end=' ')" if last.text == "," else ")"
    return "print_statement", headline, "Add the parentheses", [*edits, insert(last.end, ending)]


def _exec(trouble: Trouble, statement: List[Token]) -> Optional[Place]:
    """``exec text`` and ``exec text in names``."""
    if len(statement) < 2 or statement[1].kind == "op" or statement[1].text in ("in", "is", "and", "or", "if"):
        return None
    headline = f"In Python 3 `exec` is a function, and {_told(trouble, statement[0])} calls it without parentheses."
    edits = [Edit(statement[0].end, statement[1].start, "("), insert(statement[-1].end, ")")]
    within = next((t for t in statement if t.text == "in"), None)
    if within is not None:
        start = len(trouble.python[: within.start].rstrip())
        edits.insert(1, Edit(start, within.end, ","))
    return "python2_exec", headline, "Add the parentheses", edits


def _except(trouble: Trouble, statement: List[Token]) -> Optional[Place]:
    """``except A, e:`` names the error; ``except A, B:`` looks the same where the second begins with a capital."""
    texts = [t.text for t in statement]
    if statement[-1].text != ":" or len(statement) < 5 or "as" in texts[:-3]:
        return None
    given = parts(statement[1:-1])
    if len(given) < 2 or not all(given):
        return None
    last = given[-1]
    if len(given) == 2 and len(last) == 1 and last[0].kind == "name" and not last[0].text[:1].isupper():
        comma = statement[len(given[0]) + 1]
        types = trouble.between(given[0][0], given[0][-1])
        headline = (
            f"Python 3 writes `except {types} as {last[0].text}`; the comma in {_told(trouble, comma)} is Python 2."
        )
        return "python2_except", headline, "Write `as`", [Edit(comma.start, last[0].start, " as ")]
    end = last[-1] if "as" not in texts else next((a for a, b in zip(last, last[1:]) if b.text == "as"), last[-1])
    names = trouble.between(given[0][0], end)
    headline = f"Several exception types need parentheses around them: `except ({names})`."
    return "except_types", headline, "Add the parentheses", wrap(given[0][0], end)


def _raise(trouble: Trouble, statement: List[Token]) -> Optional[Place]:
    """``raise A, text`` and ``raise A, text, traceback``."""
    given = parts(statement[1:])
    if not 2 <= len(given) <= 3 or not all(given) or any(t.text == "from" for t in statement):
        return None
    name = trouble.between(given[0][0], given[0][-1])
    value = trouble.between(given[1][0], given[1][-1])
    tail = f".with_traceback({trouble.between(given[2][0], given[2][-1])})" if len(given) == 3 else ""
    if not re.fullmatch(r"[\w.]+", name):
        return None
    headline = f"Python 3 writes `raise {name}(...)`; the comma in {_told(trouble, statement[0])} is Python 2."
    made = "" if value == "None" else value
    edits = [Edit(given[0][-1].end, given[1][0].start, "("), insert(given[1][-1].end, ")")]
    if not made or tail:
        edits = [Edit(given[0][-1].end, statement[-1].end, f"({made}){tail}")]
    return "python2_raise", headline, "Put the text in parentheses", edits


def _tuple_parameters(trouble: Trouble, statement: List[Token]) -> Optional[Place]:
    """``def f(a, (b, c)):`` unpacks its second argument: so does a first line of the function."""
    opening = next((i for i, t in enumerate(statement) if t.text == "("), None)
    if opening is None or statement[-1].text != ":":
        return None
    lines: List[str] = []
    edits: List[Edit] = []
    for i in range(opening + 1, len(statement)):
        token = statement[i]
        if token.text != "(" or token.depth != 1 or statement[i - 1].text not in ("(", ","):
            continue
        close = partner(statement, i)
        inner = [t for t in statement[i + 1 : close] if t.text != ","]
        if close is None or not inner or not all(t.kind == "name" for t in inner):
            return None
        name = "_".join(t.text for t in inner)
        lines.append(f"{', '.join(t.text for t in inner)} = {name}")
        edits.append(Edit(token.start, statement[close].end, name))
    after = trouble.python[statement[-1].end :]
    below = re.match(r"[^\S\n]*(?:#[^\n]*)?\n(?:[^\S\n]*\n)*([^\S\n]+)(?=\S)", after)
    if not lines or below is None:
        return None
    at = statement[-1].end + below.end()
    headline = f"Python 3 has no tuples among the parameters of a function; {_told(trouble, statement[0])} has one."
    edits.append(insert(at, "".join(f"{line}\n{below.group(1)}" for line in lines)))
    return "tuple_parameter", headline, "Unpack the tuple in the function's first line", edits


def _anywhere(trouble: Trouble) -> List[Place]:
    found: List[Place] = []
    all_tokens = [t for t in trouble.tokens if t.kind != "comment"]
    for i, token in enumerate(all_tokens):
        if token.text == "<>" and token.kind == "op":
            said = f"Python 3 writes `!=` for the `<>` of {_told(trouble, token)}."
            found.append(("other_operator", said, "Write `!=`", [replace(token, "!=")]))
        elif token.text[-1:] in "lL" and re.fullmatch(r"(?:0[xX][\da-fA-F]+|\d+)[lL]", token.text):
            said = f"Whole numbers have no length in Python 3: {code(token.text)} is written {code(token.text[:-1])}."
            found.append(("long_suffix", said, "Remove the letter", [replace(token, token.text[:-1])]))
        elif token.text.lower() in ("ur", "ru") and all_tokens[i + 1 : i + 2] and _touches(all_tokens, i):
            said = f"Python 3 has no {code(token.text)} before a text; every text is Unicode, so `r` is enough."
            found.append(("string_prefix", said, "Write `r`", [replace(token, "r")]))
        elif token.kind in ("string", "open") and token.text[:2].lower() == "ur":
            said = f"Python 3 has no {code(token.text[:2])} before a text; every text is Unicode, so `r` is enough."
            found.append(("string_prefix", said, "Write `r`", [Edit(token.start, token.start + 2, "r")]))
        elif token.text == "lambda":
            found += _lambda(trouble, all_tokens, i)
    return found + _backquotes(trouble, all_tokens)


def _touches(all_tokens: Sequence[Token], index: int) -> bool:
    follower = all_tokens[index + 1]
    return follower.kind == "string" and follower.start == all_tokens[index].end


def _backquotes(trouble: Trouble, all_tokens: Sequence[Token]) -> List[Place]:
    marks = [t for t in all_tokens if t.text == "`"]
    found: List[Place] = []
    for first, last in zip(marks[::2], marks[1::2]):
        inside = trouble.source[first.end : last.start]
        if "\n" in inside or not compiles(inside):
            return []
        said = f"Backquotes are Python 2; Python 3 writes {code(f'repr({inside})')}."
        found.append(("backquotes", said, "Write `repr(...)`", [replace(first, "repr("), replace(last, ")")]))
    return found


def _lambda(trouble: Trouble, all_tokens: Sequence[Token], index: int) -> List[Place]:
    """``key=lambda (k, v): v`` gets one argument and unpacks it. Bound to a name, it may be meant to take several."""
    word = all_tokens[index]
    colon = next(
        (i for i in range(index, len(all_tokens)) if all_tokens[i].text == ":" and all_tokens[i].depth == word.depth), 0
    )
    groups = [
        i for i in range(index + 1, colon) if all_tokens[i].text == "(" and all_tokens[i - 1].text in (",", "lambda")
    ]
    if len(groups) != 1:
        return []
    close = partner(all_tokens, groups[0])
    names = [t.text for t in all_tokens[groups[0] + 1 : close] if t.text != ","] if close is not None else []
    if close is None or not names or not all(name.isidentifier() for name in names):
        return []
    opening, closing = all_tokens[groups[0]], all_tokens[close]
    said = (
        f"The parameters of the `lambda` in {_told(trouble, opening)} "
        "have parentheses around them, which Python 3 does not have."
    )
    alone = groups[0] == index + 1 and close + 1 == colon
    if alone and (word.depth == 0 or len(names) == 1):
        edits = [Edit(opening.start, opening.end, ""), drop(trouble.source, closing)]
        return [("tuple_parameter", said, "Remove the parentheses", edits)]
    whole = "_".join(names)
    edits = [Edit(opening.start, closing.end, whole)]
    for token in all_tokens[colon + 1 :]:
        ends = token.text in (",", *OPENING.values()) or token.kind == "newline"
        if token.depth < word.depth or (token.depth == word.depth and ends):
            break
        if token.kind == "name" and token.text in names and trouble.source[token.start - 1] != ".":
            edits.append(replace(token, f"{whole}[{names.index(token.text)}]"))
    return [("tuple_parameter", said, "Take one argument, and pick its items", edits)]

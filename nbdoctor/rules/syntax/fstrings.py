"""F-strings: quotes and braces within them, and what Python reads only since 3.12."""

from __future__ import annotations

import re
from typing import Iterator, List, Sequence

from ...protocol import Edit
from ..base import code
from ..reading.source import compiles, line_of, line_text
from .indents import Repair
from .tokens import Token, Trouble, insert

_PREFIX = re.compile(r"^([A-Za-z]*)(\"\"\"|'''|\"|')")
_SIMPLE = re.compile(r"[^\W\d]\w*(?:\.\w+|\[[^\[\]]*\]|\([^()]*\))*")


def quote_of(token: Token) -> str:
    """The quotes that a text begins with."""
    match = _PREFIX.match(token.text)
    return match.group(2) if match else '"'


def other_quote(quote: str) -> str:
    """The other kind of quote."""
    return "'" if quote == '"' else '"'


def fstrings(trouble: Trouble) -> Iterator[Repair]:
    """What is wrong with an f-string of the failing line."""
    line_tokens = trouble.on_line()
    for i, token in enumerate(line_tokens):
        if token.kind not in ("string", "open") or "f" not in token.text[: token.text.find(quote_of(token))].lower():
            continue
        yield from _nested_quotes(trouble, line_tokens, i)
        if token.kind == "string":
            yield from _inner_quote(trouble, token)
            yield from _braces(trouble, token)
            yield from _backslash(trouble, token)
            yield from _format_left(trouble, token)


def _unclosed(text: str) -> int:
    """Where the first ``{`` that is not closed stands; -1 where all are closed."""
    stack: List[int] = []
    plain = text.replace("{{", "  ").replace("}}", "  ") if "{{" in text else text
    for i, char in enumerate(plain):
        if char == "{":
            stack.append(i)
        elif char == "}" and stack:
            stack.pop()
    return stack[0] if stack else -1


def _nested_quotes(trouble: Trouble, line_tokens: Sequence[Token], index: int) -> Iterator[Repair]:
    """``f"{d["key"]}"``, which Python reads since 3.12."""
    first = line_tokens[index]
    quote = quote_of(first)
    if _unclosed(first.text) < 0 or len(quote) > 1:
        return
    for last in line_tokens[index + 1 :]:
        whole = trouble.source[first.start : last.end]
        if last.kind != "string" or last.text[0] != quote or _unclosed(whole) >= 0:
            continue
        at = first.start + whole.index(quote)
        inner = [i for i in range(at + 1, last.end - 1) if trouble.source[i] == quote]
        said = (
            f"The f-string in line {trouble.line} ends at the {code(quote)} within "
            f"its braces; there, use {code(other_quote(quote))}."
        )
        edits = [Edit(i, i + 1, other_quote(quote)) for i in inner] if other_quote(quote) not in whole else []
        yield Repair("fstring_quotes", said, f"Use {code(other_quote(quote))} within the braces", edits, 0.92)
        return


def _inner_quote(trouble: Trouble, token: Token) -> Iterator[Repair]:
    """``f"{age['Ada]}"``: a quote within the braces is missing."""
    for match in re.finditer(r"\{[^{}]*\}", token.text):
        inner = match.group()
        quote = other_quote(quote_of(token)[0])
        if inner.count(quote) % 2 == 0:
            continue
        said = (
            f"Within the braces of the f-string in line {trouble.line} a text "
            f"has no closing {code(quote)}: {code(inner)}."
        )
        places = [m.start() for m in re.finditer(r"(?<=\w)[\])]|(?<=[\[(])\w", inner)]
        good = [i for i in places if compiles(inner[1:i].strip() + quote + inner[i:-1])]
        edits = [insert(token.start + match.start() + good[0], quote)] if len(good) == 1 else []
        yield Repair("fstring_quotes", said, f"Add {code(quote)}", edits, 0.85)


def _braces(trouble: Trouble, token: Token) -> Iterator[Repair]:
    plain = token.text.replace("{{", "  ").replace("}}", "  ")
    at = _unclosed(token.text)
    if at >= 0:
        said = f"A `{{` in the f-string of line {trouble.line} is not closed."
        expression = _SIMPLE.match(token.text, at + 1)
        edits = [insert(token.start + expression.end(), "}")] if expression else []
        yield Repair("fstring_brace", said, "Add `}`", edits, 0.85)
    elif plain.count("}") > plain.count("{"):
        alone = re.search(r"(\w*)\}(?!.*\{)", plain) if "{" in plain else re.search(r"(\w*)\}", plain)
        said = f"A `}}` in the f-string of line {trouble.line} closes nothing; to show a brace, write `}}}}`."
        name = alone.group(1) if alone else ""
        bound = name in trouble.namespace.names() or bool(name and re.search(rf"\b{name}\s*=(?!=)", trouble.python))
        edits = [insert(token.start + alone.start(), "{")] if alone and bound else []
        if alone and not bound and (trouble.namespace.live or not name) and "{" not in plain:
            edits = [insert(token.start + alone.end(), "}")]
        yield Repair("fstring_brace", said, "Add `{`" if bound else "Write `}}`", edits, 0.78)


def _backslash(trouble: Trouble, token: Token) -> Iterator[Repair]:
    r"""``f"{'\n'.join(names)}"``, which Python reads since 3.12."""
    match = re.search(r"\{[^{}]*?(['\"])((?:\\.)+)\1[^{}]*\}", token.text)
    if match is None or "backslash" not in trouble.message:
        return
    text = line_text(trouble.source, line_of(trouble.source, token.start))
    level = text[: len(text) - len(text.lstrip())]
    literal = token.text[match.start(1) : match.end(2) + 1]
    name = {"\\n": "newline", "\\t": "tab"}.get(match.group(2), "separator")
    start = token.start + match.start(1)
    first = trouble.statement()[0].start
    said = (
        "Before Python 3.12 the braces of an f-string cannot hold a backslash, "
        f"and those in line {trouble.line} hold {code(literal)}."
    )
    quoted = f'"{match.group(2)}"' if '"' not in match.group(2) else literal
    edits = [insert(first, f"{name} = {quoted}\n{level}"), Edit(start, start + len(literal), name)]
    yield Repair("fstring_backslash", said, f"Put {code(literal)} into a variable first", edits, 0.85)


def _format_left(trouble: Trouble, token: Token) -> Iterator[Repair]:
    """``f"{} items".format(n)``."""
    if re.search(r"\{\s*\}", token.text) and trouble.source[token.end :].lstrip().startswith(".format("):
        said = (
            f"The text in line {trouble.line} is an f-string, whose braces cannot be empty, "
            "and is given to `.format`, too; one of the two is enough."
        )
        at = token.start + token.text.lower().index("f")
        yield Repair("fstring_brace", said, "Remove the `f`", [Edit(at, at + 1, "")], 0.9)

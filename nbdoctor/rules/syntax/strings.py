"""Texts that are not ended, that end too early, or that hold what Python reads as something else; f-strings among them."""

from __future__ import annotations

import re
from typing import Iterator, List, Optional, Tuple

from ...protocol import Edit
from ...text import apply_edits
from ..base import code
from ..reading.source import compiles, offset_of
from .brackets import known_names
from .fstrings import fstrings, other_quote, quote_of
from .indents import Repair
from .tokens import OPENING, Trouble, insert, is_word, replace


def strings(trouble: Trouble) -> Iterator[Repair]:
    """What is wrong with a text of the failing line."""
    for make in (
        _unicode,
        _prefix,
        fstrings,
        _mixed,
        _inside,
        _backslash_at_end,
        _triple,
        _not_ended,
        _bare_escape,
        _unquoted,
    ):
        yield from make(trouble)


def _unicode(trouble: Trouble) -> Iterator[Repair]:
    r"""``"C:\Users"``: ``\U`` begins a character of eight digits."""
    if "unicode error" not in trouble.message:
        return
    for token in trouble.tokens:
        match = re.search(r"\\[UuxN].{0,6}", token.text) if token.kind == "string" else None
        last = trouble.line_of(token) + token.text.count("\n")
        if match is None or "r" in token.text[:2].lower() or not trouble.line_of(token) <= max(trouble.line, 1) <= last:
            continue
        path = bool(re.search(r"[A-Za-z]:\\|\\\w+\\", token.text))
        thing = "The path" if path else "The text"
        said = (
            f"{thing} in line {trouble.line} has {code(match.group()[:2])} in it, which begins a "
            "special character; with `r` before the quote a backslash is a backslash."
        )
        edits = [] if "\\\\" in token.text or token.text[-2:-1] == "\\" else [insert(token.start, "r")]
        yield Repair("escape", said, "Put `r` before the text", edits, 0.92 if path else 0.78)


def _prefix(trouble: Trouble) -> Iterator[Repair]:
    """``bf"..."``."""
    for before, token in zip(trouble.on_line(), trouble.on_line()[1:]):
        if (
            before.kind == "name"
            and before.end == token.start
            and token.kind == "string"
            and re.fullmatch("(?i)[rbuft]{2,3}", before.text)
        ):
            said = (
                f"There is no text with {code(before.text)} before its quote (line "
                f"{trouble.line}): `f`, `r`, `b`, `fr` and `br` exist."
            )
            yield Repair("string_prefix", said, "", [])


def _mixed(trouble: Trouble) -> Iterator[Repair]:
    """``"total'``: a text that begins with one kind of quote and ends with the other."""
    for token in trouble.on_line():
        quote = quote_of(token)
        if token.kind not in ("string", "open") or len(quote) > 1:
            continue
        for match in re.finditer(rf"{other_quote(quote)}(?=\s*(?:[,)\]}}+:]|$))", token.text):
            at = token.start + match.start()
            said = (
                f"A text in line {trouble.line} begins with {code(quote)} and ends with "
                f"{code(other_quote(quote))}: {code(token.text[: match.end()])}."
            )
            yield Repair("quote_mixed", said, f"Write {code(quote)}", [Edit(at, at + 1, quote)], 0.85)


def _inside(trouble: Trouble) -> Iterator[Repair]:
    """``'it's late'`` and ``"She said "no" to me"``: the text goes on after its second quote."""
    line_tokens = trouble.on_line()
    for i, first in enumerate(line_tokens[:-1]):
        quote = quote_of(first)
        after = line_tokens[i + 1]
        if (
            first.kind != "string"
            or len(quote) > 1
            or after.end == 0
            or after.start != first.end
            or after.kind != "name"
        ):
            continue
        if re.search(r"(?:[,:=(\[]\s*|^['\"]\s*[,:)\]])['\"]$", first.text):
            continue  # the text before ended without its quote
        if not first.text.strip("'\""):
            continue  # two quotes of three
        head = len(first.text) - len(first.text.lstrip("rRbBfFuU"))
        ends = [m.start() for m in re.finditer(quote, trouble.text)]
        base = offset_of(trouble.source, trouble.line)
        for column in reversed(ends):
            end = base + column
            if end <= after.start:
                break
            inner = trouble.source[first.start + head + 1 : end]
            said = f"The text in line {trouble.line} ends at the {code(quote)} within it, after {code(first.text)}."
            if other_quote(quote) not in inner:
                outer = [
                    Edit(first.start + head, first.start + head + 1, other_quote(quote)),
                    Edit(end, end + 1, other_quote(quote)),
                ]
                yield Repair("quote_inside", said, f"Use {code(other_quote(quote))} around it", outer, 0.88)
            else:
                escaped = [insert(first.start + head + 1 + m.start(), "\\") for m in re.finditer(quote, inner)]
                yield Repair("quote_inside", said, "Put a backslash before it", escaped, 0.85)


def _backslash_at_end(trouble: Trouble) -> Iterator[Repair]:
    r"""``"C:\data\"``: the backslash takes the closing quote into the text."""
    for token in trouble.on_line():
        quote = quote_of(token)
        match = re.match(rf"^([A-Za-z]*{quote}[^{quote}]*[^\\{quote}])(\\){quote}[)\]}},:;\s]*(?:#.*)?$", token.text)
        if token.kind != "open" or len(quote) > 1 or match is None:
            continue
        at = token.start + match.end(1)
        said = (
            f"The backslash before the last quote in line {trouble.line} makes that "
            "quote a part of the text, which then has no end."
        )
        if "r" in token.text[:2].lower():
            yield Repair("quote_open", said + " A raw text cannot end with a backslash.", "", [])
        else:
            yield Repair("quote_open", said, "Double the backslash", [insert(at, "\\")], 0.78)


def _triple(trouble: Trouble) -> Iterator[Repair]:
    for token in trouble.tokens:
        quote = quote_of(token)
        if token.kind != "open" or len(quote) < 3:
            continue
        line = trouble.line_of(token)
        short = [t for t in trouble.tokens if t.text == quote[:2] and t.start < token.start and t.kind == "string"]
        for begun in short:  # the end of a text that began with two quotes only
            number = trouble.line_of(begun)
            said = (
                f"The text that begins in line {number} has two quotes at its "
                f"beginning, and three at its end in line {line}."
            )
            yield Repair("quote_open", said, f"Write {code(quote)}", [insert(begun.start, quote[0])], 0.88)
        said = f"The text that begins with {code(quote)} in line {line} is never ended."
        for match in re.finditer(rf"(?m)(?<!{quote[0]}){quote[0]}{{1,2}}(?=[ \t)]*$)", token.text[3:]):
            at = token.start + 3 + match.end()
            yield Repair(
                "quote_open", said, f"Write {code(quote)}", [insert(at, quote[0] * (3 - len(match.group())))], 0.85
            )
        rest = token.text.split("\n")[1:]
        end = token.start + len(token.text.rstrip())
        reads_as_code = any(
            re.match(r"\s*(?:import|from|def|class|return)\s|\s*[\w.\[\]]+\s*=[^=]|\s*[\w.]+\(.*\)\s*$", text)
            for text in rest
        )
        if reads_as_code and token.text[3:].split("\n")[0].strip():
            line_end = token.start + len(token.text.split("\n")[0].rstrip())
            yield Repair(
                "quote_open", said, f"Add {code(quote)} at the end of the line", [insert(line_end, quote)], 0.76
            )
        yield Repair(
            "quote_open", said, f"Add {code(quote)} at the end", [] if reads_as_code else [insert(end, quote)], 0.8
        )


def _not_ended(trouble: Trouble) -> Iterator[Repair]:
    """A quote is missing at one end of a text of one line: of the places where it may be, the one that splits least."""
    opened = [t for t in trouble.on_line() if t.kind == "open" and len(quote_of(t)) == 1]
    if not opened:
        return
    quote = quote_of(opened[0])
    said = (
        f"A text in line {trouble.line} has no closing {code(quote)}: "
        f"{code(trouble.source[opened[0].start : opened[0].end].strip())}."
    )
    places = [m.start() for m in re.finditer(r"(?<=\w)\b|\b(?=\w)|(?=[)\]},:;])|(?<=['\"])|(?<=\S)\s*$", trouble.text)]
    base = offset_of(trouble.source, trouble.line)
    scored: List[Tuple[float, int]] = []
    for column in dict.fromkeys(places[-40:]):
        new = apply_edits(trouble.source, [insert(base + column, quote)])
        score = _oddness(new, trouble.line)
        if score is not None:
            at_end = not re.sub(r"[)\]},:;\s]|#.*", "", trouble.text[column:])
            scored.append((score - (0.7 if at_end else 0.0), column))
    for score, column in sorted(scored)[:8]:
        if compiles(apply_edits(trouble.source, [insert(base + column, quote)])):
            rivals = [c for s, c in scored if s <= score + 0.5 and c != column]
            edits = [insert(base + column, quote)]
            yield Repair("quote_open", said, f"Add {code(quote)}", edits, 0.85 if not rivals else 0.7)
            return
    yield Repair("quote_open", said, "", [])


def _oddness(source: str, line: int) -> Optional[float]:
    """How odd the texts of a line are: with commas, brackets, or touching a name. None where one is not ended."""
    line_tokens = Trouble(source, "", line).on_line()
    if any(t.kind == "open" for t in line_tokens):
        return None
    odd = 0.0
    for i, token in enumerate(line_tokens):
        if token.kind != "string":
            continue
        before = line_tokens[i - 1] if i else None
        after = line_tokens[i + 1] if i + 1 < len(line_tokens) else None
        odd += _odd_text(
            token.text[token.text.index(quote_of(token)) + 1 : -1], after.text if after is not None else ""
        )
        if after is not None and after.start == token.end and (after.begins_value or after.text in OPENING):
            odd += 3
        if before is not None and before.end == token.start and before.kind == "name":
            odd += 3
        odd += 1.5 if before is None and after is not None else 0.0  # a line begins with a name, rather
        odd += 0.5 if after is not None and after.start == token.end and after.text == "." else 0.0
    return odd


def _odd_text(body: str, after: str) -> float:
    """How little a text looks like one: it has code in it, or is empty."""
    if not body.strip():
        return 0.3 if after == "." else 0.9
    odd = float(sum(abs(body.count(opening) - body.count(closing)) for opening, closing in OPENING.items()))
    odd += len(re.findall(r", ?$|^ ?[,+]|[^\s=]=|\s=\s|: [\d'\"]|\s[+%] \w+[.(]|^\.\w+\(", body))
    odd += 2 * len(re.findall(r"^[)\]}]|[:=?!], ", body)) + 0.6 * len(re.findall(r"['\"]", body))
    # After a single word a comma rather separates values.
    odd += sum(0.9 if re.fullmatch(r"\S+", piece.strip()) else 0.4 for piece in body.split(", ")[:-1])
    return odd + (0.2 if body != body.strip() or body.endswith(":") else 0.0)


def _unquoted(trouble: Trouble) -> Iterator[Repair]:
    """``print(hello world)``: words that stand for nothing."""
    statement = trouble.statement()
    if len(statement) < 3 or statement[0].text != "print":
        return
    closed = statement[1].text == "(" and statement[-1].text == ")"
    inner = statement[2:-1] if closed else statement[1:]
    words = [t for t in inner if t.kind == "name"]
    known = known_names(trouble)
    if (
        len(words) < 2
        or any(t.text in known or is_word(t) for t in words)
        or any(t.text not in ("!", "?", ".") for t in inner if t not in words)
    ):
        return
    text = trouble.between(inner[0], inner[-1])
    said = f"The words {code(text)} in line {trouble.line} are a text, and a text has quotes around it."
    ends = ('"', '"') if closed else ('("', '")')
    edits = [
        Edit(statement[0].end if not closed else inner[0].start, inner[0].start, ends[0]),
        insert(inner[-1].end, ends[1]),
    ]
    yield Repair("unquoted_text", said, "Put quotes around them", edits, 0.78)


def _bare_escape(trouble: Trouble) -> Iterator[Repair]:
    r"""``print(\n)``."""
    line_tokens = trouble.on_line()
    for before, sign, after in zip(line_tokens, line_tokens[1:], line_tokens[2:]):
        if (
            sign.text == "\\"
            and after.text in ("n", "t")
            and after.start == sign.end
            and before.text in ("(", ",", "=", "+", "[")
        ):
            said = f"{code(sign.text + after.text)} in line {trouble.line} is a text, and texts have quotes."
            yield Repair(
                "continuation", said, "Put quotes around it", [insert(sign.start, '"'), insert(after.end, '"')], 0.8
            )
    if "line continuation" in trouble.message:
        for token in line_tokens:
            if token.text == "\\" and trouble.source[token.end : token.end + 1] in (" ", "\t"):
                rest = trouble.text[token.end - offset_of(trouble.source, trouble.line) :]
                if not rest.strip():
                    said = f"The backslash in line {trouble.line} continues the line, but spaces follow it."
                    edits = [replace(token, "\\"), Edit(token.end, token.end + len(rest), "")]
                    yield Repair("continuation", said, "Remove the spaces", edits[1:], 0.92)

"""Lines that are not Python at all: commands of a shell, magics without ``%``, prompts, and other text that was pasted."""

from __future__ import annotations

import keyword
import re
from typing import FrozenSet, Iterator, List

from ...protocol import Edit
from .. import tables
from ..base import code
from ..reading.source import compiles, line_text, offset_of
from .indents import Repair
from .tokens import Trouble, insert

_PROMPT = re.compile(r"^\s*(?:>>> ?|\.\.\.(?: (?!=)|$)|In ?\[\d*\]: ?|\.{3,}: ?)")
_NUMBERED = re.compile(r"^\s*(\d+)(?:[.:|)]\s?|\s)(?=\S)")
_SQL = re.compile(
    r"(?i)^\s*(?:select\s.+\sfrom\b|select\s+[\w.*, ]+$|insert\s+into\b|create\s+table\b|update\s+\w+\s+set\b|delete\s+from\b)"
)


def lines(trouble: Trouble) -> Iterator[Repair]:
    """What a line is, if it is no Python."""
    yield from _command(trouble)
    yield from _prompts(trouble)
    yield from _numbered(trouble)
    yield from _comments(trouble)
    yield from _pasted(trouble)


def _words(name: str) -> FrozenSet[str]:
    return frozenset(tables.load("syntax")[name])


def _command(trouble: Trouble) -> Iterator[Repair]:
    match = re.match(r"^(\s*)([\w.-]+)\s+(\S.*)$", trouble.text)
    if not match or re.match(r"(?:-m\s+pip\b|=|[-+*/%]=|in\b|is\b|and\b|or\b|\()", match.group(3)):
        return
    at = offset_of(trouble.source, trouble.line, match.end(1))
    word = match.group(2)
    if word in _words("magics"):
        said = f"`{word}` in line {trouble.line} is a command of IPython's and begins with `%`."
        yield Repair("magic_without_percent", said, f"Write `%{word}`", [insert(at, "%")], 0.92)
    elif word == "cd":
        said = f"`cd` in line {trouble.line} is a command of the shell; in a notebook `%cd` changes the folder."
        yield Repair("shell_command", said, "Write `%cd`", [insert(at, "%")], 0.9)
    elif word in _words("shell"):
        said = f"`{word}` in line {trouble.line} is a command of the shell, not Python; `!` before it runs it there."
        yield Repair("shell_command", said, f"Write `!{word}`", [insert(at, "!")], 0.9)


def _prompts(trouble: Trouble) -> Iterator[Repair]:
    found = _PROMPT.match(trouble.text)
    if not found:
        return
    shown = code(found.group().strip())
    said = f"Line {trouble.line} begins with the prompt {shown} of another session, which was pasted along."
    edits: List[Edit] = []
    for number, text in enumerate(trouble.source.split("\n"), 1):
        match = _PROMPT.match(text)
        if match:
            at = offset_of(trouble.source, number)
            start = 0 if ">>>" in match.group() else len(text) - len(text.lstrip())
            edits.append(Edit(at + start, at + match.end(), ""))
    yield Repair("prompt", said, "Remove the prompts", edits, 0.92)
    yield Repair("prompt", said, "", [])


def _numbered(trouble: Trouble) -> Iterator[Repair]:
    """Every line begins with its number."""
    found = [(n, _NUMBERED.match(t)) for n, t in enumerate(trouble.source.split("\n"), 1) if t.strip()]
    numbers = [int(match.group(1)) for _, match in found if match]
    if len(numbers) < 2 or len(numbers) != len(found) or any(b != a + 1 for a, b in zip(numbers, numbers[1:])):
        return
    said = f"The lines begin with their numbers, from {numbers[0]} to {numbers[-1]}, which were pasted along."
    edits = [Edit(offset_of(trouble.source, n), offset_of(trouble.source, n, m.end()), "") for n, m in found if m]
    yield Repair("line_numbers", said, "Remove the numbers", edits, 0.9)


def _comments(trouble: Trouble) -> Iterator[Repair]:
    """``// text`` and ``/* text */``, of other languages."""
    said = f"The comment in line {trouble.line} is written as in other languages; Python's begin with `#`."
    alone: List[Edit] = []
    for number, text in enumerate(trouble.source.split("\n"), 1):
        match = re.match(r"^(\s*)(?:(//+|--)(?=\s|\w)|/\*+\s?(?=.*\*/\s*$))", text)
        if match:
            at = offset_of(trouble.source, number)
            alone.append(Edit(at + len(match.group(1)), at + match.end(), "#" if match.group(2) else "# "))
            tail = re.search(r"\s*\*+/\s*$", text) if not match.group(2) else None
            alone += [Edit(at + tail.start(), at + len(text), "")] if tail else []
    behind = re.match(r"^(.*\S)(\s*)//+\s*(?=[^\W\d]\w*[\s'])", trouble.text)
    if alone:
        yield Repair("other_comment", said, "Write `#`", alone, 0.9)
    if behind and compiles(behind.group(1).strip().rstrip(";")):
        at = offset_of(trouble.source, trouble.line)
        edits = [Edit(at + behind.end(1), at + behind.end(), "  # ")]
        yield Repair("other_comment", said, "Write `#`", [*alone, *edits], 0.88)


def _pasted(trouble: Trouble) -> Iterator[Repair]:
    line, text = trouble.line, trouble.text
    shown = [line_text(trouble.source, n) for n in range(max(line - 2, 1), line + 1)]
    if any(re.match(r"\s*(?:Traceback \(most recent call last\)|-{10,}$|-+> \d+ |Out ?\[\d*\]:)", t) for t in shown):
        said = f"Line {line} is output that was pasted along (of a traceback or a result), not code."
        yield Repair("pasted_output", said, "", [])
    elif _SQL.match(text):
        said = (
            f"Line {line} is SQL, not Python: give it as text to a function "
            "such as `pandas.read_sql`, or to a `%%sql` magic."
        )
        yield Repair("code_of_another_language", said, "", [])
    elif re.match(r"\s*</?[A-Za-z!][^>]*>", text):
        said = f"Line {line} is HTML, not Python: a cell that begins with `%%html` shows it."
        yield Repair("code_of_another_language", said, "", [])
    elif trouble.vague and _reads_like_text(text):
        said = f"Line {line} reads like a sentence, not like code; text goes into a Markdown cell, or behind a `#`."
        yield Repair("plain_text", said, "", [])


def _reads_like_text(text: str) -> bool:
    """Three words or more, no sign of code, and either the punctuation of a sentence or none of Python's words."""
    words = re.findall(r"[\w'’-]+", text)
    plain = re.fullmatch(r"\s*(?:[-*•] )?[\w'’,;:.!?()% -]+", text) and not re.search(
        r"\w[(.]\w|:\s*$|^\s*\w+\s*:", text
    )
    if (
        not plain
        or len(words) < 3
        or keyword.iskeyword(words[0])
        or words[0] in ("print", "exec", "var", "let", "const", "new")
    ):
        return False
    sentence = text.rstrip().endswith((".", "!", "?")) and words[0][:1].isupper()
    return sentence or (len(words) > 3 and not any(keyword.iskeyword(word) for word in words))

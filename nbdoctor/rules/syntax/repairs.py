"""Repairs of text that does not parse, in the order in which `syntax` tries them."""

from __future__ import annotations

import re
from typing import Callable, Iterator, List, Tuple

from ...protocol import Edit
from .. import tables
from ..reading.source import line_text
from .blocks import blocks, unhandled
from .brackets import brackets
from .calls import calls, deletions
from .definitions import definitions, lambdas
from .indents import Repair, indentation, line_edit
from .lines import lines
from .names import declarations, names
from .numbers import characters, numbers
from .python2 import python2
from .reading import code_end
from .search import dict_colons, joined, said_of_operators, search, starts
from .slices import slices
from .strings import strings
from .tokens import OPENING, Trouble, insert, replace

Maker = Callable[[Trouble], Iterator[Repair]]

_HEADERS = ("if", "elif", "else", "for", "while", "def", "class", "try", "except", "finally", "with", "match", "case")
_STATEMENTS = (
    "return",
    "break",
    "continue",
    "pass",
    "raise",
    "print",
    "import",
    "from",
    "del",
    "assert",
    "yield",
    "global",
)


def repairs(trouble: Trouble) -> Iterator[Repair]:
    """Possible repairs by what they know, surest first. None of them has been tried."""
    for make in _MAKERS:
        yield from make(trouble)


def guesses(trouble: Trouble) -> Iterator[Repair]:
    """Repairs that were found by trying."""
    yield from search(trouble)
    yield from joined(trouble)
    yield from said_of_operators(trouble)
    yield from unhandled(trouble)


def _by_table(trouble: Trouble) -> Iterator[Repair]:
    """Rewritings of a line that `data/syntax.json` knows; first of all lines that are alike, then of this line."""
    source = trouble.source
    for row in tables.load("syntax")["rewrites"]:
        pattern = re.compile(row["pattern"])
        match = pattern.search(trouble.text[: code_end(trouble.text)])
        if not match:
            continue
        said = row["headline"].format(*[g or "" for g in match.groups()], line=trouble.line)
        numbers = range(1, source.count("\n") + 2)
        for chosen, count in ((numbers, 0), ((trouble.line,), 0), ((trouble.line,), 1)):
            edits: List[Edit] = []
            for number in chosen:
                text = line_text(source, number)
                end = code_end(text)
                if pattern.search(text[:end]):
                    new = pattern.sub(row["replace"], text[:end], count=count) + text[end:]
                    edits += line_edit(source, number, new)
            yield Repair(row["kind"], said, row["title"], edits, row["confidence"])


def _colon(trouble: Trouble) -> Iterator[Repair]:
    """A colon that is missing at the end of what starts a block."""
    for line in dict.fromkeys((trouble.line, max(trouble.line - 1, 1))):
        statement = trouble.statement(line)
        first = next((t for t in statement if t.text != "async"), None)
        if first is None or first.text not in _HEADERS:
            continue
        said = f"Line {trouble.line_of(first)} starts with `{first.text}` and lacks the colon at its end."
        last = statement[-1]
        if last.text in (";", ",", "=", "{", "."):
            yield Repair("missing_colon", said, "Write the colon", [replace(last, ":")], 0.9)
        for before, token in zip(statement, statement[1:]):
            glued = before.is_value or before.text in ("else", "try", "finally")
            begins = token.text in _STATEMENTS or re.match(
                r"\w+\s*(?:[-+*/]?=[^=]|\(|\.)", trouble.python[token.start :]
            )
            if token.depth == 0 and glued and begins and before.text not in OPENING:
                middle = (
                    f"Between {before.text!r} and {token.text!r} in line {trouble.line_of(token)} the colon is missing."
                )
                yield Repair(
                    "missing_colon", middle.replace("'", "`"), "Add the colon", [insert(before.end, ":")], 0.85
                )
        if last.text != ":":
            yield Repair("missing_colon", said, "Add the colon", [insert(last.end, ":")], 0.95)


def _indentation(trouble: Trouble) -> Iterator[Repair]:
    yield from indentation(trouble.source, trouble.line, trouble.message)


_MAKERS: Tuple[Maker, ...] = (
    *(
        lines,
        python2,
        _by_table,
        characters,
        strings,
        declarations,
        definitions,
        numbers,
        names,
        slices,
        dict_colons,
        calls,
        deletions,
        lambdas,
    ),
    *(blocks, _colon, brackets, _indentation, starts),
)

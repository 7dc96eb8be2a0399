"""Ways to write the failing statement that the live objects leave open: an attribute, key, name or argument that exists.

A small model answers "which of these?" better than "write it anew", and what it chooses cannot be made up.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..protocol import Edit, Look, RaisedError
from ..rules.reading.source import attribute_edit, keyword_edit, span, string_edit, text_of, tree_of
from ..text import apply_edits
from ..tools.inquiry import missing_attribute
from ..tools.live import expressions, statement_nodes
from .case import Case

#: Ways that are offered, those from the message first.
MAX_OPTIONS = 8
_CLOSE, _CUTOFF, _CUTOFF_OF_NAMES = 6, 0.45, 0.75
_QUOTED = re.compile(r"`(-?[A-Za-z_][\w.]*|-?\d[\d.]*)`")
_KEYWORD = re.compile(r"unexpected keyword argument '(\w+)'")
_POSITIONAL = re.compile(r"takes (?:from \d+ to )?\d+ positional arguments? but \d+ (?:was|were) given")


async def options(case: Case) -> list[Way]:
    """The failing statement, rewritten in each way that is open; none where that is not known."""
    source, failure = case.cell.source, case.context.failure
    if failure is None or not case.report.errors:
        return []
    looks = await case.inquiry.looks(list(expressions(source, failure)))
    nodes = statement_nodes(source, failure)
    found: dict[str, Way] = {}
    for edits in _Statement(source, nodes, looks, case.report.errors[0], case.report.names).ways():
        code = apply_edits(source, edits)
        if code != source and code not in found and tree_of(code) is not None:
            last = failure.last + code.count("\n") - source.count("\n")
            found[code] = Way("\n".join(code.split("\n")[failure.first - 1 : last]).strip(), code)
    return list(found.values())[:MAX_OPTIONS]


@dataclass
class Way:
    """One way: the ``statement`` as it would stand there, and the whole cell with it."""

    statement: str
    code: str


@dataclass
class _Statement:
    """The nodes of the failing statement, in the cell's ``text``, with what is known of it: its parts by their text, the error,
    the variables."""

    text: str
    nodes: Sequence[ast.AST]
    looks: Mapping[str, Look]
    error: RaisedError
    names: Sequence[str]

    def ways(self) -> Iterator[list[Edit]]:
        """Edits, the likeliest first."""
        yield from self._named_by_the_message()
        yield from self._attributes()
        yield from self._keywords()
        yield from self._arguments()
        yield from self._keys()
        yield from self._variables()

    def _look(self, node: ast.expr) -> Look | None:
        return self.looks.get(text_of(self.text, node))

    def _replaced(self, node: ast.expr, new: str) -> list[Edit]:
        return [Edit(*span(self.text, node), new)]

    def _named_by_the_message(self) -> Iterator[list[Edit]]:
        """`` `np.float_` was removed … Use `np.float64` instead``: the expression that it names, and those it names besides."""
        quoted = list(dict.fromkeys(_QUOTED.findall(self.error.message)))
        for node in self.nodes:
            if isinstance(node, (ast.Attribute, ast.Name)) and text_of(self.text, node) in quoted:
                shown = text_of(self.text, node)
                yield from (self._replaced(node, other) for other in reversed(quoted) if other != shown)

    def _attributes(self) -> Iterator[list[Edit]]:
        wanted = missing_attribute(self.error)
        for node in self.nodes:
            if not isinstance(node, ast.Attribute) or node.attr != wanted:
                continue
            look = self._look(node.value)
            for name in _close(node.attr, look.attributes if look is not None else ()):
                change = attribute_edit(self.text, node, name)
                yield [change] if change else []

    def _keywords(self) -> Iterator[list[Edit]]:
        match = _KEYWORD.search(self.error.message)
        for call in self.nodes if match else ():
            passed = {k.arg: k for k in call.keywords} if isinstance(call, ast.Call) else {}
            if not isinstance(call, ast.Call) or match is None or match[1] not in passed:
                continue
            keyword, look = passed[match[1]], self._look(call.func)
            yield from self._value_is_a_method(call, keyword)
            taken = [p.name for p in (look.parameters or [])] if look is not None else []
            open_ = [name for name in taken if name not in passed and name not in ("self", "args", "kwargs")]
            for name in [*_close(match[1], open_), *open_]:
                change = keyword_edit(self.text, keyword, name)
                yield [change] if change else []

    def _value_is_a_method(self, call: ast.Call, keyword: ast.keyword) -> Iterator[list[Edit]]:
        """``x.fill(method="ffill")`` where ``x`` has a method ``ffill``."""
        value = getattr(keyword.value, "value", None)
        look = self._look(call.func.value) if isinstance(call.func, ast.Attribute) else None
        if look is None or not isinstance(value, str) or value not in look.attributes or call.args:
            return
        others = [text_of(self.text, k) for k in call.keywords if k is not keyword]
        assert isinstance(call.func, ast.Attribute)
        yield self._replaced(call, f"{text_of(self.text, call.func.value)}.{value}({', '.join(others)})")

    def _arguments(self) -> Iterator[list[Edit]]:
        """The last of the arguments that were passed by position, by the name of a parameter that is open."""
        for call in self.nodes if _POSITIONAL.search(self.error.message) else ():
            look = self._look(call.func) if isinstance(call, ast.Call) and call.args else None
            if look is None or look.parameters is None or not isinstance(call, ast.Call):
                continue
            passed = {k.arg for k in call.keywords}
            open_ = [p.name for p in look.parameters if p.kind == "keyword_only" and p.name not in passed]
            start = span(self.text, call.args[-1])[0]
            yield from ([Edit(start, start, f"{name}=")] for name in open_)

    def _keys(self) -> Iterator[list[Edit]]:
        if self.error.name != "KeyError":
            return
        wanted = self.error.details.get("key", self.error.message)
        for node in self.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and repr(node.value) == wanted:
                keys = [key for look in self.looks.values() for key in look.keys]
                for key in _close(wanted, keys):
                    change = string_edit(self.text, node, key.strip("'\""))
                    yield [change] if change else []

    def _variables(self) -> Iterator[list[Edit]]:
        name = self.error.details.get("name", "") if self.error.name == "NameError" else ""
        for node in self.nodes if name else ():
            if isinstance(node, ast.Name) and node.id == name:
                known = [*self.names, *dir(builtins)]
                close = difflib.get_close_matches(name, known, n=_CLOSE, cutoff=_CUTOFF_OF_NAMES)
                yield from (self._replaced(node, other) for other in close)


def _close(wanted: str, names: Sequence[str]) -> list[str]:
    """Names that are like it or hold it, the closest first."""
    others = [name for name in names if name != wanted]
    same = [name for name in others if name.casefold() == wanted.casefold()]
    close = difflib.get_close_matches(wanted, others, n=_CLOSE, cutoff=_CUTOFF)
    holding = sorted((name for name in others if len(wanted) > 2 and wanted.casefold() in name.casefold()), key=len)
    return list(dict.fromkeys([*same, *close, *holding]))[:_CLOSE]

"""Reports of cells that do not parse, as this Python complains about them, and what the rules make of them."""

from __future__ import annotations

import ast

import pytest

from nbdoctor.rules.reading.source import compiles

from ..support import FakeNamespace, first, report, result


def broken(source):
    """The Report of a cell that is not valid."""
    try:
        compile(source, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        message = f"{error.msg} (<cell>, line {error.lineno})"
        made = report(source, type(error).__name__, message, function="")
        frame = made.errors[0].frames[0]
        frame.line, frame.column = min(error.lineno, source.count("\n") + 1), max((error.offset or 1) - 1, 0)
        frame.end_column = None
        frame.source = source.split("\n")[frame.line - 1]
        return made
    pytest.fail("the cell is valid")


def check(source, kind, expected, namespace=None):
    """The surest finding is of a kind, and its first fix gives this text; None: it has none."""
    made = broken(source)
    found = first(made, namespace or FakeNamespace())
    assert found.kind == kind, found.headline
    assert found.headline.endswith(".")
    assert found.headline.count("`") % 2 == 0
    offered = result(made, found.fixes[0]) if found.fixes else None
    assert offered == expected
    assert offered is None or compiles(offered)

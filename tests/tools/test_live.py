"""What the failing statement's objects are: asked of the kernel, told in sentences."""

from __future__ import annotations

import asyncio

import pytest

from nbdoctor.protocol import Cell, Look, Parameter
from nbdoctor.tools.inquiry import Failure, Inquiry, find_failure
from nbdoctor.tools.live import MAX_EXPRESSIONS, expressions, live

from ..agents.helpers import report_of


def told(source, looks, name="TypeError", message="no", line=1, **fields):
    asked = []

    async def look(names):
        asked.extend(names)
        return {name: looks[name] for name in names if name in looks}

    cell = Cell(source, "c")
    report = report_of(cell, name, message, line, **fields)
    said = asyncio.run(live(Inquiry(report, cell, [cell], [], find_failure(report, cell), look)))
    return list(said), asked


def test_what_is_called_is_asked_about_first():
    source = "x = 1\ntotal = sum(df.groupby(key).mean()[col], start=np.nan)"
    _, asked = told(source, {}, line=2)
    assert asked == ["sum", "df.groupby", "df", "key", "col", "np.nan", "np"]


def test_no_more_is_asked_than_is_useful():
    call = "f(" + ", ".join(f"a{i}" for i in range(50)) + ")"
    assert len(expressions(call, Failure(1, 1, 1))) == MAX_EXPRESSIONS


def test_a_statement_of_a_block_is_read_too():
    source = "if x:\n    y = scale(x)"
    assert list(expressions(source, Failure(2, 2, 2))) == ["scale", "x"]
    assert expressions(source, Failure(1, 1, 1)) == {}


def test_each_expression_is_asked_once():
    asked = []

    async def look(names):
        asked.append(list(names))
        return {"x": Look("list", length=1)}

    async def main(inquiry):
        return [await inquiry.looks(names) for names in (["x", "y"], ["x", "y"], ["y", "z"])]

    cell = Cell("print(x)", "c")
    found = asyncio.run(main(Inquiry(report_of(cell, "TypeError", "no", 1), cell, [], [], None, look)))
    assert asked == [["x", "y"], ["z"]]
    assert [list(looks) for looks in found] == [["x"], ["x"], []]


def test_a_signature():
    look = Look(
        "function",
        name="mine.draw",
        parameters=[
            Parameter("self", "positional_or_keyword"),
            Parameter("data", "positional_or_keyword"),
            Parameter("colour", "keyword_only", "'red'"),
            Parameter("rest", "var_keyword"),
        ],
    )
    said, _ = told("draw(rows, color=1)", {"draw": look})
    assert said == ["`draw` is defined as draw(data, *, colour='red', **rest)."]


@pytest.mark.parametrize(
    ("look", "sentence"),
    [
        (Look("DataFrame", "pandas", shape=[3, 2], keys=["'a'", "'b'"]), "`x` is a DataFrame of shape (3, 2), with the columns 'a', 'b'."),
        (Look("ndarray", "numpy", shape=[3], dtype="float64"), "`x` is a ndarray of shape (3), of dtype float64."),
        (Look("dict", length=20, keys=[f"'k{i}'" for i in range(20)]), None),
        (Look("list", length=2), "`x` is a list of length 2."),
        (Look("int"), None),
        (Look("module", name="numpy"), None),
    ],
)  # fmt: skip
def test_data(look, sentence):
    said, _ = told("print(x)", {"x": look})
    if look.type == "dict":
        assert said[0].endswith("'k14', ….")
    else:
        assert said == ([sentence] if sentence else [])


def test_a_missing_attribute_and_those_like_it_come_first():
    looks = {
        "df": Look("DataFrame", "pandas", shape=[1, 1], attributes=["append_all", "map", "T"]),
        "x": Look("list", length=1),
    }
    said, _ = told("df.appendall(x)", looks, "AttributeError", "'DataFrame' object has no attribute 'appendall'")
    assert said[0] == "`df` has no attribute `appendall`; the closest that it has: append_all."


def test_a_missing_key_and_those_like_it():
    looks = {"sales": Look("DataFrame", "pandas", shape=[1, 2], keys=["'month'", "'revenue'"])}
    said, _ = told("sales['revenu']", looks, "KeyError", "'revenu'")
    assert said[0] == "`sales` has no key 'revenu'; the closest that it has: 'revenue'."


def test_without_a_kernel_nothing_is_said():
    cell = Cell("draw(1)", "c")
    report = report_of(cell, "TypeError", "no", 1)
    assert asyncio.run(live(Inquiry(report, cell, [], [], find_failure(report, cell)))) == []

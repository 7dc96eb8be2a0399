import pytest

from nbdoctor.protocol import Cell, Look
from nbdoctor.rules.base import Context
from nbdoctor.rules.values.absent import assigned_nothing

from ..support import FakeNamespace, first, repaired, report

NONE = FakeNamespace({"x": Look("NoneType")})


@pytest.mark.parametrize(
    ("assignment", "fixed"),
    [
        ("x = x.sort()", "x.sort()"),
        ("x = y.sort(reverse=True)", "x = sorted(y, reverse=True)"),
        ("x = y.reverse()", "x = y[::-1]"),
        ("x = df.dropna(inplace=True)", "x = df.dropna()"),
        ("x = df.sort_values('a', inplace=True)", "x = df.sort_values('a')"),
        ("x = df.drop(inplace=True, columns='a')", "x = df.drop(columns='a')"),
        ("x = random.shuffle(x)", "random.shuffle(x)"),
        ("x = print(3)", None),
    ],
)
def test_the_assignment_that_made_it_none(assignment, fixed):
    made = report(f"{assignment}\nx[0]", "TypeError", "'NoneType' object is not subscriptable", "x[0]")
    found = first(made, NONE)
    assert found.kind == "assigned_nothing"
    assert "in line 1" in found.headline
    assert repaired(made, NONE) == (f"{fixed}\nx[0]" if fixed else None)


@pytest.mark.parametrize("assignment", ["x = load()", "x = y.add(3)[0]", "x = sorted(y)", "z = x.sort()"])
def test_what_may_return_something(assignment):
    made = report(f"{assignment}\nx[0]", "TypeError", "'NoneType' object is not subscriptable", "x[0]")
    assert first(made, NONE).kind == "none_value"


def test_an_earlier_cell():
    made = report("x[0]", "TypeError", "'NoneType' object is not subscriptable", "x[0]")
    cells = [Cell("x = [2, 1]", "a"), Cell("x = x.sort()", "b"), made.cell]
    found = assigned_nothing(Context(made, NONE, cells))
    assert found is not None
    assert found.headline == "`x` is None because it was given the result of `x.sort` in an earlier cell, line 1."
    assert found.fixes == []


@pytest.mark.parametrize(
    ("body", "fixed"),
    [
        ("    n * 2", "    return n * 2"),
        ("    m = n * 2", "    m = n * 2\n    return m"),
        ("    print(n)", None),
    ],
)
def test_a_function_without_return(body, fixed):
    source = f"def f(n):\n{body}\nf(1) + 3"
    message = "unsupported operand type(s) for +: 'NoneType' and 'int'"
    made = report(source, "TypeError", message, "f(1) + 3")
    assert first(made).headline == "`f` returns nothing: it has no `return`, so its result is None."
    assert repaired(made) == (source.replace(body, fixed) if fixed else None)


def test_a_function_that_returns_somewhere():
    source = "def f(n):\n    if n: return 3\nf(0) + 3"
    message = "unsupported operand type(s) for +: 'NoneType' and 'int'"
    assert first(report(source, "TypeError", message, "f(0) + 3")).kind == "none_value"

import pytest

from ..support import first, repaired, report


@pytest.mark.parametrize(
    ("source", "at", "kind", "fixed"),
    [
        ("for i in many:\n    print(i)", "many:", "int", "for i in range(many):\n    print(i)"),
        ("list(42)", "list(42)", "int", None),
        ("for x in get:\n    pass", "get:", "method", "for x in get():\n    pass"),
        ("for x in 2.5:\n    pass", "2.5:", "float", None),
    ],
)
def test_what_cannot_be_gone_through(source, at, kind, fixed):
    made = report(source, "TypeError", f"'{kind}' object is not iterable", at.rstrip(":"))
    found = first(made)
    assert found.kind == "not_iterable"
    assert repaired(made) == fixed


def test_it_is_named():
    made = report("list(42)", "TypeError", "'int' object is not iterable", "list(42)")
    assert first(made).headline == "`42` is an int, which has no items to go through."
    made = report("for x in rows:\n    pass", "TypeError", "'NoneType' object is not iterable", "rows")
    assert first(made).headline == "`rows` is None, so there is nothing to go through."


@pytest.mark.parametrize(
    ("source", "kind", "fixed"),
    [
        ("len(f)", "function", "len(f())"),
        ("len(x for x in y)", "generator", "len([x for x in y])"),
        ("len(g)", "generator", "len(list(g))"),
        ("len(52)", "int", "len(str(52))"),
        ("len(n)", "int", None),
    ],
)
def test_lengths(source, kind, fixed):
    assert repaired(report(source, "TypeError", f"object of type '{kind}' has no len()", source)) == fixed


def test_in():
    found = first(report("'a' in n", "TypeError", "argument of type 'int' is not iterable", "'a' in n"))
    assert found.headline == "`n` is an int, which `in` cannot look into."
    assert (
        repaired(report("'a' in f", "TypeError", "argument of type 'function' is not iterable", "'a' in f"))
        == "'a' in f()"
    )

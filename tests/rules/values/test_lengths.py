import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, first, repaired, report


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("not enough values to unpack (expected 3, got 2)", "3 names stand on the left, but `pair` has 2 values."),
        ("too many values to unpack (expected 2)", "2 names stand on the left, but `pair` has 5 values."),
    ],
)
def test_unpacking(message, expected):
    made = report("a, b = pair", "ValueError", message, "a, b")
    assert first(made, FakeNamespace({"pair": Look("tuple", length=5)})).headline == expected


@pytest.mark.parametrize(
    ("source", "at", "fixed"),
    [
        ("for k, v in d:\n    pass", "k, v", "for k, v in d.items():\n    pass"),
        ("[k for k, v in d]", "k, v", "[k for k, v in d.items()]"),
        ("for k, v in xs:\n    pass", "k, v", None),
        ("for i, a, b in enumerate(xs):\n    pass", "i, a, b", "for i, (a, b) in enumerate(xs):\n    pass"),
    ],
)
def test_a_loop(source, at, fixed):
    namespace = FakeNamespace({"d": Look("dict", length=2), "xs": Look("list", length=2)})
    made = report(source, "ValueError", "not enough values to unpack (expected 2, got 1)", at)
    assert repaired(made, namespace) == fixed


def test_a_single_value():
    made = report("a, b = 4.5", "TypeError", "cannot unpack non-iterable float object", "a, b")
    assert first(made).headline == "`4.5` is a float, a single value, and cannot be spread over 2 names."


def test_samples():
    message = "Found input variables with inconsistent numbers of samples: [3, 4]"
    namespace = FakeNamespace({"X": Look("ndarray", shape=[3, 2], length=3), "y": Look("ndarray", shape=[4], length=4)})
    found = first(report("m.fit(X, y)", "ValueError", message, "m.fit(X, y)"), namespace)
    assert found.headline == "`X` has 3 items and `y` has 4 items: they have to be equally long."
    assert ". They differ by one" in found.explanation


def test_columns_of_a_table():
    source = "pd.DataFrame({'a': [1, 2], 'b': xs})"
    found = first(
        report(source, "ValueError", "All arrays must be of the same length", source),
        FakeNamespace({"xs": Look("list", length=3)}),
    )
    assert found.headline == "`a` has 2 items and `b` has 3 items: they have to be equally long."


def test_a_column_and_names():
    message = "Length of values (2) does not match length of index (3)"
    assert (
        first(report("df['b'] = xs", "ValueError", message, "df['b']")).headline
        == "`xs` has 2 values, and `df` has 3 rows."
    )
    message = "Length mismatch: Expected axis has 3 elements, new values have 1 elements"
    found = first(report("df.columns = ['a']", "ValueError", message, "df.columns"))
    assert found.headline == "`df` has 3 columns, and 1 name is given."

import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, first, repaired, report


@pytest.mark.parametrize(
    ("source", "at", "expected"),
    [
        ("total / count", "total / count", "`count` is zero when it divides `total`."),
        ("2 / 1 / zero", "2 / 1 / zero", "`zero` is zero when it divides `2 / 1`."),
        ("divmod(1, zero)", "divmod(1, zero)", "`zero`, by which `divmod` divides, is zero."),
        ("x //= n", "x //= n", "`n` is zero when it divides `x`."),
        ("zero ** -1", "zero ** -1", "`zero` is zero and is raised to a negative power."),
        ("x % 0", "x % 0", "`x` is divided by `0`."),
    ],
)
def test_the_divisor_is_named(source, at, expected):
    assert first(report(source, "ZeroDivisionError", "division by zero", at)).headline == expected


@pytest.mark.parametrize(
    ("source", "message", "fixed"),
    [
        ("int(t)", "invalid literal for int() with base 10: '3.4'", "int(float(t))"),
        ("int(t)", "invalid literal for int() with base 10: '1e6'", "int(float(t))"),
        ("float(t)", "could not convert string to float: '3,5'", "float(t.replace(',', '.'))"),
        ("float(t)", "could not convert string to float: '$1,200.50'", "float(t.replace('$', '').replace(',', ''))"),
        ("float(t)", "could not convert string to float: '12 kg'", None),
        ("float(t)", "could not convert string to float: 'Hello'", None),
        ("float(t)", "could not convert string to float: ''", None),
        ("int(t, 16)", "invalid literal for int() with base 16: '3.4'", None),
        ("int(t)", "invalid literal for int() with base 10: '3,4'", None),
    ],
)
def test_text_as_a_number(source, message, fixed):
    made = report(source, "ValueError", message, source)
    assert first(made).kind == "not_a_number"
    assert repaired(made) == fixed


def test_what_is_wrong_with_it():
    found = first(report("float(t)", "ValueError", "could not convert string to float: '42b'", "float(t)"))
    assert found.headline == "The text `'42b'` cannot be read as a float."
    assert found.facts == ["It contains `b`."]
    found = first(report("int(t, 5)", "ValueError", "invalid literal for int() with base 5: '1898'", "int(t, 5)"))
    assert found.headline == "The text `'1898'` cannot be read as an int of base 5."
    assert found.facts == ["It contains `8`, `9`."]


def test_where_it_is():
    found = first(
        report("pd.to_numeric(s)", "ValueError", "Unable to parse string 'abc' at position 1", "pd.to_numeric(s)")
    )
    assert "the position 1" in found.explanation


@pytest.mark.parametrize(
    ("source", "kind", "fixed"),
    [
        ("range(n / 2)", "float", "range(n // 2)"),
        ("range('3')", "str", "range(int('3'))"),
        ("range('x')", "str", None),
        ("range(xs)", "list", "range(len(xs))"),
        ("bin(xs)", "list", None),
    ],
)
def test_a_whole_number_is_needed(source, kind, fixed):
    made = report(source, "TypeError", f"'{kind}' object cannot be interpreted as an integer", source)
    assert repaired(made, FakeNamespace({"xs": Look("list", length=3)})) == fixed


def test_a_function_may_be_called_with_a_number_as_well():
    source = "def read(t):\n    return float(t)\nread('3,5')"
    made = report(source, "ValueError", "could not convert string to float: '3,5'", "float(t)", function="read")
    assert repaired(made) == source.replace("float(t)", "float(str(t).replace(',', '.'))")

import pytest

from ..support import first, repaired, report

SERIES = "The truth value of a Series is ambiguous. Use a.empty, a.bool(), a.item(), a.any() or a.all()."


@pytest.mark.parametrize(
    ("source", "at", "fixed"),
    [
        ("df[(a > 1) and (b < 2)]", "a > 1", "df[(a > 1) & (b < 2)]"),
        ("df[a > 1 or b < 2]", "a > 1", "df[(a > 1) | (b < 2)]"),
        ("df[a > 1 and b < 2 and c]", "a > 1", "df[(a > 1) & (b < 2) & c]"),
        ("df[not a.isna()]", "not a.isna()", "df[~a.isna()]"),
        ("df[not a > 1]", "not a > 1", "df[~(a > 1)]"),
        ("df[f(a > 1) and b]", "f(a > 1)", "df[f(a > 1) & b]"),
        ("df[a > 1 & b < 2]", "a > 1 & b < 2", "df[(a > 1) & (b < 2)]"),
        ("df[0 < a < 5]", "0 < a < 5", "df[(0 < a) & (a < 5)]"),
        ("if a > 3:\n    pass", "a > 3", None),
        ("if a > 3 and b:\n    pass", "a > 3", None),
    ],
)
def test_conditions_for_each_item(source, at, fixed):
    made = report(source, "ValueError", SERIES, at)
    assert first(made).kind == "ambiguous_truth"
    assert repaired(made) == fixed


def test_a_table_in_an_if():
    message = "The truth value of a DataFrame is ambiguous. Use a.empty, a.bool(), a.item(), a.any() or a.all()."
    made = report("if df:\n    pass", "ValueError", message, "df")
    assert first(made).headline == "`df` is a whole DataFrame, which is neither true nor false."
    assert repaired(made) == "if not df.empty:\n    pass"
    assert repaired(report("if not df:\n    pass", "ValueError", message, "df")) == "if df.empty:\n    pass"


def test_of_an_array_any_and_all_are_both_possible():
    message = "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()"
    found = first(report("if x > 3:\n    pass", "ValueError", message, "x > 3"))
    assert found.headline == "`x > 3` has one answer for each item, and the condition needs a single one."
    assert found.fixes == []

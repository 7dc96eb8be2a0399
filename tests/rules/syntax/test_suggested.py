import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("total() = 3", "assign_to_call", "total() == 3"),
        ("price + 1 = cost", "assign_to_expression", "price + 1 == cost"),
        ("{'a': 1} = row", "assign_to_literal", "{'a': 1} == row"),
        ("a = total() = 3", "assign_to_call", None),
        ("if 'word' := word:\n    pass", "walrus_target", "if 'word' == word:\n    pass"),
        ("while next(rows) := row:\n    pass", "walrus_target", "while next(rows) == row:\n    pass"),
        ("(True := 1)", "walrus_target", None),
        ("None = 1", "assign_to_constant", None),
    ],
)
def test_a_comparison_is_suggested(source, kind, expected):
    check(source, kind, expected)

import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("f'{total'", "fstring_brace", "f'{total}'"),
        ("total = 3\nf'the total}'", "fstring_brace", "total = 3\nf'the {total}'"),
        ("f'{ages[\"Ada]} years'", "fstring_quotes", "f'{ages[\"Ada\"]} years'"),
        ("f'{} items'.format(3)", "fstring_brace", "'{} items'.format(3)"),
        ("f'{a b}'", "fstring", None),
    ],
)
def test_the_kind_and_the_edit(source, kind, expected):
    check(source, kind, expected)

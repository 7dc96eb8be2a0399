import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("d = date(2024, 01, 09)", "leading_zeros", "d = date(2024, 1, 9)"),
        ("os.chmod('a', 0755)", "leading_zeros", "os.chmod('a', 0o755)"),
        ("n = 0017", "leading_zeros", None),
        ("n = 3.5i", "bad_number", "n = 3.5j"),
        ("n = 2f", "bad_number", "n = 2.0"),
        ("n = 2.5f * k", "bad_number", "n = 2.5 * k"),
        ("n = 2q", "bad_number", None),
        ("r = 3\narea = 2r", "missing_operator", "r = 3\narea = 2*r"),
        ("n = 3\nrange(1n)", "missing_comma", "n = 3\nrange(1,n)"),
        ("n = 1.5e", "bad_number", None),
        ("3rd = 5", "bad_name", None),
        ("n = ½", "odd_character", "n = 0.5"),
        ("n = x²", "odd_character", "n = x**2"),
        ("t = “a”", "odd_character", 't = "a"'),
        ("a = b\xa0+ c", "odd_character", "a = b + c"),
        ("if a ‹ b:\n    pass", "odd_character", "if a < b:\n    pass"),
        ("a = “it’s”", "odd_character", 'a = "it\'s"'),
        ("🤖 = 3", "odd_character", None),
    ],
)
def test_the_kind_and_the_edit(source, kind, expected):
    check(source, kind, expected)

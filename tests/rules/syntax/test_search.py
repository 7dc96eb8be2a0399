import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("rows = [1, 2 3]", "missing_comma", "rows = [1, 2, 3]"),
        ("a = b = 1\nf(a b)", "missing_comma", "a = b = 1\nf(a, b)"),
        ("f(x, y label='a')", "missing_comma", "f(x, y, label='a')"),
        ("assert n == 3 'no'", "missing_comma", "assert n == 3, 'no'"),
        ("d = [\n    {'a': 1}\n    {'a': 2}\n]", "missing_comma", "d = [\n    {'a': 1},\n    {'a': 2}\n]"),
        ("import math import json", "joined_statements", "import math\nimport json"),
        ("n = 4****5", "repeated_operator", "n = 4**5"),
        ("n = 3 */ 4", "repeated_operator", None),
        ("for n in in xs:\n    pass", "repeated_word", "for n in xs:\n    pass"),
        ("is n > 3:\n    pass", "misspelled_keyword_of_python", "if n > 3:\n    pass"),
        ("retrun = 3 +", "unfinished", None),
        ("def f():\n    retrun 3", "misspelled_keyword_of_python", "def f():\n    return 3"),
    ],
)
def test_the_kind_and_the_edit(source, kind, expected):
    check(source, kind, expected)

import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("total = max((1, 2)\nprint(total)", "bracket_open", "total = max((1, 2))\nprint(total)"),
        ("rows = [\n    [1, 2,\n    [3, 4],\n]", "bracket_open", "rows = [\n    [1, 2],\n    [3, 4],\n]"),
        ("x = df['a' > 3", "bracket_open", "x = df['a'] > 3"),
        ("x = f( < 3", "bracket_open", "x = f() < 3"),
        ("x = f(.g()", "bracket_open", "x = f().g()"),
        ("a = b if f(c else d", "bracket_open", "a = b if f(c) else d"),
        ("x = (1\n     + 2]", "bracket_mismatch", "x = (1\n     + 2)"),
        ("s = pd.Series({'a': 1, name='b')", "bracket_open", "s = pd.Series({'a': 1}, name='b')"),
        ("a = np.array(1, 2, 3])", "bracket_unmatched", "a = np.array([1, 2, 3])"),
        ("print('a'))", "bracket_unmatched", "print('a')"),
        ("text = str'a')", "bracket_unmatched", "text = str('a')"),
        ("rows = 1, 2, 3]", "bracket_unmatched", "rows = [1, 2, 3]"),
        ("rows = []\nrows.sort)", "bracket_unmatched", "rows = []\nrows.sort()"),
        ("last = rows-1]", "bracket_unmatched", "last = rows[-1]"),
        ("n = 3\nm = lenn)", "bracket_unmatched", "n = 3\nm = len(n)"),
        ("f(1, 2)\nrows = g5, 5)", "bracket_unmatched", None),
    ],
)
def test_the_kind_and_the_edit(source, kind, expected):
    check(source, kind, expected)

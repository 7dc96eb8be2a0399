import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("sum[n for n in xs]", "square_call", "sum(n for n in xs)"),
        ("a = [n, n * 2 for n in xs]", "comprehension_tuple", "a = [(n, n * 2) for n in xs]"),
        ("a = [n if n > 2 for n in xs]", "conditional_order", "a = [n for n in xs if n > 2]"),
        ("a = [n for n in xs if n > 2 else 0]", "conditional_order", "a = [n if n > 2 else 0 for n in xs]"),
        ("f(n for n in xs, 3)", "generator_parentheses", "f((n for n in xs), 3)"),
        ("a = [*row for row in rows]", "starred", "a = [item for row in rows for item in row]"),
        ("a = [\n    for n in xs:\n        n\n]", "loop_in_brackets", None),
        ("d = {'a'=1, 'b'=2}", "dict_syntax", "d = {'a': 1, 'b': 2}"),
        ("d = {'a' => 1}", "dict_syntax", "d = {'a': 1}"),
        ("d = {'a': 1, 'b' 2}", "dict_syntax", "d = {'a': 1, 'b': 2}"),
        ("d = {'a': 1, 'b'}", "dict_syntax", None),
        ("d = {'a':, 'b': 1}", "dict_syntax", None),
        ("dict('a'=1)", "keyword_argument_expression", "dict(a=1)"),
        ("print(len.('a'))", "stray_dot", "print(len('a'))"),
        ("df.loc('a') = 3", "assign_to_call", "df.loc['a'] = 3"),
        ("f('a') = 3", "assign_to_call", "f('a') == 3"),
        ("del (*names)", "starred", "del (names)"),
        ("f(a=1, b)", "argument_order", None),
    ],
)
def test_the_kind_and_the_edit(source, kind, expected):
    check(source, kind, expected)

import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("def f():\n# first\nreturn 1", "missing_indent", "def f():\n# first\n    return 1"),
        ("def f(a):\nb = a\nreturn b\nc = 3", "missing_indent", "def f(a):\n    b = a\n    return b\nc = 3"),
        ("for n in xs:\nif n:\n    print(n)", "missing_indent", "for n in xs:\n    if n:\n        print(n)"),
        ("for n in xs:\nprint(n)\nprint(m)", "missing_indent", None),
        ("for n in xs:", "empty_block", None),
        ("for n in xs:\n    # later", "empty_block", None),
        ("a = 1\n  b = 2\n  c = 3", "unexpected_indent", "a = 1\nb = 2\nc = 3"),
        ("if a:\n    b\n   c", "indent_mismatch", "if a:\n    b\n    c"),
        ("if a:\n    b\n  c", "indent_mismatch", None),
        ("if a:\n\tb = 1\n        c = 2", "tabs_and_spaces", "if a:\n        b = 1\n        c = 2"),
    ],
)
def test_the_kind_and_the_edit(source, kind, expected):
    check(source, kind, expected)

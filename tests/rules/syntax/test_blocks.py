import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("if a:\n    b\n    else:\n        c", "unpaired_block", "if a:\n    b\nelse:\n    c"),
        ("for n in xs:\n    if n:\n        a\n  else:\n        b", "unpaired_block", None),
        ("else:\n    a", "unpaired_block", None),
        ("def f():\n    n = 1\n    global n", "global_late", "def f():\n    global n\n    n = 1"),
        ("n = 1\ndef f():\n    nonlocal n\n    n = 2", "nonlocal_missing", "n = 1\ndef f():\n    global n\n    n = 2"),
        ("def f():\n    nonlocal n\n    n = 2", "nonlocal_missing", None),
        ("def f(a):\n    b = a\nreturn b", "return_outside", "def f(a):\n    b = a\n    return b"),
        ("a = 1\nreturn a", "return_outside", None),
        ("b = df.head()\n    .sum()\n    .max()", "continued_line", "b = df.head() \\\n    .sum() \\\n    .max()"),
        ("try:\n    a\nb", "try_block", None),
        ("try:\n    a\nexcpt ValueError:\n    b", "try_block", "try:\n    a\nexcept ValueError:\n    b"),
    ],
)
def test_the_kind_and_the_edit(source, kind, expected):
    check(source, kind, expected)

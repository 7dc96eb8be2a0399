import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("print 'a', b", "print_statement", "print('a', b)"),
        ("print 'a',\nprint 'b'", "print_statement", "print('a', end=' ')\nprint('b')"),
        (
            "import sys\nprint >> sys.stderr, 'a', b\nprint 'c'",
            "print_statement",
            "import sys\nprint('a', b, file=sys.stderr)\nprint('c')",
        ),
        ("if a: print 'b'", "print_statement", "if a: print('b')"),
        ("print ('a: %d') % 3, b\nprint c", "print_statement", "print ('a: %d') % 3, b\nprint(c)"),
        ("exec 'a = 1' in names", "python2_exec", "exec('a = 1', names)"),
        (
            "try:\n    f()\nexcept (A, B), error:\n    print error",
            "python2_except",
            "try:\n    f()\nexcept (A, B) as error:\n    print(error)",
        ),
        ("raise ValueError, 'no', tb", "python2_raise", "raise ValueError('no').with_traceback(tb)"),
        ("a = 10L + 0xFFL", "long_suffix", "a = 10 + 0xFF"),
        ("ok = a <> b", "other_operator", "ok = a != b"),
        ("text = `a + b`", "backquotes", "text = repr(a + b)"),
        ("name = ur'a'", "string_prefix", "name = r'a'"),
        ("def f(a, (b, c)):\n    return b", "tuple_parameter", "def f(a, b_c):\n    b, c = b_c\n    return b"),
        ("sorted(d, key=lambda (k, v): (v, k))", "tuple_parameter", "sorted(d, key=lambda k_v: (k_v[1], k_v[0]))"),
        (
            "add = lambda a, (b, c): a + b * c\nb = 3",
            "tuple_parameter",
            "add = lambda a, b_c: a + b_c[0] * b_c[1]\nb = 3",
        ),
        ("add = lambda (a, b): a + b", "tuple_parameter", "add = lambda a, b: a + b"),
        ("print hello there", "unquoted_text", 'print("hello there")'),
    ],
)
def test_the_kind_and_the_edit(source, kind, expected):
    check(source, kind, expected)

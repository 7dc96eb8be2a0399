import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("def f(a, **):\n    pass", "star_parameters", "def f(a, **kwargs):\n    pass"),
        ("def f:\n    pass", "missing_parentheses", "def f():\n    pass"),
        ("def f a, b:\n    pass", "missing_parentheses", "def f(a, b):\n    pass"),
        ("def 'f'(a):\n    pass", "name_as_text", "def f(a):\n    pass"),
        ("def a-b():\n    pass", "bad_name", "def a_b():\n    pass"),
        ("class:\n    pass", "missing_name", None),
        ("def f(a b):\n    pass", "missing_comma", "def f(a, b):\n    pass"),
        ("def f(a: str b: int):\n    pass", "missing_comma", "def f(a: str, b: int):\n    pass"),
        ("def f(self, n int):\n    pass", "missing_colon", "def f(self, n: int):\n    pass"),
        ("def f(*args **kwargs):\n    pass", "missing_comma", "def f(*args, **kwargs):\n    pass"),
        ("def f(a, b+None):\n    pass", "bad_parameter", "def f(a, b=None):\n    pass"),
        ("def f(3):\n    pass", "bad_parameter", None),
        ("def f(a.b):\n    pass", "bad_parameter", None),
        ("def f(**kw, a):\n    pass", "parameter_order", "def f(a, **kw):\n    pass"),
        ("def f(a, *b, /):\n    pass", "parameter_order", "def f(a, /, *b):\n    pass"),
        ("def f(*a, *b):\n    pass", "star_parameters", "def f(*a, **b):\n    pass"),
        ("def f(*a, *, b):\n    pass", "star_parameters", "def f(*a, b):\n    pass"),
        ("def f(a, /, b, /):\n    pass", "star_parameters", None),
        ("def f(a=1, b):\n    pass", "default_order", None),
        ("f = lambda x x + 1", "missing_colon", "f = lambda x: x + 1"),
        ("f = lambda x -> x + 1", "other_operator", "f = lambda x: x + 1"),
    ],
)
def test_the_kind_and_the_edit(source, kind, expected):
    check(source, kind, expected)

import pytest

from .broken import check


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("t = 'it's late'", "quote_inside", 't = "it\'s late"'),
        ('print("She said "no" to me")', "quote_inside", "print('She said \"no\" to me')"),
        ("t = 'it's a \"no\"'", "quote_inside", "t = 'it\\'s a \"no\"'"),
        ("rows = ['a', 'b, 'c']", "quote_open", "rows = ['a', 'b', 'c']"),
        ("print('Total:, total)", "quote_open", "print('Total:', total)"),
        ("name = Ada'", "quote_open", "name = 'Ada'"),
        ("f('a', b')", "quote_open", "f('a', 'b')"),
        ("f(\"a', 3)", "quote_mixed", 'f("a", 3)'),
        ("p = 'C:\\Users\\ada'", "escape", "p = r'C:\\Users\\ada'"),
        ("p = 'C:\\data\\'", "quote_open", "p = 'C:\\data\\\\'"),
        ("t = '''a\nb", "quote_open", "t = '''a\nb'''"),
        ("def f():\n    '''Adds.\n    return 3", "quote_open", "def f():\n    '''Adds.'''\n    return 3"),
        ('def f():\n    """Adds.""\n    return 3', "quote_open", 'def f():\n    """Adds."""\n    return 3'),
        ("print(\\n)", "continuation", 'print("\\n")'),
        ("a = 1 + \\ \n    2", "continuation", "a = 1 + \\\n    2"),
        ("print(Hello World)", "unquoted_text", 'print("Hello World")'),
        ("t = bf'a'", "string_prefix", None),
    ],
)
def test_the_kind_and_the_edit(source, kind, expected):
    check(source, kind, expected)

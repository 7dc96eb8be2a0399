import pytest

from nbdoctor.rules.source import compiles

from .support import FakeNamespace, first, report, result


def broken(source):
    """The Report of a cell as this Python complains about it."""
    try:
        compile(source, "<cell>", "exec")
    except SyntaxError as error:
        message = f"{error.msg} (<cell>, line {error.lineno})"
        made = report(source, type(error).__name__, message, function="")
        frame = made.errors[0].frames[0]
        frame.line, frame.column = min(error.lineno, source.count("\n") + 1), max((error.offset or 1) - 1, 0)
        frame.end_column = None
        frame.source = source.split("\n")[frame.line - 1]
        return made
    pytest.fail("the cell is valid")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("for x in xs\n    print(x)", "for x in xs:\n    print(x)"),
        ("if a:  # why\n    b = 1\nelse  # so\n    b = 2", "if a:  # why\n    b = 1\nelse:  # so\n    b = 2"),
        ("while True;\n    pass", "while True:\n    pass"),
        ("total = (a + b\nprint(total)", "total = (a + b)\nprint(total)"),
        ("rows = [1, 2\nprint(rows)", "rows = [1, 2]\nprint(rows)"),
        ("print('a'))", "print('a')"),
        ("rows = [1, 2)", "rows = [1, 2]"),
        ("name = 'Ada", "name = 'Ada'"),
        ("print('Ada)", "print('Ada')"),
        ("text = 'it's late'", 'text = "it\'s late"'),
        ("print 'a'\nprint 'b'", "print('a')\nprint('b')"),
        ("if n = 3:\n    pass", "if n == 3:\n    pass"),
        ("if a:\n    pass\nelse if b:\n    pass", "if a:\n    pass\nelif b:\n    pass"),
        ("rows = [1, 2 3]", "rows = [1, 2, 3]"),
        ("d = {'a': 1,\n     'b': 2\n     'c': 3}", "d = {'a': 1,\n     'b': 2,\n     'c': 3}"),
        ("a = 1\n  b = 2", "a = 1\nb = 2"),
        ("def f():\nreturn 1", "def f():\n    return 1"),
        ("if a:\n\tb = 1\n        c = 2", "if a:\n        b = 1\n        c = 2"),
        ("pip install polars\nimport polars", "%pip install polars\nimport polars"),
        ("t = “a”", 't = "a"'),
        ("t = a − b", "t = a - b"),
        ("i++", "i += 1"),
        ("ok = a && b", "ok = a and b"),
        ("ok = a === b", "ok = a == b"),
        ("import sqrt from math", "from math import sqrt"),
        ("try:\n    f()\nexcept ValueError, e:\n    pass", "try:\n    f()\nexcept ValueError as e:\n    pass"),
        ("def f:\n    pass", "def f():\n    pass"),
        ("for i range(3):\n    pass", "for i in range(3):\n    pass"),
        ("var n = 3", "n = 3"),
        ("whlie True:\n    pass", "while True:\n    pass"),
        ("n = = 3", "n = 3"),
        ("rows = [1; 2; 3]", "rows = [1, 2, 3]"),
    ],
)
def test_one_plausible_repair(source, expected):
    made = broken(source)
    found = first(made, FakeNamespace())
    assert found.fixes, found.headline
    assert result(made, found.fixes[0]) == expected


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("1 = a", "assign_to_literal"),
        ("f(x) = 3", "assign_to_call"),
        ("None = 1", "assign_to_constant"),
        ("a - b = 3", "assign_to_expression"),
        ("return 3", "return_outside"),
        ("break", "break_outside"),
        ("class = 3", "keyword_as_name"),
        ("n = 007", "leading_zeros"),
        ("n = 2x", "bad_number"),
        ("f(a=1, 2)", "argument_order"),
        ("f(a=1, a=2)", "argument_repeated"),
        ("my name = 3", "space_in_name"),
        ("if :\n    pass", "missing_condition"),
        ("print(hello world)", "missing_comma words_side_by_side"),  # Python 3.9 says less
        ("p = 'c:\\Users'", "escape"),
        ("a = 'abc\\'", "quote_open"),
        ("x = ", "unfinished"),
    ],
)
def test_where_the_intention_is_unknown_there_are_words_alone(source, kind):
    found = first(broken(source))
    assert found.kind in kind.split()
    assert found.fixes == []
    assert "{" not in found.headline


@pytest.mark.parametrize(
    "source", ["a b c", "def", "x = [1, (2]", "for", "@", "lambda", "'''", "print(", "a = 1 +", "(" * 40]
)
def test_every_syntax_error_gets_a_sentence(source):
    made = broken(source)
    found = first(made)
    assert found.headline.endswith(".")
    for fix in found.fixes:
        assert compiles(result(made, fix))


def test_the_sentence_names_the_line():
    assert first(broken("a = 1\nif a\n    pass")).headline == "Line 2 starts with `if` and lacks the colon at its end."


def test_a_bracket_that_stays_open_is_named_by_its_line():
    found = first(broken("a = f((1, 2)\nb = g(3))\nimport os"))
    assert "line 1" in found.headline


def test_a_file_of_the_users():
    made = report("import tools", "SyntaxError", "invalid syntax (tools.py, line 3)", "import tools")
    frame = made.errors[0].frames[0]
    made.errors[0].frames.append(type(frame)("tools.py", 3, "", "def", "user"))
    assert first(made).headline == "`tools.py`, a file of yours, cannot be read by this Python: see its line 3."

import pytest

from nbdoctor.rules.reading.source import compiles
from nbdoctor.rules.syntax.cell import changes, complaint
from nbdoctor.text import apply_edits

from ..support import FakeNamespace, first, report, result
from .broken import broken


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
        ("None = 1", "assign_to_constant"),
        ("return 3", "return_outside"),
        ("break", "break_outside"),
        ("n = 0017", "leading_zeros"),
        ("n = 2kg", "bad_number"),
        ("f(a=1, 2)", "argument_order"),
        ("f(a=1, a=2)", "argument_repeated"),
        ("if :\n    pass", "missing_condition"),
        ("g(hello world)", "missing_comma words_side_by_side"),  # Python 3.9 says less
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


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("for n in xs\n    print(n)\nprint(m", "for n in xs:\n    print(n)\nprint(m)"),
        ("a = (1 + 2\n\ndef f():\n    return 3\n)", "a = (1 + 2)\n\ndef f():\n    return 3\n"),
        ("if (a && !b) || c:\n    pass", "if (a and not b) or c:\n    pass"),
    ],
)
def test_a_repair_may_be_followed_by_another(source, expected):
    made = broken(source)
    assert result(made, first(made).fixes[0]) == expected


def test_a_repair_that_leads_to_an_error_without_one_is_not_offered():
    found = first(broken("for n in xs\n    print(n)\n1 + = = 2 +"))
    assert found.kind == "missing_colon"
    assert found.fixes == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb\nc", "a\nB\nc"),
        ("a\nb\nc", "a\nc"),
        ("a\nb\nc", "a\nb"),
        ("a", "a\nb"),
        ("a\nb", "x\na\nb"),
        ("a\nb\nc\n", "a\nx\ny\nc\n"),
        ("a\nb\n)", "a)\nb\n"),
        ("", "a"),
    ],
)
def test_changes_turn_one_text_into_the_other(old, new):
    assert apply_edits(old, changes(old, new)) == new


def test_a_cell_with_a_magic_is_complained_about_at_its_own_line():
    assert complaint("%matplotlib inline\nn = (").line == 2
    assert complaint("%%bash\nls (") is None
    assert complaint("n = 1") is None


def test_a_magic_stays_as_it_is():
    made = broken("n = 1\nif n\n    pass")
    made.cell.source = "!ls -la\nif n\n    pass"
    assert result(made, first(made).fixes[0]) == "!ls -la\nif n:\n    pass"


def test_a_long_cell_takes_no_time():
    lines = [f"value_{n} = compute({n}, [1, 2, 3], name='n{n}')" for n in range(400)]
    found = first(broken("\n".join([*lines, "print(value_1"])))
    assert found.headline == "Line 401 opens a `(` that is never closed."


def test_a_file_of_the_users():
    made = report("import tools", "SyntaxError", "invalid syntax (tools.py, line 3)", "import tools")
    frame = made.errors[0].frames[0]
    made.errors[0].frames.append(type(frame)("tools.py", 3, "", "def", "user"))
    assert first(made).headline == "`tools.py`, a file of yours, cannot be read by this Python: see its line 3."

import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, first, repaired, report


def unsupported(operator, left, right):
    return f"unsupported operand type(s) for {operator}: '{left}' and '{right}'"


@pytest.mark.parametrize(
    ("source", "message", "expected"),
    [
        ("a + b", unsupported("+", "int", "str"), "`a`, an int, and `b`, text, do not go together with `+`."),
        ("a + b", unsupported("+", "int", "NoneType"), "`b` is None, so `+` cannot work with it."),
        (
            "a.b ** c",
            unsupported("** or pow()", "dict", "float"),
            "`a.b`, a dict, and `c`, a float, do not go together with `**`.",
        ),
        ("a -= b", unsupported("-=", "list", "tuple"), "`a`, a list, and `b`, a tuple, do not go together with `-`."),
        (
            "a + b",
            'can only concatenate str (not "int") to str',
            "`a`, text, and `b`, an int, do not go together with `+`.",
        ),
        (
            "a < b",
            "'<' not supported between instances of 'str' and 'int'",
            "`a`, text, and `b`, an int, do not go together with `<`.",
        ),
        (
            "'a' * 'b'",
            "can't multiply sequence by non-int of type 'str'",
            "`'a'`, text, and `'b'`, text, do not go together with `*`.",
        ),
        (
            "divmod(a, b)",
            unsupported("divmod()", "int", "complex"),
            "An int and a complex number do not go together with `divmod()`.",
        ),
    ],
)
def test_the_two_sides_are_named(source, message, expected):
    assert first(report(source, "TypeError", message, source)).headline == expected


@pytest.mark.parametrize(
    ("source", "at", "message", "fixed"),
    [
        (
            "print('age: ' + age)",
            "'age: ' + age",
            'can only concatenate str (not "int") to str',
            "print('age: ' + str(age))",
        ),
        ("age + ' years'", "age + ' years'", unsupported("+", "int", "str"), "str(age) + ' years'"),
        ("1 + '2'", "1 + '2'", unsupported("+", "int", "str"), "1 + int('2')"),
        ("1 + '2.5'", "1 + '2.5'", unsupported("+", "int", "str"), "1 + float('2.5')"),
        ("n = input()\nn - 1", "n - 1", unsupported("-", "str", "int"), "n = input()\nint(n) - 1"),
        ("x ^ 2", "x ^ 2", unsupported("^", "float", "int"), "x ** 2"),
        ("x ^= 2", "x ^= 2", unsupported("^=", "float", "int"), "x **= 2"),
        ("a + b", "a + b", unsupported("+", "dict", "dict"), "a | b"),
        ("a + b", "a + b", 'can only concatenate list (not "tuple") to list', "a + list(b)"),
        (
            "range(3) + range(4)",
            "range(3) + range(4)",
            unsupported("+", "range", "range"),
            "list(range(3)) + list(range(4))",
        ),
        ("df.mean - 1", "df.mean - 1", unsupported("-", "method", "int"), "df.mean() - 1"),
        ("print('%d') % n", "print('%d') % n", unsupported("%", "NoneType", "int"), "print('%d' % n)"),
        ("s += 1  # more", "s += 1", 'can only concatenate str (not "int") to str', None),
        (
            "s = 'a ' + b  # more",
            "'a ' + b",
            'can only concatenate str (not "float") to str',
            "s = 'a ' + str(b)  # more",
        ),
    ],
)
def test_the_one_edit_that_is_plausible(source, at, message, fixed):
    assert repaired(report(source, "TypeError", message, at)) == fixed


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a + b", 'can only concatenate str (not "int") to str'),  # to join, or to add
        ("'hello' - 'h'", unsupported("-", "str", "str")),
        ("xs + 3", 'can only concatenate list (not "int") to list'),
        ("a + (b + c) ^ 2", unsupported("^", "float", "int")),  # `**` binds closer than `^`
    ],
)
def test_no_edit_where_the_intention_is_open(source, message):
    found = first(report(source, "TypeError", message, source))
    assert found.fixes == []
    assert found.explanation


def test_sorting_mixed_values():
    message = "'<' not supported between instances of 'str' and 'int'"
    found = first(report("sorted(xs)", "TypeError", message, "sorted(xs)"))
    assert found.headline == "Text and an int do not go together with `<`."
    assert "all items have to be of one kind" in found.explanation


def test_a_repetition_knows_which_side_is_the_sequence():
    message = "can't multiply sequence by non-int of type 'float'"
    namespace = FakeNamespace({"xs": Look("list"), "f": Look("float")})
    found = first(report("f * xs", "TypeError", message, "f * xs"), namespace)
    assert "a float" in found.headline


def test_a_sign():
    message = "bad operand type for unary +: 'str'"
    assert repaired(report("a =+ b", "TypeError", message, "+ b")) == "a += b"
    found = first(report("x = -xs", "TypeError", "bad operand type for unary -: 'list'", "-xs"))
    assert found.headline == "`xs` is a list, which the sign `-` cannot stand before."
    assert found.fixes == []

import pytest

from nbdoctor.protocol import Look

from .support import FakeNamespace, first, repaired, report


def fails(source, error, message, at=None, namespace=None):
    return first(report(source, error, message, at or source), namespace)


def test_the_divisor_is_named():
    assert (
        fails("total / count", "ZeroDivisionError", "division by zero").headline
        == "`count` is zero when it divides `total`."
    )


def test_a_builtin_that_is_hidden():
    found = fails(
        "list(xs)", "TypeError", "'list' object is not callable", namespace=FakeNamespace({"list": Look("list")})
    )
    assert found.kind == "builtin_hidden"
    assert "`del list`" in found.explanation
    assert found.fixes == []


def test_a_module_that_is_called():
    made = report("tqdm(xs)", "TypeError", "'module' object is not callable", "tqdm(xs)")
    namespace = FakeNamespace({"tqdm": Look("module", name="tqdm", attributes=["tqdm", "trange"])})
    assert repaired(made, namespace) == "tqdm.tqdm(xs)"


def test_a_function_in_square_brackets():
    assert "call it with parentheses" in fails("f[1]", "TypeError", "'function' object is not subscriptable").headline


@pytest.mark.parametrize(
    ("source", "message", "expected"),
    [
        (
            "a + b",
            "unsupported operand type(s) for +: 'int' and 'str'",
            "`a`, an int, and `b`, text, do not go together with `+`.",
        ),
        (
            "a + b",
            "unsupported operand type(s) for +: 'int' and 'NoneType'",
            "`b` is None, so `+` cannot work with it.",
        ),
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
    ],
)
def test_types_that_do_not_go_together(source, message, expected):
    assert fails(source, "TypeError", message).headline == expected


def test_text_that_is_no_number():
    found = fails("float(t)", "ValueError", "could not convert string to float: '1,5'")
    assert found.headline == "The text `'1,5'` cannot be read as a float."
    assert found.facts == ["It contains `,`."]
    assert (
        "whole numbers alone" in fails("int(t)", "ValueError", "invalid literal for int() with base 10: '3.4'").headline
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("not enough values to unpack (expected 3, got 2)", "3 names stand on the left, but `pair` has 2 values."),
        ("too many values to unpack (expected 2)", "2 names stand on the left, but `pair` has 5 values."),
    ],
)
def test_unpacking(message, expected):
    found = fails("a, b = pair", "ValueError", message, namespace=FakeNamespace({"pair": Look("tuple", length=5)}))
    assert found.headline == expected


@pytest.mark.parametrize(
    ("old", "reason", "new"),
    [
        ("H", "ValueError('Invalid frequency: H. Did you mean h?')", "h"),
        ("2H30T", "ValueError('Invalid frequency: H. Did you mean h?')", "2h30min"),
        ("3M", "ValueError(\"'M' is no longer supported for offsets. Please use 'ME' instead.\")", "3ME"),
        ("A-DEC", "ValueError('Invalid frequency: A-DEC. Did you mean Y-DEC?')", "YE-DEC"),
        ("W-TUE", "ValueError('Invalid frequency: W-TUE. Did you mean W-WED?')", "W-WED"),
        (
            "A",
            "ValueError(\"Invalid frequency: A. Failed to parse with error message: KeyError('A'). Did you mean Y?\")",
            "Y",
        ),
        ("QE", "ValueError(\"for Period, please use 'Q' instead of 'QE'\")", "Q"),
    ],
)
def test_a_frequency_of_pandas(old, reason, new):
    message = f"Invalid frequency: {old}. Failed to parse with error message: {reason}"
    source = f"pd.date_range(a, freq='{old}')"
    assert repaired(report(source, "ValueError", message, source)) == f"pd.date_range(a, freq='{new}')"


def test_a_style_of_matplotlib():
    source = "plt.style.use('seaborn-white')"
    message = (
        "'seaborn-white' is not a valid package style, path of style file, URL of style file, or library style name"
    )
    assert repaired(report(source, "OSError", message, source)) == "plt.style.use('seaborn-v0_8-white')"


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        ("TypeError", "'tuple' object does not support item assignment", "immutable"),
        ("TypeError", "'int' object is not iterable", "not_iterable"),
        ("TypeError", "unhashable type: 'list'", "unhashable"),
        ("ValueError", "operands could not be broadcast together with shapes (3,2) (3,) ", "shape_mismatch"),
        ("ValueError", "The truth value of a Series is ambiguous. Use a.empty", "ambiguous_truth"),
        ("ValueError", "Length of values (3) does not match length of index (4)", "length_mismatch"),
        ("RecursionError", "maximum recursion depth exceeded", "recursion"),
        ("AssertionError", "", "assertion"),
        ("UnicodeDecodeError", "'utf-8' codec can't decode byte 0xe9 in position 1", "encoding"),
    ],
)
def test_messages_that_speak_for_themselves(error, message, kind):
    found = fails("do(x)", error, message)
    assert found.kind == kind
    assert message not in found.headline or not message
    assert "{" not in found.headline


def test_articles():
    assert fails("list(n)", "TypeError", "'int' object is not iterable").headline.startswith("An int ")

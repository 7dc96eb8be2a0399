import json
import re

import pytest

from nbdoctor.rules import tables

from ..support import first, repaired, report


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        ("TypeError", "unhashable type: 'list'", "unhashable"),
        ("ValueError", "list.remove(x): x not in list", "not_in_list"),
        ("TypeError", "typing.List[typing.List[int]] is not a generic class", "type_hint_used"),
        ("TypeError", "list[int] is not a generic class", "type_hint_used"),
        ("TypeError", "Strings must be encoded before hashing", "bytes_and_text"),
        ("ValueError", "math domain error", "domain"),
        ("OverflowError", "(34, 'Numerical result out of range')", "too_large"),
        ("RuntimeError", "dictionary changed size during iteration", "changed_while_iterating"),
        ("TypeError", "Can't instantiate abstract class Shape with abstract method area", "abstract_class"),
        (
            "TypeError",
            "Can't instantiate abstract class Shape without an implementation for abstract method 'area'",
            "abstract_class",
        ),
        ("TypeError", "can't subtract offset-naive and offset-aware datetimes", "time_zones"),
        ("ValueError", "Index contains duplicate entries, cannot reshape", "duplicate_labels"),
        ("NotFittedError", "This PCA instance is not fitted yet. Call 'fit' first.", "not_fitted"),
        ("RuntimeError", "expected scalar type Float but found Double", "tensor_type"),
        ("AxisError", "axis 1 is out of bounds for array of dimension 1", "axis"),
        ("ParserError", "Error tokenizing data. C error: Expected 2 fields in line 3, saw 3", "csv_columns"),
        ("error", "missing ), unterminated subpattern at position 0", "bad_pattern"),
        ("UnicodeEncodeError", "'ascii' codec can't encode character '\\xe9'", "encoding"),
    ],
)
def test_messages_that_speak_for_themselves(error, message, kind):
    found = first(report("do(x)", error, message, "do(x)"))
    assert found.kind == kind
    assert message not in found.headline
    assert not re.search(r"[{}]", found.headline)
    assert found.headline.endswith((".", "`"))


def test_the_call_and_its_argument_are_named():
    found = first(report("math.log(x - 1)", "ValueError", "math domain error", "math.log(x - 1)"))
    assert found.headline == "`math.log` has no value for `x - 1`."


@pytest.mark.parametrize(
    ("source", "error", "message", "fixed"),
    [
        ("', '.join(xs)", "TypeError", "sequence item 0: expected str instance, int found", "', '.join(map(str, xs))"),
        ("next(xs)", "TypeError", "'list' object is not an iterator", "next(iter(xs))"),
        ("next(xs, 0)", "TypeError", "'list' object is not an iterator", None),
    ],
)
def test_rows_with_an_edit(source, error, message, fixed):
    assert repaired(report(source, error, message, source)) == fixed


def test_articles():
    assert first(report("f(n)", "TypeError", "unhashable type: 'int'", "f(n)")).headline.startswith("An int ")


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


@pytest.mark.parametrize("name", ["python", "data", "learning"])
def test_rows_are_whole_sentences(name):
    for row in tables.load(f"messages/{name}"):
        groups = ["x"] * (re.compile(row["pattern"]).groups + 1)
        words = {"expression": "`x`", "call": "`f`", "first": "`x`"}
        for key in ("headline", "explanation"):
            text = row.get(key, "").format(*groups, **words)
            assert not text or text.endswith((".", "!", "?")), row
        assert ("becomes" in row) <= ("title" in row), row


def test_no_row_hides_another_with_the_same_pattern():
    seen = set()
    for row in (row for name in ("python", "data", "learning") for row in tables.load(f"messages/{name}")):
        for error in row["errors"]:
            assert (error, row["pattern"]) not in seen, row
            seen.add((error, row["pattern"]))


@pytest.mark.parametrize("text", ["{'a': 1}", "[1, 2", '{"a": 1} {"b": 2}', '{"a" 1}', '{"a": 1 "b": 2}', '{"a": tru}'])
def test_messages_of_json_are_explained(text):
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        assert error.msg in {row["message"] for row in tables.load("json_errors")}

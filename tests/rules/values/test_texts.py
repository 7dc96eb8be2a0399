import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, first, repaired, report


@pytest.mark.parametrize(
    ("source", "at", "fixed"),
    [
        ("name[0] = 'd'", "name[0]", "name = 'd' + name[1:]"),
        ("name[2] = a + b", "name[2]", "name = name[:2] + (a + b) + name[3:]"),
        ("name[i] = 'd'", "name[i]", None),
        ("names[0][1] = 'd'", "names[0][1]", None),
    ],
)
def test_a_character_is_set(source, at, fixed):
    assert repaired(report(source, "TypeError", "'str' object does not support item assignment", at)) == fixed


def test_a_tuple_is_not_made_anew():
    found = first(report("t[0] = 1", "TypeError", "'tuple' object does not support item assignment", "t[0]"))
    assert found.headline == "`t` is a tuple, which cannot be changed in place, and this sets an item of it."
    assert found.fixes == []


@pytest.mark.parametrize(
    ("source", "given", "fixed"),
    [
        ("xs[2.0]", "float", "xs[2]"),
        ("xs[n / 2]", "float", "xs[n // 2]"),
        ("xs['2']", "str", "xs[2]"),
        ("xs['name']", "str", None),
        ("xs[0, 1]", "tuple", "xs[0][1]"),
    ],
)
def test_an_index_of_the_wrong_type(source, given, fixed):
    namespace = FakeNamespace({"xs": Look("list", length=4), "xs[0]": Look("list", length=2)})
    made = report(source, "TypeError", f"list indices must be integers or slices, not {given}", source)
    assert repaired(made, namespace) == fixed


def test_the_ends_of_a_slice():
    message = "slice indices must be integers or None or have an __index__ method"
    assert repaired(report("xs[1.0:n / 2]", "TypeError", message, "xs[1.0:n / 2]")) == "xs[1:n // 2]"


@pytest.mark.parametrize(
    ("source", "at", "fixed"),
    [
        ("print('%s and %s' % a, b)", "'%s and %s' % a", "print('%s and %s' % (a, b))"),
        ("'%s and %s' % a", "'%s and %s' % a", None),
    ],
)
def test_places_in_a_text(source, at, fixed):
    made = report(source, "TypeError", "not enough arguments for format string", at)
    assert first(made).headline == "The text has 2 places (`%s` and the like), and 1 value follows."
    assert repaired(made) == fixed


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Expecting value: line 1 column 1 (char 0)", "does not begin like JSON"),
        ("Extra data: line 2 column 1 (char 9)", "line 2, column 1"),
        ("Expecting property name enclosed in double quotes: line 1 column 2 (char 1)", "line 1, column 2"),
    ],
)
def test_json(message, said):
    found = first(report("json.loads(t)", "JSONDecodeError", message, "json.loads(t)"))
    assert found.kind == "invalid_json"
    assert said in found.headline
    assert found.explanation

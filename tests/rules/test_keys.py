import pytest

from nbdoctor.protocol import Look

from .support import FakeNamespace, first, repaired, report

SALES = Look(
    "DataFrame", "pandas", shape=[2, 3], keys=["'revenue'", "'Unit Price'", "2024"], index=["'north'", "'south'"]
)
PRICES = Look("dict", "builtins", length=2, keys=["'apple'", "'pear'"])


def missing(source, key, at):
    return report(source, "KeyError", repr(key), at, key=repr(key))


@pytest.mark.parametrize(
    ("source", "key", "expected"),
    [
        ("sales['revenu']", "revenu", "sales['revenue']"),
        ('sales["unit_price"]', "unit_price", 'sales["Unit Price"]'),
        ("sales[['revenu']]", "revenu", "sales[['revenue']]"),
        ("sales['2024']", "2024", "sales[2024]"),
    ],
)
def test_a_column_that_is_nearly_there(source, key, expected):
    assert repaired(missing(source, key, source), FakeNamespace({"sales": SALES})) == expected


def test_the_sentence_and_the_columns():
    found = first(missing("sales['revenu']", "revenu", "sales['revenu']"), FakeNamespace({"sales": SALES}))
    assert found.headline == "`revenu` is not a column of `sales`; the closest is `revenue`."
    assert found.facts == ["Its columns: `revenue`, `Unit Price` and `2024`."]


def test_a_space_that_cannot_be_seen_is_shown():
    look = Look("DataFrame", "pandas", shape=[1, 1], keys=["' price'"])
    found = first(missing("t['price']", "price", "t['price']"), FakeNamespace({"t": look}))
    assert "the closest is `' price'`" in found.headline


def test_a_row_taken_for_a_column():
    found = first(missing("sales['north']", "north", "sales['north']"), FakeNamespace({"sales": SALES}))
    assert found.kind == "row_not_column"
    assert "`.loc['north']`" in found.headline


def test_a_dictionary():
    made = missing("prices['aple']", "aple", "prices['aple']")
    assert repaired(made, FakeNamespace({"prices": PRICES})) == "prices['apple']"


def test_a_key_that_nothing_is_like():
    found = first(missing("prices['melon']", "melon", "prices['melon']"), FakeNamespace({"prices": PRICES}))
    assert found.headline == "`melon` is not a key of `prices`."
    assert found.fixes == []


def test_without_a_look_only_the_key_is_known():
    found = first(missing("prices['melon']", "melon", "prices['melon']"))
    assert found.confidence < 0.6


def test_columns_that_are_not_in_the_index():
    made = report("sales[['revenu']]", "KeyError", "", "sales[['revenu']]")
    made.errors[0].details["key"] = repr("None of [Index(['revenu'], dtype='str')] are in the [columns]")
    assert repaired(made, FakeNamespace({"sales": SALES})) == "sales[['revenue']]"


def beyond(source, at, look, message="list index out of range"):
    return first(report(source, "IndexError", message, at), FakeNamespace(look))


def test_a_position_beyond_the_end():
    found = beyond("odds[3]", "odds[3]", {"odds": Look("list", length=3)})
    assert found.headline == "`odds` has 3 items, numbered 0 to 2; there is none at `3`."


def test_an_empty_list_that_is_assigned_to():
    found = beyond("new[0] = 1", "new[0]", {"new": Look("list", length=0)}, "list assignment index out of range")
    assert found.headline == "`new` has no items; there is none at `0`."
    assert "`append`" in found.explanation


def test_an_axis():
    found = beyond("a[5]", "a[5]", {}, "index 5 is out of bounds for axis 0 with size 3")
    assert found.headline == "Index 5 is beyond axis 0, which has 3 places, numbered 0 to 2."

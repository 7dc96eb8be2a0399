"""What a table has, asked for in another way."""

import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, first, repaired, report

SALES = Look("DataFrame", "pandas", shape=[2, 2], keys=["'price'", "'amount'"], index=["'north'", "'south'"], length=2)
PRICES = Look("Series", "pandas", shape=[2], index=["'north'", "'south'"], length=2)
LEVELS = Look("DataFrame", "pandas", shape=[2, 2], keys=["('fruit', 'price')", "('bread', 'weight')"], length=2)
NUMBERED = Look("Series", "pandas", shape=[2], index=["10", "20"], length=2)
LABELS = Look("Index", "pandas.core.indexes.base")
NAMES = FakeNamespace(
    {"sales": SALES, "prices": PRICES, "levels": LEVELS, "numbered": NUMBERED, "a.index": LABELS, "b.index": LABELS}
)


def missing(source, key, at=None):
    return report(source, "KeyError", repr(key), at or source, key=repr(key))


@pytest.mark.parametrize(
    ("source", "key", "kind", "expected"),
    [
        ("sales['north']", "north", "row_not_column", "sales.loc['north']"),
        ("sales.loc['price']", "price", "column_not_row", "sales['price']"),
        ("sales.drop('price')", "['price'] not found in axis", "column_not_row", "sales.drop(columns='price')"),
        ("sales.drop('price', inplace=True)", "['price'] not found in axis", "column_not_row",
         "sales.drop(columns='price', inplace=True)"),
        ("sales.drop(['price', 'amount'])", "['price', 'amount'] not found in axis", "column_not_row",
         "sales.drop(columns=['price', 'amount'])"),
        ("sales['price', 'amount']", ("price", "amount"), "list_of_columns", "sales[['price', 'amount']]"),
        ("sales[0, 1]", (0, 1), "needs_indexer", "sales.iloc[0, 1]"),
        ("sales['north', 'price']", ("north", "price"), "needs_indexer", "sales.loc['north', 'price']"),
        ("levels['price']", "price", "column_level", "levels[('fruit', 'price')]"),
        ("prices[0]", 0, "position_not_label", "prices.iloc[0]"),
        ("prices[-1]", -1, "position_not_label", None),
        ("sales.loc[1]", 1, "position_not_label", "sales.iloc[1]"),
        ("numbered[0]", 0, "missing_label", None),
        ("sales[0]", 0, "position_not_label", None),
        ("sales.groupby('price').sum()['price']", "price", "index_not_column", None),
    ],
)  # fmt: skip
def test_what_is_there_in_another_way(source, key, kind, expected):
    if key == -1:
        expected = "prices.iloc[-1]"
    made = missing(source, key)
    assert first(made, NAMES).kind == kind
    assert repaired(made, NAMES) == expected


def test_a_position_beyond_the_end_is_no_reason_for_iloc():
    assert first(missing("prices[7]", 7), NAMES).kind == "missing_label"


def test_an_assignment_is_not_turned_into_another():
    found = first(missing("del sales['north']", "north", "sales['north']"), NAMES)
    assert (found.kind, found.fixes) == ("row_not_column", [])


@pytest.mark.parametrize(
    ("source", "error", "message", "expected"),
    [
        ("sales.iloc['north']", "TypeError", "Cannot index by location index with a non-integer key",
         "sales.loc['north']"),
        ("sales.iloc[:, 'price']", "ValueError", "Location based indexing can only have [integer, ...] types",
         "sales.loc[:, 'price']"),
        ("sales.iloc[0, 'price']", "ValueError", "Location based indexing can only have [integer, ...] types",
         "sales.loc[sales.index[0], 'price']"),
        ("sales.iloc['north', 1]", "ValueError", "Location based indexing can only have [integer, ...] types",
         "sales.loc['north', sales.columns[1]]"),
        ("sales[:, 0]", "InvalidIndexError", "(slice(None, None, None), 0)", "sales.iloc[:, 0]"),
        ("sales[:, 'price']", "InvalidIndexError", "(slice(None, None, None), 'price')", "sales.loc[:, 'price']"),
    ],
)  # fmt: skip
def test_the_indexer_that_fits(source, error, message, expected):
    assert repaired(report(source, error, message, source), NAMES) == expected


@pytest.mark.parametrize(("sign", "method"), [("|", "union"), ("&", "intersection"), ("^", "symmetric_difference")])
def test_indexes_are_no_sets(sign, method):
    made = report(f"a.index {sign} b.index", "TypeError", "operation 'or_' not supported for dtype 'str'", "a.index")
    made.errors[0].frames[0].column = made.errors[0].frames[0].end_column = None
    assert repaired(made, NAMES) == f"a.index.{method}(b.index)"


def test_an_index_cannot_be_changed():
    made = report("a.index[0] = 'x'", "TypeError", "Index does not support mutable operations", "a.index[0] = 'x'")
    found = first(made, NAMES)
    assert (found.kind, found.fixes) == ("immutable", [])
    assert found.headline == "`a.index` is an Index, which cannot be changed in place."

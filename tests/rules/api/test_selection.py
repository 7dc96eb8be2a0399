"""What ``.ix`` selected."""

import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, repaired, report

SALES = Look("DataFrame", "pandas.core.frame", shape=[2, 2], keys=["'price'", "'amount'"], index=["'north'", "'south'"])
COUNTED = Look("DataFrame", "pandas.core.frame", shape=[2, 2], keys=["'price'", "'amount'"], index=["0", "1"])


@pytest.mark.parametrize(
    ("look", "source", "expected"),
    [
        (SALES, "sales.ix['north']", "sales.loc['north']"),
        (SALES, "sales.ix[0]", "sales.iloc[0]"),
        (SALES, "sales.ix[:2, :1]", "sales.iloc[:2, :1]"),
        (SALES, "sales.ix[:, 'price']", "sales.loc[:, 'price']"),
        (SALES, "sales.ix[:2, :'price']", "sales.loc[sales.index[:2], :'price']"),
        (SALES, "sales.ix['north', 1]", "sales.loc['north', sales.columns[1]]"),
        (SALES, "sales.ix[sales.price > 3, ['price']]", "sales.loc[sales.price > 3, ['price']]"),
        (COUNTED, "sales.ix[0, 'price']", "sales.loc[0, 'price']"),
        (SALES, "sales.ix[row]", None),
        (Look("DataFrame", "pandas.core.frame"), "sales.ix[0]", None),
    ],
)
def test_ix(look, source, expected):
    message = "'DataFrame' object has no attribute 'ix'"
    made = report(source, "AttributeError", message, "sales.ix", name="ix", object_type="DataFrame")
    assert repaired(made, FakeNamespace(subject_=look)) == expected

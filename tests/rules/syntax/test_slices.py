import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace
from .broken import check


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("data.loc[(:, 1), (:, 'HR')]", "data.loc[(slice(None), 1), (slice(None), 'HR')]"),
        ("data.loc[(2013:, 1), :]", "data.loc[(slice(2013, None), 1), :]"),
        ("data.loc[('a':'c', 1), :]", "data.loc[(slice('a', 'c'), 1), :]"),
        ("data.loc[(::2, 1), :]", "data.loc[(slice(None, None, 2), 1), :]"),
    ],
)
def test_a_colon_within_a_tuple_of_an_index(source, expected):
    check(source, "slice_outside", expected)


def test_a_range_of_what_cannot_be_called():
    check("first = rows(:3)", "slice_outside", "first = rows[:3]", FakeNamespace({"rows": Look("list")}))
    check("rest = rows(1:)", "slice_outside", None, FakeNamespace({"rows": Look("function")}))

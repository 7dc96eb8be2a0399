"""Counting values: which rows, which values, and that it is bounded."""

import numpy
import pandas
import pytest

from nbdoctor.kernel import tallies
from nbdoctor.kernel.namespace import LiveNamespace
from nbdoctor.kernel.tallies import tally
from nbdoctor.protocol import Tally


def test_texts_that_are_no_number_with_the_labels_of_their_rows():
    prices = pandas.Series(["1", "n/a", " 2.5 ", "-", "n/a", 3, None], index=list("abcdefg"))
    assert tally(prices, "unreadable") == [Tally("", 3, 7, 7, ["'b'", "'d'", "'e'"], ["'n/a'", "'-'"])]


def test_missing_values_by_column():
    table = pandas.DataFrame({"a": [1, 2, 3], "b": [None, 1.5, float("nan")], "c": ["x", None, "y"]})
    found = tally(table, "missing")
    assert [(t.column, t.count, t.places) for t in found] == [("'b'", 2, ["0", "2"]), ("'c'", 1, ["1"])]


@pytest.mark.parametrize(
    "values",
    [
        [1.0, float("nan"), None],
        (1, None, float("nan")),
        numpy.array([1, numpy.nan, numpy.nan], "f4"),
        pandas.Series([1, None, None], dtype="Int64"),
        pandas.Series(pandas.to_datetime(["2026-01-01", None, None])),
        pandas.Series(["a", None, None], dtype="category"),
    ],
)
def test_what_is_missing_in_each_kind_of_object(values):
    assert [(t.count, t.looked, t.length) for t in tally(values, "missing")] == [(2, 3, 3)]


def test_an_array_of_two_dimensions_by_column():
    assert [t.column for t in tally(numpy.array([[1, numpy.nan], [2, 3]]), "missing")] == ["1"]


def test_other_objects_are_left_alone():
    class Mine(list):
        def __getitem__(self, key):
            raise AssertionError("the user's code ran")

        __iter__ = __getitem__

    for value in (Mine([None]), {"a": None}, "None", None, pandas.Series([1]).rolling(2), (v for v in [None])):
        assert tally(value, "missing") == []


def test_time_and_number_are_bounded(monkeypatch):
    (seen,) = tally([None] * (tallies.MAX_VALUES + 5), "missing")
    assert seen.length == tallies.MAX_VALUES + 5
    assert seen.count == seen.looked <= tallies.MAX_VALUES
    monkeypatch.setattr(tallies, "SECONDS", -1)
    assert [t.looked for t in tally([None] * 9_999, "missing")] == [2_000]


def test_the_namespace_counts_what_an_expression_is(bare_shell):
    bare_shell.user_ns.update(df=pandas.DataFrame({"age": [1, None]}), d={"xs": ["a", "1"]})
    namespace = LiveNamespace(bare_shell)
    assert [t.count for t in namespace.tally("df.age", "missing")] == [1]
    assert [t.count for t in namespace.tally("df['age']", "missing")] == [1]
    assert [t.texts for t in namespace.tally("d['xs']", "unreadable")] == [["'a'"]]
    assert namespace.tally("nothing", "missing") == namespace.tally("f(", "missing") == []

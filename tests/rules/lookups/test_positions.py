"""Positions that a sequence does not have, and loops that go too far."""

import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, first, repaired, report

NAMES = FakeNamespace(
    {
        "odds": Look("list", length=3),
        "grid": Look("ndarray", "numpy", shape=[3, 2], length=3),
        "sales": Look("DataFrame", "pandas", shape=[2, 4], keys=["'a'"], length=2),
        "rows[0]": Look("dict", keys=["'name'"]),
    }
)


def beyond(source, at, message="list index out of range", error="IndexError"):
    return report(source, error, message, at)


@pytest.mark.parametrize(
    ("source", "at", "expected"),
    [
        ("for i in range(len(odds) + 1):\n    print(odds[i])", "odds[i]",
         "for i in range(len(odds)):\n    print(odds[i])"),
        ("for i in range(len(odds)):\n    print(odds[i + 1])", "odds[i + 1]",
         "for i in range(len(odds) - 1):\n    print(odds[i + 1])"),
        ("for i in range(len(odds)):\n    total += odds[i]\n    print(odds[i + 1])", "odds[i + 1]", None),
        ("i = 0\nwhile i <= len(odds):\n    print(odds[i])\n    i += 1", "odds[i]",
         "i = 0\nwhile i < len(odds):\n    print(odds[i])\n    i += 1"),
        ("for odd in odds:\n    print(odds[odd])", "odds[odd]", "for odd in odds:\n    print(odd)"),
        ("for i in range(5):\n    print(odds[i])", "odds[i]", None),
        ("print(odds[3])", "odds[3]", None),
    ],
)  # fmt: skip
def test_loops_that_go_too_far(source, at, expected):
    assert repaired(beyond(source, at), NAMES) == expected


@pytest.mark.parametrize(
    ("source", "message", "headline"),
    [
        ("sales.iloc[5]", "single positional indexer is out-of-bounds",
         "`sales` has 2 rows, numbered 0 to 1; there is none at `5`."),
        ("sales.iloc[:, 7]", "single positional indexer is out-of-bounds",
         "`sales` has 4 columns, numbered 0 to 3; there is none at `7`."),
        ("grid[0, 1, 2]", "too many indices for array: array is 2-dimensional, but 3 were indexed",
         "`grid` has 2 axes (its shape is (3, 2)), but 3 positions are asked for."),
        ("odds.pop()", "pop from empty list", "`odds` is empty, so `pop` has nothing to take out."),
        ("sys.argv[1]", "list index out of range",
         "`sys.argv` holds no arguments here: a notebook is not started with any."),
        ("grid[mask]", "boolean index did not match indexed array along axis 0; size of axis is 3 but size of "
         "corresponding boolean axis is 2", "The mask has 2 values, but axis 0 has 3 places."),
    ],
)  # fmt: skip
def test_what_there_is_instead(source, message, headline):
    assert first(beyond(source, source, message), NAMES).headline == headline


def test_a_list_of_records():
    made = beyond("rows['name']", "rows['name']", "list indices must be integers or slices, not str", "TypeError")
    found = first(made, NAMES)
    assert (found.kind, found.fixes) == ("list_of_records", [])
    assert "`[item['name'] for item in rows]`" in found.explanation

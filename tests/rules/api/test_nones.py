"""What is None, and which call made it so."""

import pytest

from ..support import first, repaired, report


def none(source, name):
    message = f"'NoneType' object has no attribute '{name}'"
    return report(source, "AttributeError", message, source.split("\n")[-1], name=name, object_type="NoneType")


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("df.dropna(inplace=True).head()", "head", "df.dropna().head()"),
        ("df.dropna(axis=1, inplace=True).head()", "head", "df.dropna(axis=1).head()"),
        ("df.dropna(inplace=True, axis=1).head()", "head", "df.dropna(axis=1).head()"),
        ("clean = df.dropna(inplace=True)\nclean.head()", "head", "clean = df.dropna()\nclean.head()"),
        ("[name.title() for name in names]", "title", "[name.title() if name is not None else None for name in names]"),
        ("names.sort().index(1)", "index", None),
        ("re.match('a', text).group()", "group", None),
        ("for name in names:\n    name.title()", "title", None),
    ],
)
def test_none(source, name, expected):
    assert repaired(none(source, name)) == expected


def test_an_item_that_is_none():
    found = first(none("[name.title() for name in names]", "title"))
    assert found.headline == "One of the items of `names` is None, which has no `title`."

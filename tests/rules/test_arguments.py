import pytest

from nbdoctor.protocol import Look

from .support import FakeNamespace, first, parameters, repaired, report


def error(source, message, at=None):
    return report(source, "TypeError", message, at or source)


PLOT = Look("function", "__main__", "draw", parameters=parameters("data", "color", "width"))


def test_a_misspelled_keyword():
    made = error("draw(rows, colour='red')", "draw() got an unexpected keyword argument 'colour'")
    assert repaired(made, FakeNamespace({"draw": PLOT})) == "draw(rows, color='red')"
    headline = "`draw` takes no argument `colour`; the closest is `color`."
    assert first(made, FakeNamespace({"draw": PLOT})).headline == headline


def test_a_keyword_like_none_is_said_with_what_there_is():
    found = first(
        error("draw(rows, speed=3)", "draw() got an unexpected keyword argument 'speed'"), FakeNamespace({"draw": PLOT})
    )
    assert found.kind == "unknown_keyword"
    assert found.facts == ["It takes `data`, `color` and `width`."]
    assert found.fixes == []


MULTI = Look("type", "builtins", "pandas.MultiIndex", parameters=parameters("levels", "codes"))
FILL = Look("method", "builtins", "pandas.core.generic.NDFrame.fillna", parameters=parameters("value", "axis"))


@pytest.mark.parametrize(
    ("source", "message", "variables", "expected"),
    [
        (
            "pd.MultiIndex(levels=a, labels=b)",
            "MultiIndex.__new__() got an unexpected keyword argument 'labels'",
            {"pd.MultiIndex": MULTI},
            "pd.MultiIndex(levels=a, codes=b)",
        ),
        (
            "df.fillna(method='ffill')",
            "NDFrame.fillna() got an unexpected keyword argument 'method'",
            {"df.fillna": FILL},
            "df.ffill()",
        ),
        (
            "df.fillna(axis=1, method='bfill')",
            "NDFrame.fillna() got an unexpected keyword argument 'method'",
            {"df.fillna": FILL},
            "df.bfill(axis=1)",
        ),
        (
            "df.fillna(method='bfill', axis=1)",
            "NDFrame.fillna() got an unexpected keyword argument 'method'",
            {"df.fillna": FILL},
            "df.bfill(axis=1)",
        ),
        (
            "df.fillna(method=how)",
            "NDFrame.fillna() got an unexpected keyword argument 'method'",
            {"df.fillna": FILL},
            None,
        ),
    ],
)
def test_a_renamed_keyword(source, message, variables, expected):
    made = error(source, message)
    assert first(made, FakeNamespace(variables)).kind == "renamed_keyword"
    assert repaired(made, FakeNamespace(variables)) == expected


def test_a_keyword_of_another_library_is_no_rename():
    own = Look("function", "__main__", "mine.fillna", parameters=parameters("values"))
    made = error("fillna(method='ffill')", "fillna() got an unexpected keyword argument 'method'")
    assert first(made, FakeNamespace({"fillna": own})).kind == "unknown_keyword"


def test_missing_arguments_say_the_signature():
    made = error("draw(rows)", "draw() missing 2 required positional arguments: 'color' and 'width'")
    found = first(made, FakeNamespace({"draw": PLOT}))
    assert found.headline == "`draw` needs `color` and `width`, which were not passed."
    assert found.facts == ["It is defined as `draw(data, color, width)`."]


def test_self_is_not_counted():
    found = first(error("box.fill(1, 2)", "Box.fill() takes 2 positional arguments but 3 were given"))
    assert found.headline == "`Box.fill` takes 1 positional argument, but 2 are passed."


def test_a_method_without_self():
    found = first(error("box.fill()", "Box.fill() takes 0 positional arguments but 1 was given"))
    assert "has no parameter `self`" in found.headline


def test_an_argument_twice():
    found = first(error("draw(1, data=2)", "draw() got multiple values for argument 'data'"))
    assert found.kind == "argument_twice"

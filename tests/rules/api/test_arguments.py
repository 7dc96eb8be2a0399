import pytest

from nbdoctor.protocol import Look
from nbdoctor.rules.reading import functions

from ..support import FakeNamespace, first, parameters, repaired, report


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


@pytest.mark.parametrize(
    ("defined", "call", "named", "expected"),
    [
        ("def draw(data, color):\n    return data", "draw(rows)", "draw", "draw(rows, color=None)"),
        ("def draw(data, color):\n    return data", "draw()", "draw", None),
        ("def draw(color):\n    return 1", "draw()", "draw", "draw(color=None)"),
        ("def draw(color):\n    return 1", "draw(\n    1,\n)", "draw", "draw(\n    1,\n color=None)"),
        ("def draw(data, color):\n    return [color]", "draw(rows)", "draw", None),
        ("def draw(data, color):\n    return locals()", "draw(rows)", "draw", None),
        ("@checked\ndef draw(data, color):\n    return data", "draw(rows)", "draw", None),
        ("def draw(data, color, /):\n    return data", "draw(rows)", "draw", None),
        ("def draw(data, color):\n    return data", "draw(*rows)", "draw", None),
        ("class Pen:\n    def __init__(self, color):\n        pass", "Pen()", "Pen.__init__", "Pen(color=None)"),
        ("class Pen:\n    color = 1", "Pen()", "Pen.__init__", None),
        ("class Pen:\n    def draw(self, color):\n        pass", "pen.draw()", "Pen.draw", "pen.draw(color=None)"),
    ],
)
def test_none_is_passed_only_for_what_the_function_never_uses(monkeypatch, defined, call, named, expected):
    monkeypatch.setattr(functions, "cell_sources", lambda: iter([("<ipython-input-1>", defined)]))
    source = f"{defined}\n\n{call}"
    assert repaired(error(source, f"{named}() missing 1 required positional argument: 'color'", call)) is None
    missing = "data" if call == "draw()" and "data" in defined else "color"
    made = error(call, f"{named}() missing 1 required positional argument: '{missing}'")
    assert first(made).kind == "missing_argument"
    assert repaired(made) == expected


def test_self_is_not_counted():
    found = first(error("box.fill(1, 2)", "Box.fill() takes 2 positional arguments but 3 were given"))
    assert found.headline == "`box.fill` takes 1 positional argument, but 2 are passed."


def test_a_method_without_self():
    found = first(error("box.fill()", "Box.fill() takes 0 positional arguments but 1 was given"))
    assert "has no parameter `self`" in found.headline


def test_an_argument_twice():
    found = first(error("draw(1, data=2)", "draw() got multiple values for argument 'data'"))
    assert found.kind == "argument_twice"


def test_a_name_is_left_out_where_the_position_counts():
    made = error("math.sqrt(x=2)", "math.sqrt() takes no keyword arguments")
    assert first(made).kind == "positional_only"
    assert repaired(made) == "math.sqrt(2)"
    assert repaired(error("pow(2, exp=3, base=1)", "pow() takes no keyword arguments")) is None


def test_properties_of_plotly():
    message = "Invalid property specified for object of type plotly.graph_objs.layout.XAxis: 'titlefont'"
    made = report("dict(titlefont=3)", "ValueError", message, "dict(titlefont=3)")
    assert repaired(made) == "dict(title_font=3)"
    message = message.replace("titlefont", "colr") + "\n\n    Valid properties:\n        color\n            Sets it.\n"
    assert repaired(report("dict(colr=3)", "ValueError", message, "dict(colr=3)")) == "dict(color=3)"


def test_artists_take_what_they_can_be_set_to():
    line = Look("type", "builtins", "matplotlib.lines.Line2D", attributes=["set_color", "set_label"])
    made = report("plt.plot(x, colour=1)", "AttributeError", "Line2D.set() got an unexpected keyword argument 'colour'",
                  "plt.plot(x, colour=1)")  # fmt: skip
    assert repaired(made, FakeNamespace({"plt": Look("module"), "plt.Line2D": line})) == "plt.plot(x, color=1)"


@pytest.mark.parametrize(
    ("given", "expected"),
    [("False", "LinearRegression()"), ("True", None), ("flag", None)],
)
def test_an_argument_is_left_out_only_where_that_changes_nothing(given, expected):
    look = Look("type", "builtins", "sklearn.linear_model._base.LinearRegression", parameters=parameters("n_jobs"))
    made = error(f"LinearRegression(normalize={given})",
                 "LinearRegression.__init__() got an unexpected keyword argument 'normalize'")  # fmt: skip
    assert repaired(made, FakeNamespace({"LinearRegression": look})) == expected


def test_bad_lines_are_skipped_as_before():
    look = Look("function", "builtins", "pandas.io.parsers.readers.read_csv", parameters=parameters("sep"))
    made = error(
        "pd.read_csv(f, error_bad_lines=False)", "read_csv() got an unexpected keyword argument 'error_bad_lines'"
    )
    assert repaired(made, FakeNamespace({"pd.read_csv": look})) == "pd.read_csv(f, on_bad_lines='skip')"

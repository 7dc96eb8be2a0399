"""Too many arguments, too few, or one of them twice."""

import pytest

from nbdoctor.protocol import Look, Parameter
from nbdoctor.rules import tables

from ..support import FakeNamespace, first, parameters, repaired, report


def named(*names):
    return [Parameter(name, "keyword_only", "None") for name in names]


DROP = Look(
    "method", "builtins", "pandas.core.frame.DataFrame.drop", parameters=[*parameters("labels"), *named("axis")]
)
PIVOT = Look("method", "builtins", "pandas.core.frame.DataFrame.pivot", parameters=named("columns", "index", "values"))
BARPLOT = Look(
    "function", "builtins", "seaborn.categorical.barplot", parameters=[*parameters("data"), *named("x", "y", "hue")]
)
OWN = Look("function", "builtins", "__main__.barplot", parameters=[*parameters("data"), *named("x", "y")])
MODEL = Look("type", "builtins", "sklearn.svm._classes.SVC", parameters=named("C", "kernel"))
NAMES = FakeNamespace({"df.drop": DROP, "df.pivot": PIVOT, "sns.barplot": BARPLOT, "barplot": OWN, "SVC": MODEL})


def error(source, message, at=None):
    return report(source, "TypeError", message, at or source)


@pytest.mark.parametrize(
    ("source", "message", "expected"),
    [
        ("df.drop('a', 1)", "DataFrame.drop() takes from 1 to 2 positional arguments but 3 were given",
         "df.drop('a', axis=1)"),
        ("df.drop('a',  # this one\n        1)", "DataFrame.drop() takes from 1 to 2 positional arguments but 3 were given",
         "df.drop('a',  # this one\n        axis=1)"),
        ("df.pivot('a', 'b', 'c')", "DataFrame.pivot() takes 1 positional argument but 4 were given",
         "df.pivot(index='a', columns='b', values='c')"),
        ("sns.barplot('a', 'b', data=df)", "barplot() got multiple values for argument 'data'",
         "sns.barplot(x='a', y='b', data=df)"),
        ("sns.barplot(a, b)", "barplot() takes from 0 to 1 positional arguments but 2 were given",
         "sns.barplot(x=a, y=b)"),
        ("barplot(a, b)", "barplot() takes from 0 to 1 positional arguments but 2 were given", "barplot(a, x=b)"),
        ("SVC(1.0, 'linear')", "SVC.__init__() takes 1 positional argument but 3 were given",
         "SVC(C=1.0, kernel='linear')"),
        ("SVC(*options)", "SVC.__init__() takes 1 positional argument but 3 were given", None),
        ("df.drop('a', 1, 2)", "DataFrame.drop() takes from 1 to 2 positional arguments but 4 were given", None),
        ("df.drop('a', 1, axis=0)", "DataFrame.drop() takes from 1 to 2 positional arguments but 3 positional "
         "arguments (and 1 keyword-only argument) were given", None),
    ],
)  # fmt: skip
def test_arguments_that_have_to_be_named(source, message, expected):
    made = error(source, message, source.split("\n")[0])
    if "\n" in source:
        made.errors[0].frames[0].end_line, made.errors[0].frames[0].end_column = 2, len(source.split("\n")[1])
    assert repaired(made, NAMES) == expected


def test_the_order_that_functions_had_names_what_they_take():
    rows = tables.rows("positions")
    assert {row["owner"]: row["order"] for row in rows}["seaborn.scatterplot"].split()[:3] == ["x", "y", "hue"]


DOG = "class Dog:\n    {}\n        return 1\n"


@pytest.mark.parametrize(
    ("source", "message", "expected"),
    [
        (DOG.format("def bark():") + "Dog().bark()", "Dog.bark() takes 0 positional arguments but 1 was given",
         DOG.format("def bark(self):") + "Dog().bark()"),
        (DOG.format("def __int__(self, name):") + "Dog('Rex')", "Dog() takes no arguments",
         DOG.format("def __init__(self, name):") + "Dog('Rex')"),
        (DOG.format("def bark(self):") + "Dog('Rex')", "Dog() takes no arguments", None),
    ],
)  # fmt: skip
def test_classes_of_the_cell(source, message, expected):
    assert repaired(error(source, message, source.split("\n")[-1])) == expected


def test_a_class_is_no_object():
    made = error("dog.bark()", "Dog.bark() missing 1 required positional argument: 'self'")
    look = Look("type", "builtins", "__main__.Dog", parameters=[])
    assert repaired(made, FakeNamespace({"dog": look})) == "dog().bark()"
    look = Look("type", "builtins", "__main__.Dog", parameters=parameters("name"))
    assert repaired(made, FakeNamespace({"dog": look})) is None


@pytest.mark.parametrize(
    ("message", "kind", "headline"),
    [
        ("list.append() takes exactly one argument (2 given)", "too_many_arguments",
         "`list.append` takes 1 argument, but 2 are passed."),
        ("sorted expected 1 argument, got 2", "too_many_arguments", "`sorted` takes 1 argument, but 2 are passed."),
        ("pow() missing 1 required positional argument: 'exp'", "missing_argument",
         "`pow` needs `exp`, which was not passed."),
    ],
)  # fmt: skip
def test_functions_written_in_c(message, kind, headline):
    found = first(error("f(1)", message))
    assert (found.kind, found.headline) == (kind, headline)

import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, first, repaired, report

FRAME = Look(
    "DataFrame", "pandas.core.frame", attributes=["map", "merge", "sort_values", "head"], keys=["'price'", "'cost'"]
)


def missing(source, owner, name, at=None):
    message = f"'{owner}' object has no attribute '{name}'"
    return report(source, "AttributeError", message, at or source.split("\n")[-1], name=name, object_type=owner)


def of_module(source, owner, name, at=None):
    return report(
        source, "AttributeError", f"module '{owner}' has no attribute '{name}'", at or source.split("\n")[-1], name=name
    )


def test_a_typo_is_corrected_wherever_the_cell_makes_it():
    made = missing("a = df.sort_value(x)\nb = df.sort_value(y)", "DataFrame", "sort_value", "df.sort_value")
    look = Look("DataFrame", "pandas.core.frame", attributes=["sort_values", "merge"])
    assert repaired(made, FakeNamespace(subject_=look)) == "a = df.sort_values(x)\nb = df.sort_values(y)"


def test_the_sentence_says_what_the_object_is():
    found = first(
        missing("xs.appendd(1)", "list", "appendd", "xs.appendd"),
        FakeNamespace(subject_=Look("list", attributes=["append", "sort"])),
    )
    assert found.headline == "`xs` is a `list` and has no `appendd`; the closest attribute is `append`."


@pytest.mark.parametrize(
    ("source", "owner", "name", "look", "expected"),
    [
        ("df.applymap(str)", "DataFrame", "applymap", FRAME, "df.map(str)"),
        ("d.iteritems()", "dict", "iteritems", Look("dict", "builtins"), "d.items()"),
    ],
)
def test_a_renamed_method(source, owner, name, look, expected):
    assert repaired(missing(source, owner, name), FakeNamespace(subject_=look)) == expected


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("np.product([1])", "product", "np.prod([1])"),
        ("x.astype(np.int)", "int", "x.astype(int)"),
        ("a = np.float(3)", "float", "a = float(3)"),
        ("a = -np.NINF", "NINF", "a = --np.inf"),
        ("np.AxisError", "AxisError", "np.exceptions.AxisError"),
    ],
)
def test_names_that_numpy_gave_up(source, name, expected):
    assert repaired(of_module(source, "numpy", name)) == expected


def test_numpy_s_own_words_are_understood():
    made = report(
        "np.Inf", "AttributeError", "`np.Inf` was removed in the NumPy 2.0 release. Use `np.inf` instead.", "np.Inf"
    )
    assert repaired(made) == "np.inf"


def test_what_has_no_drop_in_successor_gets_words_and_no_edit():
    found = first(
        missing("df.lookup(row)", "DataFrame", "lookup"), FakeNamespace(subject_=FRAME, versions={"pandas": "3.1.1"})
    )
    assert found.kind == "renamed_attribute"
    assert "Index with `factorize` and `to_numpy`" in found.explanation
    assert found.facts == ["pandas 3.1.1 is installed."]
    assert found.fixes == []


def test_an_attribute_of_another_type_with_a_known_name_is_no_rename():
    found = first(
        missing("box.append(1)", "Box", "append"),
        FakeNamespace(subject_=Look("Box", "__main__", attributes=["volume"])),
    )
    assert found.kind == "missing_attribute"


def test_a_misspelled_name_of_a_module():
    assert (
        repaired(of_module("math.sqr(2)", "math", "sqr"), FakeNamespace(modules={"math": ["sqrt", "sin"]}))
        == "math.sqrt(2)"
    )


def test_a_column_is_close():
    found = first(missing("df.pric.sum()", "DataFrame", "pric", "df.pric"), FakeNamespace(subject_=FRAME))
    assert "the closest column is `price`" in found.headline


@pytest.mark.parametrize(
    ("source", "method", "expected"),
    [
        ("xs = xs.sort()\nxs.index(1)", "sort", "xs.sort()\nxs.index(1)"),
        ("df = df.dropna(inplace=True)\ndf.head()", "dropna", "df.dropna(inplace=True)\ndf.head()"),
    ],
)
def test_a_method_that_returns_nothing(source, method, expected):
    made = missing(source, "NoneType", source.split(".")[-1].split("(")[0])
    found = first(made)
    assert f"`{method}` changes its object and returns nothing" in found.headline
    assert repaired(made) == expected


def test_a_value_that_is_none():
    found = first(missing("m.group(1)", "NoneType", "group", "m.group"))
    assert found.headline == "`m` is None, so it has no `group`."
    assert found.fixes == []


def test_two_different_accesses_on_a_line_are_not_told_apart():
    made = missing("a.sise + b.sise", "Box", "sise")
    assert repaired(made, FakeNamespace(subject_=Look("Box", "__main__", attributes=["size"]))) is None

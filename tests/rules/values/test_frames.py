import pytest

from nbdoctor.protocol import Frame, Look

from ..support import FakeNamespace, first, repaired, report


def table(**columns):
    looks = {
        "df": Look("DataFrame", module="pandas", shape=[3, len(columns)], length=3, keys=[repr(c) for c in columns])
    }
    for name, dtype in columns.items():
        looks[f"df[{name!r}]"] = Look("Series", module="pandas", shape=[3], length=3, dtype=dtype)
    return FakeNamespace(looks)


def inside_pandas(source, error, message):
    """The error came from below the failing line."""
    made = report(source, error, message, source)
    made.errors[0].frames.append(Frame("pandas/core/frame.py", 1, "mean", "return x", "library"))
    return made


@pytest.mark.parametrize(
    ("source", "fixed"),
    [
        ("df.mean()", "df.mean(numeric_only=True)"),
        ("df.groupby('a').mean()", "df.groupby('a').mean(numeric_only=True)"),
        ("df['city'].mean()", None),
    ],
)
def test_a_calculation_over_text(source, fixed):
    made = inside_pandas(source, "TypeError", "dtype 'str' does not support operation 'mean'")
    assert repaired(made, table(a="int64", city="str")) == fixed
    assert first(made, table(a="int64", city="str")).kind == "text_column"


def test_a_model_over_text():
    made = inside_pandas("model.fit(df, y)", "ValueError", "could not convert string to float: 'Rome'")
    found = first(made, table(a="int64", city="object", name="str"))
    assert found.headline == (
        "`df` has text in the columns `city` and `name`, such as `'Rome'`; only numbers can be used here."
    )
    assert found.fixes == []


def test_a_correlation_over_text():
    made = inside_pandas("df.corr()", "ValueError", "could not convert string to float: 'Rome'")
    assert repaired(made, table(a="int64", city="str")) == "df.corr(numeric_only=True)"


def test_no_column_of_text_is_no_such_case():
    made = inside_pandas("model.fit(df, y)", "ValueError", "could not convert string to float: 'Rome'")
    assert first(made, table(a="int64")).kind == "not_a_number"


def test_a_merge():
    message = "You are trying to merge on int64 and object columns for key 'id'. If you wish to proceed you should use pd.concat"
    found = first(report("a.merge(b, on='id')", "ValueError", message, "a.merge(b, on='id')"))
    assert found.headline == "`id` holds whole numbers in `a` and text in `b`, so that no row can match."


def test_columns_on_both_sides():
    source = "df[['x', 'y']] = parts"
    namespace = FakeNamespace({"parts": Look("DataFrame", shape=[3, 4], length=3)})
    found = first(report(source, "ValueError", "Columns must be same length as key", "df[['x', 'y']]"), namespace)
    assert found.headline == "2 columns are assigned to, and `parts` has 4."


def test_missing_values():
    message = "Input y contains NaN."
    found = first(report("model.fit(X, target)", "ValueError", message, "model.fit(X, target)"))
    assert found.headline == "`target` has missing values (NaN), which `model.fit` does not take."

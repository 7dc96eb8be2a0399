import pytest

from nbdoctor.protocol import Look, Tally

from ..support import FakeNamespace, first, repaired, report

SERIES = Look("Series", "pandas", dtype="object")


def unreadable(source, tally, text):
    made = report(source, "ValueError", f"could not convert string to float: {text!r}", source)
    namespace = FakeNamespace({"df": Look("DataFrame", "pandas")}, tallies={("df['price']", "unreadable"): [tally]})
    return made, namespace


def test_which_values_and_which_rows():
    tally = Tally("", 1200, 100_000, 250_000, ["17", "21", "99"], ["'n/a'", "'12 EUR'"])
    found = first(*unreadable("df['price'].astype(float)", tally, "n/a"))
    assert found.facts[1:] == [
        "At least 1,200 of 250,000 values in `df['price']` are no numbers: `'n/a'` and `'12 EUR'`;"
        " the first in the rows `17`, `21`, `99`."
    ]
    assert found.fixes == []


def test_texts_that_stand_for_missing_values_are_named_in_the_fix():
    tally = Tally("", 2, 3, 3, ["0", "2"], ["'n/a'", "'-'"])
    fixed = "df['price'].replace(['n/a', '-'], float('nan')).astype(float)"
    assert repaired(*unreadable("df['price'].astype(float)", tally, "n/a")) == fixed


@pytest.mark.parametrize(
    "tally",
    [
        Tally("", 2, 3, 3, ["0", "2"], ["'n/a'", "'twelve'"]),  # a word
        Tally("", 2, 2, 3, ["0", "2"], ["'n/a'"]),  # not all were seen
        Tally("", 9, 9, 9, ["0"], ["'n/a'", "'-'", "'?'", "'na'", "'null'"]),  # there may be more
    ],
)
def test_no_other_text_becomes_missing(tally):
    assert repaired(*unreadable("df['price'].astype(float)", tally, "n/a")) is None


@pytest.mark.parametrize(
    ("wanted", "fixed"),
    [("int", "'Int64'"), ("'int32'", "'Int32'"), ("np.int64", "'Int64'"), ("'uint8'", None), ("kind()", None)],
)
def test_a_column_with_missing_values_keeps_them_in_the_type_for_it(wanted, fixed):
    source = f"ages = df['age'].astype({wanted})"
    made = report(source, "IntCastingNaNError", "Cannot convert non-finite values (NA or inf) to integer", source[7:])
    tallies = {("df['age']", "missing"): [Tally("", 177, 891, 891, ["5", "17", "19"])]}
    namespace = FakeNamespace({"df['age']": SERIES, "df": Look("DataFrame")}, tallies=tallies)
    found = first(made, namespace)
    assert found.headline == "`df['age']` has missing values, for which there is no whole number."
    assert found.facts == ["177 of 891 values in `df['age']` are missing; the first in the rows `5`, `17`, `19`."]
    assert repaired(made, namespace) == (fixed and f"ages = df['age'].astype({fixed})")


def test_without_a_count_it_says_less():
    made = report("df.astype(int)", "ValueError", "Cannot convert non-finite values (NA or inf) to integer")
    assert first(made).headline == "The column has missing or infinite values, for which there is no whole number."


def test_a_model_that_takes_no_missing_values_says_in_which_columns_they_are():
    source = "model.fit(X, y)"
    made = report(source, "ValueError", "Input X contains NaN.\nLinearRegression does not accept", source)
    tallies = {("X", "missing"): [Tally(f"'c{n}'", 1, 9, 9, [str(n)]) for n in range(7)]}
    found = first(made, FakeNamespace({"X": Look("DataFrame", "pandas")}, tallies=tallies))
    assert found.facts[0] == "1 of 9 values in `X['c0']` is missing; in the row `0`."
    assert found.facts[-1] == "2 more columns have such values."

import pytest

from nbdoctor.rules import tables
from nbdoctor.rules.values.dates import fitting

from ..support import first, repaired, report


def told(value, format_):
    return f"time data {value!r} does not match format {format_!r}"


def test_the_formats_are_all_read_by_python():
    from datetime import datetime

    moment = datetime(2023, 11, 25, 13, 45, 59, 120000)
    for row in tables.load("date_formats"):
        assert row["format"] in fitting(moment.strftime(row["format"])) or "%z" in row["format"], row


@pytest.mark.parametrize(
    ("value", "said", "fixed"),
    [
        ("2020-01-31", "%d %m %Y", "%Y-%m-%d"),
        ("31.12.2024", "%Y-%m-%d", "%d.%m.%Y"),
        ("05/06/2020", "%Y-%m-%d", None),  # the day or the month first
        ("soon", "%Y-%m-%d", None),
    ],
)
def test_the_one_format_that_fits(value, said, fixed):
    source = f"datetime.strptime(text, {said!r})"
    made = report(source, "ValueError", told(value, said), source)
    assert first(made).headline == f"The date `{value}` is not written in the form `{said}`."
    assert repaired(made) == (source.replace(said, fixed) if fixed else None)


@pytest.mark.parametrize(
    ("value", "fixed"),
    [("25/02/2020", "pd.to_datetime(s, dayfirst=True)"), ("2020-02-25", "pd.to_datetime(s, format='mixed')")],
)
def test_where_pandas_took_the_format_from_the_first_value(value, fixed):
    message = f'time data "{value}" doesn\'t match format "%m/%d/%Y", at position 1. You might want to try:'
    assert repaired(report("pd.to_datetime(s)", "ValueError", message, "pd.to_datetime(s)")) == fixed


def test_what_is_left_over():
    source = "datetime.strptime('2020-01-01 10:20', '%Y-%m-%d')"
    made = report(source, "ValueError", "unconverted data remains:  10:20", source)
    assert first(made).headline == "After what the format reads, `10:20` is left over in the text."
    assert repaired(made) == "datetime.strptime('2020-01-01 10:20', '%Y-%m-%d %H:%M')"


def test_a_month_that_does_not_exist():
    found = first(report("date(2021, 13, 1)", "ValueError", "month must be in 1..12", "date(2021, 13, 1)"))
    assert found.headline == "There is no month `13`."
    assert found.explanation.startswith("It goes from 1 to 12.")
    assert "exchanged" in found.explanation

"""Mistyped, or merely similar."""

import pytest

from nbdoctor.rules.api.slips import is_slip


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("revenu", "revenue"), ("unit_price", "Unit Price"), ("prise", "price"), ("aple", "apple"), ("colour", "color"),
        ("randitn", "randint"), ("appendd", "append"), ("sort_value", "sort_values"), ("temprature", "temperature"),
        ("Cost", "Cost "), ("neighbuorhod", "neighbourhood"), ("enviroment", "environment"),
    ],
)  # fmt: skip
def test_slips(wanted, name):
    assert is_slip(wanted, name)
    assert is_slip(name, wanted)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("male", "female"), ("start", "state"), ("id", "idx"), ("count", "country"), ("lat", "lon"), ("x1", "x2"),
        ("max_temp", "min_temp"), ("income", "outcome"), ("year", "yield"), ("cost", "post"), ("score_a", "score_b"),
        ("2023", "2024"), ("pages", "wages"), ("read_csv", "to_csv"), ("mean", "median"), ("first_name", "last_name"),
    ],
)  # fmt: skip
def test_two_names(wanted, name):
    assert not is_slip(wanted, name)
    assert not is_slip(name, wanted)

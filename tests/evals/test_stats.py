"""The statistics, against figures from their sources or from other software."""

from __future__ import annotations

import pytest

from nbdoctor.evals.stats import mcnemar, quantile, wilson


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (8, 10, 0.4901625, 0.9433178),  # statsmodels.stats.proportion.proportion_confint(method="wilson")
        (0, 10, 0.0, 0.2775328),
        (10, 10, 0.7224672, 1.0),
        (81, 263, 0.2553, 0.3662),  # R. G. Newcombe, Statistics in Medicine 17 (1998), table I
    ],
)
def test_wilson(part, whole, low, high):
    assert wilson(part, whole) == pytest.approx((low, high), abs=5e-5)


def test_wilson_of_nothing_is_everything():
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("wins", "losses", "p"), [(0, 0, 1.0), (5, 5, 1.0), (6, 0, 0.03125), (1, 9, 0.021484375), (2, 10, 0.03857421875)]
)
def test_mcnemar(wins, losses, p):
    assert mcnemar(wins, losses) == pytest.approx(p)
    assert mcnemar(losses, wins) == pytest.approx(p)


def test_quantiles_are_interpolated():
    assert quantile([4, 1, 3, 2], 0.5) == 2.5
    assert quantile([7], 0.95) == 7
    assert quantile(range(101), 0.95) == pytest.approx(95)
    assert quantile([], 0.5) is None

"""The few statistics of the report, each with its source. Standard library alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

#: The standard normal distribution's 97.5 % quantile, for intervals of 95 %.
Z_95 = 1.959963984540054


def wilson(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval of a share.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927): with
    p = successes / trials and n = trials, (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    Args:
        successes: 0 up to ``trials``.
        trials: 0 gives the whole range.
        z: quantile of the standard normal distribution; 95 % by default.

    Returns:
        Lower and upper bound, from 0 to 1.
    """
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    square = z * z / trials
    centre = share + square / 2
    half = z * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    return max(0.0, (centre - half) / (1 + square)), min(1.0, (centre + half) / (1 + square))


def mcnemar(wins: int, losses: int) -> float:
    """Two-sided p of McNemar's exact test.

    Q. McNemar, Psychometrika 12 (1947), in its exact form: of the pairs that differ, each side wins with probability ½ if
    nothing distinguishes the two, so p = 2 P(X ≤ min(wins, losses)) for X ~ Binomial(wins + losses, ½), at most 1.

    Args:
        wins, losses: pairs of which one side alone, or the other alone, succeeded.

    Returns:
        p, from 0 to 1.
    """
    pairs = wins + losses
    below = sum(math.comb(pairs, i) for i in range(min(wins, losses) + 1))
    return min(1.0, below / 2.0 ** (pairs - 1))


def quantile(values: Sequence[float], share: float) -> float | None:
    """The quantile at ``share`` (0 to 1), interpolated linearly between the two nearest values.

    R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996), type 7.
    None where there are no values.
    """
    if not values:
        return None
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)

"""Categories that were read again by hand, and how often a run agrees with them.

The cases' own labels follow the exception's type, and a look-up by that type alone would score well on them. Labels that a
person gave after reading cell, error and fix are a file of their own: a JSON object, category by case id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..protocol import CATEGORIES
from .cases import CaseError
from .results import NOT_ASKED, Result
from .tally import Share


@dataclass
class Agreement:
    """How often the category found is the labelled one, by labelled category. ``absent``: labelled cases that were not asked."""

    shares: dict[str, Share]
    wrong: list[Result]
    absent: int

    @property
    def mean(self) -> float:
        """The mean of the categories' shares, so that a rare category counts as much as a common one. In [0, 1]."""
        return (
            sum(share.part / share.whole for share in self.shares.values()) / len(self.shares) if self.shares else 0.0
        )


def read(path: Path) -> dict[str, str]:
    """Return the labels in ``path``.

    Raises:
        CaseError: where it cannot be read, or a label is no category.
    """
    try:
        labels = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CaseError(f"{path.name} cannot be read.", hint=f"{error}.") from None
    if not isinstance(labels, dict) or any(label not in CATEGORIES for label in labels.values()):
        raise CaseError(
            f"{path.name} is not a file of labels.", hint="It has to be an object of categories by case id."
        )
    return labels


def agreement(results: Sequence[Result], labels: Mapping[str, str]) -> Agreement:
    """Return how often results agree with labels. Cases without a label do not count."""
    asked = [r for r in results if r.id in labels and r.outcome not in NOT_ASKED]
    shares: dict[str, Share] = {}
    for category in CATEGORIES:
        group = [r for r in asked if labels[r.id] == category]
        if group:
            shares[category] = Share(sum(r.found_category == category for r in group), len(group))
    wrong = [r for r in asked if r.found_category != labels[r.id]]
    return Agreement(shares, wrong, len(labels.keys() - {r.id for r in asked}))

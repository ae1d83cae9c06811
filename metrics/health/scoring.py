"""From measures to scores; pure, for many customers at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from metrics.health.curves import Floats
from metrics.health.recipe import Recipe


class Band(StrEnum):
    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True)
class Scores:
    """A row for each customer, in the order of the measures.

    `points`, `shares` and `contributions` have a column for each signal of the recipe: 0 to 100,
    NaN where the signal is left out; what it counts for, 0 to 1 (0 there); and what of the score is
    the signal's (0 there). A row's shares add up to 1 and its contributions to its `score`, 0 to
    100; NaN where no signal was measured. `coverage`: the share of the weights whose signals were
    measured, 0 to 1.
    """

    points: Floats
    shares: Floats
    contributions: Floats
    score: Floats
    coverage: Floats

    def above(self, base: Floats) -> Floats:
        """How far each signal lifts the score above a score of each customer's, or pulls it below:
        a row adds up to the difference."""
        return self.contributions - self.shares * base[:, np.newaxis]


def score(measures: Floats, recipe: Recipe) -> Scores:
    """Of measures (customers x signals of the recipe, NaN: not measured).

    The score is the sum of weight x points over the sum of weights, of the signals that count
    (docs/metrics.md, Health): a signal that is missing is left out, its weight shared among the
    rest, or counts as the points that its ingredient says.
    """
    weights = np.array([one.weight for one in recipe.ingredients], dtype=float)
    points = np.column_stack(
        [one.curve.at(measures[:, at]) for at, one in enumerate(recipe.ingredients)]
    )
    is_measured = ~np.isnan(points)
    for at, one in enumerate(recipe.ingredients):
        if one.missing is not None:
            points[np.isnan(points[:, at]), at] = one.missing
    counted = np.where(np.isnan(points), 0.0, weights)
    total = counted.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.nan_to_num(counted / total[:, np.newaxis])
    contributions = np.where(counted > 0, shares * np.nan_to_num(points), 0.0)
    found = np.where(is_measured.any(axis=1), contributions.sum(axis=1), np.nan)
    return Scores(
        points=points,
        shares=shares,
        contributions=contributions,
        score=np.clip(found, 0, 100),
        coverage=(is_measured * weights).sum(axis=1) / weights.sum(),
    )


def base_of(before: Scores, after: Scores) -> Floats:
    """What signals are told against when what moved a score is told (docs/health.md): the score
    before; 0 where one of the two is none."""
    return np.where(np.isnan(before.score) | np.isnan(after.score), 0.0, before.score)


def band(value: float, recipe: Recipe) -> Band:
    """Where a score stands, as it is shown: rounded. Each band begins with its threshold."""
    shown = np.rint(value)
    if shown >= recipe.green_from:
        return Band.GREEN
    return Band.AMBER if shown >= recipe.amber_from else Band.RED

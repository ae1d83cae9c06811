"""The past of customers as models are tried on it: measures then, and what came of them. Pure."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.health.curves import Floats
from metrics.health.recipe import Recipe
from metrics.health.scoring import score

Ints = NDArray[np.int64]

HORIZONS = (30, 60, 90)
USUAL_HORIZON = 60
WINDOW = 30
STAYED, LEFT, NOT_ASKED = 0, 1, -1
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Replay:
    """A row for each customer of each snapshot, in order of `days`.

    `at`: which of `days` a row is of. `measures`: a column for each of `keys`. `churned`: the days
    on which each customer churned after the first snapshot and by `today`. `share`: of all
    customers, which part was taken; 1 unless there are very many.
    """

    today: dt.date
    days: tuple[dt.date, ...]
    at: Ints
    customers: Ints
    keys: tuple[str, ...]
    measures: Floats
    churned: Mapping[int, Sequence[dt.date]]
    share: float = 1.0

    def of(self, recipe: Recipe) -> Floats:
        """The scores that a recipe of these signals would have given; NaN: nothing was measured."""
        return score(self.columns(recipe.keys), recipe).score

    def columns(self, keys: Sequence[str]) -> Floats:
        at = {key: number for number, key in enumerate(self.keys)}
        return self.measures[:, [at[key] for key in keys]]

    def outcomes(self, horizon: int) -> Ints:
        """Of each row, what became of it `horizon` days later: LEFT, it churned in the
        WINDOW days until then; STAYED, it did not; NOT_ASKED, it had left before those, or they
        are not over."""
        found = np.full(len(self.at), NOT_ASKED, dtype=np.int64)
        for number, (customer, at) in enumerate(zip(self.customers, self.at, strict=True)):
            day = self.days[at]
            if not is_over(day, horizon, self.today):
                continue
            churned = self.churned.get(int(customer), ())
            first = bisect_right(churned, day)
            if first == len(churned) or churned[first] > day + horizon * DAY:
                found[number] = STAYED
            elif churned[first] > day + (horizon - WINDOW) * DAY:
                found[number] = LEFT
        return found

    def left_on(self, row: int) -> dt.date | None:
        """The day on which a row's customer next churned."""
        churned = self.churned.get(int(self.customers[row]), ())
        first = bisect_right(churned, self.days[self.at[row]])
        return churned[first] if first < len(churned) else None


def is_over(day: dt.date, horizon: int, today: dt.date) -> bool:
    """Whether everything until `horizon` days after the day has happened by the evening before
    today."""
    return day + horizon * DAY < today

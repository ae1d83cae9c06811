"""What a model's scores were worth: who left, by band and by score. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.health.areas import Area, area, difference
from metrics.health.curves import Floats
from metrics.health.past import LEFT, NOT_ASKED, Replay
from metrics.health.reasons import EVERYBODY_LEFT, FEW_LEFT, NOBODY_SCORED, ONE_LEFT
from metrics.health.recipe import Recipe
from metrics.health.scoring import Band, band
from metrics.intervals import Interval, wilson

Flags = NDArray[np.bool_]

FEWEST_LEFT = 10
PARTS = 10
MOST_MISSED = 100


@dataclass(frozen=True, slots=True)
class Rate:
    """Of `n` rows, how many left; `interval` is Wilson's, None where n is 0."""

    n: int
    left: int

    @property
    def value(self) -> float | None:
        return self.left / self.n if self.n else None

    @property
    def interval(self) -> Interval | None:
        return wilson(self.left, self.n)


@dataclass(frozen=True, slots=True)
class OfBand:
    """`lift`: its rate over that of all; None where nobody left at all."""

    band: Band
    rate: Rate
    lift: float | None


@dataclass(frozen=True, slots=True)
class OfScores:
    """A tenth of the rows by score, from `low` to `high`, and their mean."""

    low: float
    high: float
    mean: float
    rate: Rate


@dataclass(frozen=True, slots=True)
class Missed:
    """A customer that was green and left."""

    customer: int
    day: dt.date
    score: float
    left_on: dt.date


@dataclass(frozen=True)
class Proof:
    """A model's record at one horizon.

    A row is a customer at a snapshot. `area` None for `reason`. `unmeasured`: rows left out because
    nothing was measured. `calibration`: from the lowest scores to the highest. `missed`: the latest
    first, MOST_MISSED at most of `missed_count`.
    """

    horizon: int
    days: Sequence[dt.date]
    all: Rate
    customers: int
    left: int
    unmeasured: int
    area: Area | None
    reason: str
    bands: Sequence[OfBand]
    calibration: Sequence[OfScores]
    missed: Sequence[Missed]
    missed_count: int


def prove(replay: Replay, recipe: Recipe, horizon: int) -> Proof:
    """What the scores of a recipe would have said of who left `horizon` days later."""
    scores, outcomes = replay.of(recipe), replay.outcomes(horizon)
    asked = outcomes != NOT_ASKED
    kept = np.flatnonzero(asked & ~np.isnan(scores))
    given, is_left = scores[kept], outcomes[kept] == LEFT
    customers = replay.customers[kept]
    everybody = Rate(len(kept), int(is_left.sum()))
    left = len(np.unique(customers[is_left]))
    found, reason = None, _too_few(left, everybody, horizon)
    if not reason:
        found = area(given, is_left, customers)
    bands = [band(one, recipe) for one in given]
    green = [
        int(row)
        for row, one, went in zip(kept, bands, is_left, strict=True)
        if went and one is Band.GREEN
    ]
    return Proof(
        horizon=horizon,
        days=[replay.days[at] for at in sorted(set(replay.at[kept].tolist()))],
        all=everybody,
        customers=len(np.unique(customers)),
        left=left,
        unmeasured=int(asked.sum()) - len(kept),
        area=found,
        reason=reason,
        bands=[_of_band(one, bands, is_left, everybody) for one in Band],
        calibration=_calibration(given, is_left),
        missed=_missed(replay, scores, green),
        missed_count=len(green),
    )


def compared(
    replay: Replay, one: Recipe, other: Recipe, horizon: int
) -> tuple[float, Interval | None] | None:
    """By how much the AUC of the first is larger, with its 95 % interval, of the rows that both
    score; None where one of them has no AUC."""
    scores, others = replay.of(one), replay.of(other)
    outcomes = replay.outcomes(horizon)
    kept = (outcomes != NOT_ASKED) & ~np.isnan(scores) & ~np.isnan(others)
    is_left, customers = outcomes[kept] == LEFT, replay.customers[kept]
    if len(np.unique(customers[is_left])) < FEWEST_LEFT:
        return None
    first, second = (area(these[kept], is_left, customers) for these in (scores, others))
    return difference(first, second) if first and second else None


def _too_few(left: int, everybody: Rate, horizon: int) -> str:
    """In English, as it is kept: pages say it by metrics.words."""
    if not everybody.n:
        return NOBODY_SCORED.format(horizon=horizon)
    if left < FEWEST_LEFT:
        words = ONE_LEFT if left == 1 else FEW_LEFT
        return words.format(left=left, horizon=horizon, needed=FEWEST_LEFT)
    if everybody.left == everybody.n:
        return EVERYBODY_LEFT
    return ""


def _of_band(one: Band, bands: Sequence[Band], is_left: Flags, everybody: Rate) -> OfBand:
    among = [went for found, went in zip(bands, is_left, strict=True) if found is one]
    rate = Rate(len(among), int(sum(among)))
    lift = None
    if everybody.left and rate.value is not None:
        lift = rate.value * everybody.n / everybody.left
    return OfBand(one, rate, lift)


def _calibration(scores: Floats, is_left: Flags) -> list[OfScores]:
    """Tenths by rank; fewer rows than that make fewer parts."""
    order = np.argsort(scores, kind="stable")
    found = []
    for part in np.array_split(order, PARTS):
        if len(part):
            these = scores[part]
            found.append(
                OfScores(
                    float(these.min()),
                    float(these.max()),
                    float(these.mean()),
                    Rate(len(part), int(is_left[part].sum())),
                )
            )
    return found


def _missed(replay: Replay, scores: Floats, rows: Sequence[int]) -> list[Missed]:
    found = [
        Missed(int(replay.customers[row]), replay.days[replay.at[row]], float(scores[row]), left_on)
        for row in rows
        if (left_on := replay.left_on(row)) is not None
    ]
    found.sort(key=lambda one: (one.left_on, one.customer), reverse=True)
    return found[:MOST_MISSED]

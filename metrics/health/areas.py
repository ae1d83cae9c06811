"""How well a score tells who leaves from who stays: the area under the ROC curve. Pure.

The AUC is the chance that of two customers, one that left and one that stayed, the one that left
had the lower score (a tie counts half); 0.5 is chance. A customer is there at several snapshots,
and its rows resemble each other, so the interval is that of clustered data: DeLong's placements,
summed by customer. Source: Obuchowski 1997, "Nonparametric analysis of clustered ROC curve data",
Biometrics 53; on the logit scale, as in Pepe 2003, "The statistical evaluation of medical tests",
5.2. Nothing is drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from metrics.health.curves import Floats
from metrics.intervals import Interval, Z

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Area:
    """An AUC, and what each customer does to its variance: `left` and `stayed`, the sums of its
    rows' placements less the AUC. `lefts` and `stays`: how many rows there are of each."""

    value: float
    left: Floats
    stayed: Floats
    has_left: NDArray[np.bool_]
    has_stayed: NDArray[np.bool_]
    lefts: int
    stays: int

    @property
    def interval(self) -> Interval | None:
        """95 %; None where the scores part all who left from all who stayed, or only one customer
        is on a side."""
        variance = _variance(self, self.left, self.stayed)
        if variance is None or not 0 < self.value < 1 or variance <= 0:
            return None
        reach = Z * sqrt(variance) / (self.value * (1 - self.value))
        centre = log(self.value / (1 - self.value))
        return Interval(1 / (1 + exp(reach - centre)), 1 / (1 + exp(-centre - reach)))


def area(scores: Floats, is_left: NDArray[np.bool_], customers: Ints) -> Area | None:
    """Of rows with a score each; None where nobody left, or nobody stayed."""
    left, stayed = scores[is_left], scores[~is_left]
    if not len(left) or not len(stayed):
        return None
    of_left = 1 - _below(stayed, left)
    of_stayed = _below(left, stayed)
    value = float(of_left.mean())
    _, at = np.unique(customers, return_inverse=True)
    size = int(at.max()) + 1
    return Area(
        value,
        _summed(at[is_left], of_left - value, size),
        _summed(at[~is_left], of_stayed - value, size),
        np.bincount(at[is_left], minlength=size) > 0,
        np.bincount(at[~is_left], minlength=size) > 0,
        len(left),
        len(stayed),
    )


def difference(one: Area, other: Area) -> tuple[float, Interval | None]:
    """By how much the first is larger, of the same rows scored twice, with its 95 % interval; None
    where they differ in nothing or there is too little."""
    gain = one.value - other.value
    variance = _variance(one, one.left - other.left, one.stayed - other.stayed)
    if variance is None or variance <= 0:
        return gain, None
    reach = Z * sqrt(variance)
    return gain, Interval(max(gain - reach, -1.0), min(gain + reach, 1.0))


def _summed(at: Ints, values: Floats, size: int) -> Floats:
    """The sum of `values` at each place, in floats also where there is none."""
    return np.bincount(at, values, minlength=size).astype(np.float64)


def _below(many: Floats, these: Floats) -> Floats:
    """Of each of `these`, the share of `many` that is lower; of those alike, half."""
    ordered = np.sort(many)
    lower = np.searchsorted(ordered, these, side="left")
    not_higher = np.searchsorted(ordered, these, side="right")
    return (lower + not_higher) / (2.0 * len(many))


def _variance(rows: Area, left: Floats, stayed: Floats) -> float | None:
    """Obuchowski's, of an AUC or of a difference, by what each customer does to it."""
    lefts, stays = int(rows.has_left.sum()), int(rows.has_stayed.sum())
    if lefts < 2 or stays < 2:
        return None
    every = len(left)
    return float(
        lefts / (lefts - 1) * (left**2).sum() / rows.lefts**2
        + stays / (stays - 1) * (stayed**2).sum() / rows.stays**2
        + 2 * every / (every - 1) * (left * stayed).sum() / (rows.lefts * rows.stays)
    )

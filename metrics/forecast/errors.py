"""The standard error of a forecast, in closed form: parts taken as independent of each other,
their variances added. Pure; nothing is drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from metrics.forecast.retention import Retention, Retentions


@dataclass(frozen=True, slots=True)
class Error:
    """Variances: of who `leaves` (each customer by chance, the months spread as in the past), of
    how much new business the months bring (`begins`), of what who stays changes its MRR by
    (`changes`), and of the `model`'s parameters."""

    leaves: float
    begins: float
    changes: float
    model: float

    @property
    def standard(self) -> float:
        return sqrt(self.leaves + self.begins + self.changes + self.model)


@dataclass(frozen=True, slots=True)
class Held:
    """A cohort's MRR now and the sum of each customer's squared."""

    retention: Retention
    lived: int
    mrr: float
    squares: float


@dataclass(frozen=True)
class Exposure:
    """What a forecast stands on: the cohorts; a month's new business (mean, standard deviation
    and sum of squared MRR of its customers); the change of a month (mean and standard
    deviation); how many past months said so."""

    held: Sequence[Held]
    begun: float
    begun_deviation: float
    begun_squares: float
    change: float
    change_deviation: float
    months: int


def error_of(of: Exposure, kept: Retentions, ahead: int) -> Error:
    """At the close so many months ahead."""
    growth = [(1 + of.change) ** months for months in range(ahead + 1)]
    shares = [kept.pooled.kept(0, lived) for lived in range(ahead)]
    weights = [share * grown for share, grown in zip(shares, growth, strict=False)]
    existing = [(one, one.retention.kept(one.lived, ahead)) for one in of.held]
    leaves = sum(share * (1 - share) * one.squares for one, share in existing) * growth[ahead] ** 2
    leaves += of.begun_squares * sum(
        share * (1 - share) * grown**2 for share, grown in zip(shares, growth, strict=False)
    )
    begins = of.begun_deviation**2 * (
        sum(one**2 for one in weights) + sum(weights) ** 2 / of.months
    )
    there = sum(one.mrr * share for one, share in existing) * growth[ahead]
    return Error(
        leaves=kept.spread * leaves,
        begins=begins,
        changes=of.change_deviation**2 * _changes(of, there, weights),
        model=kept.spread * _model(of, kept, ahead, growth),
    )


def _changes(of: Exposure, there: float, weights: Sequence[float]) -> float:
    """A month's change is one for all who are there: what each of the months ahead does to what
    there is by then; and the mean of all, which is known from `months` of them."""
    ahead = len(weights)
    each = sum(
        (there + of.begun * sum(weights[ahead - month + 1 :])) ** 2 for month in range(1, ahead + 1)
    )
    moved = ahead * there + of.begun * sum(lived * one for lived, one in enumerate(weights))
    return (each + moved**2 / of.months) / (1 + of.change) ** 2


def _model(of: Exposure, kept: Retentions, ahead: int, growth: Sequence[float]) -> float:
    """By the delta method: what shares one model moves with it together."""
    slopes: dict[Retention, tuple[float, float]] = {}
    moved = [(one.retention, one.lived, ahead, one.mrr * growth[ahead]) for one in of.held]
    moved += [(kept.pooled, 0, lived, of.begun * growth[lived]) for lived in range(ahead)]
    for retention, lived, months, amount in moved:
        by_a, by_b = retention.slope(lived, months)
        before_a, before_b = slopes.get(retention, (0.0, 0.0))
        slopes[retention] = before_a + amount * by_a, before_b + amount * by_b
    return sum(retention.variance(slope) for retention, slope in slopes.items())

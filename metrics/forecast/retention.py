"""How long the customers of each cohort stay: the sBG model, fitted, with what is uncertain. Pure.

A cohort is followed from the close of the month it began in; T = k for who is not there any more
at the k-th close after that one. The chance of being there k closes from now of who has been
there for n is S(n+k) / S(n).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, prod

from metrics import sbg
from metrics.forecast.history import Cohort, History, months_between
from metrics.sbg import Lives, Model

SMALLEST = 30
"""Customers that a cohort must have had for a model of its own."""
LIKELIER = 5.991464547107979
"""The 95 % point of chi-squared with two degrees of freedom: twice the log-likelihood that a
model of one's own must be ahead by of the pooled one."""
FLAT = 1e-9
"""A direction whose curvature is this small beside the other's is not known from the data."""


@dataclass(frozen=True)
class Retention:
    """A fitted model. `covariance` is of (log a, log b), from the curvature of the likelihood."""

    model: Model
    is_own: bool
    covariance: tuple[tuple[float, float], tuple[float, float]]

    def kept(self, lived: int, ahead: int) -> float:
        """S(n+k) / S(n) = (b+n) ... (b+n+k-1) / ((a+b+n) ... (a+b+n+k-1))."""
        a, b = self.model.a, self.model.b
        return prod((b + at) / (a + b + at) for at in range(lived, lived + ahead))

    def slope(self, lived: int, ahead: int) -> tuple[float, float]:
        """The derivatives of `kept` by log a and by log b."""
        a, b = self.model.a, self.model.b
        kept, span = self.kept(lived, ahead), range(lived, lived + ahead)
        both = sum(1 / (a + b + at) for at in span)
        return -kept * a * both, kept * b * (sum(1 / (b + at) for at in span) - both)

    def variance(self, slope: tuple[float, float]) -> float:
        """Of what moves with the parameters by `slope` (the delta method)."""
        (aa, ab), (_, bb) = self.covariance
        one, other = slope
        return max(one * one * aa + 2 * one * other * ab + other * other * bb, 0.0)


@dataclass(frozen=True)
class Retentions:
    """The model of every cohort; `spread`: how much more the numbers lost each month vary than
    they would if customers left independently of each other (1: no more)."""

    pooled: Retention
    own: dict[int, Retention]
    spread: float

    def of(self, number: int) -> Retention:
        """Of the cohort at this place."""
        return self.own.get(number, self.pooled)


def retentions(found: History, *, months: int) -> Retentions:
    """Fitted to what is known of lives at the border, those still going on included. Raises
    sbg.NobodyLeftError. `months`: the last so many say what the spread is."""
    everyone = _pooled([cohort.lives for cohort in found.cohorts])
    pooled = _fitted(sbg.fit(everyone), everyone, is_own=False)
    spread = _spread(found, pooled, months)
    own: dict[int, Retention] = {}
    for number, cohort in enumerate(found.cohorts):
        if cohort.size < SMALLEST or not cohort.lost or not cohort.customers:
            continue
        common = sbg.log_likelihood(pooled.model.a, pooled.model.b, cohort.lives)
        needed = common + LIKELIER / 2 * spread
        if _best(cohort) > needed and (model := sbg.fit(cohort.lives)).log_likelihood > needed:
            own[number] = _fitted(model, cohort.lives, is_own=True)
    return Retentions(pooled, own, spread)


def _best(cohort: Cohort) -> float:
    """The log-likelihood of the shares that left at each close as they were, which no model's
    can be above. Fitting takes longer than asking whether it could be of use."""
    total, there = 0.0, cohort.size
    for at in sorted(cohort.lost):
        gone = cohort.lost[at]
        total += gone * log(gone / there)
        there -= gone
        total += there * log(there / (there + gone)) if there else 0.0
    return total


def _pooled(lives: Sequence[Lives]) -> Lives:
    lost: dict[int, int] = defaultdict(int)
    alive: dict[int, int] = defaultdict(int)
    for one in lives:
        for at, count in one.lost.items():
            lost[at] += count
        for at, count in one.alive.items():
            alive[at] += count
    return Lives(lost, alive)


def _fitted(model: Model, lives: Lives, *, is_own: bool) -> Retention:
    import numpy

    a, b = model.a, model.b
    information = numpy.array(sbg.information(a, b, lives)) * numpy.outer((a, b), (a, b))
    values, vectors = numpy.linalg.eigh(information)
    least = FLAT * max(values.max(), 0.0)
    inverse = [1 / value if value > least else 0.0 for value in values]
    found = (vectors * inverse) @ vectors.T
    aa, ab, bb = float(found[0][0]), float(found[0][1]), float(found[1][1])
    return Retention(model, is_own, ((aa, ab), (ab, bb)))


def _spread(found: History, pooled: Retention, months: int) -> float:
    """Sum over months of (lost - expected)^2 / sum of what the model's variance is."""
    off = variance = 0.0
    for month in found.last_months(months):
        lost = expected = 0.0
        for cohort in found.cohorts:
            at = months_between(cohort.month, month)
            if at < 1 or not (there := cohort.alive(at - 1)):
                continue
            leaving = 1 - pooled.kept(at - 1, 1)
            lost += cohort.lost.get(at, 0)
            expected += there * leaving
            variance += there * leaving * (1 - leaving)
        off += (lost - expected) ** 2
    return max(off / variance, 1.0) if variance else 1.0

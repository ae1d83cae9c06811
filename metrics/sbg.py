"""The shifted-beta-geometric model of how long customers stay. Pure: counts in, numbers out.

Each customer leaves at the end of a period with a probability of its own, beta-distributed over
customers. Source: Fader and Hardie 2007, "How to project customer retention", and 2010,
"Customer-base valuation in a contractual setting"; docs/metrics.md, sBG lifetime.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, inf, isfinite
from typing import Any

from django.utils.translation import gettext_noop

BOUND = 12.0
"""log a and log b are sought up to this far from 0: past it the model is the geometric one."""


MOST_STEPS = 500
LONGEST = 2.0
"""No step goes further, in log a or log b."""
CLOSE = 1e-10
"""A step as short as this is the last."""
STUCK = 1e16
"""Held back as much as this, there is no higher place near."""
TINY = 1e-300


IMPOSSIBLE = -1e300
"""Where the likelihood is too small for a number."""


class NobodyLeftError(ValueError):
    """Without anybody who left there is nothing to fit."""


@dataclass(frozen=True, slots=True)
class Lives:
    """How long customers stayed: `lost[t]` left in their t-th period (from 1), `alive[n]` have
    lived n periods and are still there."""

    lost: Mapping[int, int]
    alive: Mapping[int, int]

    @classmethod
    def of_survivors(cls, survivors: Sequence[int]) -> Lives:
        """From how many of one cohort were there at the start and after each period."""
        lost = {
            period: before - after
            for period, (before, after) in enumerate(pairwise(survivors), start=1)
        }
        return cls(lost, {len(survivors) - 1: survivors[-1]})


@dataclass(frozen=True, slots=True)
class Model:
    a: float
    b: float
    log_likelihood: float

    def survival(self, periods: int) -> float:
        """S(t) = B(a, b+t) / B(a, b): the share that is there after t periods."""
        return exp(_log_survival(self.a, self.b, periods))

    def lifetime(self, rate: float, *, lived: int = 0, horizon: int | None = None) -> float:
        """Discounted expected periods paid, `rate` a period; infinity where the sum has no end.

        Of a new customer (`lived` 0) from its first period on: 2F1(1, b; a+b; 1/(1+d)). Of one
        that has lived n periods, what is left, from the coming renewal on:
        (b+n-1)/(a+b+n-1) x 2F1(1, b+n; a+b+n; 1/(1+d)). `horizon`: of the first so many periods
        only.
        """
        from scipy.special import hyp2f1  # scipy takes a moment to load, and memory

        a, b = self.a, self.b
        if horizon is not None:
            total, there = 0.0, 1.0
            for period in range(lived, lived + horizon):
                if period:
                    there *= (b + period - 1) / (a + b + period - 1)
                total += there / (1 + rate) ** (period - lived)
            return total
        if rate <= 0:
            # Gauss's sum of the series at 1, which is finite for a > 1 only.
            whole = (a + b + lived - 1) / (a - 1) if a > 1 else inf
        else:
            whole = float(hyp2f1(1, b + lived, a + b + lived, 1 / (1 + rate)))
        return whole if lived == 0 else (b + lived - 1) / (a + b + lived - 1) * whole


def fit(lives: Lives) -> Model:
    """The model of greatest likelihood. Raises NobodyLeftError.

    Newton's way up in log a and log b, held back where the likelihood is not like a hill
    (Levenberg and Marquardt), with its derivatives as they are.
    """
    import numpy

    if not any(lives.lost.values()):
        raise NobodyLeftError(gettext_noop("nobody left, so there is nothing to fit the model to"))
    counts = _Counts.of(lives)
    at, held = numpy.zeros(2), 1.0
    height, slope, curve = counts.around(at)
    for _ in range(MOST_STEPS):
        uphill = ((at < BOUND) | (slope < 0)) & ((at > -BOUND) | (slope > 0))
        if not uphill.any() or held > STUCK:
            break
        part = numpy.ix_(uphill, uphill)
        scale = held * max(float(numpy.abs(curve[part]).max()), TINY)
        step = numpy.zeros(2)
        step[uphill] = numpy.linalg.solve(
            _rising(curve[part]) + scale * numpy.eye(int(uphill.sum())), slope[uphill]
        )
        there = numpy.clip(at + numpy.clip(step, -LONGEST, LONGEST), -BOUND, BOUND)
        found = counts.around(there)
        if found[0] <= height:
            held *= 8
            continue
        is_there = float(numpy.abs(there - at).max()) < CLOSE
        at, held = there, held / 8
        height, slope, curve = found
        if is_there:
            break
    return Model(exp(at[0]), exp(at[1]), height)


def _rising(curve: Any) -> Any:
    """The curvature (its sign turned) made positive: along every axis of its own, its size."""
    import numpy

    values, vectors = numpy.linalg.eigh(curve)
    return (vectors * numpy.abs(values)) @ vectors.T


@dataclass(frozen=True)
class _Counts:
    """Lives period by period: of who came to it, so many were `lost` in it, and so many `stayed`.

    In the t-th a/(a+b+t-1) of them leave, so that the likelihood is the product over periods of
    a^lost x (b+t-1)^stayed / (a+b+t-1)^(both).
    """

    periods: Any
    lost: Any
    stayed: Any

    @classmethod
    def of(cls, lives: Lives) -> _Counts:
        import numpy

        last = max([0, *lives.lost, *lives.alive])
        lost, ended = numpy.zeros(last + 1), numpy.zeros(last + 1)
        for at, count in lives.lost.items():
            lost[at] += count
        for at, count in lives.alive.items():
            ended[at] += count
        beyond = (lost + ended)[::-1].cumsum()[::-1]
        return cls(numpy.arange(float(last)), lost[1:], beyond[1:] - lost[1:])

    def around(self, logs: Any) -> tuple[float, Any, Any]:
        """The log-likelihood, its slope and its curvature (its sign turned), by log a, log b."""
        import numpy

        a, b = (exp(one) for one in logs)
        each = (self.lost + self.stayed) / (a + b + self.periods)
        slope = numpy.array(
            [
                self.lost.sum() - a * each.sum(),
                b * (self.stayed / (b + self.periods) - each).sum(),
            ]
        )
        (aa, ab), (_, bb) = self.curvature(a, b)
        curve = numpy.array([[aa * a * a, ab * a * b], [ab * a * b, bb * b * b]])
        return self.height(a, b), slope, curve - numpy.diag(slope)

    def height(self, a: float, b: float) -> float:
        import numpy

        leaving = a / (a + b + self.periods)
        total = float(self.lost @ numpy.log(leaving) + self.stayed @ numpy.log1p(-leaving))
        return total if isfinite(total) else IMPOSSIBLE

    def curvature(self, a: float, b: float) -> tuple[tuple[float, float], tuple[float, float]]:
        both = float(((self.lost + self.stayed) / (a + b + self.periods) ** 2).sum())
        by_b = float((self.stayed / (b + self.periods) ** 2).sum())
        return (float(self.lost.sum()) / a**2 - both, -both), (-both, by_b - both)


def log_likelihood(a: float, b: float, lives: Lives) -> float:
    """Sum of log P(T=t) = log B(a+1, b+t-1)/B(a, b) of the lost, and of log S(n) of the rest."""
    return _Counts.of(lives).height(a, b)


def information(
    a: float, b: float, lives: Lives
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The curvature of the log-likelihood, its sign turned: minus its second derivatives by a
    and b. At its maximum the inverse is the covariance of the estimates."""
    return _Counts.of(lives).curvature(a, b)


def _log_survival(a: float, b: float, periods: int) -> float:
    from scipy.special import betaln

    return float(betaln(a, b + periods) - betaln(a, b))

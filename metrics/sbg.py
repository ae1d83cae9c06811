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

BOUND = 12.0
"""log a and log b are sought up to this far from 0: past it the model is the geometric one."""


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
        (b+n-1)/(a+b+n-1) x 2F1(1, b+n; a+b+n; 1/(1+d)). `horizon`: of a new customer's first so
        many periods only.
        """
        from scipy.special import hyp2f1  # scipy takes a moment to load, and memory

        if horizon is not None:
            return sum(self.survival(t) / (1 + rate) ** t for t in range(horizon))
        a, b = self.a, self.b
        if rate <= 0:
            # Gauss's sum of the series at 1, which is finite for a > 1 only.
            whole = (a + b + lived - 1) / (a - 1) if a > 1 else inf
        else:
            whole = float(hyp2f1(1, b + lived, a + b + lived, 1 / (1 + rate)))
        return whole if lived == 0 else (b + lived - 1) / (a + b + lived - 1) * whole


def fit(lives: Lives) -> Model:
    """The model of greatest likelihood. Raises NobodyLeftError."""
    from scipy.optimize import minimize

    if not any(lives.lost.values()):
        raise NobodyLeftError("nobody left, so there is nothing to fit the model to")

    def cost(logs: Sequence[float]) -> float:
        return -log_likelihood(exp(logs[0]), exp(logs[1]), lives)

    bounds = [(-BOUND, BOUND)] * 2
    rough = minimize(cost, (0.0, 0.0), method="L-BFGS-B", bounds=bounds)
    fine = minimize(
        cost,
        rough.x,
        method="Nelder-Mead",
        bounds=bounds,
        options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 2000},
    )
    return Model(exp(fine.x[0]), exp(fine.x[1]), -float(fine.fun))


def log_likelihood(a: float, b: float, lives: Lives) -> float:
    """Sum of log P(T=t) = log B(a+1, b+t-1)/B(a, b) of the lost, and of log S(n) of the rest."""
    import numpy
    from scipy.special import betaln

    lost = numpy.array([[t - 1, count] for t, count in lives.lost.items() if count], float)
    alive = numpy.array([[n, count] for n, count in lives.alive.items() if count], float)
    base = betaln(a, b)
    total = 0.0
    if lost.size:
        total += float((lost[:, 1] * (betaln(a + 1, b + lost[:, 0]) - base)).sum())
    if alive.size:
        total += float((alive[:, 1] * (betaln(a, b + alive[:, 0]) - base)).sum())
    return total if isfinite(total) else IMPOSSIBLE


def information(a: float, b: float, lives: Lives) -> tuple[tuple[float, float], ...]:
    """The curvature of the log-likelihood, its sign turned: minus its second derivatives by a
    and b. At its maximum the inverse is the covariance of the estimates."""
    from scipy.special import polygamma

    def curve(value: float) -> float:
        return float(polygamma(1, value))

    aa = ab = bb = 0.0
    for at, count in [(at, count) for at, count in lives.lost.items() if count]:
        both = curve(a + b) - curve(a + b + at)
        aa -= count * (curve(a + 1) - curve(a) + both)
        bb -= count * (curve(b + at - 1) - curve(b) + both)
        ab -= count * both
    for at, count in [(at, count) for at, count in lives.alive.items() if count]:
        both = curve(a + b) - curve(a + b + at)
        aa -= count * both
        bb -= count * (curve(b + at) - curve(b) + both)
        ab -= count * both
    return (aa, ab), (ab, bb)


def _log_survival(a: float, b: float, periods: int) -> float:
    from scipy.special import betaln

    return float(betaln(a, b + periods) - betaln(a, b))

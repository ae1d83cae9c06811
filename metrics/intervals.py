"""95 % intervals and the significance of a change. Pure: numbers in, numbers out.

Every function takes sums, so that an interval comes from the same rows as the value it is of.
Nothing is drawn at random: the same rows give the same bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache
from math import comb, exp, lgamma, log, sqrt

Z = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def wilson(numerator: float | Decimal, denominator: float | Decimal) -> Interval | None:
    """Wilson's score interval of the share numerator / denominator; None when nobody was asked.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    if denominator <= 0:
        return None
    return wilson_share(float(numerator) / float(denominator), float(denominator))


def wilson_share(share: float, effective_n: float) -> Interval | None:
    """Wilson's interval of a share that stands on `effective_n` equal observations."""
    if effective_n <= 0:
        return None
    share = min(max(share, 0.0), 1.0)
    weight = Z * Z / effective_n
    centre = (share + weight / 2) / (1 + weight)
    reach = Z / (1 + weight) * sqrt(share * (1 - share) / effective_n + weight / (4 * effective_n))
    # At 0 and 1 the formula gives the end of the scale itself, but for rounding.
    low = 0.0 if share == 0 else max(centre - reach, 0.0)
    high = 1.0 if share == 1 else min(centre + reach, 1.0)
    return Interval(low, high)


def effective_n(total: Decimal, squares: Decimal) -> float:
    """Kish's (sum x)^2 / sum x^2: how many equal customers unequal ones are worth. 0 if none."""
    if squares <= 0:
        return 0.0
    with localcontext() as context:
        context.prec = 60
        return float(total * total / squares)


def net_promoter(promoters: int, detractors: int, n: int) -> Interval | None:
    """Adjusted Wald interval of a net promoter score, in points from -100 to 100.

    Adds 3/4 to promoters and to detractors and 3 to n (Bonett and Price 2012, for a difference
    of two shares of one sample).
    """
    if n <= 0:
        return None
    size = n + 3
    up, down = (promoters + 0.75) / size, (detractors + 0.75) / size
    centre = up - down
    reach = Z * sqrt((up + down - centre * centre) / size)
    return Interval(max(100 * (centre - reach), -100.0), min(100 * (centre + reach), 100.0))


def ratio(n: int, y: Decimal, x: Decimal, yy: Decimal, xy: Decimal, xx: Decimal) -> Interval | None:
    """Interval of sum(y) / sum(x) by the linearised variance over n customers.

    Takes the sums of y, x, y*y, x*y and x*x. None where it is not defined: fewer than two
    customers, or sum(x) = 0. Source: Cochran, "Sampling Techniques", 6.4, without the finite
    population's correction.
    """
    if n < 2 or x == 0:
        return None
    with localcontext() as context:
        context.prec = 60  # the sum of squares is a small difference of large numbers
        value = y / x
        residuals = max(yy - 2 * value * xy + value * value * xx, Decimal(0))
        error = (residuals * n / (n - 1)).sqrt() / abs(x)
        reach = Decimal(Z) * error
        return Interval(float(value - reach), float(value + reach))


LARGEST_EXACT = 1000


@lru_cache(maxsize=4096)
def median_rank(n: int) -> int | None:
    """The rank r such that the r-th smallest and the r-th largest of n bound the median.

    The largest r with P(fewer than r of n lie below the median) at most 2.5 %, by the binomial
    distribution with p = 1/2; None where there is none (under six). Source: Conover, "Practical
    Nonparametric Statistics", 3.2, with equal tails.
    """
    below, rank = 0.0, 0
    # Of many, only the terms near the bound matter: those 12 standard deviations off are 0.
    first = 0 if n <= LARGEST_EXACT else max(0, int(n / 2 - 6 * sqrt(n)))
    for number in range(first, n + 1):
        below += _half_binomial(n, number)
        if below > 0.025:
            break
        rank = number + 1
    return rank or None


def _half_binomial(n: int, number: int) -> float:
    """P(number of n) with p = 1/2."""
    if n <= LARGEST_EXACT:
        return comb(n, number) / (1 << n)
    return exp(lgamma(n + 1) - lgamma(number + 1) - lgamma(n - number + 1) - n * log(2))


def difference(
    value: float, interval: Interval, before: float, interval_before: Interval
) -> Interval:
    """Interval of `value - before` by square-and-add (Newcombe 1998, method 10)."""
    down = sqrt((value - interval.low) ** 2 + (interval_before.high - before) ** 2)
    up = sqrt((interval.high - value) ** 2 + (before - interval_before.low) ** 2)
    change = value - before
    return Interval(change - down, change + up)


def is_significant(
    value: float, interval: Interval, before: float, interval_before: Interval
) -> bool:
    """Whether the interval of the difference leaves out 0."""
    found = difference(value, interval, before, interval_before)
    return found.low > 0 or found.high < 0

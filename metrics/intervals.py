"""95 % intervals and the significance of a change. Pure: numbers in, numbers out.

Every function takes sums, so that an interval comes from the same rows as the value it is of.
Nothing is drawn at random: the same rows give the same bounds.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import lru_cache
from math import comb, exp, lgamma, log, sqrt

from surveys.intervals import Interval, Z, net_promoter, wilson, wilson_share

__all__ = [
    "Interval",
    "Z",
    "difference",
    "effective_n",
    "is_significant",
    "median_rank",
    "net_promoter",
    "ratio",
    "wilson",
    "wilson_share",
]


def effective_n(total: Decimal, squares: Decimal) -> float:
    """Kish's (sum x)^2 / sum x^2: how many equal customers unequal ones are worth. 0 if none."""
    if squares <= 0:
        return 0.0
    with localcontext() as context:
        context.prec = 60
        return float(total * total / squares)


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

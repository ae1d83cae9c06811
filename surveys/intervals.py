"""95 % intervals of shares and of the net promoter score. Pure: numbers in, numbers out.

The metrics use the same ones (metrics.intervals), so that an interval is the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

Z = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    def around(self, value: float) -> Interval:
        """The interval, made as wide as the value it is of asks for."""
        return Interval(min(self.low, value), max(self.high, value))


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
    return Interval(max(centre - reach, 0.0), min(centre + reach, 1.0)).around(share)


def net_promoter(promoters: int, detractors: int, n: int) -> Interval | None:
    """Adjusted Wald interval of a net promoter score, in points from -100 to 100.

    Adds 3/4 to promoters and to detractors and 3 to n (Bonett and Price 2012, for a difference
    of two shares of one sample; of six methods it keeps its 95 % best for NPS, Rocks 2016,
    "Interval estimation for the net promoter score", The American Statistician 70). What is added
    draws towards 0, with a single answer past the score itself: it is widened to hold that.
    """
    if n <= 0:
        return None
    size = n + 3
    up, down = (promoters + 0.75) / size, (detractors + 0.75) / size
    centre = up - down
    reach = Z * sqrt((up + down - centre * centre) / size)
    found = Interval(max(100 * (centre - reach), -100.0), min(100 * (centre + reach), 100.0))
    return found.around(100 * (promoters - detractors) / n)

"""What is expected to renew, from what renewed before. Pure: no clock, no database.

Of what came due in the twelve months before, the share of MRR that renewed (at most what was
due) is the rate: of each band by itself where enough customers of it came due, else of all
together. What is expected of open MRR is that share of it. Its 95 % interval takes in that each
customer renews or doesn't (p (1 - p) x the sum of squares of their MRR) and that the rate is an
estimate (p (1 - p) / n x the square of their sum, n = (sum x)^2 / sum x^2 of those before).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from metrics.periods import Grain, advance
from metrics.renewals.listing import OPEN, Cells, Sums, certain

YEAR = 12
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Gone:
    """What was due in a month by customers of a band, and decided. `gross`: what renewed of its
    MRR; `squares` of each customer's MRR."""

    month: dt.date
    band: str
    customers: int
    renewed: int
    mrr: Decimal
    gross: Decimal
    squares: Decimal


@dataclass(frozen=True, slots=True)
class Rate:
    """`share` of MRR; `n`: how many customers of one size it stands for. `customers`: it is of.
    `is_own`: of the band alone."""

    share: float
    n: float
    customers: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """Expected of what is due: `certain` renewed or is agreed, `open` is undecided, of which
    `expected` is to come. `low` and `high`: 95 % interval of certain and expected together."""

    certain: float
    open: float
    expected: float
    low: float
    high: float
    rates: dict[str, Rate]

    @property
    def value(self) -> float:
        return self.certain + self.expected


def rate_of(gone: Sequence[Gone], band: str, *, minimum: int) -> Rate | None:
    """None: nothing came due."""
    own = [one for one in gone if one.band == band]
    is_own = sum(one.customers for one in own) >= max(minimum, 1)
    used = own if is_own else list(gone)
    mrr = sum(float(one.mrr) for one in used)
    squares = sum(float(one.squares) for one in used)
    if not mrr or not squares:
        return None
    share = min(sum(float(one.gross) for one in used) / mrr, 1.0)
    return Rate(share, mrr * mrr / squares, sum(one.customers for one in used), is_own)


def rates_of(gone: Sequence[Gone], bands: Collection[str], *, minimum: int) -> dict[str, Rate]:
    found = {band: rate_of(gone, band, minimum=minimum) for band in sorted(bands)}
    return {band: rate for band, rate in found.items() if rate is not None}


def expected(due: dict[str, Sums], known: Decimal, rates: dict[str, Rate]) -> Outlook | None:
    """Of what is open, by band, beside what is `known` to renew; None: of some of it no rate is
    known."""
    if any(sums.mrr and band not in rates for band, sums in due.items()):
        return None
    value = variance = 0.0
    pooled = 0.0
    for band, sums in due.items():
        if not sums.mrr:
            continue
        rate = rates[band]
        spread = rate.share * (1 - rate.share)
        value += rate.share * float(sums.mrr)
        variance += spread * float(sums.squares)
        if rate.is_own:
            variance += spread / rate.n * float(sums.mrr) ** 2
        else:  # one rate for several bands is wrong for all of them alike
            pooled += float(sums.mrr) * math.sqrt(spread / rate.n)
    whole = sum(float(sums.mrr) for sums in due.values())
    half = Z * math.sqrt(variance + pooled**2)
    low, high = max(value - half, 0.0), min(value + half, whole)
    sure = float(known)
    return Outlook(sure, whole, value, sure + low, sure + high, rates)


def outlook_of(cells: Cells, gone: Sequence[Gone] | None, *, minimum: int) -> Outlook | None:
    """Of what a page shows; None: nothing is known of renewals before. `gone`: of the full months
    until now, the last twelve of which count."""
    if gone is None:
        return None
    by_band = by_band_of(cells)
    rates = rates_of(latest_year(gone), set(by_band), minimum=minimum)
    return expected(by_band, certain(cells).mrr, rates)


def by_band_of(cells: Cells) -> dict[str, Sums]:
    """What is open."""
    found: dict[str, Sums] = {}
    for (outcome, band), sums in cells.items():
        if outcome in OPEN:
            found[band] = found.get(band, Sums()) + sums
    return found


def latest_year(gone: Sequence[Gone]) -> list[Gone]:
    if not gone:
        return []
    first = advance(max(one.month for one in gone), Grain.MONTH, 1 - YEAR)
    return [one for one in gone if one.month >= first]


@dataclass(frozen=True, slots=True)
class Said:
    """A month: what was due, what would have been expected of it at its beginning, and what came.
    `outlook` None: nothing was known then."""

    month: dt.date
    due: float
    outlook: Outlook | None
    came: float

    @property
    def is_within(self) -> bool:
        """Whether what came lies in the interval."""
        if self.outlook is None:
            return False
        slack = 1e-9 * max(self.due, 1.0)
        return self.outlook.low - slack <= self.came <= self.outlook.high + slack


def said_and_came(gone: Sequence[Gone], *, minimum: int, last: dt.date) -> list[Said]:
    """The twelve months before the month `last`, each from the twelve before it alone."""
    found = []
    for back in range(YEAR, 0, -1):
        month = advance(last, Grain.MONTH, -back)
        before = advance(month, Grain.MONTH, -YEAR)
        own = [one for one in gone if one.month == month]
        known = [one for one in gone if before <= one.month < month]
        due = {one.band: Sums(one.customers, one.mrr, squares=one.squares) for one in own}
        rates = rates_of(known, set(due), minimum=minimum)
        found.append(
            Said(
                month,
                sum(float(one.mrr) for one in own),
                expected(due, Decimal(0), rates) if known else None,
                sum(float(one.gross) for one in own),
            )
        )
    return found

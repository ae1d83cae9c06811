"""Lengths of service periods, prices per month, and the rhythm of invoices that name no period.

Pure. Days are half-open: a period ends on its first day without.
"""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

from customers.mrr import FACTORS

DECIMALS = Decimal("0.0000000001")
INTERVAL_OF_MONTHS = {1: "month", 3: "quarter", 12: "year"}
# Days between two invoices that make a rhythm of so many months.
RHYTHMS = {1: range(25, 37), 3: range(80, 102), 6: range(170, 196), 12: range(345, 387)}


@dataclass(frozen=True, slots=True)
class Price:
    """What is paid: `quantity` units at `amount` each per `interval`; `monthly` is exact."""

    monthly: Fraction
    amount: Decimal
    quantity: Decimal
    interval: str


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def whole_months(starts_on: dt.date, ends_on: dt.date) -> int:
    """How many whole months the period has; 0 when it is no whole number of them.

    From January 31st to February 28th is one, and from there to March 31st (or 30th) another: a
    contract of the month's last days keeps its day where the month has it.
    """
    months = (ends_on.year - starts_on.year) * 12 + ends_on.month - starts_on.month
    first = calendar.monthrange(starts_on.year, starts_on.month)[1]
    last = calendar.monthrange(ends_on.year, ends_on.month)[1]
    if starts_on.day == ends_on.day:
        return months
    if ends_on.day == last and starts_on.day > last:
        return months
    if starts_on.day == first and ends_on.day > first:
        return months
    return 0


def price_of(
    amount: Decimal, quantity: Decimal | None, starts_on: dt.date, ends_on: dt.date
) -> Price:
    """The price of a line of `amount` in all, for a period.

    Whole months: the amount over the months. 1 to 4 whole weeks: x 52/12 over the weeks. Any
    other length: x 365/12 over the days.
    """
    months, days = whole_months(starts_on, ends_on), (ends_on - starts_on).days
    if months:
        interval = INTERVAL_OF_MONTHS.get(months)
        monthly = Fraction(amount) / months
    elif days % 7 == 0 and days <= 28:
        interval = "week" if days == 7 else None
        monthly = Fraction(amount) * 52 / 12 / (days // 7)
    else:
        interval = "day" if days == 1 else None
        monthly = Fraction(amount) * 365 / 12 / days
    if interval is None:
        return monthly_price(monthly)
    return unit_price(amount, quantity, interval, monthly)


def unit_price(
    amount: Decimal, quantity: Decimal | None, interval: str, monthly: Fraction
) -> Price:
    """With the amount per unit where it can be said exactly, else for all as one unit."""
    if quantity is not None and quantity > 0:
        each = rounded(Fraction(amount) / Fraction(quantity))
        if each * quantity == amount:
            return Price(monthly, each, quantity, interval)
    return Price(monthly, rounded(Fraction(amount)), Decimal(1), interval)


def monthly_price(monthly: Fraction) -> Price:
    """A price that is known per month only."""
    return Price(monthly, rounded(monthly), Decimal(1), "month")


def interval_price(
    amount: Decimal, quantity: Decimal, interval: str, count: int, discount: Fraction
) -> Price:
    """`amount` per unit every `count` intervals, less a share of it, from 0 to 1."""
    multiplier, divisor = FACTORS[interval]
    monthly = Fraction(amount) * Fraction(quantity) * multiplier / divisor / count * (1 - discount)
    months = {"month": count, "quarter": 3 * count, "year": 12 * count}.get(interval, 0)
    named = INTERVAL_OF_MONTHS.get(months) or (interval if count == 1 else None)
    each = rounded(Fraction(amount) * (1 - discount))
    if named is None or Fraction(each) != Fraction(amount) * (1 - discount):
        return monthly_price(monthly)
    return Price(monthly, each, quantity, named)


def rounded(value: Fraction) -> Decimal:
    """To 10 decimals, half-even."""
    with localcontext() as context:
        context.prec = 80
        context.rounding = ROUND_HALF_EVEN
        return (Decimal(round(value * 10**10)) * DECIMALS).quantize(DECIMALS)


def rhythm_of(days: Sequence[dt.date]) -> int:
    """The months between most of the invoices issued on these days; 0 when none can be seen.

    With as many of one as of another, the shorter one.
    """
    ordered = sorted(set(days))
    found: Counter[int] = Counter()
    for before, after in itertools.pairwise(ordered):
        gap = (after - before).days
        found.update(months for months, lengths in RHYTHMS.items() if gap in lengths)
    return min(found, key=lambda months: (-found[months], months), default=0)

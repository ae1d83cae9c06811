"""What currencies are worth in another, day by day. Pure: no clock, no database."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cached_property
from typing import Any

DAY = timedelta(days=1)
DECIMALS = Decimal("0.000000000001")
"""A rate that is an inverse or goes through a third currency is rounded once, half-even, to as
many decimals as rates on record have. Amounts at a rate are exact."""

Quotes = Mapping[date, Decimal]
"""Rates of one pair, each from its day until the next one's."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `day` for so many days, 1 of `currency` is worth `rate`."""

    currency: str
    day: date
    days: int
    rate: Decimal


@dataclass(frozen=True)
class Rates:
    """What contract currencies are worth in the company's, on any day: the day's rate, else the
    last known; before the first, the first."""

    quotes: Mapping[str, Quotes]

    @cached_property
    def _days(self) -> dict[str, list[date]]:
        return {currency: sorted(quotes) for currency, quotes in self.quotes.items()}

    def on(self, currency: str, day: date) -> Decimal:
        days = self._days[currency]
        return self.quotes[currency][days[max(bisect_right(days, day) - 1, 0)]]

    @property
    def last_day(self) -> date:
        """From then on all rates stay what they are."""
        return max((days[-1] for days in self._days.values()), default=date.min)

    def params(self, first: date, last: date) -> dict[str, list[Any]]:
        """What the relation `rate` reads, for the days `[first, last)`."""
        each = [
            (span.currency, span.day + DAY * number, span.rate)
            for span in self.within(first, last)
            for number in range(span.days)
        ]
        return {
            "currencies": [currency for currency, _, _ in each],
            "rate_days": [day for _, day, _ in each],
            "rates": [rate for _, _, rate in each],
        }

    def within(self, first: date, last: date) -> list[Span]:
        """The rates of every currency on the days `[first, last)`."""
        found: list[Span] = []
        for currency, quotes in self.quotes.items():
            days = [first, *(day for day in self._days[currency] if first < day < last)]
            for day, until in zip(days, [*days[1:], last], strict=True):
                rate = quotes.get(day) or self.on(currency, day)
                found.append(Span(currency, day, (until - day).days, rate))
        return found


def effective(
    rows: Iterable[tuple[str, str, date, Decimal]], codes: Iterable[str], own: str
) -> dict[str, Quotes]:
    """By currency; pure. A quote of a pair goes before its inverse on the same day, a pair's own
    quotes before a way through a third currency, of which the first by name is taken."""
    pairs: dict[tuple[str, str], dict[date, Decimal]] = defaultdict(dict)
    with localcontext(prec=60):
        rows = list(rows)
        for currency, base, day, rate in rows:
            pairs[base, currency][day] = 1 / rate
        for currency, base, day, rate in rows:
            pairs[currency, base][day] = rate
        found: dict[str, Quotes] = {}
        for code in codes:
            if code == own:
                found[code] = {date.min: Decimal(1)}
            elif (code, own) in pairs:
                found[code] = _rounded(pairs[code, own])
            else:
                third = sorted(
                    middle for one, middle in pairs if one == code and (middle, own) in pairs
                )
                if third:
                    through = pairs[code, third[0]], pairs[third[0], own]
                    found[code] = _rounded(_product(*through))
    return found


def _product(one: Quotes, other: Quotes) -> dict[date, Decimal]:
    legs = Rates({"one": one, "other": other})
    return {day: legs.on("one", day) * legs.on("other", day) for day in {*one, *other}}


def _rounded(quotes: Quotes) -> dict[date, Decimal]:
    return {day: rate.quantize(DECIMALS, ROUND_HALF_EVEN) for day, rate in quotes.items()}

"""How a place writes numbers, money and days, by the Unicode CLDR as Babel has it."""

from __future__ import annotations

import datetime as dt
from copy import copy
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_interval, format_skeleton, format_time
from babel.numbers import NumberPattern, format_compact_currency

from tenants import languages


class Notation:
    """One locale's. Numbers come rounded and without their sign, instants as local times."""

    def __init__(self, tag: str) -> None:
        self.locale = Locale.parse(tag, sep="-")
        self._patterns: dict[tuple[str, int], NumberPattern] = {}

    def number(self, size: Decimal, places: int) -> str:
        return str(self._pattern("plain", places).apply(size, self.locale))

    def share(self, size: Decimal, places: int) -> str:
        """A fraction as per cent."""
        return str(self._pattern("percent", places).apply(size, self.locale))

    def money(self, size: Decimal, currency: str, places: int) -> str:
        if not currency:
            return self.number(size, places)
        pattern = self._pattern("money", places)
        return str(pattern.apply(size, self.locale, currency=currency, currency_digits=False))

    def money_short(self, size: Decimal, currency: str, places: int) -> str:
        """Thousands and more in words or letters, where the locale has such: German has none for
        thousands."""
        power = str(10 ** (len(str(int(size))) - 1))
        short = self.locale.compact_currency_formats["short"]["other"].get(power)
        if not currency or short is None or short.pattern == "0":
            return self.money(size, currency, 0)
        return format_compact_currency(size, currency, locale=self.locale, fraction_digits=places)

    def day(self, day: dt.date) -> str:
        return format_skeleton("yMMMd", day, locale=self.locale)

    def day_of_month(self, day: dt.date) -> str:
        """A day without its year."""
        return format_skeleton("MMMd", day, locale=self.locale)

    def month(self, day: dt.date) -> str:
        return format_skeleton("yMMM", day, locale=self.locale)

    def quarter(self, day: dt.date) -> str:
        return format_skeleton("yQQQ", day, locale=self.locale)

    def time(self, time: dt.time | dt.datetime) -> str:
        return format_time(time, "short", locale=self.locale)

    def days(self, first: dt.date, last: dt.date) -> str:
        return format_interval(first, last, "yMMMd", locale=self.locale)

    def _pattern(self, of: str, places: int) -> NumberPattern:
        """The locale's own, with so many decimals."""
        found = self._patterns.get((of, places))
        if found is None:
            found = copy(self._standard(of))
            found.frac_prec = (places, places)
            self._patterns[of, places] = found
        return found

    def _standard(self, of: str) -> NumberPattern:
        found: NumberPattern
        match of:
            case "plain":
                found = self.locale.decimal_formats[None]
            case "percent":
                found = self.locale.percent_formats[None]
            case _money:
                found = self.locale.currency_formats["standard"]
        return found


@lru_cache(maxsize=64)
def notation_of(tag: str) -> Notation:
    return Notation(tag)


def current() -> Notation | None:
    """The notation in force; None: the portal's own."""
    tag = languages.notation()
    return notation_of(tag) if tag else None

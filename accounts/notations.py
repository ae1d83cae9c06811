"""How the portal by itself writes numbers, money and days, and how a place does, by the Unicode
CLDR as Babel has it.

A notation is given numbers rounded and without their sign, and instants as local times.
"""

from __future__ import annotations

import datetime as dt
from copy import copy
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_interval, format_skeleton, format_time
from babel.numbers import NumberPattern, format_compact_currency

from tenants import languages

NO_BREAK_SPACE = "\u00a0"
EN_DASH = "\u2013"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHORT = {3: "k", 6: "M", 9: "B"}
"""What stands for a power of ten behind a short number."""
SIGNS = {
    "AUD": "A$",
    "BRL": "R$",
    "CAD": "CA$",
    "CNY": "CN¥",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "ILS": "₪",
    "INR": "₹",
    "JPY": "¥",
    "KRW": "₩",
    "MXN": "MX$",
    "NZD": "NZ$",
    "PHP": "₱",
    "TWD": "NT$",
    "USD": "$",
    "VND": "₫",
}


def rounded(number: Decimal, places: int) -> Decimal:
    """The number with that many decimals, never a negative zero."""
    result = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def with_currency(amount: str, currency: str) -> str:
    """The sign before the amount where people know one, else the code."""
    sign = SIGNS.get(currency)
    if sign is not None:
        return f"{sign}{amount}"
    return f"{currency}{NO_BREAK_SPACE}{amount}" if currency else amount


class Own:
    """The portal's own: used without a locale, English without a country."""

    locale = None

    def number(self, size: Decimal, places: int) -> str:
        return f"{size:,.{places}f}"

    def share(self, size: Decimal, places: int) -> str:
        """A fraction as per cent."""
        return f"{self.number(size * 100, places)}{NO_BREAK_SPACE}%"

    def money(self, size: Decimal, currency: str, places: int) -> str:
        return with_currency(self.number(size, places), currency)

    def money_short(self, size: Decimal, currency: str, power: int, places: int) -> str:
        """In units of 10 to the `power`, one of SHORT; rounded here."""
        scaled = rounded(size.scaleb(-power), places)
        return with_currency(self.number(scaled, places) + SHORT[power], currency)

    def day(self, day: dt.date) -> str:
        return f"{self.day_of_month(day)} {day.year}"

    def day_of_month(self, day: dt.date) -> str:
        """A day without its year."""
        return f"{day.day} {MONTHS[day.month - 1]}"

    def month(self, day: dt.date) -> str:
        return f"{MONTHS[day.month - 1]} {day.year}"

    def quarter(self, day: dt.date) -> str:
        return f"Q{day.month // 3 + 1} {day.year}"

    def time(self, time: dt.time | dt.datetime) -> str:
        return f"{time:%H:%M}"

    def days(self, first: dt.date, last: dt.date) -> str:
        if (first.year, first.month) == (last.year, last.month):
            begin = str(first.day)
        elif first.year == last.year:
            begin = self.day_of_month(first)
        else:
            begin = self.day(first)
        return f"{begin} {EN_DASH} {self.day(last)}"


class Notation:
    """One locale's."""

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

    def money_short(self, size: Decimal, currency: str, power: int, places: int) -> str:
        """Thousands and more in words or letters, where the locale has such: German has none for
        thousands. `power`: of the portal's own; a locale has its own steps, like 10,000."""
        magnitude = str(10 ** (len(str(int(size))) - 1))
        short = self.locale.compact_currency_formats["short"]["other"].get(magnitude)
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


OWN = Own()


def current() -> Notation | Own:
    """The notation in force."""
    tag = languages.notation()
    return notation_of(tag) if tag else OWN

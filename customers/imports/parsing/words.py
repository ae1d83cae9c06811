"""Words with a fixed meaning: intervals and currencies."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from customers.imports.parsing.errors import BadValue, shown
from tenants.currencies import choices

_INTERVALS = {
    "day": "day days daily d 1d perday everyday dag dagelijks",
    "week": "week weeks weekly w 1w wk perweek everyweek 7days wekelijks",
    "month": "month months monthly m 1m mo mon mth permonth everymonth 1month monat monatlich"
    " mensuel mensual maand maandelijks permaand p1m",
    "quarter": "quarter quarters quarterly q 3m qtr perquarter everyquarter 3months 3month p3m"
    " vierteljährlich quartal kwartaal perkwartaal",
    "year": "year years yearly annual annually annum y a 1y yr peryear perannum everyyear 12months"
    " 12month 12m 1year p1y p12m jahr jährlich jaar jaarlijks perjaar",
}
_INTERVAL_OF = {word: key for key, words in _INTERVALS.items() for word in words.split()}
_NOT_LETTERS = re.compile(r"[^0-9a-zà-ÿ]+")

CURRENCIES = frozenset(code for _, group in choices() for code, _ in group)

# Signs that belong to a few currencies only; "$" and "kr" belong to many and say nothing.
_SIGNS: dict[str, frozenset[str]] = {
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP", "EGP", "FKP", "GIP", "LBP", "SHP", "SSP", "SYP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
    "₩": frozenset({"KRW", "KPW"}),
    "₺": frozenset({"TRY"}),
    "₽": frozenset({"RUB"}),
    "₴": frozenset({"UAH"}),
    "₫": frozenset({"VND"}),
    "₪": frozenset({"ILS"}),
    "₱": frozenset({"PHP"}),
    "zł": frozenset({"PLN"}),
    "Kč": frozenset({"CZK"}),
    "Ft": frozenset({"HUF"}),
    "US$": frozenset({"USD"}),
    "CA$": frozenset({"CAD"}),
    "A$": frozenset({"AUD"}),
    "R$": frozenset({"BRL"}),
    "$": frozenset(),
    "kr": frozenset(),
    "kr.": frozenset(),
    "Fr.": frozenset({"CHF"}),
}
_SIGNS_LONGEST_FIRST = sorted(_SIGNS, key=len, reverse=True)
_CODE = re.compile(r"\A(?P<before>[A-Z]{3})(?![A-Za-z])|(?<![A-Za-z])(?P<after>[A-Z]{3})\Z")


def take_currency_off(value: str) -> tuple[str, frozenset[str]]:
    """`value` without the sign or ISO code before or after it, and the currencies that may mean.

    An empty set: none was named, or one shared by many.
    """
    text = value.strip()
    match = _CODE.search(text)
    if match is not None:
        code = match["before"] or match["after"]
        if code in CURRENCIES:
            return _CODE.sub("", text, count=1).strip(), frozenset({code})
    for sign in _SIGNS_LONGEST_FIRST:
        if text.startswith(sign):
            return text.removeprefix(sign).strip(), _SIGNS[sign]
        if text.endswith(sign):
            return text.removesuffix(sign).strip(), _SIGNS[sign]
    return text, frozenset()


def parse_interval(value: str) -> str:
    """A key of customers.mrr.FACTORS; raises BadValue."""
    word = _NOT_LETTERS.sub("", value.lower())
    try:
        return _INTERVAL_OF[word]
    except KeyError:
        raise BadValue(
            _("{value} is not an interval; day, week, month, quarter and year are taken").format(
                value=shown(value)
            )
        ) from None


_YES = frozenset(["yes", "y", "true", "t", "1", "on", "ja", "oui", "sí", "si", "x"])
_NO = frozenset(["no", "n", "false", "f", "0", "off", "nein", "nee", "non"])


def parse_yes_no(value: str) -> bool:
    """True or False as people write them; raises BadValue."""
    word = value.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadValue(_("{value} is neither yes nor no").format(value=shown(value)))


def parse_currency(value: str) -> str:
    """An ISO 4217 code, in capitals; raises BadValue."""
    code = value.strip().upper()
    if code not in CURRENCIES:
        raise BadValue(
            _("{value} is not a currency code such as EUR or USD").format(value=shown(value))
        )
    return code

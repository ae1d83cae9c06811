"""How Vega writes numbers and days: as the notation in force does."""

from __future__ import annotations

import re
from typing import Any

from babel import Locale

from accounts.notations import current

# Unicode's letters of a date, as d3 names them.
_LETTERS = {
    "d": "%-d",
    "dd": "%d",
    "M": "%-m",
    "MM": "%m",
    "MMM": "%b",
    "MMMM": "%B",
    "y": "%Y",
    "L": "%-m",
    "LLL": "%b",
    "LLLL": "%B",
}
_PIECE = re.compile(r"'([^']*)'|([a-zA-Z])\2*")


def locale_config() -> dict[str, Any]:
    """For a spec's `config`; nothing in the portal's own notation, which is Vega's."""
    locale = current().locale
    return {"locale": _of(locale)} if locale else {}


def date_format(skeleton: str, usual: str) -> str:
    """The days of an axis or a tooltip: what the notation makes of `skeleton` (yMMMd), or in the
    portal's own the `usual` one."""
    locale = current().locale
    if locale is None:
        return usual
    pattern = locale.datetime_skeletons[skeleton].pattern
    return _PIECE.sub(lambda found: _LETTERS.get(found[0], found[1] or ""), pattern)


def _of(locale: Locale) -> dict[str, Any]:
    symbols = locale.number_symbols["latn"]
    first, others = locale.decimal_formats[None].grouping
    percent = locale.percent_formats[None].pattern
    months, days = locale.months["format"], locale.days["format"]
    week = (6, *range(6))  # d3 begins on Sundays
    return {
        "number": {
            "decimal": symbols["decimal"],
            "thousands": symbols["group"],
            "grouping": [first, *[others] * 6],
            "currency": ["", ""],
            "percent": "\u00a0%" if "\u00a0" in percent or "\u202f" in percent else "%",
        },
        "time": {
            "dateTime": "%c",
            "date": "%x",
            "time": "%X",
            "periods": ["AM", "PM"],
            "days": [days["wide"][day] for day in week],
            "shortDays": [days["abbreviated"][day] for day in week],
            "months": [months["wide"][month] for month in range(1, 13)],
            "shortMonths": [months["abbreviated"][month] for month in range(1, 13)],
        },
    }

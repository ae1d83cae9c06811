"""Days and months with the month's whole name, as headings of reports have them."""

from __future__ import annotations

import datetime as dt

from babel.dates import format_skeleton

from accounts.notations import current

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def long_month(day: dt.date) -> str:
    """ "October 2025"."""
    locale = current().locale
    if locale:
        return format_skeleton("yMMMM", day, locale=locale)
    return f"{MONTHS[day.month - 1]} {day.year}"


def long_day(day: dt.date) -> str:
    """ "13 October 2025"."""
    locale = current().locale
    if locale:
        return format_skeleton("yMMMMd", day, locale=locale)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"

"""Days as people write them.

The order of day and month is a property of a whole column: evidence is collected value by
value, and a column that could be read both ways is for a person to decide. It is never guessed
for one value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.notations import current
from customers.imports.parsing.errors import BadValue, shown

EARLIEST_YEAR, LATEST_YEAR = 1900, 2200


class DateOrder(StrEnum):
    """How a date made of three numbers is read. Year-first dates are read in every order."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


ORDER_LABELS = {
    DateOrder.DAY_FIRST: gettext_noop("day first (31/12/2025)"),
    DateOrder.MONTH_FIRST: gettext_noop("month first (12/31/2025)"),
}

_TIME = r"(?:[T ]+(?P<time>[0-9].*))?"
_YEAR_FIRST = re.compile(
    rf"(?P<y>[0-9]{{4}})(?P<s>[-/.])(?P<m>[0-9]{{1,2}})(?P=s)(?P<d>[0-9]{{1,2}}){_TIME}\Z"
)
_COMPACT = re.compile(rf"(?P<y>[0-9]{{4}})(?P<m>[0-9]{{2}})(?P<d>[0-9]{{2}}){_TIME}\Z")
_YEAR_LAST = re.compile(
    rf"(?P<a>[0-9]{{1,2}})(?P<s>[-/.])(?P<b>[0-9]{{1,2}})(?P=s)(?P<y>[0-9]{{4}}|[0-9]{{2}}){_TIME}\Z"
)
_DAY_NAME_MONTH = re.compile(
    rf"(?P<d>[0-9]{{1,2}})\.?[- ](?P<name>[A-Za-z]{{3,9}})\.?[-, ]+(?P<y>[0-9]{{4}}){_TIME}\Z"
)
_NAME_MONTH_DAY = re.compile(
    rf"(?P<name>[A-Za-z]{{3,9}})\.? (?P<d>[0-9]{{1,2}}),? (?P<y>[0-9]{{4}}){_TIME}\Z"
)
_CLOCK = re.compile(
    r"(?P<h>[0-9]{1,2}):(?P<min>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.,](?P<f>[0-9]{1,9}))?)?"
    r" ?(?P<half>[AaPp]\.?[Mm]\.?)?"
    r" ?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?)?\Z"
)
_MONTH_NAMES = (
    "january february march april may june july august september october november december"
)
_MONTHS = _MONTH_NAMES.split()


@dataclass
class DateEvidence:
    """What a column's values say about the order of day and month."""

    day_first_example: str = ""
    month_first_example: str = ""
    open_example: str = ""
    _seen: set[str] = field(default_factory=set, repr=False)

    def feed(self, value: str) -> None:
        """Takes one value into account; what is no date of three numbers says nothing."""
        if value in self._seen or value[4:5] == "-":  # year first says nothing
            return
        if len(self._seen) < 10_000:  # Columns of days repeat; remembering them is a short cut.
            self._seen.add(value)
        match = _YEAR_LAST.match(value.strip())
        if match is None:
            return
        first, second = int(match["a"]), int(match["b"])
        if first > 12 >= second or (match["s"] == "." and second <= 12):
            # Dots are written day first everywhere; 12.31.2025 stays evidence of the opposite.
            self.day_first_example = self.day_first_example or value
        elif second > 12 >= first:
            self.month_first_example = self.month_first_example or value
        elif first != second:
            self.open_example = self.open_example or value

    @property
    def order(self) -> DateOrder | None:
        """The column's order, or None where it must be asked for (see `question`)."""
        if self.question:
            return None
        if self.month_first_example:
            return DateOrder.MONTH_FIRST
        return DateOrder.DAY_FIRST

    @property
    def question(self) -> str:
        """Why the order must be asked for; empty when it need not be."""
        if self.day_first_example and self.month_first_example:
            return _("{day_first} is day first and {month_first} is month first").format(
                day_first=shown(self.day_first_example),
                month_first=shown(self.month_first_example),
            )
        if self.open_example and not (self.day_first_example or self.month_first_example):
            month_first = parse_day(self.open_example, DateOrder.MONTH_FIRST, UTC)
            day_first = parse_day(self.open_example, DateOrder.DAY_FIRST, UTC)
            return _("{value} can be read as {day_first} or as {month_first}").format(
                value=shown(self.open_example),
                day_first=_in_words(day_first),
                month_first=_in_words(month_first),
            )
        return ""


def parse_day(value: str, order: DateOrder, zone: tzinfo) -> date:
    """The day `value` names; an instant with an offset becomes the day it fell on in `zone`.

    Raises BadValue for anything else, and for years outside 1900-2200.
    """
    text = " ".join(value.split())
    for pattern, read in _PATTERNS:
        match = pattern.match(text)
        if match is not None:
            return _checked(value, read(match, order), match["time"], zone)
    raise BadValue(_("{value} is not a date; write it as 2025-12-31").format(value=shown(value)))


def day_parser(order: DateOrder, zone: tzinfo) -> Callable[[str], date]:
    """`parse_day` for one column, remembering what it has read."""

    @lru_cache(maxsize=20_000)
    def parse(value: str) -> date:
        return parse_day(value, order, zone)

    return parse


_Parts = tuple[int, int, int]


def _year_first(match: re.Match[str], order: DateOrder) -> _Parts:
    return int(match["y"]), int(match["m"]), int(match["d"])


def _year_last(match: re.Match[str], order: DateOrder) -> _Parts:
    year = int(match["y"])
    if len(match["y"]) == 2:
        if match["s"] == "-":
            raise BadValue(
                _("{value} has a year of two digits; write all four").format(
                    value=shown(match.string)
                )
            )
        year += 2000 if year < 70 else 1900
    first, second = int(match["a"]), int(match["b"])
    return (year, second, first) if order is DateOrder.DAY_FIRST else (year, first, second)


def _named_month(match: re.Match[str], order: DateOrder) -> _Parts:
    name = match["name"].lower()
    for number, month in enumerate(_MONTHS, start=1):
        if month.startswith(name):
            return int(match["y"]), number, int(match["d"])
    raise BadValue(
        _("{value} is not a date: there is no month {name}").format(
            value=shown(match.string), name=match["name"]
        )
    )


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], DateOrder], _Parts]], ...] = (
    (_YEAR_FIRST, _year_first),
    (_COMPACT, _year_first),
    (_YEAR_LAST, _year_last),
    (_DAY_NAME_MONTH, _named_month),
    (_NAME_MONTH_DAY, _named_month),
)


def parse_instant(value: str, order: DateOrder, zone: tzinfo) -> datetime:
    """The instant `value` names, in UTC; without an offset it is local to `zone`, without a time
    the beginning of the day there.

    Raises BadValue for anything else, and for years outside 1900-2200.
    """
    text = " ".join(value.split())
    for pattern, read in _PATTERNS:
        match = pattern.match(text)
        if match is not None:
            day = _day(value, read(match, order))
            return _at(value, day, match["time"], zone).astimezone(UTC)
    raise BadValue(
        _("{value} is not a date and time; write it as 2025-12-31 14:30").format(value=shown(value))
    )


def instant_parser(order: DateOrder, zone: tzinfo) -> Callable[[str], datetime]:
    """`parse_instant` for one column. The form that machines write is read fast."""

    def parse(value: str) -> datetime:
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            return parse_instant(value, order, zone)
        if not EARLIEST_YEAR < instant.year < LATEST_YEAR or value[4:5] != "-":
            return parse_instant(value, order, zone)
        if instant.tzinfo is None:
            return instant.replace(tzinfo=zone).astimezone(UTC)
        return instant

    return parse


def _checked(value: str, parts: _Parts, clock: str | None, zone: tzinfo) -> date:
    day = _day(value, parts)
    return day if clock is None else _at(value, day, clock, zone).date()


def _day(value: str, parts: _Parts) -> date:
    if not EARLIEST_YEAR <= parts[0] <= LATEST_YEAR:
        raise BadValue(
            _("{value} is outside the years {earliest_year} to {latest_year}").format(
                value=shown(value), earliest_year=EARLIEST_YEAR, latest_year=LATEST_YEAR
            )
        )
    try:
        return date(*parts)
    except ValueError:
        raise BadValue(
            _("{value} is not a date: there is no such day").format(value=shown(value))
        ) from None


def _at(value: str, day: date, clock: str | None, zone: tzinfo) -> datetime:
    """The instant of `clock` on `day`, in `zone`; a clock with an offset is brought there."""
    if clock is None:
        return datetime.combine(day, time(), zone)
    match = _CLOCK.match(clock)
    if match is None:
        raise BadValue(_("{value} has a time that can't be read").format(value=shown(value)))
    hour = int(match["h"])
    if match["half"]:
        if not 1 <= hour <= 12:
            raise BadValue(_("{value} has a time that can't be read").format(value=shown(value)))
        hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
    try:
        micros = int((match["f"] or "0").ljust(6, "0")[:6])
        at = time(hour, int(match["min"]), int(match["s"] or 0), micros)
        if match["zone"] is None:
            return datetime.combine(day, at, zone)
        return datetime.combine(day, at, _offset(match["zone"])).astimezone(zone)
    except (ValueError, OverflowError):
        raise BadValue(
            _("{value} has a time that can't be read").format(value=shown(value))
        ) from None


def _offset(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))


def _in_words(day: date) -> str:
    here = current()
    if here.locale:
        return here.day(day)
    return f"{day.day} {_MONTHS[day.month - 1].title()} {day.year}"

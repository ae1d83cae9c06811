"""How numbers, money and days are written for people.

A value in, plain text out, in the notation in force (`tenants.languages`): the reader's, else the
portal's own (comma for thousands, point for decimals, a no-break space before a unit). The minus
sign is a true one and stands first. Rounding is for display only and goes half away from zero.
None and "" (a variable the template engine did not find) are not values: every function returns ""
for them, and the filters show a dash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.notations import NO_BREAK_SPACE, current, rounded

Number = Decimal | int | float | str | None

MINUS = "\u2212"

# ISO 4217: the currencies whose smallest unit is not a hundredth.
MINOR_UNITS = {
    **dict.fromkeys(
        (
            *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"),
            *("UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}

Unit = Literal["share", "money", "count", "score", "ratio", "seconds", "hours", "days", "months"]


def unit_suffix(unit: str) -> str:
    """What stands after a number of this unit, "" for none."""
    match unit:
        case "seconds":
            sign = pgettext("unit", "s")
        case "hours":
            sign = pgettext("unit", "h")
        case "days":
            sign = pgettext("unit", "d")
        case "months":
            sign = pgettext("unit", "mo")
        case _other:
            return ""
    return f"{NO_BREAK_SPACE}{sign}"


def to_decimal(value: Number) -> Decimal | None:
    """The value as an exact decimal; None for None and "".

    Raises ValueError for what is not a finite number: showing it would hide a wrong calculation.
    """
    if value is None or value == "":
        return None
    try:
        # str() first: 0.1 is meant as 0.1, not as its binary neighbour.
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except ArithmeticError as error:
        raise ValueError(f"not a number: {value!r}") from error
    if not number.is_finite():
        raise ValueError(f"not a finite number: {value!r}")
    return number


def grouped(number: Decimal, places: int) -> str:
    """ "1,234.50": the size of a number without its sign."""
    return current().number(abs(rounded(number, places)), places)


def sign_of(number: Decimal, places: int, *, plus: bool) -> str:
    """The sign to write before a number shown with that many decimals."""
    shown = rounded(number, places)
    if shown < 0:
        return MINUS
    return "+" if plus and shown > 0 else ""


def format_number(value: Number, places: int | None = None, *, plus: bool = False) -> str:
    """ "7,043", "1.25": with the given decimals, else with as many as needed up to two."""
    number = to_decimal(value)
    if number is None:
        return ""
    decimals = 2 if places is None else places
    if places is None:
        shortest = rounded(number, decimals).normalize()
        decimals = max(0, -int(shortest.as_tuple().exponent))
    return sign_of(number, decimals, plus=plus) + grouped(number, decimals)


def minor_units(currency: str) -> int:
    """How many decimals amounts in this ISO 4217 currency have."""
    return MINOR_UNITS.get(currency, 2)


def format_money(value: Number, currency: str, *, plus: bool = False) -> str:
    """ "$419,206.80", "CHF 1,200.00", with the decimals the currency has."""
    number = to_decimal(value)
    if number is None:
        return ""
    places = minor_units(currency)
    written = current().money(abs(rounded(number, places)), currency, places)
    return sign_of(number, places, plus=plus) + written


def format_money_short(value: Number, currency: str, *, plus: bool = False) -> str:
    """ "$419.2k", "$4.19M": three or four figures; below a thousand, as `format_money`."""
    number = to_decimal(value)
    if number is None:
        return ""
    if abs(rounded(number, minor_units(currency))) < 1000:
        return format_money(number, currency, plus=plus)
    # Rounded before it is compared: 999,960 is 1.00M and not 1,000.0k.
    fitting = (
        (power, places)
        for power, places in ((3, 1), (6, 2))
        if abs(rounded(number.scaleb(-power), places)) < 1000
    )
    power, places = next(fitting, (9, 2))
    written = current().money_short(abs(number), currency, power, places)
    return sign_of(number.scaleb(-power), places, plus=plus) + written


def format_share(value: Number, places: int = 2, *, plus: bool = False) -> str:
    """A fraction as per cent: 0.2749 is "27.49 %"."""
    number = to_decimal(value)
    if number is None:
        return ""
    percent = number * 100
    written = current().share(abs(rounded(percent, places)) / 100, places)
    return sign_of(percent, places, plus=plus) + written


def format_share_short(value: Number) -> str:
    """The same with as many decimals as tell something: "27 %", "0.5 %"."""
    number = to_decimal(value)
    return format_share(value, 1 if number and abs(number) < Decimal("0.1") else 0)


def format_points(value: Number, places: int = 2) -> str:
    """A difference of two fractions in percentage points: 0.0031 is "+0.31 pp"."""
    number = to_decimal(value)
    if number is None:
        return ""
    points = number * 100
    sign = pgettext("percentage points", "pp")
    return f"{sign_of(points, places, plus=True)}{grouped(points, places)}{NO_BREAK_SPACE}{sign}"


def format_metric(value: Number, unit: str, currency: str = "") -> str:
    """A metric's value as its unit is written; ValueError for a unit nobody defined."""
    match unit:
        case "money":
            return format_money(value, currency)
        case "share":
            return format_share(value)
        case "count":
            return format_number(value)
        case "score":
            return format_number(value, 1)
        case "ratio":
            return format_number(value, 2)
        case "seconds":
            return format_duration(value)
        case "hours" | "days" | "months":
            text = format_number(value, 1)
            return f"{text}{unit_suffix(unit)}" if text else ""
    raise ValueError(f"no such unit: {unit!r}")


def duration(seconds: int, *, space: str = " ") -> str:
    """45 s; 12 min 5 s; 3 h 20 min: beside hours no seconds, and nothing that there is none of.
    `space`: between a number and its unit."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    second = pgettext("unit", "s")
    parts = [
        (hours, pgettext("unit", "h")),
        (minutes, pgettext("unit", "min")),
        (0 if hours else rest, second),
    ]
    written = (f"{format_number(part)}{space}{unit}" for part, unit in parts if part)
    return " ".join(written) or f"0{space}{second}"


def format_duration(seconds: Number) -> str:
    """ "45 s", "12 min 5 s", "3 h 20 min"."""
    number = to_decimal(seconds)
    if number is None:
        return ""
    words = duration(int(abs(rounded(number, 0))), space=NO_BREAK_SPACE)
    return sign_of(number, 0, plus=False) + words


def local_day(value: date | datetime) -> date:
    """The day of an instant in the active time zone; a day stays itself."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


def format_day(value: date | datetime | None) -> str:
    """ "22 Nov 2025"."""
    return current().day(local_day(value)) if value else ""


def format_day_of_month(value: date | datetime | None) -> str:
    """ "22 Nov": a day whose year is plain."""
    return current().day_of_month(local_day(value)) if value else ""


def format_month(value: date | datetime | None) -> str:
    """ "Nov 2025"."""
    return current().month(local_day(value)) if value else ""


def format_time(value: time | datetime | None) -> str:
    """ "14:05"; an instant's in the active time zone."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return current().time(value)


def format_moment(value: datetime | None) -> str:
    """ "22 Nov 2025, 14:05" in the active time zone."""
    if not value:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    notation = current()
    return f"{notation.day(local.date())}, {notation.time(local)}"


def format_period(start: date, end: date) -> str:
    """The name of the days from `start` up to, without, `end`: "2025", "Q3 2025", "Nov 2025",
    and otherwise its first and its last day."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if start.day == 1 and end.day == 1:
        if months == 12 and start.month == 1:
            return str(start.year)
        if months == 3 and start.month % 3 == 1:
            return current().quarter(start)
        if months == 1:
            return format_month(start)
    last = end - timedelta(days=1)
    return format_day(start) if last <= start else current().days(start, last)


@dataclass(frozen=True, slots=True)
class Change:
    """A value beside the one before it, in words and in which way it points."""

    text: str
    direction: Literal["up", "down", "flat"]
    tone: Literal["good", "bad", "neutral"]
    words: str


def change_between(
    value: Number, previous: Number, *, unit: Unit, currency: str = "", better: str = ""
) -> Change | None:
    """The change from `previous` to `value`; None where either is missing.

    Shares change by percentage points, money and counts by per cent of what was (by their
    difference where that was zero), everything else by its difference. `better` is "higher",
    "lower" or "" (neither is good).
    """
    now, before = to_decimal(value), to_decimal(previous)
    if now is None or before is None:
        return None
    difference = now - before
    if unit == "share":
        text = format_points(difference)
    elif unit in ("money", "count") and before != 0:
        text = format_share(difference / abs(before), 1, plus=True)
    elif unit == "money":
        text = format_money(difference, currency, plus=True)
    else:
        text = format_number(difference, None if unit == "count" else 1, plus=True)
        text += unit_suffix(unit)
    if not text.startswith(("+", MINUS)):
        return Change(text=_("No change"), direction="flat", tone="neutral", words=_("no change"))
    is_up = difference > 0
    tone: Literal["good", "bad", "neutral"] = "neutral"
    if better in ("higher", "lower"):
        tone = "good" if is_up == (better == "higher") else "bad"
    size = text.lstrip("+" + MINUS)
    words = _change_in_words(is_up=is_up, tone=tone).format(size=size)
    return Change(text=text, direction="up" if is_up else "down", tone=tone, words=words)


def _change_in_words(*, is_up: bool, tone: Literal["good", "bad", "neutral"]) -> str:
    match tone:
        case "good":
            return _("up {size}, better") if is_up else _("down {size}, better")
        case "bad":
            return _("up {size}, worse") if is_up else _("down {size}, worse")
    return _("up {size}") if is_up else _("down {size}")

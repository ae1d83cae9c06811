"""The value that an unfinished month is compared with, as the overview keeps it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from metrics.estimates import Number
from metrics.periods import Period
from metrics.series import Series, Value
from metrics.shared import Shared
from metrics.stored.numbers import as_kept, as_read

Json = dict[str, Any]


def comparable(found: Series) -> Json:
    """What has to be the same for a value to be one of the series."""
    return {
        "version": found.metric.version,
        "options": dict(found.options),
        "currency": found.currency,
    }


def written(value: Value) -> Json:
    """A total's numbers, as JSON has them."""
    numbers = ("value", "low", "high", "numerator", "denominator")
    return {
        **{name: _text(getattr(value, name)) for name in numbers},
        "n": value.n,
        "reason": value.reason,
        "is_small": value.is_small,
    }


def _text(number: Number | None) -> str | None:
    return None if number is None else str(as_kept(number))


def value_before(found: Series, before: Period, shared: Shared) -> Value | None:
    """The total of `found` in the period `before`, without its parts; None where it is not kept."""
    kept = shared.prepared
    if kept is None or shared.is_live:
        return None
    held = kept["before"]
    if (held["start"], held["end"]) != (str(before.start), str(before.end)):
        return None
    one = held["values"].get(found.metric.key)
    if one is None or any(one[name] != now for name, now in comparable(found).items()):
        return None
    return _read(one["numbers"], before, found)


def _read(numbers: Json, period: Period, found: Series) -> Value:
    def number(name: str) -> Decimal | None:
        return None if numbers[name] is None else Decimal(numbers[name])

    return Value(
        period=period,
        segment=None,
        value=as_read(number("value"), found.unit),
        low=as_read(number("low"), found.unit),
        high=as_read(number("high"), found.unit),
        numerator=number("numerator"),
        denominator=number("denominator"),
        n=numbers["n"],
        parts={},
        reason=numbers["reason"],
        is_small=numbers["is_small"],
    )

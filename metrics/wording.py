"""A value in words: the formula with its numbers put in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _

from accounts.formatting import duration, format_number
from accounts.notations import current
from metrics.contributions.flows import Flows
from metrics.estimates import Number
from metrics.series import Series, Value
from metrics.units import Unit
from metrics.words import said


def figure(value: Number, unit: Unit, currency: str | None) -> str:
    """As people read it: 419,206.80 USD; 27.49 %; 7,043; 30.0."""
    match unit:
        case Unit.MONEY:
            return f"{exact(value, 2)} {currency or ''}".strip()
        case Unit.SHARE:
            return f"{exact(100 * value, 2)} %"
        case Unit.COUNT:
            return exact(int(value), 0)
        case Unit.SCORE:
            return exact(value, 1)
        case Unit.RATIO:
            return exact(value, 2)
        case Unit.SECONDS:
            return duration(round(value))
        case Unit.HOURS:
            return _("{number} hours").format(number=exact(value, 1))
        case Unit.DAYS:
            return _("{number} days").format(number=exact(value, 1))
        case Unit.MONTHS:
            return _("{number} months").format(number=exact(value, 1))


def exact(value: Number, places: int) -> str:
    """With so many decimals, in the notation in force; in the portal's own with the hyphen that
    calculations have for a minus."""
    if current().locale is None:
        return f"{value:,.{places}f}"
    return format_number(value, places)


def whole_month(day: dt.date) -> str:
    """October 2027."""
    return date_format(day, "F Y")


def filled(found: Series, value: Value) -> str:
    """The formula of `value` with its numbers; the reason, where there is no value."""
    if value.value is None and value.numerator is None:
        return value.why
    measure = found.computation.measure
    result = _result(found, value)
    if isinstance(measure, Flows) and not measure.losses:
        return _movements(found, value)
    if "promoters" in value.parts and found.options.get("weight") == "contact":
        promoters, detractors = value.parts["promoters"], value.parts["detractors"]
        return _(
            "100 x ({promoters} promoters - {detractors} detractors) / {contacts} contacts {result}"
        ).format(
            promoters=exact(promoters, 0),
            detractors=exact(detractors, 0),
            contacts=exact(value.n, 0),
            result=result,
        )
    if found.computation.words is not None and value.sums is not None:
        return f"{found.computation.words(value.sums)} {result}"
    text = _quotient(found, value)
    scale = found.computation.scale
    if scale is not None:
        return _("c = {quotient}; {scale} with {days} days {result}").format(
            quotient=text, scale=scale.words, days=value.period.days, result=result
        )
    return f"{text} {result}"


def _result(found: Series, value: Value) -> str:
    if value.value is None:
        return _("has no value: {reason}").format(reason=value.why)
    return f"= {figure(value.value, found.unit, found.currency)}"


def _quotient(found: Series, value: Value) -> str:
    computation = found.computation
    over, _, under = computation.formula.partition(" / ")
    numerator = figure(value.numerator or Decimal(0), computation.numerator_unit, found.currency)
    if computation.denominator_unit is None or value.denominator is None:
        return over
    denominator = figure(value.denominator, computation.denominator_unit, found.currency)
    return f"{numerator} {_in_brackets(over)} / {denominator} {_in_brackets(under)}"


def _in_brackets(words: str) -> str:
    return words if words.startswith("(") and words.endswith(")") else f"({words})"


def _movements(found: Series, value: Value) -> str:
    """opening 100.00 + new 20.00 - churn 10.00 = closing 110.00"""
    unit = found.computation.parts_unit
    words: list[str] = []
    for name, amount in value.parts.items():
        if amount == 0 and name not in ("opening", "closing"):
            continue
        sign = {"opening": "", "closing": "="}.get(name, "+")
        if name in ("contraction", "pause", "churn", "paused", "churned"):
            sign = "-"
        words.append(f"{sign} {said(name)} {figure(amount, unit, None)}".strip())
    return " ".join(words)

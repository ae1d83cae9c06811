"""A value in words: the formula with its numbers put in."""

from __future__ import annotations

from decimal import Decimal

from metrics.contributions.flows import Flows
from metrics.estimates import Number
from metrics.series import Series, Value
from metrics.units import Unit, duration


def figure(value: Number, unit: Unit, currency: str | None) -> str:
    """As people read it: 419,206.80 USD; 27.49 %; 7,043; 30.0."""
    match unit:
        case Unit.MONEY:
            return f"{value:,.2f} {currency or ''}".strip()
        case Unit.SHARE:
            return f"{100 * value:,.2f} %"
        case Unit.COUNT:
            return f"{int(value):,}"
        case Unit.SCORE:
            return f"{value:,.1f}"
        case Unit.RATIO:
            return f"{value:,.2f}"
        case Unit.SECONDS:
            return duration(round(value))
        case Unit.HOURS | Unit.DAYS | Unit.MONTHS:
            return f"{value:,.1f} {unit.value}"


def filled(found: Series, value: Value) -> str:
    """The formula of `value` with its numbers; the reason, where there is no value."""
    if value.value is None and value.numerator is None:
        return value.reason or ""
    measure = found.computation.measure
    result = _result(found, value)
    if isinstance(measure, Flows) and not measure.losses:
        return _movements(found, value)
    if "promoters" in value.parts and found.options.get("weight") == "contact":
        promoters, detractors = value.parts["promoters"], value.parts["detractors"]
        net = f"{promoters:,} promoters - {detractors:,} detractors"
        return f"100 x ({net}) / {value.n:,} contacts {result}"
    if found.computation.words is not None and value.sums is not None:
        return f"{found.computation.words(value.sums)} {result}"
    text = _quotient(found, value)
    scale = found.computation.scale
    if scale is not None:
        return f"c = {text}; {scale.words} with {value.period.days} days {result}"
    return f"{text} {result}"


def _result(found: Series, value: Value) -> str:
    if value.value is None:
        return f"has no value: {value.reason}"
    return f"= {figure(value.value, found.unit, found.currency)}"


def _quotient(found: Series, value: Value) -> str:
    computation = found.computation
    over, _, under = computation.measure.formula.partition(" / ")
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
        words.append(f"{sign} {name} {figure(amount, unit, None)}".strip())
    return " ".join(words)

"""A value in words: the formula with its numbers put in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _

from accounts.formatting import duration, format_number, minor_units, to_decimal
from accounts.notations import current, rounded
from metrics.contributions.expansion import Expansion
from metrics.contributions.flows import flows_of
from metrics.contributions.lifetime import Lifetime
from metrics.contributions.standing import Standing
from metrics.estimates import Number
from metrics.part_names import plain
from metrics.series import Series, Value
from metrics.units import Unit
from metrics.words import said

HUNDRED = "100 x "
"""What the formula of a score begins with: its numerator is without it."""


def figure(value: Number, unit: Unit, currency: str | None) -> str:
    """As people read it: 419,206.80 USD; 27.49 %; 7,043; 30.0."""
    match unit:
        case Unit.MONEY:
            return f"{exact(value, minor_units(currency or ''))} {currency or ''}".strip()
        case Unit.SHARE:
            return f"{exact(100 * value, 2)} %"
        case Unit.COUNT:
            return format_count(value)
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
    """With so many decimals, rounded as everywhere, in the notation in force; in the portal's own
    with the hyphen that calculations have for a minus."""
    number = to_decimal(value)
    if current().locale is None and number is not None:
        return f"{rounded(number, places):,.{places}f}"
    return format_number(value, places)


def format_count(value: Number) -> str:
    """ "12", "12.5": all that is counted, halves too."""
    number = to_decimal(value)
    return "" if number is None else exact(number, 0 if number == round(number) else 2)


def whole_month(day: dt.date) -> str:
    """October 2027."""
    return date_format(day, "F Y")


def filled(found: Series, value: Value) -> str:
    """The formula of `value` with its numbers; the reason, where there is no value."""
    if value.value is None and value.numerator is None:
        return value.why
    computation = found.computation
    measure = computation.measure
    result = _result(found, value)
    if flows_of(measure) is not None:
        return _movements(found, value)
    match measure:
        case Expansion():
            return f"{_sum(found, value)} {result}"
        case Standing(factor=factor) if factor != 1 and value.numerator is not None:
            once = figure(value.numerator / factor, computation.numerator_unit, found.currency)
            return f"{factor} x {once} {result}"
        case Lifetime() if "months" in value.parts and value.value is not None:
            return _lifetime(found, value)
    if "promoters" in value.parts and found.options.get("weight") == "contact":
        promoters, detractors = value.parts["promoters"], value.parts["detractors"]
        return _(
            "100 x ({promoters} - {detractors}) (promoters - detractors)"
            " / {contacts} (contacts that answered) {result}"
        ).format(
            promoters=exact(promoters, 0),
            detractors=exact(detractors, 0),
            contacts=exact(value.n, 0),
            result=result,
        )
    if computation.words is not None and value.sums is not None:
        return f"{computation.words(value.sums)} {result}"
    text = _quotient(found, value)
    scale = computation.scale
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
    if computation.denominator_unit is None or value.denominator is None:
        return computation.formula
    over, _, under = computation.formula.partition(" / ")
    factor = HUNDRED if over.startswith(HUNDRED) else ""
    over = over.removeprefix(HUNDRED)
    numerator = figure(value.numerator or Decimal(0), computation.numerator_unit, found.currency)
    denominator = figure(value.denominator, computation.denominator_unit, found.currency)
    return f"{factor}{numerator} {_in_brackets(over)} / {denominator} {_in_brackets(under)}"


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
        words.append(f"{sign} {said(name)} {_part(amount, unit, found.currency)}".strip())
    return " ".join(words)


def _part(amount: Number, unit: Unit, currency: str | None) -> str:
    """Without the currency's code."""
    if unit is Unit.MONEY:
        return exact(amount, minor_units(currency or ""))
    return figure(amount, unit, None)


def _sum(found: Series, value: Value) -> str:
    """cross sell 100.00 + upsell 20.00"""
    unit = found.computation.parts_unit
    return " + ".join(
        f"{said(plain(name))} {_part(amount, unit, found.currency)}"
        for name, amount in value.parts.items()
    )


def _lifetime(found: Series, value: Value) -> str:
    """1,000.00 USD (MRR at the close) x 80.00 % (gross margin) x 12.500000 (expected months) / 10
    (customers at the close) = 1,000.00 USD; and what the months come from."""
    parts = value.parts
    text = _(
        "{mrr} (MRR at the close) x {margin} (gross margin) x {months} (expected months)"
        " / {customers} (customers at the close) {result}"
    ).format(
        mrr=figure(parts["mrr"], Unit.MONEY, found.currency),
        margin=figure(parts["margin"], Unit.SHARE, None),
        months=exact(parts["months"], 6),
        customers=figure(value.denominator or 0, Unit.COUNT, None),
        result=_result(found, value),
    )
    if "sbg_a" in parts:
        words = _("the months are the sBG model's: a = {a}, b = {b}")
        if found.options.get("lifetime") == "residual":
            words = _(
                "the months are the mean, by MRR, of what each customer has left by the sBG model:"
                " a = {a}, b = {b}"
            )
        return f"{text}; " + words.format(a=exact(parts["sbg_a"], 5), b=exact(parts["sbg_b"], 5))
    is_money = "lost_mrr" in parts
    lost, opening = ("lost_mrr", "opening_mrr") if is_money else ("lost", "openings")
    unit = Unit.MONEY if is_money else Unit.COUNT
    words = _("the months are by c = {lost} (lost) / {opening} (openings) = {churn}")
    return f"{text}; " + words.format(
        lost=figure(parts[lost], unit, found.currency),
        opening=figure(parts[opening], unit, found.currency),
        churn=figure(parts["churn"], Unit.SHARE, None),
    )

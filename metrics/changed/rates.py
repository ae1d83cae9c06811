"""What significantly changed, and which segment stands out."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from django.utils.translation import gettext as _

from accounts.formatting import format_metric, format_number
from metrics import estimates
from metrics.changed.sentence import Sentence, rows_of
from metrics.contributions.frame import UNKNOWN, Dimension, label_of
from metrics.definition import Direction, Metric
from metrics.figures import compared, interval_of, with_before
from metrics.intervals import Interval, difference
from metrics.limits import TooManyError
from metrics.periods import Period
from metrics.registry import metric
from metrics.series import Series, Value
from metrics.shared import Shared
from metrics.units import Unit
from metrics.values import series

WATCHED = {
    "customer_churn_rate": 92,
    "gross_revenue_churn_rate": 90,
    "net_revenue_retention": 88,
    "nps": 78,
    "csat": 72,
    "ces": 68,
    "health_score": 66,
}
"""What is told when it changed significantly, and how much that weighs."""

STANDS_OUT = "customer_churn_rate"
CONFIDENCE = 0.95


def about_rates(
    period: Period, before: Period, *, split: Dimension | None, shared: Shared
) -> list[Sentence]:
    found = [
        _changed(metric(key), weight, period, before, shared) for key, weight in WATCHED.items()
    ]
    if split is not None:
        found.append(_standing_out(period, split, shared))
    return [one for one in found if one is not None]


def _changed(
    of: Metric, weight: int, period: Period, before: Period, shared: Shared
) -> Sentence | None:
    """A value whose change since the period before leaves out 0, both of enough customers."""
    found, value, was = with_before(of, period, before, shared=shared)
    if value.is_small or was.is_small or not compared(value, was):
        return None
    ends = interval_of(value), interval_of(was)
    if ends[0] is None or ends[1] is None or value.value is None or was.value is None:
        return None
    now, then = float(value.value), float(was.value)
    by = difference(now, ends[0], then, ends[1])
    words = (
        _("{name} rose significantly, from {then} to {now}: by {span} (95\u00a0% interval).")
        if by.low > 0
        else _("{name} fell significantly, from {then} to {now}: by {span} (95\u00a0% interval).")
    )
    text = words.format(
        name=of.name,
        then=_figure(then, found),
        now=_figure(now, found),
        span=_span(by, found.unit),
    )
    good = Direction.HIGHER if by.low > 0 else Direction.LOWER
    tone = "neutral" if of.direction is Direction.NEITHER else "bad"
    return Sentence(
        text, rows_of(of.key, period), weight, of.key, "good" if of.direction is good else tone
    )


def _figure(value: float, found: Series) -> str:
    return format_metric(value, found.unit.value, found.currency or "")


def _span(by: Interval, unit: Unit) -> str:
    """The ends of a change without its sign, the smaller first."""
    factor = 100 if unit is Unit.SHARE else 1
    low, high = sorted(factor * abs(end) for end in (by.low, by.high))
    places = 2 if unit is Unit.SHARE else 1
    words = (
        _("{low} to {high} percentage points")
        if unit is Unit.SHARE
        else _("{low} to {high} points")
    )
    return words.format(low=format_number(low, places), high=format_number(high, places))


def _standing_out(period: Period, split: Dimension, shared: Shared) -> Sentence | None:
    """The segment whose churn is most unlike that of all others, beyond what chance does among as
    many segments (Bonferroni)."""
    of = metric(STANDS_OUT)
    if shared.computation(of).estimate is not estimates.share or shared.computation(of).scale:
        return None
    company = shared.company
    try:
        found = series(
            of, [period], company=company, as_of=shared.as_of, dimension=split, shared=shared
        )
    except TooManyError:
        return None
    total = found.totals[0]
    told = [
        value
        for value in found.values
        if value.segment not in (None, UNKNOWN)
        and value.n >= company.minimum_n
        and total.n - value.n >= company.minimum_n
    ]
    unlike = [(_unlike(value, total, len(told)), value) for value in told]
    beyond = [(abs(change), value) for change, value in unlike if change]
    if not beyond:
        return None
    # Of two alone each is as unlike the other: the smaller one stands out.
    _change, value = max(beyond, key=lambda pair: (pair[0], -pair[1].n))
    return _told(of, value, total, period, split)


def _told(of: Metric, value: Value, total: Value, period: Period, split: Dimension) -> Sentence:
    lost, here = _counts(value)
    rest_lost, rest = _rest(value, total)
    name = label_of(value.segment or "")
    is_worse = lost / here > rest_lost / rest
    text = _(
        "{name} stands out in {segment} ({split}): {share} ({lost} of {of}), elsewhere"
        " {rest_share} ({rest_lost} of {rest_of})."
    ).format(
        name=of.name,
        segment=name,
        split=split.label,
        share=format_metric(lost / here, "share"),
        lost=format_number(lost),
        of=format_number(here),
        rest_share=format_metric(rest_lost / rest, "share"),
        rest_lost=format_number(rest_lost),
        rest_of=format_number(rest),
    )
    href = rows_of(of.key, period, by=split.name, segment=value.segment or "")
    return Sentence(text, href, 70, "stands_out", "bad" if is_worse else "good")


def _counts(value: Value) -> tuple[int, int]:
    return int(value.numerator or 0), int(value.denominator or 0)


def _rest(value: Value, total: Value) -> tuple[int, int]:
    (lost, here), (all_lost, everybody) = _counts(value), _counts(total)
    return all_lost - lost, everybody - here


def _unlike(value: Value, total: Value, tests: int) -> float:
    """The difference of the segment's share from that of all others; 0 where chance does it."""
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / (2 * tests))
    one, other = _counts(value), _rest(value, total)
    if not one[1] or not other[1]:
        return 0.0
    here, there = one[0] / one[1], other[0] / other[1]
    by = difference(here, wilson_at(*one, z), there, wilson_at(*other, z))
    return here - there if by.low > 0 or by.high < 0 else 0.0


def wilson_at(numerator: int, denominator: int, z: float) -> Interval:
    """Wilson's interval (metrics.intervals.wilson) at another confidence: that of `z`."""
    share, weight = numerator / denominator, z * z / denominator
    centre = (share + weight / 2) / (1 + weight)
    reach = z / (1 + weight) * sqrt(share * (1 - share) / denominator + weight / 4 / denominator)
    return Interval(max(centre - reach, 0.0), min(centre + reach, 1.0))

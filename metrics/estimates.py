"""From sums to a value and its 95 % interval. Pure. Which takes which: docs/metrics.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils.translation import gettext_noop

from metrics import intervals
from metrics.contributions.rows import Sums
from metrics.intervals import Interval
from metrics.survival import Curve
from metrics.words import wording

PLACES = Decimal("0.0000000001")
"""Money that a division made is rounded once, half-even, to 10 decimals, as MRR is."""


FOREIGN = "in_other_currencies"
"""The part that counts costs or invoices which cannot be added to the others."""

COUNTED_ON, LEFT_OUT_ON = "answers_", "left_out_"
"""How parts begin that count answers on a scale: those counted, and those left out."""


TWO_SCALES = wording(gettext_noop("answers are on two scales, {one} and {other}"))
LEFT_OUT = wording(gettext_noop("answers left out, since only other scales count here: {scales}"))
ON_SCALE = wording(gettext_noop("{count} on {scale}"), is_part=True)
SCALE = wording(gettext_noop("{low} to {high}"), is_part=True)  # as scales are named
FOREIGN_COSTS = wording(
    gettext_noop("{count} costs are in another currency, without an exchange rate")
)
FOREIGN_INVOICES = wording(
    gettext_noop("{count} invoices are in another currency, without an exchange rate")
)
AT_LEAST = wording(gettext_noop("{reason}: at least {low}"))
SO_FAR = wording(gettext_noop("{share} % after {days} days"))

Number = Decimal | float | int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval; None where undefined, `reason` then says why."""

    value: Number | None
    low: Number | None = None
    high: Number | None = None
    reason: str | None = None


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(PLACES, ROUND_HALF_EVEN)


def _with(value: Number, interval: Interval | None, *, missing: str) -> Estimate:
    """The bounds hold the value to the last digit, which the one division rounds otherwise than
    the other."""
    if interval is None:
        return Estimate(value, reason=missing)
    return Estimate(value, min(value, interval.low), max(value, interval.high))


Estimator = Callable[[Sums], Estimate]
"""Gives the estimate of sums whose denominator is not zero."""


def total(sums: Sums) -> Estimate:
    """The numerator itself: an exact sum, no estimate of anything."""
    return Estimate(sums.y)


def count(sums: Sums) -> Estimate:
    return Estimate(int(sums.y))


def quotient(sums: Sums) -> Estimate:
    """Numerator by denominator, without an interval."""
    return Estimate(float(sums.y / sums.x))


def share(sums: Sums) -> Estimate:
    """A share whose numerator is among its denominator (Wilson)."""
    found = intervals.wilson(sums.y, sums.x)
    return _with(
        float(sums.y / sums.x), found, missing=gettext_noop("no interval: nobody to count")
    )


def share_on_one_scale(sums: Sums) -> Estimate:
    """As `share_of_answers`; none of answers on several scales (parts `answers_1_to_...`)."""
    scales = [scale for scale, _ in _by_scale(sums, COUNTED_ON)]
    if len(scales) > 1:
        return Estimate(
            None, reason=TWO_SCALES.format(one=scales[0], other=" and ".join(scales[1:]))
        )
    return share_of_answers(sums)


def share_of_answers(sums: Sums) -> Estimate:
    """As `share`; the reason says what is left out."""
    found = share(sums)
    left_out = answers_left_out(sums)
    return replace(found, reason="; ".join(filter(None, (found.reason, left_out))) or None)


def answers_left_out(sums: Sums) -> str:
    """How many answers are not counted, by scale (parts `left_out_1_to_...`), and why; empty
    where all are."""
    scales = [
        ON_SCALE.format(count=f"{count:,}", scale=scale)
        for scale, count in _by_scale(sums, LEFT_OUT_ON)
    ]
    if not scales:
        return ""
    return LEFT_OUT.format(scales=", ".join(scales))


def _by_scale(sums: Sums, prefix: str) -> list[tuple[str, Decimal]]:
    return [
        (name.removeprefix(prefix).replace("_", " "), answers)
        for name, answers in sums.parts.items()
        if name.startswith(prefix) and answers
    ]


def weighted_share(sums: Sums) -> Estimate:
    """A share of unequal customers (Wilson with n = (sum x)^2 / sum x^2)."""
    value = float(sums.y / sums.x)
    found = intervals.wilson_share(value, intervals.effective_n(sums.x, sums.xx))
    return _with(value, found, missing=gettext_noop("no interval: nobody to count"))


def ratio(sums: Sums) -> Estimate:
    """A ratio that may exceed 1 (linearised variance over customers)."""
    found = intervals.ratio(sums.n, sums.y, sums.x, sums.yy, sums.xy, sums.xx)
    return _with(float(sums.y / sums.x), found, missing=TOO_FEW)


def mean_score(sums: Sums) -> Estimate:
    """As `ratio`, of scores from 0 to 100; the interval is cut there."""
    found = ratio(sums)
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 100.0))


def mean_per_day(sums: Sums) -> Estimate:
    """The numerator by the part `days`, without an interval; a cell without rows has 0."""
    return Estimate(float(sums.y / sums.parts["days"]) if sums.y else 0.0)


def ratio_per_day(sums: Sums) -> Estimate:
    """As `ratio`, of the numerator by the part `days`."""
    days = float(sums.parts["days"])
    found = intervals.ratio(sums.n, sums.y, sums.x, sums.yy, sums.xy, sums.xx)
    per_day = Interval(found.low / days, found.high / days) if found else None
    return _with(float(sums.y / sums.x) / days, per_day, missing=TOO_FEW)


def median(sums: Sums) -> Estimate:
    """The median of the rows (binomial order statistics)."""
    if sums.middle is None:
        return Estimate(None, reason=gettext_noop("no rows to take the median of"))
    if sums.middle.low is None or sums.middle.high is None:
        return Estimate(sums.middle.value, reason=gettext_noop("no interval: it takes six"))
    return Estimate(sums.middle.value, sums.middle.low, sums.middle.high)


def mean_money(sums: Sums) -> Estimate:
    """Money per customer (linearised variance over customers)."""
    found = intervals.ratio(sums.n, sums.y, sums.x, sums.yy, sums.xy, sums.xx)
    value = rounded(sums.y / sums.x)
    if found is None:
        return Estimate(value, reason=TOO_FEW)
    low, high = rounded(Decimal(found.low)), rounded(Decimal(found.high))
    return Estimate(value, min(value, low), max(value, high))


def mean_billed(sums: Sums) -> Estimate:
    """Money billed per customer; no value where there were no invoices yet (no parts)."""
    if not sums.parts:
        return Estimate(None, reason=gettext_noop("no invoices on record by then"))
    reason = _unknown(sums, FOREIGN_INVOICES)
    return Estimate(None, reason=reason) if reason else mean_money(sums)


def _unknown(sums: Sums, words: str = FOREIGN_COSTS) -> str:
    """Why costs have no sum; empty where they have."""
    count = sums.parts.get(FOREIGN)
    if count:
        return words.format(count=count)
    return sums.empty_reason


def cost_each(sums: Sums) -> Estimate:
    """Money per customer, without an interval: costs are added up."""
    reason = _unknown(sums)
    return Estimate(None, reason=reason) if reason else Estimate(rounded(sums.y / sums.x))


def cost_ratio(sums: Sums) -> Estimate:
    """Money by money, where one is costs."""
    reason = _unknown(sums)
    return Estimate(None, reason=reason) if reason else Estimate(float(sums.y / sums.x))


def lifetime_value(sums: Sums) -> Estimate:
    """Money per customer; `sums` may say why there is none, and what it is at the least."""
    reason = getattr(sums, "reason", "")
    if not reason:
        return Estimate(rounded(sums.y / sums.x))
    at_least = getattr(sums, "at_least", None)
    if at_least is None:
        return Estimate(None, reason=reason)
    low = rounded(at_least / sums.x)
    return Estimate(None, low=low, reason=AT_LEAST.format(reason=reason, low=f"{low:,.2f}"))


def lifetime_to_cost(sums: Sums) -> Estimate:
    reason = getattr(sums, "reason", "")
    return Estimate(None, reason=reason) if reason else cost_ratio(sums)


def median_time(sums: Sums) -> Estimate:
    """Days by which half got there, with the log-log interval of the curve; none when under half
    did: the reason then says how many, after how long."""
    found: Curve | None = getattr(sums, "curve", None)
    reason = getattr(sums, "reason", "")
    if reason or found is None:
        return Estimate(None, reason=reason)
    median = found.quantile(0.5)
    if median is None:
        return Estimate(
            None, reason=SO_FAR.format(share=f"{100 * found.share:.0f}", days=f"{found.last:,}")
        )
    low, high = found.bounds(0.5)
    reason = (
        ""
        if high is not None
        else gettext_noop("no upper bound: too few were followed for long enough")
    )
    return Estimate(median, low, high, reason or None)


def summed_daily(sums: Sums) -> Estimate:
    """A sum of daily rates: already divided, day by day."""
    return Estimate(float(sums.y))


def net_promoter(sums: Sums) -> Estimate:
    """Points: % promoters - % detractors (adjusted Wald)."""
    promoters, detractors = int(sums.parts["promoters"]), int(sums.parts["detractors"])
    found = intervals.net_promoter(promoters, detractors, sums.n)
    return _with(
        float(100 * sums.y / sums.x), found, missing=gettext_noop("no interval: nobody answered")
    )


def weighted_net_promoter(sums: Sums) -> Estimate:
    """Points, with weights: Wilson's interval of (score + 100) / 200 with the effective n."""
    value = float(sums.y / sums.x)
    found = intervals.wilson_share((value + 1) / 2, intervals.effective_n(sums.x, sums.xx))
    points = Interval(200 * found.low - 100, 200 * found.high - 100) if found else None
    return _with(100 * value, points, missing=gettext_noop("no interval: nobody answered"))


TOO_FEW = gettext_noop("no interval: it takes two customers")

_WEIGHTED = "with n = (sum x)^2 / sum x^2"
_LINEARISED = "linearised ratio variance over customers"
KINDS: Mapping[Estimator, str] = {
    share: "Wilson",
    share_on_one_scale: "Wilson",
    share_of_answers: "Wilson",
    weighted_share: f"Wilson {_WEIGHTED}",
    ratio: _LINEARISED,
    mean_score: f"{_LINEARISED}, cut at 0 and 100",
    ratio_per_day: _LINEARISED,
    mean_money: _LINEARISED,
    mean_billed: _LINEARISED,
    median: "binomial order statistics",
    median_time: "log-log of the Aalen-Johansen curve",
    net_promoter: (
        "adjusted Wald: 3/4 added to promoters and to detractors, 3 to n, widened to hold the score"
    ),
    weighted_net_promoter: f"Wilson {_WEIGHTED}, of (score + 100) / 200",
}
"""What kind of interval an estimate has; those that are not named have none."""

SHARES = frozenset({share, share_on_one_scale, share_of_answers, weighted_share})
"""Those that are between 0 and 1."""

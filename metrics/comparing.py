"""A metric by the company's settings and by each preset, and which option makes the difference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from metrics.choosing import own_options
from metrics.definition import Metric
from metrics.estimates import Number
from metrics.options import Option
from metrics.periods import Period
from metrics.presets import Preset, presets
from metrics.series import Series
from metrics.values import series
from metrics.words import said
from tenants.models import Company

DIGITS = 60
"""So many that the differences of two values are exact."""


@dataclass(frozen=True)
class Step:
    """One option switched from the company's value to the preset's, after those before it.

    `part`: by how much the value changed. None where it is not defined before or after.
    """

    option: Option
    before: str
    after: str
    value: Number | None
    part: Decimal | None


@dataclass(frozen=True)
class Comparison:
    """A preset's number beside the company's. The steps' parts add up to `difference`, exactly.

    `reason`: why there is no difference to tell.
    """

    preset: Preset
    series: Series
    steps: list[Step]
    difference: Decimal | None
    reason: str

    @property
    def why(self) -> str:
        """The `reason` in the reader's language."""
        return said(self.reason)


@dataclass(frozen=True)
class Compared:
    """The company's own number and what each preset makes of it."""

    own: Series
    comparisons: list[Comparison]


def compare(metric: Metric, period: Period, *, company: Company, as_of: dt.date) -> Compared:
    """Options are switched one by one, in the order the metric names them.

    Computes the metric once for each way to set its options that the steps pass through.
    """
    held = metric.choose(own_options(metric))
    computed: dict[tuple[tuple[str, str], ...], Series] = {}

    def at(options: Mapping[str, str]) -> Series:
        key = tuple(sorted(options.items()))
        if key not in computed:
            computed[key] = series(metric, [period], company=company, as_of=as_of, options=options)
        return computed[key]

    # The company's own once more as such, so that it says who chose what.
    own = series(metric, [period], company=company, as_of=as_of)
    computed[tuple(sorted(held.items()))] = own
    found = [_compared(metric, held, one, at) for one in presets() if one.of(metric)]
    return Compared(own, found)


def _compared(
    metric: Metric,
    held: Mapping[str, str],
    preset: Preset,
    at: Callable[[Mapping[str, str]], Series],
) -> Comparison:
    steps: list[Step] = []
    now, before = dict(held), at(held)
    first = before
    for option in metric.options:
        wanted = preset.of(metric).get(option.name, now[option.name])
        if wanted == now[option.name]:
            continue
        was, now[option.name] = now[option.name], wanted
        after = at(now)
        value = after.totals[0].value
        part = difference(before.totals[0].value, value)
        steps.append(Step(option, was, wanted, value, part))
        before = after
    whole = difference(first.totals[0].value, before.totals[0].value)
    reason = next(
        (s.totals[0].reason or "" for s in (first, before) if s.totals[0].value is None), ""
    )
    return Comparison(preset, before, steps, whole, reason)


def difference(before: Number | None, after: Number | None) -> Decimal | None:
    """`after - before` of the numbers as they are written, exactly, so that differences add up."""
    if before is None or after is None:
        return None
    with localcontext() as context:
        context.prec = DIGITS
        return Decimal(str(after)) - Decimal(str(before))

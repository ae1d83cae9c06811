"""Key figures in words, as mails and documents show them: the same numbers as the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.formatting import format_metric, format_number
from metrics import figures
from metrics.contributions.frame import Dimension, Split
from metrics.definition import Direction, Metric
from metrics.estimates import Number
from metrics.limits import TooManyError
from metrics.pickers import Chosen
from metrics.registry import metric
from metrics.series import Series, Value
from metrics.shared import Shared
from metrics.units import Unit
from metrics.values import series

OWNER = "owner"
MINUS = "\u2212"
DASH = "\u2013"
BY_DIFFERENCE = {Unit.SCORE: 1, Unit.RATIO: 2, Unit.DAYS: 1, Unit.HOURS: 1}
"""Decimals of their differences."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A figure in words. `tone`: good, bad or neutral. `is_significant`: None where no interval
    says so. `reason`: why there is no value, where there is none."""

    key: str
    name: str
    value: str
    before: str
    change: str
    tone: str
    is_significant: bool | None
    interval: str
    n: int
    n_label: str
    is_small: bool
    is_partial: bool
    reason: str

    @property
    def change_words(self) -> str:
        """What screen readers and plain text say of the change."""
        if not self.change:
            return ""
        words = {
            True: _("{change} from {before}, significant"),
            False: _("{change} from {before}, not significant"),
            None: _("{change} from {before}"),
        }[self.is_significant]
        return words.format(change=self.change, before=self.before)


@dataclass(frozen=True)
class Lines:
    """The lines asked for. `segment`: whose customers' they are ("" for everybody's)."""

    lines: list[Line]
    segment: str = ""


def lines_of(
    keys: Sequence[str], chosen: Chosen, *, shared: Shared, owners: Sequence[str] | None = None
) -> Lines:
    """The figures of the company, or with `owners` (names in lower case) of their customers. Where
    there are too many owners to tell apart, the company's."""
    if owners:
        try:
            return _owned(keys, chosen, shared, owners)
        except TooManyError:
            pass
    found = [_totals(key, chosen, shared) for key in keys]
    return Lines([line_of(one, before, value) for one, before, value in found])


def _totals(key: str, chosen: Chosen, shared: Shared) -> tuple[Series, Value, Value]:
    found = series(
        metric(key), chosen.with_before, company=shared.company, as_of=shared.as_of, shared=shared
    )
    return found, found.totals[0], found.totals[-1]


def _owned(keys: Sequence[str], chosen: Chosen, shared: Shared, owners: Sequence[str]) -> Lines:
    lines: list[Line] = []
    segment = ""
    for key in keys:
        found = series(
            metric(key),
            chosen.with_before,
            company=shared.company,
            as_of=shared.as_of,
            dimension=Dimension(Split.ATTRIBUTE, OWNER),
            shared=shared,
        )
        named = [name for name in found.segments if name.lower() in owners]
        if not named:
            continue
        # Customers may name one person by address and by name: the more usual of the two.
        name = segment or max(named, key=lambda one: found.of(one)[-1].n)
        segment = name
        values = found.of(name)
        if values:
            lines.append(line_of(found, values[0], values[-1]))
    return Lines(lines, segment)


def line_of(found: Series, before: Value, value: Value) -> Line:
    """A value beside the one before it, in words."""
    unit, currency = found.unit, found.currency
    change, tone = change_of(value.value, before.value, unit, found.metric)
    return Line(
        key=found.metric.key,
        name=found.metric.name,
        value=words_of(value.value, unit, currency),
        before=words_of(before.value, unit, currency),
        change=change,
        tone=tone,
        is_significant=figures.compared(value, before) if change else None,
        interval=interval_of(value, unit, currency),
        n=value.n,
        n_label=found.metric.n_label(value.n),
        is_small=value.is_small,
        is_partial=value.period.is_partial,
        reason="" if value.value is not None else (value.why or _("no value")),
    )


def words_of(value: Number | None, unit: Unit, currency: str | None) -> str:
    """As pages write it; a dash for nothing."""
    return DASH if value is None else format_metric(value, unit.value, currency or "")


def interval_of(value: Value, unit: Unit, currency: str | None) -> str:
    if value.value is None or value.low is None or value.high is None:
        return ""
    low, high = (words_of(end, unit, currency) for end in (value.low, value.high))
    return _("{low} to {high}").format(low=low, high=high)


def change_of(
    value: Number | None, before: Number | None, unit: Unit, of: Metric
) -> tuple[str, str]:
    """The change in words and its tone; nothing where the two cannot be compared. Shares change by
    percentage points, scores and times by their difference, all else by a share."""
    if value is None or before is None:
        return "", "neutral"
    difference = float(value) - float(before)
    if unit is Unit.SHARE:
        sign = pgettext("percentage points", "pp")
        size = f"{format_number(abs(100 * difference), 2)} {sign}"
    elif unit in BY_DIFFERENCE:
        size = format_number(abs(difference), BY_DIFFERENCE[unit])
    elif not before:
        return "", "neutral"
    else:
        size = f"{format_number(abs(100 * difference / float(before)), 1)} %"
    if not difference:
        return f"±{size}", "neutral"
    text = f"{'+' if difference > 0 else MINUS}{size}"
    if of.direction is Direction.NEITHER:
        return text, "neutral"
    is_good = (difference > 0) == (of.direction is Direction.HIGHER)
    return text, "good" if is_good else "bad"

"""What changed in a period, in plain sentences computed from the movements and the values.

Every number said is the metric's own for that period, rounded for reading, and each sentence leads
to its rows. Nothing is said where there is nothing to say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from metrics.changed.aims import about_goals
from metrics.changed.moves import about_movements
from metrics.changed.rates import about_rates
from metrics.changed.sentence import Sentence
from metrics.contributions.frame import Dimension, Split
from metrics.dimensions import is_attribute
from metrics.periods import Grain, Period, advance, previous
from metrics.pickers import grain_of
from metrics.shared import Shared
from tenants.models import Company

__all__ = ["Sentence", "of_figures", "sentences", "with_goals"]

ATTRIBUTES = ("segment", "industry", "region", "channel", "stage")
"""Those that customers are told apart by; the first that the company has."""


def sentences(
    company: Company,
    period: Period,
    *,
    as_of: dt.date,
    shared: Shared | None = None,
    before: Period | None = None,
) -> list[Sentence]:
    """What changed in `period`, the weightiest first. `before`: what it is compared with; None: the
    period before it, as `metrics.periods.previous` has it. Some queries for each rule."""
    if not period.is_begun:
        return []
    shared = shared or Shared(company, as_of)
    before = before or _before(period, as_of=as_of, week_start=company.week_start)
    return with_goals(of_figures(period, before, shared=shared), period, shared=shared)


def of_figures(period: Period, before: Period, *, shared: Shared) -> list[Sentence]:
    """Those that follow from facts alone, so that they may be made ahead."""
    if not period.is_begun:
        return []
    split = _split()
    found = about_movements(period, split=split, shared=shared)
    return found + about_rates(period, before, split=split, shared=shared)


def with_goals(found: Iterable[Sentence], period: Period, *, shared: Shared) -> list[Sentence]:
    """With those about goals, the weightiest first."""
    said = [*found, *(about_goals(period, shared=shared) if period.is_begun else ())]
    return sorted(said, key=lambda one: -one.weight)


def _split() -> Dimension | None:
    for key in ATTRIBUTES:
        if is_attribute(key):
            return Dimension(Split.ATTRIBUTE, key)
    return None


def _before(period: Period, *, as_of: dt.date, week_start: int) -> Period:
    """An unfinished period is taken for the shortest of the calendar that it can be."""
    if not period.is_partial:
        return previous(period, grain_of(period, week_start=week_start), week_start=week_start)
    for grain in (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        whole = Period(period.start, advance(period.start, grain))
        if whole.end > as_of and grain_of(whole, week_start=week_start) is grain:
            return previous(period, grain, week_start=week_start)
    return previous(period, Grain.RANGE)

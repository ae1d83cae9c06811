"""Making and keeping values: all of them, or those that changed facts can have changed.

Metrics over the ledger are brought up to date by what the changed customers add to their sums
(metrics.contributions.sweep); all others are made again from the first month that a fact they
read changed in. Either way comes out as making all of them again would.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.utils import timezone

from metrics import dimensions, registry
from metrics.contributions.flows import Flows, WithFlows
from metrics.contributions.frame import WHOLE, Dimension, Frame, Split
from metrics.contributions.lifetime import MONTHS, Lifetime, Method
from metrics.contributions.rate import Rate
from metrics.contributions.rows import Measure
from metrics.contributions.standing import Standing
from metrics.contributions.sweep import FIRST_DAY, Amounts, Key, Swept, difference, sweep
from metrics.definition import CONTRACTS, Metric
from metrics.limits import TooManyError
from metrics.models import (
    MetricSettings,
    Movement,
    StoredCell,
    StoredSeries,
    StoredSplit,
    StoreState,
)
from metrics.periods import Grain, Period, advance, as_of_day, floor
from metrics.shared import Shared
from metrics.stored import cells
from metrics.stored.changes import Changes
from metrics.stored.fingerprint import fingerprint
from metrics.stored.moved import moved_keys
from metrics.stored.parts import rates_of
from metrics.stored.writing import Cause, Run
from metrics.values import computed
from tenants.models import Company

MOST_MONTHS = 120
FEWEST_MONTHS = 36


@dataclass
class Store:
    """The kept values of a company, in one transaction that holds the ledger's lock."""

    company: Company
    as_of: dt.date
    state: StoreState | None
    splits: list[str]
    """What is kept by segment, as in `by=`."""
    is_again: bool = False
    """Whether everything is made again."""
    _before: dict[Dimension, Swept] = field(default_factory=dict)
    _moved: frozenset[str] = frozenset()
    _has_other_segments: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, company: Company) -> Store:
        state = StoreState.objects.first()
        return cls(company, company.today(), state, kept_splits())

    @property
    def is_current(self) -> bool:
        """Whether what is kept is of today and of the present settings."""
        return (
            self.has_present_settings and self.state is not None and self.state.as_of == self.as_of
        )

    @property
    def has_present_settings(self) -> bool:
        return self.state is not None and self.state.fingerprint == self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        return fingerprint(self.shared, self._common)

    @cached_property
    def shared(self) -> Shared:
        return Shared(self.company, self.as_of, is_live=True)

    @cached_property
    def first(self) -> dt.date:
        """The first month kept: that of the first movement, within limits; never a later one than
        was."""
        held = self.state.first if self.state is not None else None
        if held is not None and not self.is_again:
            return held
        this = floor(self.as_of, Grain.MONTH)
        begun = Movement.objects.order_by("day").values_list("day", flat=True).first()
        months = [advance(this, Grain.MONTH, -FEWEST_MONTHS), held]
        months += [floor(begun, Grain.MONTH)] if begun else []
        return max(min(month for month in months if month is not None), self._earliest)

    @property
    def _earliest(self) -> dt.date:
        return advance(floor(self.as_of, Grain.MONTH), Grain.MONTH, -MOST_MONTHS)

    def _has_begun_earlier(self, deltas: Mapping[str, Mapping[Key, Amounts]]) -> bool:
        """Whether there may be movements now in a month before the first kept."""
        if self.first <= self._earliest:
            return False
        return any(day < self.first for delta in deltas.values() for _, day, _ in delta)

    @cached_property
    def months(self) -> list[Period]:
        return self._months_from(self.first)

    def _months_from(self, first: dt.date) -> list[Period]:
        found: list[Period] = []
        while first <= self.as_of:
            after = advance(first, Grain.MONTH)
            found.append(as_of_day(Period(first, after), self.as_of))
            first = after
        return found

    def _dimension(self, by: str, metric: Metric) -> Dimension | None:
        """What a split is to a metric; None where it has none of that name."""
        if metric.splits and set(by.split(",")) & set(metric.splits):
            return _dimension(by, metric)
        return self._common[by]

    @cached_property
    def _common(self) -> dict[str, Dimension | None]:
        """What the splits are to metrics that have none of that name of their own."""
        return {"": WHOLE, **{by: _dimension(by) for by in self.splits}}

    @cached_property
    def swept_dimensions(self) -> dict[str, Dimension]:
        """Those that the ledger is swept in, by name; none where amounts have to be converted."""
        if self.shared.currency(converts=True).rates is not None:
            return {}
        return {by: one for by, one in self._common.items() if one is not None}

    @cached_property
    def rates(self) -> list[Rate]:
        """The rates that metrics are made from, with the company's options."""
        return rates_of(
            metric.compute(metric.choose(self.shared.own_options(metric)))
            for metric in registry.metrics()
        )

    def _sweep(
        self, chosen: Sequence[Dimension], customers: Sequence[int] | None = None
    ) -> dict[Dimension, Swept]:
        lead_in = advance(self.first, Grain.MONTH, -MONTHS)
        frame = Frame(
            self._months_from(lead_in), WHOLE, self.company.timezone, self.as_of, customers
        )
        return {one: sweep(replace(frame, dimension=one), self.rates) for one in chosen}

    def note_before(self, changes: Changes) -> None:
        """Before the movements of these customers are made anew: what they add to the sums."""
        if not self.is_current or changes.is_sweeping or not changes.of_ledger:
            return
        known = Movement.objects.filter(customer_id__in=changes.of_customers)
        self._moved = moved_keys(
            known.values("customer_id"), since=self.state.looked_at if self.state else None
        )
        told = [one for one in self.swept_dimensions.values() if not self._has_moved(one)]
        self._before = self._sweep(told, changes.of_ledger)

    def _has_moved(self, dimension: Dimension) -> bool:
        """Whether customers may stand in other segments than when the sums kept were made."""
        return any(attribute in self._moved for attribute in dimension.attributes)

    def update(self, changes: Changes) -> None:
        """After they were: bring what is kept up to date."""
        if not self.is_current or changes.is_sweeping:
            self.remake(changes)
        elif changes.rows:
            self._refresh(changes)

    def remake(self, changes: Changes | None = None) -> None:
        """Make everything again, with all splits that were asked for."""
        replace(self, splits=asked_splits(), is_again=True)._remake(changes or Changes())

    def _remake(self, changes: Changes) -> None:
        run = self._run(changes)
        swept = self._sweep(list(self.swept_dimensions.values()))
        cells.replace_all(dict(zip(self.swept_dimensions, swept.values(), strict=True)))
        for metric in registry.metrics():
            for by in ("", *self.splits):
                self._keep(run, metric, by, self.months, swept)
        run.drop_the_rest()
        self._note(run, is_remade=True)

    def _keep(
        self,
        run: Run,
        metric: Metric,
        by: str,
        months: Sequence[Period],
        swept: Mapping[Dimension, Swept],
    ) -> None:
        dimension = self._dimension(by, metric)
        if dimension is None or not months:
            return
        try:
            found, sums = computed(
                metric, months, dimension=dimension, shared=self.shared, swept=swept
            )
        except TooManyError:
            return  # too many segments for any answer: not kept either
        run.keep(found, set(sums), by=by, first=self.first)

    def add_missing(self) -> None:
        """Keep the splits that were asked for and are not kept yet."""
        wider = replace(self, splits=asked_splits())
        run = wider._run(Changes())
        for by in set(wider.splits) - set(self.splits):
            wider._add(run, by)
        run.finish()
        kept = replace(self, splits=kept_splits())
        StoreState.objects.update(fingerprint=kept._fingerprint)

    def forget(self, by: str) -> None:
        """Keep a split no longer."""
        was_present = self.has_present_settings
        for held in (StoredSplit, StoredSeries, StoredCell):
            held.objects.filter(by=by).delete()
        if was_present:
            StoreState.objects.update(fingerprint=Store.open(self.company)._fingerprint)

    def _add(self, run: Run, by: str) -> None:
        swept: dict[Dimension, Swept] = {}
        if self.swept_dimensions:
            swept[WHOLE] = self._held("", WHOLE)
        dimension = self.swept_dimensions.get(by)
        if dimension is not None:
            swept |= self._sweep([dimension])
            cells.keep(by, swept[dimension], swept[dimension].cells)
        for metric in registry.metrics():
            self._keep(run, metric, by, self.months, swept)

    def _refresh(self, changes: Changes) -> None:
        """Make again what these changes can have changed."""
        run = self._run(changes)
        deltas = self._deltas(changes)
        if self._has_begun_earlier(deltas):
            self.remake(changes)
            return
        swept = self._brought_up(deltas)
        for metric in registry.metrics():
            for by in ("", *self.splits):
                start = self._first_month(metric, by, changes, deltas)
                if start is not None:
                    months = [month for month in self.months if month.start >= start]
                    self._keep(run, metric, by, months, swept)
        self._note(run, is_remade=False)

    def _deltas(self, changes: Changes) -> dict[str, dict[Key, Amounts]]:
        """By split, what the sums of the ledger are now that they were not."""
        if not changes.of_ledger:
            return {}
        found: dict[str, dict[Key, Amounts]] = {}
        for by, dimension in self.swept_dimensions.items():
            if dimension in self._before:
                after = self._sweep([dimension], changes.of_ledger)
                found[by] = difference(after[dimension], self._before[dimension])
            else:
                after = self._sweep([dimension])
                found[by] = difference(after[dimension], self._held(by, dimension))
        return found

    def _held(self, by: str, dimension: Dimension) -> Swept:
        """The sums kept."""
        months = self._months_from(advance(self.first, Grain.MONTH, -MONTHS))
        borders = [*(month.start for month in months), months[-1].end]
        return cells.held(by, dimension, borders, self.rates)

    def _brought_up(self, deltas: Mapping[str, Mapping[Key, Amounts]]) -> dict[Dimension, Swept]:
        """The sums kept with what changed, which is kept too."""
        found: dict[Dimension, Swept] = {}
        for by, dimension in self.swept_dimensions.items():
            held, delta = self._held(by, dimension), deltas.get(by, {})
            found[dimension] = held.changed_by(delta)
            cells.keep(by, found[dimension], delta)
            if found[dimension].standing.keys() != held.standing.keys():
                self._has_other_segments.add(by)
        return found

    def _first_month(
        self,
        metric: Metric,
        by: str,
        changes: Changes,
        deltas: Mapping[str, Mapping[Key, Amounts]],
    ) -> dt.date | None:
        """From which month on the changes can have changed the metric; None if in none."""
        dimension = self._dimension(by, metric)
        if dimension is None:
            return None
        computation = metric.compute(metric.choose(self.shared.own_options(metric)))
        if self.swept_dimensions and is_of_sweep(computation.measure):
            days = [day for one in {"", by} for _, day, _ in deltas.get(one, {})]
            first = min(days, default=None)
        else:
            is_by_contract = dimension.contract is not Split.NOTHING
            also = computation.also_reads | (CONTRACTS if is_by_contract else frozenset())
            first = changes.first_day(metric, late_days=self._late_days, also=also)
            if self._has_moved(dimension):
                first = dt.date.min
        if first is None:
            return None
        # A segment nobody was in before has zeros in the months before.
        is_of_all = by in self._has_other_segments
        if is_of_all or getattr(computation.measure, "spans_periods", False):
            return self.first
        if first in (FIRST_DAY, dt.date.min):
            return self.first
        return floor(first, Grain.MONTH)

    @cached_property
    def _late_days(self) -> int:
        return MetricSettings.held().late_days

    def _run(self, changes: Changes) -> Run:
        state = self.state
        if state is None or not self.has_present_settings:
            cause = Cause.SETTINGS
        else:
            cause = Cause.FACTS if changes.rows else Cause.TIME
        return Run(
            changes=changes,
            cause=cause,
            since=state.looked_at if state else None,
            until=timezone.now(),
            over_on=state.as_of if state else None,
        )

    def _note(self, run: Run, *, is_remade: bool) -> None:
        run.finish()
        kept = replace(self, splits=kept_splits())
        values = {
            "as_of": self.as_of,
            "first": self.first,
            "fingerprint": kept._fingerprint,
            "looked_at": run.until,
        }
        if is_remade:
            values["remade_at"] = run.until
        StoreState.objects.update_or_create(is_only=True, defaults=values)


def kept_splits() -> list[str]:
    """Those that series are kept by."""
    found = StoredSeries.objects.exclude(by="").order_by("by")
    return list(found.values_list("by", flat=True).distinct())


def asked_splits() -> list[str]:
    """Those that somebody wants kept."""
    return list(StoredSplit.objects.order_by("by").values_list("by", flat=True))


def _dimension(by: str, metric: Metric | None = None) -> Dimension | None:
    try:
        return dimensions.dimension(by, metric)
    except dimensions.UnknownSegmentError:
        return None


def is_of_sweep(measure: Measure) -> bool:
    """Whether its sums come from the sweep alone."""
    if isinstance(measure, Rate):
        return measure.is_plain
    if isinstance(measure, Lifetime):
        return measure.method is not Method.SBG
    return isinstance(measure, Standing | Flows | WithFlows)

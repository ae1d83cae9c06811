"""Making and keeping values: all of them, or those that changed facts can have changed.

Metrics over the ledger are brought up to date by what the changed customers add to their sums
(metrics.contributions.sweep); all others are made again from the first month that a fact they
read changed in. Either way comes out as making all of them again would.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import filterfalse

from django.utils import timezone

from metrics import registry
from metrics.contributions.frame import WHOLE, Dimension
from metrics.contributions.sweep import (
    FIRST_DAY,
    Amounts,
    Key,
    Swept,
    component_of,
    difference,
    is_tally,
)
from metrics.contributions.tallies import Tallied, tallied
from metrics.definition import CONTRACTS, Metric
from metrics.limits import TooManyError
from metrics.models import Movement, StoredCell, StoredSeries, StoredSplit, StoreState
from metrics.periods import Grain, Period, floor
from metrics.shared import Shared
from metrics.stored import cells
from metrics.stored.changes import Changes, is_read, kinds_read
from metrics.stored.moved import moved_keys
from metrics.stored.parts import is_of_sweep
from metrics.stored.scope import Scope
from metrics.stored.splits import asked_splits, kept_splits
from metrics.stored.writing import Cause, Run
from metrics.values import computed
from tenants.models import Company

Deltas = Mapping[str, Mapping[Key, Amounts]]
"""By split, what the sums of the ledger are now that they were not."""


@dataclass(frozen=True)
class Before:
    """How it was before the movements of changed customers were made anew. `sums`: what these
    customers added, by the dimensions in which that tells what changes. `moved`: attributes of
    which they may have another value than when the sums kept were made."""

    sums: Mapping[Dimension, Swept] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()

    def has_moved(self, dimension: Dimension) -> bool:
        """Whether customers may stand in other segments than they stood."""
        return any(attribute in self.moved for attribute in dimension.attributes)


def before(company: Company, changes: Changes) -> Before:
    """To be asked before the movements of the changed customers are made anew."""
    scope = scope_of(company)
    state, customers = scope.state, changes.of_ledger
    if state is None or not scope.is_current or changes.is_sweeping or not customers:
        return Before()
    known = Movement.objects.filter(customer_id__in=changes.of_customers)
    found = Before(moved=moved_keys(known.values("customer_id"), since=state.looked_at))
    told = [one for one in scope.swept_dimensions.values() if not found.has_moved(one)]
    return replace(found, sums=scope.sweep(told, customers))


def bring_up(company: Company, changes: Changes, was: Before) -> None:
    """Bring what is kept up to date with the ledger and the facts, in the transaction that holds
    the ledger's lock. Looks anew at what `before` looked at: contracts may be in another currency
    now."""
    scope = scope_of(company)
    if not scope.is_current or changes.is_sweeping:
        remake(company, changes)
    elif changes.rows or changes.followed:
        _Refresh(scope, changes, was).run()


def remake(company: Company, changes: Changes | None = None) -> None:
    """Make everything again, with all splits that were asked for."""
    scope = replace(scope_of(company), splits=asked_splits(), is_again=True)
    run = _run(scope, changes or Changes())
    swept = scope.sweep(list(scope.swept_dimensions.values()))
    cells.replace_all(dict(zip(scope.swept_dimensions, swept.values(), strict=True)))
    for metric, by in scope.each():
        _keep(scope, run, metric, by, scope.months, swept)
    run.drop_the_rest()
    run.finish()
    StoreState.objects.update_or_create(
        is_only=True,
        defaults={
            "as_of": scope.as_of,
            "first": scope.first,
            "fingerprint": scope.of_kept().fingerprint,
            "looked_at": run.until,
            "remade_at": run.until,
        },
    )


def add_missing(company: Company) -> None:
    """Keep the splits that were asked for and are not kept yet, if what is kept is current."""
    scope = scope_of(company)
    if not scope.is_current:
        return
    wider = replace(scope, splits=asked_splits())
    run = _run(wider, Changes())
    swept: dict[Dimension, Swept] = {}
    if wider.swept_dimensions:
        swept[WHOLE] = wider.held("", WHOLE)
    for by in set(wider.splits) - set(scope.splits):
        dimension = wider.swept_dimensions.get(by)
        if dimension is not None:
            swept |= wider.sweep([dimension])
            cells.keep(by, swept[dimension], swept[dimension].cells)
        for metric in registry.metrics():
            _keep(wider, run, metric, by, wider.months, swept)
    run.finish()
    StoreState.objects.update(fingerprint=scope.of_kept().fingerprint)


def forget(company: Company, by: str) -> None:
    """Keep a split no longer."""
    scope = scope_of(company)
    was_present = scope.has_present_settings
    for held in (StoredSplit, StoredSeries, StoredCell):
        held.objects.filter(by=by).delete()
    if was_present:
        StoreState.objects.update(fingerprint=scope.of_kept().fingerprint)


def scope_of(company: Company) -> Scope:
    """What is kept, and of when."""
    shared = Shared(company, company.today(), is_live=True)
    return Scope(shared, StoreState.objects.first(), kept_splits())


def _run(scope: Scope, changes: Changes) -> Run:
    state = scope.state
    if state is None or not scope.has_present_settings:
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


def _keep(
    scope: Scope,
    run: Run,
    metric: Metric,
    by: str,
    months: Sequence[Period],
    swept: Mapping[Dimension, Swept],
) -> None:
    dimension = scope.dimension(by, metric)
    if dimension is None or not months:
        return
    at = (metric.key, months[0].start)
    if by or at not in run.totals:
        try:
            found, sums = computed(
                metric, months, dimension=dimension, shared=scope.shared, swept=swept
            )
        except TooManyError:
            return  # too many segments for any answer: not kept either
        totals = replace(found, dimension=WHOLE, values=found.totals)
        run.totals[at] = totals, {cell for cell in sums if cell[1] is None}
        run.keep(found, set(sums), by=by, first=scope.first)
    else:
        run.keep(*run.totals[at], by=by, first=scope.first)


@dataclass
class _Refresh:
    """Makes again what changes can have changed."""

    scope: Scope
    changes: Changes
    was: Before
    _has_other_segments: set[str] = field(default_factory=set)

    def run(self) -> None:
        scope, run = self.scope, _run(self.scope, self.changes)
        deltas = self._deltas()
        if self._has_begun_earlier(deltas):
            remake(scope.shared.company, self.changes)
            return
        swept = self._brought_up(deltas)
        for metric, by in scope.each():
            start = self._first_month(metric, by, deltas)
            if start is not None:
                months = [month for month in scope.months if month.start >= start]
                _keep(scope, run, metric, by, months, swept)
        run.finish()
        StoreState.objects.update(looked_at=run.until)

    def _deltas(self) -> Deltas:
        scope, customers = self.scope, self.changes.of_ledger
        dimensions = scope.swept_dimensions
        found: dict[str, dict[Key, Amounts]] = {by: {} for by in dimensions}
        if customers:
            told = [one for one in dimensions.values() if one in self.was.sums]
            rest = [one for one in dimensions.values() if one not in self.was.sums]
            after = scope.sweep(told, customers) | scope.sweep(rest)
            for by, one in dimensions.items():
                found[by] = difference(after[one], self.was.sums.get(one) or scope.held(by, one))
        for measure in self._made_whole() if dimensions else ():
            component, whole = component_of(measure), scope.tallies(measure)
            for by, one in dimensions.items():
                rest_of = {key: delta for key, delta in found[by].items() if key[0] != component}
                found[by] = rest_of | difference(whole[one], scope.held(by, one).only(component))
        return found

    def _made_whole(self) -> list[Tallied]:
        """The measures made of tallies of which not contracts alone changed: what changed
        customers added before is not to be had any more."""
        rows = [*self.changes.rows, *self.changes.followed]
        kinds = {row.kind for row in rows} - CONTRACTS
        return [
            measure
            for measure in self.scope.measures
            if tallied(measure) and any(is_read(kind, measure.kinds()) for kind in kinds)
        ]

    def _has_begun_earlier(self, deltas: Deltas) -> bool:
        """Whether there may be movements now in a month before the first kept."""
        if self.scope.first <= self.scope.earliest:
            return False
        keys = [key for delta in deltas.values() for key in delta if not is_tally(key)]
        return any(day < self.scope.first for _, day, _ in keys)

    def _brought_up(self, deltas: Deltas) -> dict[Dimension, Swept]:
        """The sums kept with what changed, which is kept too."""
        found: dict[Dimension, Swept] = {}
        for by, dimension in self.scope.swept_dimensions.items():
            held, delta = self.scope.held(by, dimension), deltas.get(by, {})
            found[dimension] = held.changed_by(delta)
            cells.keep(by, found[dimension], delta)
            if found[dimension].standing.keys() != held.standing.keys():
                self._has_other_segments.add(by)
        return found

    def _first_month(self, metric: Metric, by: str, deltas: Deltas) -> dt.date | None:
        """From which month on the changes can have changed the metric; None if in none."""
        scope = self.scope
        dimension = scope.dimension(by, metric)
        if dimension is None:
            return None
        computation = scope.shared.computation(metric)
        keys = [key for one in {"", by} for key in deltas.get(one, {})]
        if scope.swept_dimensions and tallied(computation.measure):
            component = component_of(computation.measure)
            first = min((day for name, day, _ in keys if name == component), default=None)
        elif scope.swept_dimensions and is_of_sweep(computation.measure):
            first = min((day for _, day, _ in filterfalse(is_tally, keys)), default=None)
        elif self.was.has_moved(dimension):
            first = dt.date.min
        else:
            first = self.changes.first_day(
                metric,
                kinds_read(metric, computation, is_by_contract=dimension.is_by_subscription),
                late_days=scope.shared.settings.late_days,
            )
        if first is None:
            return None
        # A segment nobody was in before has zeros in the months before.
        is_of_all = by in self._has_other_segments or first in (FIRST_DAY, dt.date.min)
        if is_of_all:
            return scope.first
        return floor(first, Grain.MONTH)

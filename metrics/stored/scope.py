"""What values are kept of a company: its months, splits and the sums of the ledger behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from metrics import dimensions, registry
from metrics.contributions.frame import WHOLE, Dimension, Frame
from metrics.contributions.lifetime import MONTHS
from metrics.contributions.rows import Measure
from metrics.contributions.sweep import Swept, add_rows, component_of, sweep
from metrics.contributions.tallies import Tallied
from metrics.definition import Metric
from metrics.models import Movement, StoreState
from metrics.periods import Grain, Period, advance, floor, periods
from metrics.shared import Shared
from metrics.stored import cells
from metrics.stored.fingerprint import fingerprint
from metrics.stored.parts import swept_in
from metrics.stored.splits import kept_splits

MOST_MONTHS = 120
FEWEST_MONTHS = 36


@dataclass
class Scope:
    """`state` None: nothing is kept yet. `splits`: what is kept by segment, as in `by=`.
    `is_again`: everything is made again."""

    shared: Shared
    state: StoreState | None
    splits: Sequence[str]
    is_again: bool = False

    @property
    def as_of(self) -> dt.date:
        return self.shared.as_of

    @property
    def is_current(self) -> bool:
        """Whether what is kept is of today and of the present settings."""
        is_of_today = self.state is not None and self.state.as_of == self.as_of
        return is_of_today and self.has_present_settings

    @property
    def has_present_settings(self) -> bool:
        return self.state is not None and self.state.fingerprint == self.fingerprint

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(self.shared, self._common, self.measures)

    def of_kept(self) -> Scope:
        """The same of the splits that are kept by now."""
        return replace(self, splits=kept_splits())

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
        return max(min(month for month in months if month is not None), self.earliest)

    @property
    def earliest(self) -> dt.date:
        """No month before is kept."""
        return advance(floor(self.as_of, Grain.MONTH), Grain.MONTH, -MOST_MONTHS)

    @cached_property
    def months(self) -> list[Period]:
        return self._months_from(self.first)

    @property
    def swept_months(self) -> list[Period]:
        """With those before that lifetime looks back on."""
        return self._months_from(advance(self.first, Grain.MONTH, -MONTHS))

    def _months_from(self, first: dt.date) -> list[Period]:
        end = advance(floor(self.as_of, Grain.MONTH), Grain.MONTH)
        return periods(first, end, Grain.MONTH, as_of=self.as_of)

    def dimension(self, by: str, metric: Metric) -> Dimension | None:
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
    def measures(self) -> list[Measure]:
        """What metrics are made from in a sweep, with the company's options."""
        return swept_in(self.shared.computation(metric) for metric in registry.metrics())

    def sweep(
        self, chosen: Sequence[Dimension], customers: Sequence[int] | None = None
    ) -> dict[Dimension, Swept]:
        """The sums of the ledger as it is now, of these customers or all."""
        return sweep(self._frame(customers), chosen, self.measures)

    def tallies(self, measure: Tallied) -> dict[Dimension, Swept]:
        """Those of all customers in all dimensions, as facts are now."""
        months, held = self.swept_months, frozenset({component_of(measure)})
        borders = [*(month.start for month in months), months[-1].end]
        found = {one: Swept(one, borders, held) for one in self.swept_dimensions.values()}
        add_rows(found, self._frame(None), [measure])
        return found

    def _frame(self, customers: Sequence[int] | None) -> Frame:
        company = self.shared.company
        return Frame(self.swept_months, WHOLE, company.timezone, self.as_of, customers)

    def held(self, by: str, dimension: Dimension) -> Swept:
        """The sums that are kept."""
        months = self.swept_months
        borders = [*(month.start for month in months), months[-1].end]
        return cells.held(by, dimension, borders, self.measures)

    def each(self) -> list[tuple[Metric, str]]:
        """Every metric, by each split and in total (''), which splits tell as well."""
        return [(metric, by) for metric in registry.metrics() for by in (*self.splits, "")]


def _dimension(by: str, metric: Metric | None = None) -> Dimension | None:
    try:
        return dimensions.dimension(by, metric)
    except dimensions.UnknownSegmentError:
        return None

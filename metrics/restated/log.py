"""The log of restatements: which there are, newest first, and why each."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.models import CustomerAttribute
from metrics import registry
from metrics.contributions.frame import SEPARATOR, UNKNOWN, Split, names_of
from metrics.definition import Computation, Metric
from metrics.models import Recomputation, RestatedBy, Restatement
from metrics.remembered import remembered
from metrics.restated.facts import Causes, FactChange, causes_of
from metrics.shared import Shared
from metrics.stored.changes import Changed, first_day_of, kinds_read
from metrics.units import Unit
from metrics.words import said
from tenants import languages
from tenants.models import Company

ANY = "*"
TIME = gettext_noop("time passed: answered or reached by now")
SETTINGS = gettext_noop("settings changed")


@dataclass(frozen=True)
class Filters:
    """Which restatements. `by` None: of totals and of all splits; '': of totals alone. The months
    are those that start in `[start, end)`."""

    metric: str = ""
    by: str | None = None
    segment: str | None = None
    start: dt.date | None = None
    end: dt.date | None = None

    def rows(self) -> QuerySet[Restatement]:
        """Newest first."""
        found = Restatement.objects.order_by("-id").select_related("recomputation")
        if self.metric:
            found = found.filter(metric=self.metric)
        if self.by is not None:
            found = found.filter(by=self.by)
        if self.by == "":
            found = found.filter(segment="")
        elif self.segment is not None:
            found = found.filter(segment=self.segment)
        if self.start:
            found = found.filter(start__gte=self.start)
        if self.end:
            found = found.filter(start__lt=self.end)
        return found


@dataclass(frozen=True)
class Entry:
    """One value that changed, and in words why: 3 late cancellations. `metric` None: there is none
    of that name any more."""

    row: Restatement
    metric: Metric | None
    computation: Computation | None
    currency: str | None
    why: str

    @property
    def name(self) -> str:
        return self.metric.name if self.metric else self.row.metric

    @property
    def unit(self) -> Unit:
        if self.metric is None or self.computation is None:
            return Unit.RATIO
        return self.computation.unit or self.metric.unit

    @property
    def numerator_unit(self) -> Unit:
        return self.computation.numerator_unit if self.computation else Unit.RATIO

    @property
    def denominator_unit(self) -> Unit | None:
        return self.computation.denominator_unit if self.computation else Unit.RATIO

    @property
    def segment(self) -> str | None:
        return self.row.segment or None

    @property
    def segment_names(self) -> list[str]:
        return names_of(self.row.segment) if self.row.segment else []

    @property
    def is_same_value(self) -> bool:
        """Only what it is made of changed."""
        return self.row.was == self.row.became

    @property
    def difference(self) -> Decimal | None:
        was, became = self.row.was, self.row.became
        return None if was is None or became is None else became - was


@dataclass(frozen=True)
class Explained(Entry):
    """With the `causes` among those of the recomputation that can have done it."""

    causes: Causes


def entries(rows: Iterable[Restatement], *, company: Company) -> list[Entry]:
    """The rows with why, which is looked up once as long as the ledger is the same."""
    rows, shared = list(rows), Shared(company, company.today())
    whys = remembered(
        "whys",
        lambda: [one.why for one in explained(rows, company=company)],
        [row.pk for row in rows],
        languages.tongue(),
    )
    known = {metric.key: metric for metric in registry.metrics()}
    return [Entry(*_told(row, known, shared), why) for row, why in zip(rows, whys, strict=True)]


def explained(rows: Iterable[Restatement], *, company: Company) -> list[Explained]:
    """The rows with their causes. Costs some queries for each recomputation among them."""
    rows = list(rows)
    of = _causes({row.recomputation_id: row.recomputation for row in rows})
    shared, placed = Shared(company, company.today()), _Placed()
    known = {metric.key: metric for metric in registry.metrics()}
    found: list[Explained] = []
    for row in rows:
        told = _told(row, known, shared)
        causes = _relevant(of[row.recomputation_id], row, told[1], placed, shared)
        found.append(Explained(*told, _why(row, causes), causes))
    return found


def _told(
    row: Restatement, known: Mapping[str, Metric], shared: Shared
) -> tuple[Restatement, Metric | None, Computation | None, str | None]:
    metric = known.get(row.metric)
    computation = shared.computation(metric) if metric else None
    return row, metric, computation, shared.currency(converts=True).code


def _why(row: Restatement, causes: Causes) -> str:
    match row.recomputation.cause:
        case Recomputation.Cause.TIME:
            return said(TIME)
        case Recomputation.Cause.SETTINGS:
            return said(SETTINGS)
    return causes.words or _("facts that are no longer on record")


def all_causes(recomputation: Recomputation) -> Causes:
    """Everything that a recomputation found changed, whatever came of it."""
    return _causes({recomputation.pk: recomputation})[recomputation.pk].causes


@dataclass(frozen=True)
class _Found:
    rows: Sequence[RestatedBy]
    causes: Causes


def _causes(recomputations: Mapping[int, Recomputation]) -> dict[int, _Found]:
    told: dict[int, list[RestatedBy]] = defaultdict(list)
    for row in RestatedBy.objects.filter(recomputation_id__in=recomputations).order_by("id"):
        told[row.recomputation_id].append(row)
    return {pk: _Found(told[pk], causes_of(one, told[pk])) for pk, one in recomputations.items()}


class _Placed:
    """Who ever was in a segment of a customer attribute."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], set[int]] = {}

    def of(self, key: str, value: str) -> set[int]:
        if (key, value) not in self._found:
            rows = CustomerAttribute.objects.filter(key=key, value=value)
            self._found[key, value] = set(rows.values_list("customer_id", flat=True))
        return self._found[key, value]


def _relevant(
    found: _Found, row: Restatement, metric: Metric | None, placed: _Placed, shared: Shared
) -> Causes:
    """What can have changed this metric in this month and segment."""
    days = {(one.customer_id, one.kind): one.from_day for one in found.rows}
    is_by_contract = not {Split.PRODUCT.value, Split.PLAN.value}.isdisjoint(row.by.split(","))

    def counts(feed: str, day: dt.date | None) -> bool:
        if metric is None or feed == "exchange_rates" or (feed == "customers" and row.by):
            return True
        reads = kinds_read(metric, shared.computation(metric), is_by_contract=is_by_contract)
        late_days = shared.settings.late_days
        first = first_day_of(Changed(None, feed, day), metric, reads, late_days)
        return first is not None and first < row.end

    facts = [
        one
        for one in found.causes.facts
        if counts(one.feed, days.get((one.customer.pk if one.customer else None, one.feed)))
        and counts(one.feed, one.from_day)
        and _is_of_segment(one, row, placed)
    ]
    traces = [one for one in found.causes.traces if counts(one.feed, one.from_day)]
    return replace(found.causes, facts=facts, traces=traces)


def _is_of_segment(one: FactChange, row: Restatement, placed: _Placed) -> bool:
    """Whether the fact can count in the segment; yes, where that is not looked up."""
    if not row.by or not row.segment or row.segment == UNKNOWN or SEPARATOR in row.segment:
        return True
    if row.by in ("product", "plan") and one.kind.key == "subscriptions":
        versions = [version for version in (one.before, one.after) if version is not None]
        return any(version.values[row.by] == row.segment for version in versions)
    if one.customer is None or row.by in ("product", "plan"):
        return True
    members = placed.of(row.by.removeprefix("customer."), row.segment)
    return not members or one.customer.pk in members

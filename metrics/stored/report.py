"""How fresh the values of each metric are, and what keeps them so."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.utils.translation import gettext_noop

from customers.models import Change
from metrics import registry
from metrics.definition import Computation, Metric
from metrics.models import LedgerState, StoredSeries, StoredSplit, StoreState
from metrics.shared import Shared
from metrics.stored.changes import is_read, kinds_read
from metrics.stored.nightly import next_at
from tenants.jobs import Job
from tenants.models import Company

MOST_JOBS = 20


@dataclass(frozen=True)
class MetricFreshness:
    """`as_of` and `computed_at` None: its values are not kept, but computed on request.
    `waiting`: customers with changed facts of kinds that it reads, each kind by itself, which are
    not in the values. `splits`: whose segments are kept too."""

    metric: Metric
    as_of: dt.date | None
    computed_at: dt.datetime | None
    waiting: int
    splits: Sequence[str]
    is_of_today: bool

    @property
    def state(self) -> str:
        if self.as_of is None:
            return gettext_noop("computed on request")
        if self.waiting:
            return gettext_noop("changes waiting")
        return gettext_noop("up to date") if self.is_of_today else gettext_noop("of an earlier day")


@dataclass(frozen=True)
class FailedJob:
    """`error`: the last line of it; the log has the rest."""

    kind: str
    state: str
    attempts: int
    run_at: dt.datetime
    error: str


@dataclass(frozen=True)
class Report:
    """`state` None: nothing is kept yet. `next_nightly`: when everything is made again; None
    while nothing is kept."""

    state: StoreState | None
    refreshed_at: dt.datetime | None
    metrics: list[MetricFreshness]
    splits: list[StoredSplit]
    waiting: int
    nightly_at: dt.time
    next_nightly: dt.datetime | None
    jobs: list[FailedJob]


def report(company: Company) -> Report:
    """Costs eight queries."""
    state, ledger = StoreState.objects.first(), LedgerState.objects.first()
    kept: dict[str, dict[str, StoredSeries]] = defaultdict(dict)
    for row in StoredSeries.objects.order_by("by"):
        kept[row.metric][row.by] = row
    waiting = _waiting()
    today = company.today()
    shared = Shared(company, today)
    nightly_at = shared.settings.nightly_at
    zone = ZoneInfo(company.timezone)
    next_nightly = (
        next_at(remade_at=state.remade_at, nightly_at=nightly_at, zone=zone) if state else None
    )
    return Report(
        state=state,
        refreshed_at=ledger.refreshed_at if ledger else None,
        metrics=[
            _of(one, shared.computation(one), kept[one.key], waiting, today)
            for one in registry.metrics()
        ],
        splits=list(StoredSplit.objects.order_by("by")),
        waiting=sum(waiting.values()),
        nightly_at=nightly_at,
        next_nightly=next_nightly,
        jobs=failed_jobs(),
    )


def _waiting() -> dict[str, int]:
    """By kind of facts: how many customers, and facts of none, have changes waiting."""
    rows = Change.objects.order_by().values("kind")
    found = rows.annotate(of=Count("customer", distinct=True), none=Count("id", Q(customer=None)))
    return {row["kind"]: row["of"] + bool(row["none"]) for row in found}


def _of(
    metric: Metric,
    computation: Computation,
    kept: Mapping[str, StoredSeries],
    waiting: Mapping[str, int],
    today: dt.date,
) -> MetricFreshness:
    total = kept.get("")
    reads = kinds_read(metric, computation)
    return MetricFreshness(
        metric=metric,
        as_of=total.as_of if total else None,
        computed_at=total.computed_at if total else None,
        waiting=sum(count for kind, count in waiting.items() if is_read(kind, reads)),
        splits=[by for by in kept if by],
        is_of_today=total is not None and total.as_of == today,
    )


def failed_jobs() -> list[FailedJob]:
    """Jobs of the metrics that failed: those tried again, and those given up and parked."""
    failed = Q(state=Job.State.PARKED) | Q(state=Job.State.QUEUED, attempts__gt=0)
    rows = Job.objects.filter(failed, kind__startswith="metrics.").order_by("-run_at")
    return [
        FailedJob(
            kind=job.kind,
            state=job.state,
            attempts=job.attempts,
            run_at=job.run_at,
            error=(job.error.strip().splitlines() or [""])[-1],
        )
        for job in rows[:MOST_JOBS]
    ]

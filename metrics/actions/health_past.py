"""Scores of the year before the first, made afterwards from what was known then."""

from __future__ import annotations

import datetime as dt
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from customers.actions.feed import note_change
from metrics.health import recipe, signals
from metrics.health.applying import sorted_out
from metrics.health.measuring import Asked, measure
from metrics.health.recipe import Recipe
from metrics.health.scoring import band, score
from metrics.health.signals.facts import Then
from metrics.ledger import build
from metrics.models import HealthModel, HealthPast, HealthScore, HealthVersion
from metrics.stored.changes import SCORES, Changed
from metrics.today import keeping
from tenants.context import current_company
from tenants.jobs import enqueue

JOB = "metrics.health_past"
WEEKS = 52
MOST_CUSTOMER_WEEKS = 520_000
"""So many are measured of a company: with more than 10,000 customers every second week is left
out, and so on."""
AT_ONCE = 10_000
"""Customer-weeks of one transaction."""
SETTLED_AFTER = dt.timedelta(days=30)
"""Facts of the past that come later than this after the first score change no score of it."""
PATIENCE = dt.timedelta(seconds=20)
"""Whoever brings a company in imports one file after the other."""
TURN = 60.0
"""Seconds until others get their turn."""

# Those who paid before their first score, and of whom facts of that time changed.
NOTE = """
    INSERT INTO metrics_healthpast (customer_id, until, is_due)
    SELECT told.customer_id, seen.until, true
    FROM unnest(%(customers)s::bigint[], %(from_days)s::date[]) AS told (customer_id, from_day)
    JOIN customers_customer AS customer ON customer.id = told.customer_id
    LEFT JOIN metrics_healthpast AS past ON past.customer_id = told.customer_id
    CROSS JOIN LATERAL (
        SELECT coalesce(past.until, min(span.starts_on), %(today)s::date) AS until
        FROM metrics_healthscore AS span
        WHERE span.customer_id = told.customer_id AND NOT span.is_backfilled
    ) AS seen
    WHERE seen.until > %(settled)s AND coalesce(told.from_day < seen.until, true)
        AND EXISTS (
            SELECT FROM metrics_movement AS paid
            WHERE paid.customer_id = told.customer_id AND paid.day < seen.until
        )
    ON CONFLICT (customer_id) DO UPDATE SET is_due = true
"""
EVERYBODY = "SELECT DISTINCT customer_id FROM metrics_movement"
IDLE = """
    SELECT customer_id, day, next_day FROM metrics_movement
    WHERE customer_id = ANY(%s) AND NOT is_paying AND (next_day IS NULL OR next_day > day)
    ORDER BY customer_id, day
"""


def note(rows: Iterable[Changed], *, is_of_all: bool) -> None:
    """Note whose past is to be made (again), by what changed or of everybody, and queue it. In the
    transaction that holds the ledger's lock and has rescored."""
    today = current_company().today()
    told: dict[int, dt.date | None] = {}
    for row in rows:
        if row.customer_id is not None:
            known = told.get(row.customer_id, dt.date.max)
            told[row.customer_id] = (
                None if row.from_day is None or known is None else min(known, row.from_day)
            )
    with connection.cursor() as cursor:
        if is_of_all:
            cursor.execute(EVERYBODY)
            told = dict.fromkeys((customer for (customer,) in cursor.fetchall()), None)
        if not told:
            return
        cursor.execute(
            NOTE,
            {
                "customers": list(told),
                "from_days": list(told.values()),
                "today": today,
                "settled": today - SETTLED_AFTER,
            },
        )
        is_any = bool(cursor.rowcount)
    if is_any:
        enqueue(JOB, key=JOB, run_at=timezone.now() + PATIENCE)


@dataclass(frozen=True)
class First:
    """A model with the version that it was first published as."""

    model: HealthModel
    version: HealthVersion
    recipe: Recipe


def make(*, seconds: float = TURN) -> int:
    """Make what is due, for so many seconds; what is left is queued. How many customers it was.
    Whose score fell since then is on Today. Doing it twice changes nothing."""
    until = time.monotonic() + seconds
    made: list[int] = []
    earliest = None
    known = signals.known()
    firsts = _firsts(known)
    step = ceil(HealthPast.objects.count() * WEEKS / MOST_CUSTOMER_WEEKS) or 1
    size = max(AT_ONCE * step // WEEKS, 1)
    while time.monotonic() < until:
        with transaction.atomic():
            due = list(
                HealthPast.objects.filter(is_due=True)
                .select_for_update()
                .order_by("customer_id")[:size]
            )
            if not due:
                break
            began = _make(due, firsts, known, step)
            made += [one.customer_id for one in due]
            earliest = min(filter(None, (earliest, began)), default=None)
            if time.monotonic() >= until or len(due) < size:
                if earliest is not None:
                    note_change(SCORES, from_day=earliest)
                if len(due) == size:
                    enqueue(JOB, key=JOB)
    if made:
        _tell_today(made)
    return len(made)


@transaction.atomic
def _tell_today(customers: list[int]) -> None:
    """Reasons are made under the ledger's lock, which is not waited for while rows of customers
    are held."""
    build.lock()
    keeping.make(customers)


def _firsts(known: dict[str, signals.Signal]) -> list[First]:
    """Of the models in use, in order."""
    versions = {
        version.model_id: version
        for version in HealthVersion.objects.filter(
            model__retired_at=None, number__isnull=False
        ).order_by("-number")
    }
    return [
        First(model, versions[model.pk], recipe.read(versions[model.pk].recipe, known))
        for model in HealthModel.objects.filter(retired_at=None)
        if model.pk in versions
    ]


@dataclass(frozen=True, slots=True)
class Made:
    customer: int
    day: dt.date
    version: int
    score: int
    coverage: int
    band: str

    @property
    def said(self) -> tuple[int, int, int, str]:
        return self.version, self.score, self.coverage, self.band


def _make(
    due: Sequence[HealthPast],
    firsts: Sequence[First],
    known: dict[str, signals.Signal],
    step: int,
) -> dt.date | None:
    """Make the past of these customers; gives the first day that has a score."""
    customers = [one.customer_id for one in due]
    untils = {one.customer_id: one.until for one in due}
    made = [row for first in firsts for row in _scored(first, firsts, untils, known, step)]
    spans = _spans(made, untils, step, _idle(customers))
    old = HealthScore.objects.filter(customer_id__in=customers, is_backfilled=True)
    old._raw_delete(old.db)
    HealthScore.objects.bulk_create(spans, batch_size=2000)
    HealthPast.objects.filter(customer_id__in=customers).update(is_due=False)
    return min((span.starts_on for span in spans), default=None)


def _scored(
    first: First,
    firsts: Sequence[First],
    untils: dict[int, dt.date],
    known: dict[str, signals.Signal],
    step: int,
) -> list[Made]:
    """The scores of those whom the model was for, week by week."""
    whose: dict[dt.date, list[int]] = defaultdict(list)
    for customer, until in untils.items():
        for back in range(step, WEEKS + 1, step):
            whose[until - dt.timedelta(weeks=back)].append(customer)
    models = [one.model for one in firsts]
    asked: list[Asked] = [
        (customer, day)
        for day, customers in sorted(whose.items())
        for customer in sorted_out(models, day, customers).get(first.model.pk, [])
    ]
    if not asked:
        return []
    chosen = [known[key] for key in first.recipe.keys]
    timezone_name = current_company().timezone
    measures = measure(asked, chosen, timezone=timezone_name, then=Then.PAST)
    found = score(measures.values, first.recipe)
    return [
        Made(
            customer,
            day,
            first.version.pk,
            int(np.rint(value)),
            int(np.rint(100 * covered)),
            band(value, first.recipe).value,
        )
        for (customer, day), value, covered in zip(asked, found.score, found.coverage, strict=True)
        if not np.isnan(value)
    ]


def _idle(customers: list[int]) -> dict[int, list[dt.date]]:
    """By customer, the days on which it stopped paying."""
    found: dict[int, list[dt.date]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(IDLE, [customers])
        for customer, day, _ in cursor.fetchall():
            found[customer].append(day)
    return found


def _spans(
    made: Sequence[Made],
    untils: dict[int, dt.date],
    step: int,
    idle: dict[int, list[dt.date]],
) -> list[HealthScore]:
    """Each score holds until the next is asked for, or the customer stops paying; what adjoins and
    is the same is one span."""
    spans: list[HealthScore] = []
    rows = sorted(made, key=lambda row: (row.customer, row.day))
    for customer, each in groupby(rows, key=lambda row: row.customer):
        last: HealthScore | None = None
        said: tuple[int, int, int, str] | None = None
        for row in each:
            ends_on = min(row.day + dt.timedelta(weeks=step), untils[customer])
            stops = idle.get(customer, [])
            at = bisect_right(stops, row.day)
            if at < len(stops):
                ends_on = min(ends_on, stops[at])
            if last is not None and said == row.said and last.ends_on == row.day:
                last.ends_on = ends_on
                continue
            said = row.said
            last = HealthScore(
                customer_id=customer,
                version_id=row.version,
                starts_on=row.day,
                ends_on=ends_on,
                score=row.score,
                coverage=row.coverage,
                band=row.band,
                is_backfilled=True,
            )
            spans.append(last)
    return spans

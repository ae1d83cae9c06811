"""The company's past, day by day as it was known then, for models to be tried on.

Snapshots are ends of months. Of each, the customers that paid then are measured by what was known
by the end of that day (`Then.PAST`), and what became of them is looked up in the ledger.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from django.db import connection

from metrics.health.applying import sorted_out
from metrics.health.measuring import measure
from metrics.health.past import DAY, HORIZONS, Replay, is_over
from metrics.health.signals.facts import Then
from metrics.health.signals.signal import Signal
from metrics.models import HealthModel
from metrics.periods import Grain, advance, floor

SNAPSHOTS = 12
MOST_ROWS = 60_000

CHURNED = """
    SELECT customer_id, day FROM metrics_movement
    WHERE kind = 'churn' AND day > %(first)s AND day <= %(today)s
        AND customer_id = ANY(%(customers)s)
    GROUP BY customer_id, day
    ORDER BY customer_id, day
"""


def snapshots(today: dt.date, number: int = SNAPSHOTS) -> list[dt.date]:
    """The last days of the latest months of which the nearest horizon is over."""
    start = floor(today, Grain.MONTH)
    while not is_over(start - DAY, min(HORIZONS), today):
        start = advance(start, Grain.MONTH, -1)
    return [advance(start, Grain.MONTH, -ago) - DAY for ago in range(number - 1, -1, -1)]


def replay(
    model: HealthModel,
    chosen: Sequence[Signal],
    *,
    today: dt.date,
    timezone: str,
    number: int = SNAPSHOTS,
    tell: Callable[[int, int], None] | None = None,
) -> Replay:
    """The past of the customers that a model applies to, by the conditions of now.

    At most MOST_ROWS rows: of more customers, a part is taken, each with its whole past. `tell` is
    called with how many snapshots of how many are done.
    """
    days = snapshots(today, number)
    who = _who(model, days)
    share = min(MOST_ROWS / max(sum(map(len, who.values())), 1), 1.0)
    if share < 1:
        who = {day: [one for one in these if _luck(one) < share] for day, these in who.items()}
    days = [day for day in days if who[day]]
    measures = []
    for done, day in enumerate(days, start=1):
        asked = [(customer, day) for customer in who[day]]
        measures.append(measure(asked, chosen, timezone=timezone, then=Then.PAST).values)
        if tell:
            tell(done, len(days))
    return Replay(
        today=today,
        days=tuple(days),
        at=np.repeat(np.arange(len(days)), [len(who[day]) for day in days]),
        customers=np.array([one for day in days for one in who[day]], dtype=np.int64),
        keys=tuple(signal.key for signal in chosen),
        measures=np.vstack(measures) if measures else np.empty((0, len(chosen))),
        churned=_churned(who, today),
        share=share,
    )


def _who(model: HealthModel, days: Sequence[dt.date]) -> dict[dt.date, list[int]]:
    """The customers of each day that the model applies to, beside the others in use."""
    models = list(HealthModel.objects.filter(retired_at=None))
    published = {
        one.pk
        for one in models
        if one.pk == model.pk or one.versions.filter(number__isnull=False).exists()
    }
    competing = [one for one in models if one.pk in published]
    if model.pk not in published:
        competing = [model]  # retired: its record is of whom it would be for alone
    return {day: sorted_out(competing, day).get(model.pk, []) for day in days}


def _luck(customer: int) -> float:
    """From 0 to 1, of no meaning, and always the same of a customer (Knuth's multiplicative
    hash)."""
    return (customer * 2_654_435_761 % 2**32) / 2**32


def _churned(who: Mapping[dt.date, Sequence[int]], today: dt.date) -> dict[int, list[dt.date]]:
    customers = sorted({one for these in who.values() for one in these})
    if not customers:
        return {}
    found: dict[int, list[dt.date]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(CHURNED, {"first": min(who), "today": today, "customers": customers})
        for customer, day in cursor.fetchall():
            found[customer].append(day)
    return dict(found)

"""What one customer's people did of late: by day, and what they did most."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop

from metrics.periods import DAY

DAYS = 90
MOST_NAMES = 25
KINDS = {
    "track": gettext_noop("Event"),
    "page": gettext_noop("Page"),
    "screen": gettext_noop("Screen"),
}

_DAYS = """
    SELECT day, count(*), sum(events) FROM customers_usageday
     WHERE customer_id = %(customer)s AND day >= %(first)s AND day <= %(today)s GROUP BY day
"""
_SESSIONS = """
    SELECT day, count(*), avg(extract(epoch FROM ended_at - started_at))
      FROM customers_usagesession
     WHERE customer_id = %(customer)s AND day >= %(first)s AND day <= %(today)s GROUP BY day
"""
_NAMES = """
    SELECT did.kind, did.name, sum(did.times), count(DISTINCT used.end_user), max(used.day)
      FROM customers_usageday AS used
     CROSS JOIN LATERAL unnest(used.kinds, used.names, used.counts) AS did (kind, name, times)
     WHERE used.customer_id = %(customer)s AND used.day >= %(first)s AND used.day <= %(today)s
     GROUP BY 1, 2 ORDER BY 4 DESC, 3 DESC, 2 LIMIT %(most)s
"""
_PEOPLE = """
    SELECT count(DISTINCT end_user) FILTER (WHERE day > %(month)s), count(DISTINCT end_user)
      FROM customers_usageday
     WHERE customer_id = %(customer)s AND day >= %(first)s AND day <= %(today)s
"""


@dataclass(frozen=True, slots=True)
class UseDay:
    """`seconds`: the mean length of the sessions begun that day; None without any."""

    day: dt.date
    people: int
    events: int
    sessions: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Feature:
    """An event, page or screen, and by how many people it was used."""

    kind: str
    name: str
    times: int
    people: int
    last: dt.date


@dataclass(frozen=True)
class CustomerUse:
    """`days`: every day, also those without use. `people_30` of the last 30, `people` of all."""

    days: list[UseDay]
    features: list[Feature]
    people_30: int
    people: int

    @property
    def is_any(self) -> bool:
        return bool(self.people)

    @property
    def sessions(self) -> int:
        return sum(one.sessions for one in self.days)

    @property
    def last(self) -> dt.date | None:
        return max((one.day for one in self.days if one.people), default=None)


def customer_use(customer: int, *, today: dt.date) -> CustomerUse:
    """The last 90 days. Four queries of one customer's roll-ups."""
    first = today - (DAYS - 1) * DAY
    params: dict[str, Any] = {
        "customer": customer,
        "first": first,
        "today": today,
        "month": today - 30 * DAY,
        "most": MOST_NAMES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, params)
        used = {day: (people, int(events)) for day, people, events in cursor.fetchall()}
        cursor.execute(_SESSIONS, params)
        begun = {day: (count, float(mean)) for day, count, mean in cursor.fetchall()}
        cursor.execute(_NAMES, params)
        features = [
            Feature(KINDS.get(kind, kind), name, int(times), people, last)
            for kind, name, times, people, last in cursor.fetchall()
        ]
        cursor.execute(_PEOPLE, params)
        [(people_30, people)] = cursor.fetchall()
    days = [
        UseDay(day, *used.get(day, (0, 0)), *begun.get(day, (0, None)))
        for day in (first + number * DAY for number in range(DAYS))
    ]
    return CustomerUse(days, features, people_30, people)

"""The list of Today: reasons and tasks of customers, the most urgent times MRR first.

| relation | one row is |
|---|---|
| `reason` | a reason that holds today and that no task has put away, with its open task, if any |
| `duty` | a task that is due and is about no reason of these |
| `shown` | one of either |

A task puts its reason away when it is done (a drop's, if that was within the days of a drop: a
score may fall again), when it waits for a later day, and when it is another's.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.models import User
from customers import owners
from customers.owners import Owned, names_of
from metrics.currency import Currency, figures_currency
from metrics.models import Attention
from metrics.today.rules import DROP_DAYS, LABELS, PER_FURTHER, TASK
from metrics.today.words import Reason
from tenants.models import Company

MOST = 100

_WAITING = """open.state = 'open'
            AND (open.snoozed_until IS NULL OR open.snoozed_until <= %(today)s)
            AND (open.due_on IS NULL OR open.due_on <= %(today)s)"""
_OF_WHOM = "(%(users)s::bigint[] IS NULL OR open.assignee_id = ANY(%(users)s))"
_SHOWN = """
    WITH reason AS (
        SELECT held.id, held.customer_id, held.kind, held.mrr,
            least(held.most, held.urgency + held.per_day * (%(today)s::date - held.starts_on))
                AS urgency, open.id AS task_id
        FROM metrics_attention AS held
        LEFT JOIN customers_task AS open ON open.customer_id = held.customer_id
            AND open.about_kind = held.kind AND open.about_key = held.key AND open.state = 'open'
        WHERE held.starts_on <= %(today)s AND (held.ends_on IS NULL OR held.ends_on > %(today)s)
            AND {theirs} AND {these}
            AND (open.id IS NULL OR ({waiting} AND {of_whom}))
            AND CASE WHEN held.kind = 'detractor' THEN EXISTS (
                SELECT FROM surveys_followup AS follow_up
                WHERE follow_up.id = held.key::bigint AND follow_up.state <> 'closed')
                ELSE true END
            AND NOT EXISTS (
                SELECT FROM customers_task AS done
                WHERE done.customer_id = held.customer_id AND done.about_kind = held.kind
                    AND done.about_key = held.key AND done.state = 'done'
                    AND (held.kind <> 'drop' OR done.done_at > %(drops_since)s))
    ), duty AS (
        SELECT NULL::bigint AS id, open.customer_id, 'task' AS kind, paid.mrr,
            CASE WHEN open.due_on < %(today)s THEN 100 WHEN open.due_on IS NULL THEN 50
                ELSE 90 END AS urgency, open.id AS task_id
        FROM customers_task AS open
        LEFT JOIN LATERAL (
            SELECT {mrr} AS mrr FROM (
                SELECT DISTINCT ON (currency) currency, mrr_after FROM metrics_movement AS movement
                WHERE movement.customer_id = open.customer_id AND day <= %(today)s
                ORDER BY currency, day DESC, position DESC
            ) AS held LEFT JOIN unnest(%(currencies)s::text[], %(rates)s::numeric[])
                AS known (currency, rate) USING (currency)
        ) AS paid ON true
        WHERE {waiting} AND {task_of_whom} AND {these_tasks}
            AND open.id NOT IN (SELECT task_id FROM reason WHERE task_id IS NOT NULL)
    ), shown AS (
        SELECT * FROM reason UNION ALL SELECT * FROM duty
    )
"""
# A first row with the counts (of all kinds, and as null of what is asked), then the customers.
_READ = """
    , counted AS (
        SELECT kind, count(*) AS reasons FROM shown GROUP BY kind
    ), asked AS MATERIALIZED (
        SELECT * FROM shown {narrowed}
    ), each_customer AS (
        SELECT customer_id, count(*) AS reasons, max(mrr) AS mrr,
            least(100, max(urgency) + %(further)s * (count(*) - 1)) AS urgency
        FROM asked GROUP BY customer_id
    ), first AS (
        SELECT * FROM each_customer
        ORDER BY urgency * coalesce(mrr, 0) DESC, urgency DESC, customer_id LIMIT %(most)s
    ), told AS (
        SELECT first.customer_id, first.mrr, first.urgency,
            jsonb_agg(jsonb_build_object(
                'kind', asked.kind,
                'key', coalesce(held.key, task.id::text),
                'data', coalesce(held.data,
                    jsonb_build_object('title', task.title, 'due_on', task.due_on)),
                'since', coalesce(held.starts_on, task.due_on, %(today)s::date),
                'urgency', asked.urgency,
                'task', asked.task_id
            ) ORDER BY asked.urgency DESC, asked.kind, held.key, task.id) AS reasons
        FROM first JOIN asked USING (customer_id)
        LEFT JOIN metrics_attention AS held ON held.id = asked.id
        LEFT JOIN customers_task AS task ON task.id = asked.task_id
        GROUP BY first.customer_id, first.mrr, first.urgency
    )
    SELECT NULL::bigint, '', '', NULL::numeric, 0::double precision, (
        SELECT jsonb_agg(jsonb_build_array(kind, reasons, customers, mrr::text)) FROM (
            SELECT kind, reasons, 0 AS customers, NULL::numeric AS mrr FROM counted
            UNION ALL SELECT NULL, coalesce(sum(reasons), 0), count(*), sum(mrr)
            FROM each_customer
        ) AS every
    )
    UNION ALL
    SELECT told.customer_id, customer.external_id, customer.name, told.mrr, told.urgency,
        told.reasons
    FROM told JOIN customers_customer AS customer ON customer.id = told.customer_id
"""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A customer with its reasons, the most urgent first. `mrr` None: it cannot be told."""

    customer_id: int
    external_id: str
    name: str
    mrr: Decimal | None
    urgency: float
    reasons: Sequence[Reason]


@dataclass(frozen=True, kw_only=True)
class Counted:
    kind: str
    label: str
    reasons: int


@dataclass(frozen=True, kw_only=True)
class Today:
    """`items`: MOST at most, of `customers` in all. `mrr`: what they pay a month together."""

    items: Sequence[Item]
    counts: Sequence[Counted]
    reasons: int
    customers: int
    mrr: Decimal | None
    currency: Currency
    day: dt.date

    @property
    def more(self) -> int:
        """How many customers the list leaves out."""
        return max(self.customers - len(self.items), 0)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whose customers, and of which kind of reason ('' of any). `customer`: of one only."""

    owned: Owned = field(default=owners.EVERYBODY)
    kind: str = ""
    customer: int | None = None


def read(asked: Asked, *, company: Company, today: dt.date | None = None) -> Today:
    """One statement, whatever the size, beside those for the currency and the owner's users."""
    day = today or company.today()
    currency = figures_currency(company)
    narrowed = "WHERE shown.kind = %(kind)s" if asked.kind else ""
    query = _shown(asked, currency) + _READ.format(narrowed=narrowed)
    with connection.cursor() as cursor:
        cursor.execute(query, _params(asked, day, currency))
        counted, *rows = sorted(cursor.fetchall(), key=lambda row: row[0] is not None)
    counts = {kind: sums for kind, *sums in _json(counted[-1])}
    items = sorted((_item(row, day) for row in rows), key=_place)
    reasons, customers, mrr = counts.pop(None)
    return Today(
        items=items,
        counts=[
            Counted(kind=kind, label=label, reasons=counts[kind][0] if kind in counts else 0)
            for kind, label in LABELS.items()
        ],
        reasons=int(reasons or 0),
        customers=int(customers),
        mrr=None if currency.code is None else Decimal(mrr or 0),
        currency=currency,
        day=day,
    )


def _place(item: Item) -> tuple[float, float, int]:
    return (-item.urgency * float(item.mrr or 0), -item.urgency, item.customer_id)


def _json(told: Any) -> Any:
    """Django's cursors leave JSON as it comes."""
    return json.loads(told) if isinstance(told, str) else told


def _item(row: Sequence[Any], day: dt.date) -> Item:
    customer, external_id, name, mrr, urgency, told = row
    return Item(
        customer_id=customer,
        external_id=external_id,
        name=name,
        mrr=mrr,
        urgency=float(urgency),
        reasons=[
            Reason(
                customer_id=customer,
                kind=one["kind"],
                key=one["key"],
                data=one["data"],
                urgency=float(one["urgency"]),
                task_id=one["task"],
                since=dt.date.fromisoformat(one["since"]),
                today=day,
            )
            for one in _json(told)
        ],
    )


def _shown(asked: Asked, currency: Currency) -> str:
    """SQL of what is shown. A manager's own tasks are shown whoever owns the customer."""
    one = asked.customer is not None
    if currency.code is None:
        mrr = "NULL::numeric"
    else:
        mrr = "sum(mrr_after * rate)" if currency.rates else "sum(mrr_after)"
    is_of_nobody = asked.owned.names == ()
    return _SHOWN.format(
        theirs=owners.condition(asked.owned, column="held.customer_id"),
        these="held.customer_id = %(customer)s" if one else "true",
        these_tasks="open.customer_id = %(customer)s" if one else "true",
        waiting=_WAITING,
        of_whom="(open.assignee_id IS NULL OR %(users)s::bigint[] IS NULL"
        " OR open.assignee_id = ANY(%(users)s))",
        task_of_whom="open.assignee_id IS NULL" if is_of_nobody else _OF_WHOM,
        mrr=mrr,
    )


def _params(asked: Asked, day: dt.date, currency: Currency) -> dict[str, Any]:
    return {
        "today": day,
        "owners": asked.owned.parameter,
        "users": None if asked.owned.is_all else _users(asked.owned),
        "drops_since": day - dt.timedelta(days=DROP_DAYS),
        **currency.parameters(day),
        "kind": asked.kind,
        "customer": asked.customer,
        "further": PER_FURTHER,
        "most": MOST,
    }


def _users(owned: Owned) -> list[int]:
    """The users whom the owner names. People are few."""
    wanted = set(owned.names or ())
    return [user.pk for user in User.objects.active() if wanted & set(names_of(user))]


def kinds() -> list[str]:
    return [*Attention.Kind.values, TASK]

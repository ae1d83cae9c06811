"""What a page of renewals says beside the rows themselves, in a few queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.utils.translation import gettext as _

from accounts.formatting import format_day
from customers.attributes import latest_first
from customers.models import Customer, Renewal, Subscription
from metrics.models import HealthScore
from metrics.renewals.listing import Due, Listing

_OWNERS = f"""
    SELECT DISTINCT ON (a.customer_id) a.customer_id, a.value FROM customers_customerattribute a
     WHERE a.key = 'owner' AND a.superseded_at IS NULL AND a.customer_id = ANY(%(customers)s)
     ORDER BY a.customer_id, {latest_first("%(today)s::date")}
"""  # noqa: S608 - constants
# What a contract was, or is, worth on the day before it comes due.
_PLANS = """
    SELECT due.subscription_id, product.name, plan.name
      FROM unnest(%(subscriptions)s::bigint[], %(days)s::date[]) AS due (subscription_id, day)
      JOIN customers_term AS term ON term.subscription_id = due.subscription_id
           AND term.superseded_at IS NULL AND term.starts_on < due.day
           AND (term.ends_on IS NULL OR term.ends_on >= due.day)
      JOIN customers_plan AS plan ON plan.id = term.plan_id
      JOIN customers_product AS product ON product.id = plan.product_id
"""


@dataclass(frozen=True)
class Row:
    """A customer's contracts that come due on a day. `health` None: without a score today.
    `renewals`: what is on record of that day."""

    due: Due
    customer: Customer
    owner: str
    health: HealthScore | None
    subscriptions: Sequence[Subscription] = ()
    plans: Sequence[str] = ()
    renewals: Sequence[Renewal] = field(default_factory=list)

    @property
    def notice_by(self) -> dt.date | None:
        """The first day after which notice comes too late."""
        return min((one.notice_by for one in self.renewals if one.notice_by), default=None)

    @property
    def is_auto_renewed(self) -> bool | None:
        """None: not said."""
        said = [one.is_auto_renewed for one in self.renewals if one.is_auto_renewed is not None]
        return all(said) if said else None

    @property
    def cancelled_on(self) -> dt.date | None:
        return min((one.cancelled_on for one in self.renewals if one.cancelled_on), default=None)

    @property
    def agreed_on(self) -> dt.date | None:
        return max((one.agreed_on for one in self.renewals if one.agreed_on), default=None)

    @property
    def reason(self) -> str:
        return next((one.churn_reason for one in self.renewals if one.churn_reason), "")

    @property
    def may_be_decided(self) -> bool:
        return self.due.outcome in ("open", "agreed", "cancelled", "undecided", "lost")

    @property
    def task_title(self) -> str:
        return _("Renewal on {day}").format(day=format_day(self.due.day))

    @property
    def task_key(self) -> str:
        """What a task about it is about: as a manager's Today has it (metrics.today.keeping)."""
        return f"renewal:{self.due.day}"


def rows_of(listing: Listing, found: Sequence[Due]) -> list[Row]:
    """The rows with everything about them, in this order. Six queries."""
    if not found:
        return []
    ids = list({one.customer_id for one in found})
    days = list({one.day for one in found})
    customers = Customer.objects.in_bulk(ids)
    scores = HealthScore.objects.filter(customer__in=ids, ends_on=None)
    health = {score.customer_id: score for score in scores}
    contracts = listing.of(ids).contracts()
    wanted = {one for several in contracts.values() for one in several}
    subscriptions = Subscription.objects.in_bulk(list(wanted))
    owners, plans = _owners(ids, listing.today), _plans(contracts)
    said: dict[tuple[int, dt.date], list[Renewal]] = {}
    for renewal in (
        Renewal.objects.current().filter(customer__in=ids, renews_on__in=days).order_by("pk")
    ):
        said.setdefault((renewal.customer_id, renewal.renews_on), []).append(renewal)
    rows = []
    for one in found:
        place = (one.customer_id, one.day)
        mine = contracts.get(place, [])
        rows.append(
            Row(
                one,
                customers[one.customer_id],
                owners.get(one.customer_id, ""),
                health.get(one.customer_id),
                [subscriptions[pk] for pk in mine],
                sorted({plans[pk] for pk in mine if pk in plans}),
                said.get(place, []),
            )
        )
    return rows


def _owners(customers: list[int], today: dt.date) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS, {"customers": customers, "today": today})
        return dict(cursor.fetchall())


def _plans(contracts: dict[tuple[int, dt.date], list[int]]) -> dict[int, str]:
    pairs = [(one, day) for (_, day), several in contracts.items() for one in several]
    with connection.cursor() as cursor:
        cursor.execute(
            _PLANS,
            {"subscriptions": [one for one, _ in pairs], "days": [day for _, day in pairs]},
        )
        return {
            subscription: plan if plan == product else f"{product}: {plan}"
            for subscription, product, plan in cursor.fetchall()
        }

"""What a digest tells its reader to do: who needs them today, and their open tasks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from customers.models import Task
from customers.owners import owned_of
from metrics.today.reading import Asked, read
from metrics.today.rules import TASK
from tenants.models import Company

MOST = 10
MOST_NEEDS = 5
AHEAD = dt.timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Work:
    """A thing to do. `href`: the path of the customer's page; `due_on` None: no day was set."""

    title: str
    customer: str
    href: str
    due_on: dt.date | None
    is_late: bool


@dataclass(frozen=True, kw_only=True)
class Need:
    """A customer that needs somebody, as Today says it. `href`: the path of its page."""

    customer: str
    href: str
    reasons: list[str]


@dataclass(frozen=True)
class WorkList:
    """The first things to do, and how many there are in all; who needs somebody most, and how
    many customers do."""

    rows: list[Work]
    count: int
    needs: list[Need]
    needing: int

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


def work_of(user: User, *, company: Company, today: dt.date) -> WorkList:
    """The user's open tasks that are late or due within a week, or have no day (snoozed ones when
    they are back by then); and the head of Today: a manager's own customers, if they have any,
    else everybody's. Some six queries."""
    until = today + AHEAD
    waiting = Q(snoozed_until=None) | Q(snoozed_until__lte=until)
    found = Task.objects.open().filter(
        waiting, Q(due_on=None) | Q(due_on__lte=until), assignee=user
    )
    first = found.first_due_first().select_related("customer")[:MOST]
    rows = [
        Work(
            title=task.title,
            customer=task.customer.name or task.customer.external_id,
            href=_page(task.customer_id),
            due_on=task.due_on,
            is_late=task.due_on is not None and task.due_on < today,
        )
        for task in first
    ]
    count = len(rows) if len(rows) < MOST else found.count()
    needs, needing = _needs(user, company, today)
    return WorkList(rows, count, needs, needing)


def _needs(user: User, company: Company, today: dt.date) -> tuple[list[Need], int]:
    found = read(Asked(owned=owned_of({}, user)), company=company, today=today)
    needs = [
        Need(
            customer=item.name or item.external_id,
            href=_page(item.customer_id),
            reasons=[one.words for one in item.reasons if one.kind != TASK],
        )
        for item in found.items
    ]
    told = [one for one in needs if one.reasons]
    of_tasks_alone = len(needs) - len(told)
    return told[:MOST_NEEDS], found.customers - of_tasks_alone


def _page(customer_id: int) -> str:
    return reverse("customers:detail", args=[customer_id], urlconf=settings.ROOT_URLCONF)

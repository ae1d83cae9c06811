"""A task for each of many customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.models import User
from customers.attributes import values_on
from customers.models import Customer, Task
from customers.models.task import TITLE_LENGTH
from customers.owners import names_of
from tenants.context import current_company

MOST = 5000
"""So many tasks at once: more than that nobody does."""
PER_LOOK = 1000
SAME_WITHIN = dt.timedelta(minutes=10)
"""The same tasks by the same user in so short a time are the same."""
_HELD = values_on(key="'owner'", day="%(today)s::date")


@transaction.atomic
def make_for_each(
    *,
    customers: Sequence[int],
    title: str,
    due_on: dt.date | None,
    assignee: User | None,
    is_for_owner: bool,
    by: User | None,
) -> int:
    """An open task for each customer of these ids, `is_for_owner`: given to the user whom the
    customer names as its owner, if there is one; else to `assignee`. Who got the same a moment ago
    gets no second one. How many. Raises Refused."""
    title = " ".join(title.replace("\0", "").split())
    if not title:
        raise Refused(_("Say what is to be done."), code="no_title")
    if len(title) > TITLE_LENGTH:
        raise Refused(
            _("A task's title has up to {most} characters.").format(most=TITLE_LENGTH),
            code="too_long",
        )
    if not customers:
        raise Refused(_("There is no customer to do this to."), code="nobody")
    if len(customers) > MOST:
        raise Refused(
            _(
                "At most {most} tasks can be made at once; these would be {count}. Narrow the "
                "list first."
            ).format(most=format_number(MOST), count=format_number(len(customers))),
            code="too_many",
        )
    if assignee is not None and not (assignee.is_active and assignee.may_work):
        raise Refused(
            _("{user} cannot be given tasks.").format(user=assignee), code="idle_assignee"
        )
    owners = _owners() if is_for_owner else {}
    # Whoever merges or removes one of them waits, or is waited for.
    held = Customer.objects.select_for_update(no_key=True).filter(pk__in=customers)
    locked = list(held.order_by("pk"))
    # A second click, or the same asked again, makes none twice.
    same = Task.objects.open().filter(
        title=title, due_on=due_on, made_by=by, made_at__gt=timezone.now() - SAME_WITHIN
    )
    made = set(same.filter(customer__in=customers).values_list("customer", flat=True))
    if locked and len(made) == len(locked):
        raise Refused(_("These tasks were made a moment ago: see Tasks."), code="made_already")
    found = [
        Task(
            customer=one,
            title=title,
            due_on=due_on,
            assignee_id=owners.get(one.pk, assignee.pk if assignee else None),
            made_by=by,
        )
        for one in locked
        if one.pk not in made
    ]
    Task.objects.bulk_create(found, batch_size=PER_LOOK)
    audit.record(
        by=by,
        action="tasks.made",
        subject=title,
        detail={"customers": len(found), "due_on": due_on.isoformat() if due_on else None},
    )
    return len(found)


def _owners() -> dict[int, int]:
    """{customer: the user it names as its owner}."""
    users = User.objects.active()
    by_name = {name: user.pk for user in users if user.may_work for name in names_of(user)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT customer_id, lower(value) FROM ({_HELD}) AS held",  # noqa: S608
            {"today": current_company().today()},
        )
        return {customer: by_name[name] for customer, name in cursor.fetchall() if name in by_name}

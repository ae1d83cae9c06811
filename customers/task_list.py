"""Which tasks a list shows, in which order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_noop

from accounts.models import User
from customers import owners
from customers.models import Task
from customers.models.task import TaskQuerySet
from customers.owners import Owned

MINE, ANYBODY, NOBODY = "me", "all", "none"
STATES = (
    ("open", gettext_noop("Open")),
    ("due", gettext_noop("Due")),
    ("snoozed", gettext_noop("Snoozed")),
    ("done", gettext_noop("Done")),
    ("all", gettext_noop("All")),
)
_LARGEST_ID = 2**63 - 1
_DIGITS = len(str(_LARGEST_ID))  # more of them Python refuses to read


@dataclass(frozen=True, kw_only=True)
class Asked:
    """`assignee`: me, all, none, or a user's address; `state` one of STATES; `customer` the id of
    one, 0: of all."""

    assignee: str = ANYBODY
    state: str = "open"
    customer: int = 0

    @classmethod
    def of(cls, params: Mapping[str, Any], user: User | None, *, default: str = ANYBODY) -> Asked:
        """Out of a query string; what is not known there is taken for the default."""
        assignee = str(params.get("assignee", "")).replace("\0", "").strip().lower()[:254]
        state = str(params.get("state", ""))
        customer = str(params.get("customer", ""))
        is_id = customer.isascii() and customer.isdigit() and len(customer) <= _DIGITS
        is_id = is_id and int(customer) <= _LARGEST_ID
        return cls(
            assignee=assignee or (ANYBODY if is_id else default),
            state=state if state in dict(STATES) else "open",
            customer=int(customer) if is_id else 0,
        )


def tasks_of(
    asked: Asked, *, user: User | None, owned: Owned = owners.EVERYBODY, today: dt.date
) -> TaskQuerySet:
    """The tasks with their customer and people; open ones by their day, done ones newest first."""
    found = Task.objects.select_related("customer", "assignee", "done_by", "made_by")
    if asked.customer:
        found = found.filter(customer=asked.customer)
    if asked.assignee == MINE:
        found = found.filter(assignee=user)
    elif asked.assignee == NOBODY:
        found = found.filter(assignee=None)
    elif asked.assignee != ANYBODY:
        found = found.filter(assignee__email=asked.assignee)
    theirs = owners.customers_of(owned, day=today)
    if theirs is not None:
        found = found.filter(customer__in=theirs)
    return _in_state(found, asked.state, today)


def _in_state(found: TaskQuerySet, state: str, today: dt.date) -> TaskQuerySet:
    if state == "done":
        return found.filter(state=Task.State.DONE).order_by("-done_at", "-pk")
    if state == "all":
        return found.order_by("-pk")
    found = found.open().first_due_first()
    is_asleep = Q(snoozed_until__gt=today)
    if state == "snoozed":
        return found.filter(is_asleep).order_by(F("snoozed_until").asc(), "pk")
    return found.waiting(today) if state == "due" else found.exclude(is_asleep)

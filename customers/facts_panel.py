"""What a customer's page shows of its facts: what is open, due and was last said.

Each card costs one query and shows a few rows; the whole list is a link away.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.models import (
    Customer,
    Milestone,
    Note,
    Objective,
    Pause,
    Renewal,
    Touchpoint,
)
from customers.open_tickets import SHOWN, open_tickets
from customers.registry import Panel


def tickets_context(customer: Customer, _today: dt.date) -> dict[str, Any] | None:
    """The open tickets, longest open first."""
    return _some(open_tickets(customer).longest, customer)


def renewal_context(customer: Customer, today: dt.date) -> dict[str, Any] | None:
    """What comes up for renewal, notice given or not, and the pauses that last. Costs two
    queries."""
    rows = list(
        Renewal.objects.current()
        .filter(customer=customer, renews_on__gte=today)
        .select_related("subscription")
        .order_by("renews_on", "pk")[: SHOWN + 1]
    )
    pauses = list(
        Pause.objects.current()
        .filter(Q(ends_on=None) | Q(ends_on__gt=today), customer=customer, starts_on__lte=today)
        .select_related("subscription")
        .order_by("starts_on", "pk")[:SHOWN]
    )
    found = _some(rows or pauses, customer)
    return None if found is None else found | {"rows": rows[:SHOWN], "pauses": pauses}


def objectives_context(customer: Customer, today: dt.date) -> dict[str, Any] | None:
    """Objectives: those not reached first, the one due next at the top."""
    rows = Objective.objects.current().filter(customer=customer).order_by(*_OPEN_FIRST)
    found = _some(list(rows[: SHOWN + 1]), customer)
    return None if found is None else found | {"today": today}


def milestones_context(customer: Customer, today: dt.date) -> dict[str, Any] | None:
    """The milestones of onboarding, in the order of their days."""
    rows = list(
        Milestone.objects.current()
        .filter(customer=customer)
        .order_by(F("due_on").asc(nulls_last=True), F("reached_on").asc(nulls_last=True), "pk")[
            : 2 * SHOWN + 1
        ]
    )
    found = _some(rows, customer, shown=2 * SHOWN)
    return None if found is None else found | {"today": today}


def talks_context(customer: Customer, _today: dt.date) -> dict[str, Any] | None:
    """The latest touchpoints and notes together, newest first. Costs two queries."""
    touchpoints = (
        Touchpoint.objects.current()
        .filter(customer=customer)
        .select_related("contact")
        .order_by("-happened_at", "-pk")[: SHOWN + 1]
    )
    notes = Note.objects.current().filter(customer=customer).order_by("-written_at", "-pk")
    rows: list[dict[str, Any]] = [
        {
            "kind": "touchpoints",
            "id": row.pk,
            "at": row.happened_at,
            "title": row.subject or row.get_kind_display(),
            "label": row.get_kind_display(),
            "by": row.held_by,
            "with": str(row.contact) if row.contact else "",
            "text": row.text,
        }
        for row in touchpoints
    ]
    rows += [
        {
            "kind": "notes",
            "id": row.pk,
            "at": row.written_at,
            "title": _("Note"),
            "label": _("Note"),
            "by": row.author,
            "with": "",
            "text": row.text,
        }
        for row in notes[: SHOWN + 1]
    ]
    rows.sort(key=lambda row: row["at"], reverse=True)
    return _some(rows, customer)


_OPEN_FIRST = (
    models.Case(models.When(reached_on=None, then=0), default=1),
    F("due_on").asc(nulls_last=True),
    F("reached_on").desc(nulls_last=True),
    "pk",
)


def _some(rows: list[Any], customer: Customer, shown: int = SHOWN) -> dict[str, Any] | None:
    """None without rows: the card is left out."""
    if not rows:
        return None
    return {"rows": rows[:shown], "has_more": len(rows) > shown, "customer": customer}


PANELS = tuple(
    Panel(
        key=key,
        title=title,
        template=f"customers/panels/_{key}.html",
        context=context,
        position=position,
        kinds=frozenset(kinds.split()),
    )
    for key, title, context, position, kinds in (
        ("tickets", gettext_noop("Open tickets"), tickets_context, 10, "tickets"),
        ("renewal", gettext_noop("Renewal"), renewal_context, 15, "renewals pauses"),
        ("objectives", gettext_noop("Objectives"), objectives_context, 20, "objectives"),
        ("milestones", gettext_noop("Onboarding"), milestones_context, 25, "milestones"),
        ("talks", gettext_noop("Talks and notes"), talks_context, 30, "touchpoints notes"),
    )
)

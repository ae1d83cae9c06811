"""The card of notes on a customer's page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext_noop

from accounts.models import User
from customers.models import Customer, Note
from customers.models.relations import TEXT_LENGTH
from customers.registry import Panel

SHOWN = 5


def context(customer: Customer, _today: dt.date) -> dict[str, Any]:
    """The latest notes, and who can be named. Two queries."""
    rows = list(
        Note.objects.current()
        .filter(customer=customer)
        .select_related("source")
        .order_by("-written_at", "-pk")[: SHOWN + 1]
    )
    return {
        "customer": customer,
        "rows": rows[:SHOWN],
        "has_more": len(rows) > SHOWN,
        "people": User.objects.active().order_by("name", "email"),
        "length": TEXT_LENGTH,
    }


PANEL = Panel(
    key="notes",
    title=gettext_noop("Notes"),
    template="customers/panels/_notes.html",
    context=context,
    position=5,
)

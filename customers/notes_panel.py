"""The card of notes on a customer's page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext_noop

from accounts.models import User
from customers.fact_rows import held_kinds
from customers.models import Customer, Note
from customers.models.relations import TEXT_LENGTH
from customers.registry import Panel
from tenants.once import once

SHOWN = 5
_PEOPLE = "SELECT * FROM accounts_user WHERE is_active ORDER BY name, email"


@once
def people() -> list[User]:
    """The active users, by name. A query."""
    return list(User.objects.raw(_PEOPLE))


def _notes(customer: Customer) -> models.QuerySet[Note]:
    return (
        Note.objects.current()
        .filter(customer=customer)
        .select_related("source")
        .order_by("-written_at", "-pk")[: SHOWN + 1]
    )


def context(customer: Customer, _today: dt.date) -> dict[str, Any]:
    """The latest notes, and who can be named. Three queries at most."""
    has_any = any(kind.key == "notes" for kind in held_kinds(customer))
    rows = list(_notes(customer)) if has_any else []
    return {
        "customer": customer,
        "rows": rows[:SHOWN],
        "has_more": len(rows) > SHOWN,
        "people": people(),
        "length": TEXT_LENGTH,
    }


PANEL = Panel(
    key="notes",
    title=gettext_noop("Notes"),
    template="customers/panels/_notes.html",
    context=context,
    position=5,
)

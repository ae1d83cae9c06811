"""The open tickets of a customer, which several parts of its page show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from customers.models import Customer
from tenants.once import once

SHOWN = 5
_OPEN = """
    SELECT count(*) OVER (), id, external_id, subject, priority, channel, opened_at,
        first_responded_at, reopens
      FROM customers_ticket
     WHERE customer_id = %(customer)s AND superseded_at IS NULL AND resolved_at IS NULL
     ORDER BY opened_at, id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class OpenTicket:
    id: int
    external_id: str
    subject: str
    priority: str
    channel: str
    opened_at: dt.datetime
    first_responded_at: dt.datetime | None
    reopens: int


@dataclass(frozen=True, slots=True)
class OpenTickets:
    """How many there are, and those that are open longest: SHOWN, and one more if there is."""

    count: int
    longest: list[OpenTicket]


@once
def open_tickets(customer: Customer) -> OpenTickets:
    """A query."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"customer": customer.pk, "limit": SHOWN + 1})
        rows = cursor.fetchall()
    return OpenTickets(rows[0][0] if rows else 0, [OpenTicket(*row) for _count, *row in rows])

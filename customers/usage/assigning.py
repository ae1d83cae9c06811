"""Giving events that came before anybody said whose end user it was to their customer."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import connection, transaction

from customers.imports.references import KNOWN_CONTACTS, KNOWN_CUSTOMERS
from customers.usage.waiting import have_rolled_up
from tenants.context import current_company

if TYPE_CHECKING:
    from customers.imports.staging import Stage

ALL_CUSTOMERS = f"SELECT external_id FROM {KNOWN_CUSTOMERS} known"  # noqa: S608
ALL_CONTACTS = f"SELECT external_id FROM {KNOWN_CONTACTS} known"  # noqa: S608

# A group decides alone; without one the end user who is a contact does.
_ASSIGN = f"""
    WITH known AS (
        SELECT e.tableoid AS partition, e.ctid AS place, c.id AS customer_id
          FROM customers_usageevent e JOIN {KNOWN_CUSTOMERS} c ON c.external_id = e.group_id
         WHERE e.customer_id IS NULL AND e.group_id <> '' AND e.group_id IN ({{groups}})
        UNION ALL
        SELECT e.tableoid, e.ctid, c.customer_id
          FROM customers_usageevent e JOIN {KNOWN_CONTACTS} k ON k.external_id = e.end_user
          JOIN customers_contact c ON c.id = k.id
         WHERE e.customer_id IS NULL AND e.group_id = '' AND e.end_user IN ({{users}})
    ), assigned AS (
        UPDATE customers_usageevent e SET customer_id = known.customer_id
          FROM known
         WHERE e.tableoid = known.partition AND e.ctid = known.place AND e.customer_id IS NULL
        RETURNING e.customer_id, e.occurred_at
    ), changed AS (
        INSERT INTO customers_usagechange (customer_id, day)
        SELECT DISTINCT customer_id, (occurred_at AT TIME ZONE %s)::date FROM assigned
    )
    SELECT count(*) FROM assigned
"""  # noqa: S608 - built from constants


@transaction.atomic
def assign_events(
    *, now: dt.datetime, groups: str = ALL_CUSTOMERS, users: str = ALL_CONTACTS
) -> int:
    """Give waiting events their customer where it is known by now; returns how many got one.

    `groups`, `users`: SQL of the external ids of customers and contacts to look at. Call it in
    the transaction that stores these. Cheap while nothing of theirs waits: only waiting events
    are looked at, by an index of their own.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGN.format(groups=groups, users=users), [current_company().timezone])
        [count] = cursor.fetchone()
    if count:
        have_rolled_up(now=now)
    return int(count)


def assign_to_written(stage: Stage) -> None:
    """`assign_events` for the customers or contacts that `stage` has just written."""
    nobody = "SELECT NULL::text WHERE false"
    written = "SELECT external_id FROM import_row WHERE external_id IS NOT NULL"
    if stage.kind.key == "customers":
        assign_events(now=stage.now, groups=written, users=nobody)
    elif stage.kind.key == "contacts":
        assign_events(now=stage.now, groups=nobody, users=written)

"""Making all roll-ups anew from the raw events there are."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from customers.usage.keeping import first_kept_day
from customers.usage.rolling import roll_up
from customers.usage.waiting import ROLL_UP
from tenants.context import current_company
from tenants.jobs import enqueue

REBUILD = "customers.rebuild_usage"

# Every day on which a customer did something, or is held to have done.
_EVERYTHING = """
    INSERT INTO customers_usagechange (customer_id, day)
    SELECT customer_id, (occurred_at AT TIME ZONE %(zone)s)::date FROM customers_usageevent
     WHERE customer_id IS NOT NULL
    UNION SELECT customer_id, day FROM customers_usageday WHERE day >= %(first)s
    UNION SELECT customer_id, day FROM customers_usagesession WHERE day >= %(first)s
"""


def have_everything_rolled_up() -> int:
    """Put every day that can be made anew on the list; returns how many (customer, day).

    Days whose raw events were dropped stay as they are. For a change of the company's time zone
    or session gap, and for `rebuild_usage`.
    """
    first = first_kept_day() or dt.date(1, 1, 1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_EVERYTHING, {"zone": current_company().timezone, "first": first})
        count = int(cursor.rowcount)
        enqueue(ROLL_UP)
    return count


def rebuild_usage() -> int:
    """Make every roll-up anew that can be; returns how many days that were."""
    have_everything_rolled_up()
    return roll_up()

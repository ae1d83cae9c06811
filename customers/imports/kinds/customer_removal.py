"""Removing customers: each goes with everything that is of it alone."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from customers.imports.references import customer_id_of
from customers.imports.staging import Stage
from customers.models import Customer
from tenants.jobs import enqueue

SETTLE_AFTER = dt.timedelta(seconds=30)


def remove_customers(stage: Stage) -> None:
    """Delete the customers of `import_removal` and all that points at them, in every app: facts
    in all their versions, contacts and their answers, and what was derived of them (movements,
    roll-ups), whether or not the database knows the key as one. Parts of a removed customer stay
    and have no parent; who was referred by it stays.

    Whoever calls it has locked every kind (Kind.takes_all_along): nobody adds to what is going.

    Nothing on the change feed can point at who is gone, and nothing has to: what is derived per
    customer goes here. The row without a customer tells those who sum up over all.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {customer_id_of('r.external_id')} FROM import_removal r"  # noqa: S608
        )
        ids = [row[0] for row in cursor.fetchall() if row[0] is not None]
    if not ids:
        return
    stage.execute("DELETE FROM customers_usageevent WHERE customer_id = ANY(%s)", [ids])
    Customer.objects.filter(pk__in=ids).delete()
    stage.execute(
        "INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)"
        " VALUES (NULL, 'customers', NULL, %s)",
        [stage.now],
    )
    # Events on their way are stored by then; nothing in the database keeps them out.
    enqueue(
        "customers.settle_merge",
        key=f"customers.settle_merge-{min(ids)}",
        payload={"kept": "", "gone": ids},
        run_at=stage.now + SETTLE_AFTER,
    )

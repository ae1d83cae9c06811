"""Whose a subscription is: one rule for whatever names subscriptions.

It belongs to the customer it is held for as long as anything current is held of it, or of one of
its plans (`id:plan`, customers.billing): a term, an invoice, a renewal, a pause. When all of that
was removed it may come as another customer's.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from customers.imports.staging import Stage
from customers.wording import in_sql

_HOLDING = ("customers_term", "customers_invoice", "customers_renewal", "customers_pause")
# SQL: whether the subscription `s` is held of its customer.
IS_HELD = (
    "("
    + " OR ".join(
        f"EXISTS (SELECT FROM {table} x WHERE x.subscription_id = s.id AND x.superseded_at IS NULL)"
        for table in _HOLDING
    )
    + ")"
)


def note_owners(stage: Stage, *, subscription: str, field: str) -> None:
    """Notes, at `field`, rows whose subscription (the column of that name holds its id) is another
    customer's: of an earlier row, or of what is held."""
    stage.note(
        field,
        value=f"r.{field}",
        message=in_sql(
            _("subscription {subscription} is of customer {customer} in row {row}"),
            subscription=f"r.{subscription}",
            customer="r.first_customer",
            row="r.first_row",
        ),
        found=f"""
            FROM (SELECT *, first_value(customer) OVER w AS first_customer,
                         first_value(row_number) OVER w AS first_row
                    FROM import_row
                  WINDOW w AS (PARTITION BY {subscription} ORDER BY row_number)) r
            WHERE r.customer <> r.first_customer""",  # noqa: S608 - built from constants
    )
    stage.note(
        field,
        value=f"r.{field}",
        message=in_sql(
            _("subscription {subscription} is held for customer {customer}"),
            subscription=f"r.{subscription}",
            customer="c.external_id",
        ),
        found=f"""
            FROM import_row r
            JOIN customers_subscription b ON b.external_id = r.{subscription}
            JOIN customers_customer c ON c.id = b.customer_id
            WHERE c.external_id <> r.customer AND EXISTS (
                  SELECT FROM customers_subscription s
                   WHERE s.customer_id = b.customer_id AND {IS_HELD}
                         AND (s.id = b.id
                              OR starts_with(s.external_id, b.external_id || ':')))""",
    )


def give_to_their_customers(stage: Stage, *, of: str) -> None:
    """Subscriptions of which nothing is held become those of the customers that `of` names: a
    table, or SQL in brackets, of (external_id, customer). Before anything is written of them."""
    stage.execute(
        f"""
        UPDATE customers_subscription s SET customer_id = c.id, changed_at = %s
          FROM {of} t JOIN customers_customer c ON c.external_id = t.customer
         WHERE s.external_id = t.external_id AND s.customer_id <> c.id AND NOT {IS_HELD}
        """,  # noqa: S608 - built from constants
        [stage.now],
    )

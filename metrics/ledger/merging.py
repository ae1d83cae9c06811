"""What becomes of movements when their customer is merged into another."""

from __future__ import annotations

# See customers.registry.add_merge_rule. They are made anew from the terms of both: the customer
# kept is on the change feed.
FORGET = {
    table: f"DELETE FROM {table} WHERE customer_id = %(gone)s"  # noqa: S608 - built from constants
    for table in ("metrics_movement", "metrics_movementpart")
}

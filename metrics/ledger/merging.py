"""What becomes of what is derived of a customer when it is merged into another."""

from __future__ import annotations

from metrics.ledger.build import TABLES

SCORES = ("metrics_healthscore", "metrics_healthmeasures", "metrics_healthpast")

# See customers.registry.add_merge_rule. They are made anew from the facts of both: the customer
# kept is on the change feed.
FORGET = {
    table: f"DELETE FROM {table} WHERE customer_id = %(gone)s"  # noqa: S608 - built from constants
    for table in (*TABLES, *SCORES, "metrics_attention")
}

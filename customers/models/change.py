"""The change feed: what derived figures have to look at again."""

from __future__ import annotations

from django.db import models

from customers.models.customer import Customer


class Change(models.Model):
    """Facts of a customer changed, from a day on; without one, facts of no single customer
    (costs, exchange rates). `kind` is that of the facts, as in customers.imports.kinds.

    Written in the transaction that changes the facts; whoever derives from the facts reads the
    rows, brings its figures up to date for these customers, and removes the rows it read.
    Null `from_day`: from the beginning.
    """

    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=32, blank=True, db_default="")
    from_day = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.customer_id} from {self.from_day}"

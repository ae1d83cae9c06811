"""The ledger's days of contracts: when they come due and begin.

Derived, like movements: metrics.ledger.contracts writes them from terms and renewals on record.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from customers.models import Customer, Plan, Subscription


class ContractDay(models.Model):
    """A contract comes due on `first_on`, and then after every `months` since `begun_on` until
    `last_on` (null: for good); or it begins on `first_on`.

    `mrr` is what it was worth the day before, or begins with. `next_on`: the first due day after
    `last_on`. Where a term ends with the due day, `renewed_on` says from when the contract is paid
    for again (null: never), and `renewed_mrr` what for. `noticed_on`: the first notice on record
    for that day.
    """

    class Kind(models.TextChoices):
        GOES_ON = "goes_on", "Due, and worth the same after it"
        ENDS = "ends", "Due where a term ends"
        BEGINS = "begins", "Begins to be paid for; only of customers with several contracts"

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    plan = models.ForeignKey(
        Plan, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind)
    first_on = models.DateField()
    last_on = models.DateField(null=True)
    next_on = models.DateField(null=True)
    begun_on = models.DateField(help_text="Since when it is paid for without a gap.")
    months = models.PositiveSmallIntegerField(null=True, help_text="What its price is for.")
    currency = models.CharField(max_length=3)
    mrr = models.DecimalField(max_digits=30, decimal_places=10)
    is_alone = models.BooleanField(help_text="The customer has no other contract.")
    is_recorded = models.BooleanField(help_text="Due by a date on record.")
    noticed_on = models.DateField(null=True)
    renewed_on = models.DateField(null=True)
    renewed_mrr = models.DecimalField(max_digits=30, decimal_places=10, null=True)
    renewed_currency = models.CharField(max_length=3, null=True)  # noqa: DJ001 - as renewed_on

    class Meta:
        indexes = [
            models.Index(
                fields=["customer", "subscription", "first_on"],
                condition=(Q(is_recorded=True) | Q(months__gt=1)) & ~Q(kind="begins"),
                name="contract_day_longer",
            ),
            models.Index(fields=["currency"], name="contract_day_currency"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "subscription", "first_on"], name="contract_day_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["goes_on", "ends", "begins"]),
                name="contract_day_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(last_on=None) | Q(last_on__gte=F("first_on")),
                name="contract_day_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"subscription {self.subscription_id}: {self.kind} {self.first_on}"

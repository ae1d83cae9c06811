"""Which customers need somebody, and why: kept so that the page Today only reads."""

from __future__ import annotations

from django.db import models

from customers.models import Customer


class Attention(models.Model):
    """A reason to look at a customer. Derived: metrics.today.keeping writes it.

    It counts from `starts_on` until `ends_on` (the first day without; null: until it is made
    anew). Its urgency, 0 to 100, is `urgency` on `starts_on` and grows by `per_day` to `most`.
    `kind` and `key` are what a task about it says (`about_kind`, `about_key`): the key is another
    where the reason is a new one. `data` is what the words are made of. `mrr`: what the customer
    paid a month when it was made, in the currency of figures; null where that cannot be told.
    """

    class Kind(models.TextChoices):
        DROP = "drop", "Score drops"
        DETRACTOR = "detractor", "Low answers"
        RENEWAL = "renewal", "Renewals"
        ONBOARDING = "onboarding", "Late onboarding"
        SILENT = "silent", "Silent"

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    kind = models.CharField(max_length=12, choices=Kind)
    key = models.CharField(max_length=200)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    urgency = models.FloatField()
    per_day = models.FloatField(default=0)
    most = models.FloatField()
    data = models.JSONField(default=dict)
    mrr = models.DecimalField(max_digits=30, decimal_places=10, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key", "customer"], name="attention_once"),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["drop", "detractor", "renewal", "onboarding", "silent"]
                ),
                name="attention_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.customer_id}: {self.key}"

"""Money besides contracts: what was spent, what was billed, what a currency was worth."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy

from customers.models.customer import Customer
from customers.models.fact import CustomerFact, Fact, FactQuerySet
from customers.models.subscription import Subscription


class CostKind(models.TextChoices):
    ACQUISITION = "acquisition", gettext_lazy("Acquisition")
    RETENTION = "retention", gettext_lazy("Retention")


class Cost(Fact):
    """Money spent on winning or keeping customers, spread evenly by day over
    [`starts_on`, `ends_on`).

    `segment_key` and `segment_value` name a customer attribute's value (or product or plan) that
    it was spent on; both empty: not allocated. `customer`, where it was spent on one.
    """

    kind = models.CharField(max_length=16, choices=CostKind)
    category = models.CharField(max_length=100, blank=True)
    amount = models.DecimalField(max_digits=24, decimal_places=10)
    currency = models.CharField(max_length=3, help_text="ISO 4217.")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The first day without.")
    segment_key = models.CharField(max_length=63, blank=True)
    segment_value = models.CharField(max_length=200, blank=True)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="cost_set"
    )

    objects = FactQuerySet["Cost"].as_manager()

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(kind__in=["acquisition", "retention"]), name="cost_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="cost_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(segment_key="", segment_value="")
                | ~models.Q(segment_key="") & ~models.Q(segment_value=""),
                name="cost_segment_whole",
            ),
        ]


class Invoice(CustomerFact):
    """What was billed, without tax: an invoice, or one of its lines. Credits are negative.

    [`period_starts_on`, `period_ends_on`) is the time of service it is for, where it says so.
    """

    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    description = models.CharField(max_length=300, blank=True)
    issued_on = models.DateField()
    amount = models.DecimalField(max_digits=24, decimal_places=10)
    currency = models.CharField(max_length=3, help_text="ISO 4217.")
    period_starts_on = models.DateField(null=True, blank=True)
    period_ends_on = models.DateField(null=True, blank=True)
    paid_on = models.DateField(null=True, blank=True)
    product = models.CharField(max_length=200, blank=True, db_default="")
    plan = models.CharField(max_length=200, blank=True, db_default="")
    quantity = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    is_recurring = models.BooleanField(
        null=True,
        blank=True,
        help_text="MRR is made of it (customers.billing); empty: nobody said so.",
    )
    is_proration = models.BooleanField(default=False, db_default=False)

    objects = FactQuerySet["Invoice"].as_manager()

    class Meta(CustomerFact.Meta):
        constraints = [
            *CustomerFact.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(period_starts_on=None, period_ends_on=None)
                | models.Q(
                    period_starts_on__isnull=False,
                    period_ends_on__isnull=False,
                    period_ends_on__gt=models.F("period_starts_on"),
                ),
                name="invoice_period_whole",
            ),
        ]


class ExchangeRate(Fact):
    """From `day` until the next rate's day, 1 `currency` is worth `rate` of `base`."""

    currency = models.CharField(max_length=3, help_text="ISO 4217.")
    base = models.CharField(max_length=3, help_text="ISO 4217.")
    day = models.DateField()
    rate = models.DecimalField(max_digits=24, decimal_places=12)

    objects = FactQuerySet["ExchangeRate"].as_manager()

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="exchange_rate_positive"),
            models.CheckConstraint(
                condition=~models.Q(currency=models.F("base")), name="exchange_rate_of_two"
            ),
            models.UniqueConstraint(
                fields=["currency", "base", "day"],
                condition=models.Q(superseded_at=None),
                name="exchange_rate_one_per_day",
            ),
        ]

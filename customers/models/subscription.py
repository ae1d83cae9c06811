"""What is sold, and the contracts for it with their dated terms."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Func
from django.utils.translation import gettext_lazy

from customers.models.customer import Customer
from customers.models.source import Source


class DateRange(Func):
    """`daterange(starts_on, ends_on, '[)')`."""

    function = "DATERANGE"
    output_field = DateRangeField()


class IdRange(Func):
    """The one-element range of a bigint: lets GiST compare ids without the btree_gist extension."""

    template = "int8range(%(expressions)s, %(expressions)s, '[]')"


class Product(models.Model):
    name = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """What a subscription is for. A plan belongs to a product."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="plans")
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "name"], name="plan_name_once_per_product"),
        ]

    def __str__(self) -> str:
        """The product alone where its plan has no name of its own."""
        if self.name == self.product.name:
            return self.name
        return f"{self.product.name}: {self.name}"


class Subscription(models.Model):
    """A contract of a customer's for a plan. Its price, quantity and days are in its terms."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="subscriptions")
    external_id = models.CharField(max_length=200, unique=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(external_id=""), name="subscription_external_id_given"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class Interval(models.TextChoices):
    """How often `Term.amount` is due."""

    DAY = "day", gettext_lazy("day")
    WEEK = "week", gettext_lazy("week")
    MONTH = "month", gettext_lazy("month")
    QUARTER = "quarter", gettext_lazy("quarter")
    YEAR = "year", gettext_lazy("year")


class TermQuerySet(models.QuerySet["Term"]):
    def current(self) -> TermQuerySet:
        """What we hold to be true now: versions that no correction has replaced."""
        return self.filter(superseded_at=None)

    def on(self, day: dt.date) -> TermQuerySet:
        """Those that count on a day: from `starts_on` to before `ends_on`."""
        return self.filter(models.Q(ends_on=None) | models.Q(ends_on__gt=day), starts_on__lte=day)


class Term(models.Model):
    """What a subscription is for from `starts_on` until `ends_on` (first day without, or open).

    `mrr` is `amount` x `quantity` per month, rounded once, half-even, to 10 decimals
    (customers.mrr.monthly). A correction sets `superseded_at` and adds a row; current rows of
    one subscription never overlap.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="terms")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="terms")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    quantity = models.DecimalField(max_digits=20, decimal_places=6, default=1)
    amount = models.DecimalField(
        max_digits=24, decimal_places=10, help_text="Per unit and interval."
    )
    interval = models.CharField(max_length=8, choices=Interval, default=Interval.MONTH)
    currency = models.CharField(max_length=3, help_text="ISO 4217.")
    mrr = models.DecimalField(max_digits=30, decimal_places=10)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    source_updated_at = models.DateTimeField(
        null=True, blank=True, help_text="When it last changed where it comes from, if told."
    )
    is_backfilled = models.BooleanField(
        default=False,
        db_default=False,
        help_text="History from before we were told anything: known from its own date on.",
    )
    superseded_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = TermQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gte=0), name="term_amount_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=0), name="term_quantity_not_negative"
            ),
            models.CheckConstraint(condition=models.Q(mrr__gte=0), name="term_mrr_not_negative"),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gt=models.F("starts_on")),
                name="term_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(interval__in=["day", "week", "month", "quarter", "year"]),
                name="term_interval_known",
            ),
            ExclusionConstraint(
                name="term_no_overlap",
                expressions=[
                    (IdRange("subscription_id"), RangeOperators.OVERLAPS),
                    (
                        DateRange("starts_on", "ends_on", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=models.Q(superseded_at=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["subscription"],
                condition=models.Q(superseded_at=None),
                name="term_current",
            ),
            models.Index(
                fields=["ends_on"],
                condition=models.Q(superseded_at=None, ends_on__isnull=False),
                name="term_ending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription} from {self.starts_on}"

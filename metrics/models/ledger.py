"""The movement ledger: every dated change of a customer's MRR, netted per customer and day.

Derived: metrics.ledger.build writes it from the current terms, and nothing else does. The rows
point at facts without a constraint in the database, because they are always rebuilt with them and
checking each row would cost more than making it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Abs

from customers.models import Customer, Plan
from metrics.periods import Period


class Kind(models.TextChoices):
    """What a movement is (docs/metrics.md, `mrr_movements`).

    `pause` and `resume` come from pauses on record, `fx` from exchange rates.
    """

    NEW = "new", "New"
    REACTIVATION = "reactivation", "Reactivation"
    RESUME = "resume", "Resume"
    EXPANSION = "expansion", "Expansion"
    CONTRACTION = "contraction", "Contraction"
    PAUSE = "pause", "Pause"
    CHURN = "churn", "Churn"
    TRANSFER = "transfer", "Transfer"
    FX = "fx", "Exchange rates"


def _known_kind(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(kind__in=Kind.values), name=name)


def _adds_up(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(mrr_after=F("mrr_before") + F("amount"))
        & Q(mrr_before__gte=0, mrr_after__gte=0),
        name=name,
    )


class MovementQuerySet(models.QuerySet["Movement"]):
    def within(self, period: Period) -> MovementQuerySet:
        return self.filter(day__gte=period.start, day__lt=period.end)

    def gained(self) -> MovementQuerySet:
        """Those that made somebody a paying customer; not the end of a pause that became churn."""
        return self.filter(was_paying=False, is_paying=True).exclude(kind=Kind.PAUSE)

    def lost(self) -> MovementQuerySet:
        """Those that a customer was lost with; who pauses is not, until that becomes churn."""
        return self.filter(was_paying=True, is_paying=False).exclude(kind=Kind.PAUSE)

    def largest(self) -> MovementQuerySet:
        """The largest amounts first, with their customers."""
        return self.select_related("customer").order_by(
            Abs(F("amount")).desc(), "customer_id", "day", "position"
        )


class Movement(models.Model):
    """A customer's MRR in one currency changes on `day` by `amount` (signed).

    `mrr_before` and `mrr_after` are the customer's MRR in that currency. `was_paying` and
    `is_paying` are about all its currencies; the rows of a customer's day, in the order of
    `position`, lead from one to the other. A switch between plans at the same price is a
    `transfer` of 0, there for the sake of its parts.
    """

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="movements",
        db_constraint=False,
        db_index=False,
    )
    day = models.DateField()
    position = models.SmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=30, decimal_places=10)
    mrr_before = models.DecimalField(max_digits=30, decimal_places=10)
    mrr_after = models.DecimalField(max_digits=30, decimal_places=10)
    was_paying = models.BooleanField()
    is_paying = models.BooleanField()
    previous_day = models.DateField(null=True, help_text="Of the customer's row before this one.")
    next_day = models.DateField(null=True, help_text="Of the customer's row after this one.")

    objects = MovementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "day", "position"], name="movement_once_per_position"
            ),
            _known_kind("movement_kind_known"),
            _adds_up("movement_adds_up"),
        ]
        indexes = [models.Index(fields=["currency", "day"], name="movement_currency_day")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}: {self.kind} {self.amount} {self.currency}"


class MovementPart(models.Model):
    """A movement's share in one plan; the parts of a movement add up to its amount.

    `kind` is the customer's, so a plan dropped for a dearer one is a negative part of an
    expansion. `mrr_before` and `mrr_after` are the customer's MRR for the plan.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    plan = models.ForeignKey(
        Plan, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    day = models.DateField()
    kind = models.CharField(max_length=12, choices=Kind)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=30, decimal_places=10)
    mrr_before = models.DecimalField(max_digits=30, decimal_places=10)
    mrr_after = models.DecimalField(max_digits=30, decimal_places=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "day", "plan", "currency", "kind"],
                name="movement_part_once_per_day",
            ),
            _known_kind("movement_part_kind_known"),
            _adds_up("movement_part_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}, plan {self.plan_id}: {self.amount}"


class Sale(models.Model):
    """What of a customer's expansion on a day is what: another product, more of one or a dearer
    plan (`plan`: which), or a higher price. The parts of a day add up to its movements of that
    kind, in whatever currencies they are. `plan` null: no term explains it.
    """

    class Part(models.TextChoices):
        CROSS_SELL = "cross_sell", "Cross-sell"
        UPSELL = "upsell", "Upsell"
        RENEWAL = "renewal", "Renewal"
        PRICE = "price", "Price"

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    day = models.DateField()
    plan = models.ForeignKey(
        Plan,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    part = models.CharField(max_length=10, choices=Part)
    amount = models.DecimalField(max_digits=30, decimal_places=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "day", "plan", "part"],
                nulls_distinct=False,
                name="sale_once_per_part",
            ),
            models.CheckConstraint(
                condition=Q(part__in=["cross_sell", "upsell", "renewal", "price"]),
                name="sale_part_known",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="sale_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}: {self.part} {self.amount}"


class Departure(models.Model):
    """Why a customer left what it went to 0 with on a day, a plan of it at least: of the renewal
    that says so nearest to the day. No row where none says."""

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    day = models.DateField()
    reason = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, help_text="Of churn; empty: unknown.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "day"], name="departure_once_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}: {self.kind} {self.reason}"


class LedgerState(models.Model):
    """When the ledger was last brought up to date. One row at most."""

    is_only = models.BooleanField(default=True, unique=True, editable=False)
    refreshed_at = models.DateTimeField()
    rebuilt_at = models.DateTimeField(null=True, blank=True)
    pause_days = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="How long a pause could last when it was made; 0: made without pauses.",
    )
    late_days = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How late a renewal could be when it was made."
    )
    version = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="By which of our rules it was made (metrics.ledger.build.VERSION).",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(is_only=True), name="ledger_state_single")
        ]

    def __str__(self) -> str:
        return f"ledger of {self.refreshed_at}"

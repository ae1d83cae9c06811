"""Values kept so that reading them takes no computing, and so that a change of one is seen.

All of it but the record of restatements is derived: it can be dropped and is made again the same.
"""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from metrics.models.exact import ExactField
from metrics.models.kept import KeptNumbers


class StoreState(models.Model):
    """What the stored values are of. One row at most; none while nothing is kept.

    `as_of`: the day they were made as of. `first`: the first month kept. `looked_at`: facts
    recorded until then are in them. `remade_at`: when all of them were last made from scratch.
    `fingerprint`: of everything beside facts that they depend on.
    """

    is_only = models.BooleanField(default=True, unique=True, editable=False)
    as_of = models.DateField()
    first = models.DateField()
    fingerprint = models.CharField(max_length=64)
    looked_at = models.DateTimeField()
    remade_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(is_only=True), name="store_state_single")
        ]

    def __str__(self) -> str:
        return f"values as of {self.as_of}"


class StoredSplit(models.Model):
    """A split (as in `by=`) whose segments are kept too, because somebody looked at them."""

    by = models.CharField(max_length=200, unique=True)
    asked_on = models.DateField()

    def __str__(self) -> str:
        return self.by


class StoredCell(models.Model):
    """A sum over the ledger (metrics.contributions.sweep); `by` is '' for the total.

    `day`: the first of the month; the first of all days for the time before the first month.
    """

    by = models.CharField(max_length=200)
    component = models.TextField()
    day = models.DateField()
    segment = models.TextField()
    amounts = ArrayField(ExactField())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["by", "component", "day", "segment"], name="stored_cell_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.day} {self.segment}"


class StoredSeries(models.Model):
    """A metric's values by month, in total (`by` '') or by segment, with the company's options.

    `first`: the first month kept. `as_of`: of the values; `computed_at`: when they were last made.
    """

    metric = models.CharField(max_length=100)
    by = models.CharField(max_length=200)
    version = models.PositiveSmallIntegerField()
    options = models.JSONField()
    currency = models.CharField(max_length=3, null=True)  # noqa: DJ001 - null: none fits
    first = models.DateField()
    as_of = models.DateField()
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "by"], name="stored_series_once"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} by {self.by}" if self.by else self.metric


class StoredValue(KeptNumbers):
    """A value of a month, with what it was made of; `segment` is '' for the total."""

    series = models.ForeignKey(StoredSeries, on_delete=models.CASCADE, related_name="values")
    start = models.DateField()
    end = models.DateField()
    segment = models.TextField()
    is_small = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["series", "start", "segment"], name="stored_value_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start} {self.segment}: {self.value}"


class Recomputation(models.Model):
    """A time that stored values of months gone by came out differently, and why. Kept for good.

    Facts recorded after `since` and until `until` did it; or, `cause` says, settings, or time
    (what is followed up "by now"). `changed`: how many customers and kinds of facts the change
    feed named, of which RestatedBy has the first.
    """

    class Cause(models.TextChoices):
        FACTS = "facts", _("facts")
        SETTINGS = "settings", _("settings")
        TIME = "time", _("time passed")

    cause = models.CharField(max_length=8, choices=Cause)
    since = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    changed = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cause__in=["facts", "settings", "time"]),
                name="recomputation_cause_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.cause} until {self.until}"


class RestatedBy(models.Model):
    """Whose facts, of which kind and from which day on, a recomputation found changed.

    `customer_id` null: facts of no single customer. No foreign key: the record outlives them.
    `told_from` and `told_until`: between these instants the change feed was told of them, as what
    recorded them began; null in rows from before this was kept.
    """

    recomputation = models.ForeignKey(
        Recomputation, on_delete=models.CASCADE, related_name="changes"
    )
    customer_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=32)
    from_day = models.DateField(null=True)
    told_from = models.DateTimeField(null=True)
    told_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} of {self.customer_id} from {self.from_day}"


class Restatement(models.Model):
    """A value of a month gone by that changed: from what to what. Kept for good."""

    recomputation = models.ForeignKey(
        Recomputation, on_delete=models.CASCADE, related_name="restatements"
    )
    metric = models.CharField(max_length=100)
    by = models.CharField(max_length=200)
    segment = models.TextField()
    start = models.DateField()
    end = models.DateField()
    was = ExactField(null=True)
    became = ExactField(null=True)
    was_numerator = ExactField(null=True)
    became_numerator = ExactField(null=True)
    was_denominator = ExactField(null=True)
    became_denominator = ExactField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["metric", "start"], name="restatement_of_metric"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.start}: {self.was} -> {self.became}"

    @property
    def last_day(self) -> dt.date:
        return self.end - dt.timedelta(days=1)

"""Months that a company closed, and what their values were then."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from metrics.models.kept import KeptNumbers


class ClosedMonth(models.Model):
    """A month whose values were kept as they were when somebody closed it. Kept for good: one
    reopened says so, and the month can be closed anew by another row.
    """

    start = models.DateField(help_text="The first of the month.")
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    closed_by_label = models.CharField(max_length=254)
    note = models.CharField(max_length=500, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reopened_by_label = models.CharField(max_length=254, blank=True)
    reopened_because = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["start"],
                condition=models.Q(reopened_at=None),
                name="closed_month_once",
            ),
            models.CheckConstraint(
                condition=models.Q(start__day=1), name="closed_month_is_a_month"
            ),
            models.CheckConstraint(
                condition=models.Q(reopened_at=None, reopened_because="")
                | models.Q(reopened_at__isnull=False) & ~models.Q(reopened_because=""),
                name="closed_month_reopened_because",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m}"


class ClosedValue(KeptNumbers):
    """A value of a closed month, as it was then; `by` and `segment` are '' for the total."""

    month = models.ForeignKey(ClosedMonth, on_delete=models.CASCADE, related_name="values")
    metric = models.CharField(max_length=100)
    by = models.CharField(max_length=200)
    segment = models.TextField()
    version = models.PositiveSmallIntegerField(help_text="Of the metric's definition.")
    options = models.JSONField()
    currency = models.CharField(max_length=3, null=True)  # noqa: DJ001 - null: none fits

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "metric", "by", "segment"], name="closed_value_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.segment}: {self.value}"

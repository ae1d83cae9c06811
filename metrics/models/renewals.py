"""What became of renewals gone by, kept for the pages that rest on it."""

from __future__ import annotations

from django.db import models


class RenewalHistory(models.Model):
    """Sums by month and band of what was due in the last two years. One row at most; derived: it
    can be dropped and is made again the same (metrics.renewals.keeping).

    `months`: [[first day of the month, band, customers, renewed, MRR due, of it renewed, squares
    of each customer's MRR due]], numbers as texts.
    """

    is_only = models.BooleanField(default=True, unique=True, editable=False)
    as_of = models.DateField()
    computed_at = models.DateTimeField()
    currency = models.CharField(max_length=3, null=True)  # noqa: DJ001 - null: none fits
    months = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(is_only=True), name="renewal_history_single")
        ]

    def __str__(self) -> str:
        return f"renewals as of {self.as_of}"

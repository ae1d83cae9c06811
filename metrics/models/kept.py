"""What is kept of a value."""

from __future__ import annotations

from django.db import models

from metrics.models.exact import ExactField

NUMBERS = ("value", "low", "high", "numerator", "denominator", "n", "parts", "reason")


class KeptNumbers(models.Model):
    """A value's numbers, as `metrics.series.Value` has them; `parts` as [name, digits] in order."""

    value = ExactField(null=True)
    low = ExactField(null=True)
    high = ExactField(null=True)
    numerator = ExactField(null=True)
    denominator = ExactField(null=True)
    n = models.BigIntegerField()
    parts = models.JSONField()
    reason = models.TextField(null=True)  # noqa: DJ001 - as values have it

    class Meta:
        abstract = True

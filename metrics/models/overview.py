"""What the overview shows that is no stored value of a month, made ahead of its readers."""

from __future__ import annotations

from django.db import models


class StoredOverview(models.Model):
    """One row at most: `content` as metrics.stored.overview wrote it, as of a day. Derived."""

    is_only = models.BooleanField(default=True, unique=True, editable=False)
    as_of = models.DateField()
    computed_at = models.DateTimeField()
    content = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(is_only=True), name="stored_overview_single")
        ]

    def __str__(self) -> str:
        return f"overview as of {self.as_of}"

"""Which options of a metric the company computes with."""

from __future__ import annotations

from django.db import models


class ChosenOption(models.Model):
    """An option of a metric that the company set to something else than the default.

    One that the metric no longer has, or allows, says nothing (metrics.choosing reads them).
    """

    metric = models.CharField(max_length=100)
    option = models.CharField(max_length=50)
    value = models.CharField(max_length=200)
    chosen_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "option"], name="chosen_option_once"),
        ]

    def __str__(self) -> str:
        return f"{self.metric}: {self.option} = {self.value}"

"""What the company noted about a day: why a metric may have moved."""

from __future__ import annotations

from django.db import models


class Annotation(models.Model):
    """A dated note on a metric (`metric` empty: on all of them), shown on charts and lists."""

    metric = models.CharField(max_length=100, blank=True, default="")
    day = models.DateField()
    text = models.CharField(max_length=200)
    written_by = models.CharField(max_length=254, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-day", "-id"]
        indexes = [models.Index(fields=["day"], name="annotation_day")]
        constraints = [
            models.UniqueConstraint(fields=["metric", "day", "text"], name="annotation_once_a_day"),
            models.CheckConstraint(condition=~models.Q(text=""), name="annotation_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.text}"

"""What others reach, as somebody published it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from metrics.periods import Grain


class Benchmark(models.Model):
    """A published figure for a metric, with its source and year. The company's own to edit.

    `value` is in the metric's unit; with `upper`, the figure is a range. `grain`: how long a
    period it is of; empty: of any. A chart draws those that are of its grain and `is_drawn`.
    `shipped_as` names those that came with the portal; `changed_at`: the company edited it.
    """

    GRAINS = [
        ("", _("any period")),
        (Grain.MONTH.value, _("a month")),
        (Grain.QUARTER.value, _("a quarter")),
        (Grain.YEAR.value, _("a year")),
    ]

    metric = models.CharField(max_length=100)
    label = models.CharField(max_length=100)
    value = models.DecimalField(max_digits=24, decimal_places=10)
    upper = models.DecimalField(max_digits=24, decimal_places=10, null=True, blank=True)
    grain = models.CharField(max_length=8, choices=GRAINS, blank=True, default="")
    source = models.CharField(max_length=300)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, default="")
    is_drawn = models.BooleanField(default=True)
    shipped_as = models.CharField(max_length=50, null=True, blank=True, unique=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["metric", "value", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(upper=None) | Q(upper__gte=F("value")), name="benchmark_range_in_order"
            ),
            models.CheckConstraint(
                condition=Q(year=None) | Q(year__gte=1900, year__lte=2999),
                name="benchmark_year_is_one",
            ),
            models.CheckConstraint(
                condition=Q(grain__in=["", "month", "quarter", "year"]),
                name="benchmark_grain_known",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="benchmark_has_a_source"),
        ]

    def __str__(self) -> str:
        return f"{self.metric}: {self.label} ({self.source})"

"""What the company wants a metric to be, by when."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from metrics.periods import Grain


class Goal(models.Model):
    """A target for a metric's value, in total or in a segment, in the period that `due_on` is in.

    `target` is in the metric's unit: money, a fraction for shares, points for scores. `by` and
    `segment` empty: the total. Progress counts from the last full period before `begins_on`.
    """

    class Sense(models.TextChoices):
        AT_LEAST = "at_least", _("at least")
        AT_MOST = "at_most", _("at most")

    GRAINS = [
        (Grain.MONTH.value, _("month")),
        (Grain.QUARTER.value, _("quarter")),
        (Grain.YEAR.value, _("year")),
    ]

    metric = models.CharField(max_length=100)
    by = models.CharField(max_length=100, blank=True, default="")
    segment = models.CharField(max_length=200, blank=True, default="")
    grain = models.CharField(max_length=8, choices=GRAINS, default=Grain.MONTH.value)
    sense = models.CharField(max_length=8, choices=Sense)
    target = models.DecimalField(max_digits=24, decimal_places=10)
    begins_on = models.DateField()
    due_on = models.DateField()
    note = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["due_on", "metric", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "by", "segment", "grain", "due_on"], name="goal_once_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(begins_on__lt=models.F("due_on")), name="goal_begins_before_due"
            ),
            models.CheckConstraint(
                condition=models.Q(by="", segment="") | ~models.Q(by="") & ~models.Q(segment=""),
                name="goal_segment_has_its_split",
            ),
            models.CheckConstraint(
                condition=models.Q(sense__in=["at_least", "at_most"])
                & models.Q(grain__in=["month", "quarter", "year"]),
                name="goal_words_known",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.metric} {self.get_sense_display()} {self.target.normalize():f} by {self.due_on}"
        )

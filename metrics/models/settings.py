"""What a company says once about its metrics."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class MetricSettings(models.Model):
    """One row at most; without one, the defaults hold (`MetricSettings.held()`).

    `first_value` says which fact is a customer's first value, `first_value_name` which event,
    milestone or attribute. `onboarding_milestone` is where onboarding starts; empty: with the
    first milestone reached.
    """

    ONLY = 1

    class FirstValue(models.TextChoices):
        NONE = "", "nobody said yet"
        EVENT = "event", "an event of usage, the first time"
        MILESTONE = "milestone", "a milestone reached"
        DATE = "date", "a day that a customer attribute names (YYYY-MM-DD)"

    gross_margin = models.DecimalField(
        "gross margin, %",
        max_digits=5,
        decimal_places=2,
        default=Decimal(100),
        db_default=Decimal(100),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="What is left of revenue after the cost of serving it. Lifetime value and"
        " payback count with it.",
    )
    first_value = models.CharField(
        "first value is",
        max_length=16,
        choices=FirstValue,
        default=FirstValue.NONE,
        db_default="",
        blank=True,
        help_text="When a customer has first got something out of it; time to value ends there.",
    )
    first_value_name = models.CharField(
        "name of the event, milestone or attribute",
        max_length=200,
        default="",
        db_default="",
        blank=True,
    )
    onboarding_milestone = models.CharField(
        "milestone that onboarding starts with",
        max_length=200,
        default="",
        db_default="",
        blank=True,
        help_text="Empty: the first milestone a customer reaches.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="metric_settings_once"),
            models.CheckConstraint(
                condition=models.Q(gross_margin__gte=0, gross_margin__lte=100),
                name="metric_settings_margin_is_percent",
            ),
            models.CheckConstraint(
                condition=models.Q(first_value="", first_value_name="")
                | models.Q(first_value__in=["event", "milestone", "date"])
                & ~models.Q(first_value_name=""),
                name="metric_settings_first_value_whole",
            ),
        ]

    def __str__(self) -> str:
        return "Metrics"

    def clean(self) -> None:
        if bool(self.first_value) != bool(self.first_value_name):
            raise ValidationError(
                {"first_value_name": "First value needs both: what it is, and its name."}
            )

    @classmethod
    def held(cls) -> MetricSettings:
        """The company's, or the defaults where it has said nothing. Costs a query."""
        return cls.objects.filter(pk=cls.ONLY).first() or cls(pk=cls.ONLY)

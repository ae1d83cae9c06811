"""What a company says once about its metrics."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.once import once

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_PATTERN = "|".join(WEEKDAYS)
LONGEST_PAUSE = 3650
LATEST_RENEWAL = 90


class MetricSettings(models.Model):
    """One row at most; without one, the defaults hold (`MetricSettings.held()`).

    `first_value` says which fact is a customer's first value, `first_value_name` which event,
    milestone or attribute. `onboarding_milestone` is where onboarding starts; empty: with the
    first milestone reached. Business hours are on `business_days`, from `business_from` until
    `business_until` by the clock of the company's time zone.
    """

    ONLY = 1

    class FirstValue(models.TextChoices):
        NONE = "", _("nobody said yet")
        EVENT = "event", _("an event of usage, the first time")
        MILESTONE = "milestone", _("a milestone reached")
        DATE = "date", _("a day that a customer attribute names (YYYY-MM-DD)")

    gross_margin = models.DecimalField(
        _("gross margin, %"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(100),
        db_default=Decimal(100),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_(
            "What is left of revenue after the cost of serving it. Lifetime value and"
            " payback count with it."
        ),
    )
    first_value = models.CharField(
        _("first value is"),
        max_length=16,
        choices=FirstValue,
        default=FirstValue.NONE,
        db_default="",
        blank=True,
        help_text=_("When a customer has first got something out of it; time to value ends there."),
    )
    first_value_name = models.CharField(
        _("name of the event, milestone or attribute"),
        max_length=200,
        default="",
        db_default="",
        blank=True,
    )
    onboarding_milestone = models.CharField(
        _("milestone that onboarding starts with"),
        max_length=200,
        default="",
        db_default="",
        blank=True,
        help_text=_("Empty: the first milestone a customer reaches."),
    )
    pause_days = models.PositiveSmallIntegerField(
        _("days a pause may last"),
        default=90,
        db_default=90,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_PAUSE)],
        help_text=_(
            "A paused customer that is back by then resumes; else it has churned on that"
            " day. Changing it makes the movements anew."
        ),
    )

    late_days = models.PositiveSmallIntegerField(
        _("days a renewal may be late"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(LATEST_RENEWAL)],
        help_text=_(
            "A contract renewed by then has gone on at its old price: nobody churned and"
            " came back. Changing it makes the movements anew."
        ),
    )
    nightly_at = models.TimeField(
        _("time of the nightly recomputation"),
        default=dt.time(0, 15),
        db_default=dt.time(0, 15),
        help_text=_(
            "By the clock of the company's time zone. All figures are made again from the"
            " facts then; changes during the day are in within a minute."
        ),
    )
    business_days = models.CharField(
        _("business days"),
        max_length=40,
        default=" ".join(WEEKDAYS[:5]),
        db_default=" ".join(WEEKDAYS[:5]),
        validators=[RegexValidator(rf"^({DAY_PATTERN})( ({DAY_PATTERN}))*$")],
        help_text=_("Out of mon tue wed thu fri sat sun, with spaces between."),
    )
    business_from = models.TimeField(
        _("business hours from"), default=dt.time(9), db_default=dt.time(9)
    )
    business_until = models.TimeField(
        _("business hours until"),
        default=dt.time(17),
        db_default=dt.time(17),
        help_text=_("Times of tickets in business hours count these alone."),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(business_until__gt=models.F("business_from")),
                name="metric_settings_business_hours_pass",
            ),
            models.CheckConstraint(condition=models.Q(id=1), name="metric_settings_once"),
            models.CheckConstraint(
                condition=models.Q(gross_margin__gte=0, gross_margin__lte=100),
                name="metric_settings_margin_is_percent",
            ),
            models.CheckConstraint(
                condition=models.Q(pause_days__gte=1, pause_days__lte=LONGEST_PAUSE),
                name="metric_settings_pause_days_possible",
            ),
            models.CheckConstraint(
                condition=models.Q(late_days__gte=0, late_days__lte=LATEST_RENEWAL),
                name="metric_settings_late_days_possible",
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
                {"first_value_name": _("First value needs both: what it is, and its name.")}
            )

        if self.business_until <= self.business_from:
            words = _("Business hours must end after they begin.")
            raise ValidationError({"business_until": words})

    @property
    def business_time(self) -> dict[str, Any]:
        """In seconds: when a day's business `begins` and how long it is (`working`); and
        `worked_until`: how many business days of a week lie before each of its days, and in all.
        """
        begins, ends = (
            dt.timedelta(hours=time.hour, minutes=time.minute, seconds=time.second).seconds
            for time in (self.business_from, self.business_until)
        )
        days = self.business_days.split()
        worked = [day in days for day in WEEKDAYS]
        return {
            "begins": begins,
            "working": ends - begins,
            "worked_until": [sum(worked[:number]) for number in range(8)],
        }

    @classmethod
    @once
    def held(cls) -> MetricSettings:
        """The company's, or the defaults where it has said nothing. Costs a query."""
        return cls.objects.filter(pk=cls.ONLY).first() or cls(pk=cls.ONLY)

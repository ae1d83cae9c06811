"""How a company asks: how often at most, how fast, and in whose name."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.validators import validate_one_line


class SurveySettings(models.Model):
    """The company's one row. The fatigue budget holds over all campaigns; 0 days: no limit.

    A contact (an address) gets at most one survey in `contact_days`, a customer at most
    `customer_most` in `customer_days`. Reminders are no surveys of their own.
    """

    contact_days = models.PositiveSmallIntegerField(default=30, db_default=30)
    customer_most = models.PositiveSmallIntegerField(default=20, db_default=20)
    customer_days = models.PositiveSmallIntegerField(default=30, db_default=30)
    mails_per_hour = models.PositiveIntegerField(
        null=True, blank=True, help_text="None: as fast as the portal sends."
    )
    from_name = models.CharField(
        validators=[validate_one_line],
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="Empty: the company's name.",
    )
    from_address = models.EmailField(
        max_length=254,
        blank=True,
        default="",
        db_default="",
        help_text="Empty: the portal's address.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="survey_settings_once"),
            models.CheckConstraint(
                condition=Q(contact_days__lte=3650, customer_days__lte=3650),
                name="survey_settings_days",
            ),
        ]

    def __str__(self) -> str:
        return "Survey settings"


def survey_settings() -> SurveySettings:
    """The company's, or what holds where nobody set any (not saved). Costs a query."""
    return SurveySettings.objects.filter(pk=1).first() or SurveySettings(pk=1)

"""What a running campaign has looked at, so that nothing asks twice and nothing is overlooked."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone

from surveys.models.campaign import Campaign

# What comes later than this is sent only when somebody says so.
LONG_PAST = dt.timedelta(hours=24)


class CampaignWatch(models.Model):
    """How far a campaign has looked for whom to ask."""

    campaign = models.OneToOneField(
        Campaign, primary_key=True, on_delete=models.CASCADE, related_name="watch"
    )
    looked_at = models.DateTimeField(help_text="Whoever was due until then is invited.")
    allowed_until = models.DateTimeField(
        null=True,
        blank=True,
        help_text="What was due before may go however late: somebody resumed the campaign then.",
    )
    skipped_until = models.DateTimeField(
        null=True, blank=True, help_text="What was due before asks nobody: somebody said so."
    )

    def __str__(self) -> str:
        return f"Watch of {self.campaign_id}"


class Occasion(models.Model):
    """Something that happened, which an event campaign has dealt with: once, whatever came of it.

    `cause` is the beginning of the `cause` of its invitations: `ticket:T-17`.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="occasions")
    cause = models.CharField(max_length=300)
    occurred_at = models.DateTimeField()
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "cause"], name="occasion_once"),
            models.CheckConstraint(condition=~Q(cause=""), name="occasion_cause_given"),
        ]

    def __str__(self) -> str:
        return self.cause

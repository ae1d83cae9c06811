"""What came of large campaigns, counted ahead of whoever reads it."""

from __future__ import annotations

from django.db import models

from surveys.models.campaign import Campaign


class StoredResults(models.Model):
    """`content`: what surveys.results.stored counts of the campaign, with days of `timezone`.
    It holds while nothing is noted in ResultsChange. Derived."""

    # No constraint: a campaign goes without asking for what is derived from it.
    campaign = models.OneToOneField(
        Campaign,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
    )
    timezone = models.CharField(max_length=64)
    scores = models.JSONField(help_text="{score: answers that count}")
    invited = models.PositiveIntegerField()
    content = models.JSONField()

    def __str__(self) -> str:
        return f"results of {self.campaign_id}"


class ResultsChange(models.Model):
    """What is stored of the campaign (none: of all) is to be counted anew. Written in the
    transaction that changes what came of it; only ever added, so that nobody waits."""

    campaign = models.ForeignKey(
        Campaign,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
    )

    def __str__(self) -> str:
        return f"change of {self.campaign_id}"

"""Addresses that must get no survey."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from surveys.models.campaign import Campaign


class Suppression(models.Model):
    """An address (surveys.suppressions.hash_of) that is left out of every campaign.

    Only the hash is kept, so the wish not to be asked outlives the erasure of the contact.
    """

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", gettext_lazy("Unsubscribed")
        BOUNCED = "bounced", gettext_lazy("The address does not exist")
        COMPLAINED = "complained", gettext_lazy("Marked as spam")
        ERASED = "erased", gettext_lazy("Erased on request")
        BY_HAND = "by_hand", gettext_lazy("Added by a user")

    email_hash = models.CharField(max_length=64, unique=True, editable=False)
    reason = models.CharField(max_length=16, choices=Reason)
    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    reason__in=["unsubscribed", "bounced", "complained", "erased", "by_hand"]
                ),
                name="suppression_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email_hash[:8]} {self.reason}"

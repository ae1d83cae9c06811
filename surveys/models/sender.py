"""Domains that a company sends mails from, proved by DNS."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone

# How long mails still go out from a domain whose record is not found any more.
GRACE = dt.timedelta(days=3)
# A domain that nobody has looked at for so long (it was not in use) has to be checked first.
STALE = dt.timedelta(days=7)


class SenderDomain(models.Model):
    """The domain of a From address, and whether DNS says that it is the company's.

    `token` is what its TXT record must hold (surveys.senders). `verified_at`: since when that was
    seen without a gap. `failing_since`: since when it is not seen any more; after GRACE the domain
    counts as not verified, until the record is seen again.
    """

    domain = models.CharField(max_length=253, unique=True, help_text="In ASCII, lower case.")
    token = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, help_text="Why the latest check failed, in words.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(domain="") & ~Q(token=""), name="sender_domain_whole"
            ),
            models.CheckConstraint(
                condition=Q(failing_since=None) | Q(verified_at__isnull=False),
                name="sender_domain_fails_once_verified",
            ),
        ]

    def __str__(self) -> str:
        return self.domain

    def is_usable(self, *, now: dt.datetime) -> bool:
        """Mails may go out from it."""
        if self.verified_at is None or self.checked_at is None or now - self.checked_at > STALE:
            return False
        return self.failing_since is None or now - self.failing_since < GRACE

    @property
    def given_up_at(self) -> dt.datetime | None:
        """When mails go back to the portal's address, if the record stays away."""
        return self.failing_since + GRACE if self.failing_since else None

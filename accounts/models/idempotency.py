"""Answers that are given again when the same call comes again."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone

KEPT_FOR = dt.timedelta(hours=24)
# Bytes. Answers beyond it are few enough to be added up.
LARGE = 16 * 1024


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    def kept(self) -> IdempotencyKeyQuerySet:
        """Those that still answer for their call."""
        return self.filter(created_at__gt=timezone.now() - KEPT_FOR)

    def expired(self) -> IdempotencyKeyQuerySet:
        return self.filter(created_at__lte=timezone.now() - KEPT_FOR)

    def that_mention(self, text: str) -> IdempotencyKeyQuerySet:
        """Those whose answer holds `text`; for erasing a person. Reads every kept answer."""
        return self.filter(body__icontains=text)


class IdempotencyKey(models.Model):
    """A call that changed something, under a key its caller chose, and what was answered.

    Written in the transaction of the change itself: there is a row exactly when there is the
    change. `digest` is of method, address and body, so that the key cannot stand for another call.
    """

    LONGEST = 255

    caller = models.CharField(max_length=64, help_text="Caller.identity: the API key.")
    key = models.CharField(max_length=LONGEST)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    size = models.PositiveIntegerField(
        db_default=0, default=0, help_text="Of the answer in bytes; it may be too large to be kept."
    )
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["caller", "key"], name="accounts_idempotencykey_once_per_caller"
            ),
            models.CheckConstraint(
                condition=Q(status__gte=200, status__lt=500),
                name="accounts_idempotencykey_is_an_answer",
            ),
        ]
        indexes = [
            models.Index(
                fields=["caller"],
                include=["size"],
                condition=Q(size__gt=LARGE),
                name="accounts_idempotency_large",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.caller}"

"""What the event stream took besides events, and what was wrong with it."""

from __future__ import annotations

from django.db import models

from customers.models.source import Source


class StreamCall(models.Model):
    """An `identify` or `group` that a job has yet to turn into contacts and customers."""

    message_id = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    happened_at = models.DateTimeField()
    body = models.JSONField()
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.message_id


class StreamProblem(models.Model):
    """An event of the stream that could not be used, and why. Kept for a set time."""

    received_at = models.DateTimeField(db_index=True)
    message_id = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=50, blank=True)
    reason = models.CharField(max_length=500)
    body = models.TextField(help_text="As it was sent, cut off where long.")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.reason

"""What the event stream took besides events, and what was wrong with it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy

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


class StreamSubject(models.Model):
    """What `identify` and `group` calls said of one end user or group, each thing by the latest
    call that said it; so their order does not matter.

    `said`: {name: [value, instant it was said for, message id, id of the source]}. `waits_for`:
    what is still to be said before the end user can become a contact. It is kept aside where it
    does not change what is held, see customers.stream.guarding.
    """

    class Kind(models.TextChoices):
        USER = "user", "End user"
        GROUP = "group", "Group"

    class Waiting(models.TextChoices):
        NOTHING = "", "—"
        GROUP = "group", gettext_lazy("the group the end user belongs to")
        CUSTOMER = "customer", gettext_lazy("the customer that the group is")
        EMAIL = "email", gettext_lazy("an e-mail address")
        WRITER = (
            "writer",
            gettext_lazy("a key that may write: the address is a contact's from elsewhere"),
        )

    kind = models.CharField(max_length=8, choices=Kind)
    external_id = models.CharField(max_length=200)
    said = models.JSONField(default=dict)
    waits_for = models.CharField(max_length=16, choices=Waiting, blank=True)
    changed_at = models.DateTimeField()
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "external_id"], name="stream_subject_once"),
        ]
        indexes = [
            models.Index(
                fields=["waits_for"],
                condition=~models.Q(waits_for=""),
                name="stream_subject_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.external_id}"


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


class StreamRequest(models.Model):
    """One request that was stored, and what was in it. Kept for a few hours, to be looked at.

    Rows are only added, so that requests do not wait for each other at a counter.
    """

    received_at = models.DateTimeField(db_index=True)
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    events = models.PositiveIntegerField(help_text="Stored.")
    calls = models.PositiveIntegerField(help_text="Identify and group, stored.")
    duplicates = models.PositiveIntegerField()
    problems = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.events} at {self.received_at}"

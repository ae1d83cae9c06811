"""What is done about an answer: the work list, notes, and replies by mail."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.wording import within
from surveys.models.invitation import Invitation, Mailing

NOTE_LENGTH = 5000
REPLY_LENGTH = 10_000


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def unfinished(self) -> FollowUpQuerySet:
        return self.exclude(state=FollowUp.State.CLOSED)


class FollowUp(models.Model):
    """Work on one answer, until it is closed. A low answer that counts opens it, or a user does.

    It stays with the invitation, whatever version of the answer is current. `first_reply_at` is
    when the first reply to the contact was taken by the mail server.
    """

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("Open")
        IN_PROGRESS = "in_progress", gettext_lazy("In progress")
        CLOSED = "closed", gettext_lazy("Closed")

    class Outcome(models.TextChoices):
        SOLVED = "solved", gettext_lazy("Solved")
        EXPLAINED = "explained", gettext_lazy("Explained")
        NOT_REACHED = "not_reached", gettext_lazy("Not reached")
        NOTHING_TO_DO = "nothing_to_do", gettext_lazy("Nothing to do")
        CHANGED = "answer_changed", gettext_lazy("The answer was changed to a high one")

    invitation = models.OneToOneField(
        Invitation, on_delete=models.CASCADE, related_name="follow_up"
    )
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="follow_ups"
    )
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    outcome = models.CharField(max_length=24, choices=Outcome, blank=True, db_default="")
    opened_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_at = models.DateTimeField(default=timezone.now)
    first_reply_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "in_progress"], closed_at=None, outcome="")
                | Q(
                    state="closed",
                    closed_at__isnull=False,
                    outcome__in=[
                        "solved",
                        "explained",
                        "not_reached",
                        "nothing_to_do",
                        "answer_changed",
                    ],
                ),
                name="follow_up_closed_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(first_reply_at=None) | Q(first_reply_at__gte=F("opened_at")),
                name="follow_up_replied_after_opening",
            ),
        ]
        indexes = [
            models.Index(
                fields=["opened_at", "id"], condition=~Q(state="closed"), name="follow_up_to_do"
            ),
            models.Index(fields=["-opened_at", "-id"], name="follow_up_newest"),
        ]

    def __str__(self) -> str:
        return f"Follow-up {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("surveys:follow_up", args=[self.pk])

    @property
    def state_inside(self) -> str:
        """The state in words, within a sentence."""
        return within(self.get_state_display())

    @property
    def outcome_inside(self) -> str:
        return within(self.get_outcome_display())

    @property
    def is_closed(self) -> bool:
        return self.state == self.State.CLOSED


class FollowUpNote(models.Model):
    """What a user wrote down for the others; the contact never sees it."""

    follow_up = models.ForeignKey(FollowUp, on_delete=models.CASCADE, related_name="notes")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="note_given")]

    def __str__(self) -> str:
        return f"Note {self.pk} of {self.follow_up_id}"


class Reply(Mailing):
    """A user's mail to the contact about the answer; claimed, sent and settled as invitations are.

    `quoted` is the question and the answer as they stood when it was written. `once` tells the
    same form sent twice from two replies.
    """

    State = Mailing.State

    follow_up = models.ForeignKey(FollowUp, on_delete=models.CASCADE, related_name="replies")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reply_to = models.EmailField(max_length=254, help_text="The user's address.")
    subject = models.CharField(max_length=200)
    text = models.TextField()
    quoted = models.JSONField(default=dict)
    once = models.UUIDField(default=uuid.uuid4, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message_id"], condition=~Q(message_id=""), name="reply_message_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "claimed", "sent", "failed", "unknown"]),
                name="reply_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="reply_sent_when"
            ),
        ]

    def __str__(self) -> str:
        return f"Reply {self.pk} of {self.follow_up_id}"

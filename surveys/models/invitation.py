"""One contact asked once."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from customers.models import Contact, Source
from surveys.models.campaign import Campaign

ANSWERABLE_FOR = dt.timedelta(days=30)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def asked(self) -> InvitationQuerySet:
        """Whose mail went out, or may have."""
        return self.filter(state__in=["claimed", "sent", "unknown"])


class Mailing(models.Model):
    """A mail on its way: `queued -> claimed -> sent | failed | unknown`.

    `claimed` is written before the mail server is spoken to and `sent` after it said 250, each
    in its own transaction. Who finds a claim of a runner that died makes it `unknown`: the mail
    may have gone out, so it is never sent again; word of the provider's that it was delivered
    makes it `sent`. A mail the server refused for now goes back to `queued`. One that is not
    wanted any more when its time comes (`skip_reason` says why) is `skipped`.
    """

    class State(models.TextChoices):
        QUEUED = "queued", gettext_lazy("Queued")
        CLAIMED = "claimed", gettext_lazy("Being sent")
        SENT = "sent", gettext_lazy("Sent")
        FAILED = "failed", gettext_lazy("Failed")
        UNKNOWN = "unknown", gettext_lazy("Unknown")
        SKIPPED = "skipped", gettext_lazy("Skipped")
        WITHDRAWN = "withdrawn", gettext_lazy("Taken back")

    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    message_id = models.CharField(
        max_length=255, blank=True, help_text="Of the latest attempt, with its angle brackets."
    )
    provider_id = models.CharField(
        max_length=255,
        blank=True,
        db_default="",
        help_text="What the mail's provider calls it, where it has an API of its own.",
    )
    mailed_hash = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        db_default="",
        help_text="Of the address it went to (surveys.suppressions.hash_of), which may change.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    send_after = models.DateTimeField(default=timezone.now, help_text="Not tried before.")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    complained_at = models.DateTimeField(null=True, blank=True)
    skip_reason = models.CharField(max_length=32, blank=True, db_default="")
    error = models.TextField(blank=True)

    class Meta:
        abstract = True


class Invitation(Mailing):
    """One contact asked once, and the mail that asks (see Mailing).

    One brought in from elsewhere (`source`) is `sent`, and `withdrawn` when its answer is removed
    or its import undone: then nobody was asked. `cause` names the event it was made for, once per
    campaign: `ticket:T-17`.

    The link's token is derived from `token_seed` and the portal's secret key, and only its hash
    is kept (surveys.tokens says why).
    """

    State = Mailing.State

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="invitations")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="invitations")
    round = models.PositiveIntegerField(default=1, db_default=1)
    cause = models.CharField(max_length=300, blank=True, db_default="")
    token_seed = models.CharField(max_length=32, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="The answer can be given and changed until then."
    )
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "contact", "round"], name="invitation_once_per_round"
            ),
            models.UniqueConstraint(
                fields=["campaign", "cause"],
                condition=~Q(cause=""),
                name="invitation_once_per_cause",
            ),
            models.UniqueConstraint(
                fields=["message_id"], condition=~Q(message_id=""), name="invitation_message_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "queued",
                        "claimed",
                        "sent",
                        "failed",
                        "unknown",
                        "skipped",
                        "withdrawn",
                    ]
                ),
                name="invitation_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="invitation_sent_when"
            ),
            # Whatever may have reached somebody has a date from which its link is dead.
            models.CheckConstraint(
                condition=Q(state__in=["queued", "failed", "skipped", "withdrawn"])
                | Q(claimed_at__isnull=False, expires_at__isnull=False),
                name="invitation_claimed_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "send_after", "id"],
                condition=Q(state="queued"),
                name="invitation_waiting",
            ),
            models.Index(
                fields=["campaign"], condition=Q(state="claimed"), name="invitation_in_flight"
            ),
            models.Index(fields=["campaign", "state"], name="invitation_progress"),
            models.Index(fields=["contact", "claimed_at"], name="invitation_last_asked"),
            models.Index(
                fields=["provider_id"], condition=~Q(provider_id=""), name="invitation_by_provider"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} to {self.contact_id}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is None or self.expires_at <= timezone.now()


class Reminder(Mailing):
    """The `number`-th mail that asks again for an invitation's answer; decided on when it is due.

    It carries the invitation's link. Claimed, sent and settled as invitations are.
    """

    State = Mailing.State

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="reminders")
    number = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invitation", "number"], name="reminder_once"),
            models.UniqueConstraint(
                fields=["message_id"], condition=~Q(message_id=""), name="reminder_message_once"
            ),
            models.CheckConstraint(condition=Q(number__range=(1, 2)), name="reminder_number"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["queued", "claimed", "sent", "failed", "unknown", "skipped"]
                ),
                name="reminder_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="reminder_sent_when"
            ),
        ]
        indexes = [
            models.Index(
                fields=["send_after", "id"], condition=Q(state="queued"), name="reminder_waiting"
            ),
            models.Index(
                fields=["invitation"], condition=Q(state="claimed"), name="reminder_in_flight"
            ),
            models.Index(
                fields=["provider_id"], condition=~Q(provider_id=""), name="reminder_by_provider"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.invitation_id}"

"""What is asked, and how far the asking has got."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from customers.models import Source
from surveys.nps import group_of
from surveys.scales import Level, level_of

QUESTION_LENGTH = 300
TEXT_LENGTH = 1000


class Kind(models.TextChoices):
    """What a campaign measures. NPS is always asked on 0 to 10."""

    NPS = "nps", "NPS"
    CSAT = "csat", "CSAT"
    CES = "ces", "CES"


# The scales there are, as (lowest, highest).
SCALES = ((0, 10), (1, 5), (1, 7), (1, 10))


class Timing(models.TextChoices):
    """When contacts are asked."""

    ONCE = "once", gettext_lazy("Once")
    RECURRING = "recurring", gettext_lazy("Again and again")
    EVENT = "event", gettext_lazy("When something happens")


class Event(models.TextChoices):
    """What an event campaign waits for."""

    TICKET_RESOLVED = "ticket_resolved", gettext_lazy("A ticket is resolved")
    MILESTONE_REACHED = "milestone_reached", gettext_lazy("An onboarding milestone is reached")
    RENEWAL_AHEAD = "renewal_ahead", gettext_lazy("A renewal comes near")
    USAGE_EVENT = "usage_event", gettext_lazy("Something is used")
    API_CALL = "api_call", gettext_lazy("A program asks for it")


class Language(models.TextChoices):
    """The language of the mail and of the answer page (surveys.wording has their words)."""

    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"
    FRENCH = "fr", "Français"
    SPANISH = "es", "Español"
    ITALIAN = "it", "Italiano"
    DUTCH = "nl", "Nederlands"
    ARABIC = "ar", "العربية"


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def newest_first(self) -> CampaignQuerySet:
        return self.order_by("-created_at", "-pk")


class Campaign(models.Model):
    """A survey that goes to chosen contacts.

    `audience` is what was chosen (surveys.audience.Choice as JSON). It is read while a draft is
    prepared, when it is started, and at each later round or event; the invitations say who is
    asked. `question`, `follow_up` and `thank_you` are in `language`; `content` holds the rest of
    what is said (surveys.content.Content reads both).

    One round for `once`; a recurring campaign has a round whenever somebody's `every_days` are
    over; an event campaign invites the contact an event is about, `delay_hours` after it. It ends
    at `ends_at`. `send_from` and `send_until` are hours of the contact's day.
    """

    class State(models.TextChoices):
        DRAFT = "draft", gettext_lazy("Draft")
        SCHEDULED = "scheduled", gettext_lazy("Scheduled")
        RUNNING = "running", gettext_lazy("Running")
        PAUSED = "paused", gettext_lazy("Paused")
        DONE = "done", pgettext_lazy("campaign", "Done")

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.NPS)
    is_relational = models.BooleanField(
        default=True,
        db_default=True,
        help_text="About the relationship as a whole, not about one event.",
    )
    lowest_score = models.SmallIntegerField(default=0, db_default=0)
    highest_score = models.SmallIntegerField(default=10, db_default=10)
    question = models.CharField(max_length=QUESTION_LENGTH)
    follow_up = models.CharField(max_length=QUESTION_LENGTH, blank=True)
    thank_you = models.CharField(max_length=TEXT_LENGTH, blank=True)
    language = models.CharField(max_length=8, choices=Language, default=Language.ENGLISH)
    content = models.JSONField(default=dict, blank=True, db_default={})
    audience = models.JSONField(default=dict, blank=True)
    timing = models.CharField(
        max_length=16, choices=Timing, default=Timing.ONCE, db_default=Timing.ONCE
    )
    starts_at = models.DateTimeField(
        null=True, blank=True, help_text="When it starts by itself; none: when somebody starts it."
    )
    ends_at = models.DateTimeField(null=True, blank=True)
    every_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="A contact is asked again after so many days."
    )
    event = models.CharField(max_length=24, choices=Event, blank=True, db_default="")
    event_name = models.CharField(
        max_length=200,
        blank=True,
        db_default="",
        help_text="Which milestone or usage event; empty: any.",
    )
    days_before = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="So many days before a renewal."
    )
    delay_hours = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="After the event."
    )
    send_from = models.TimeField(null=True, blank=True)
    send_until = models.TimeField(null=True, blank=True)
    is_weekdays_only = models.BooleanField(default=False, db_default=False)
    spread_days = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="Over how many days a round is spread."
    )
    sample_percent = models.PositiveSmallIntegerField(
        default=100, db_default=100, help_text="How many of the audience are asked."
    )
    reminders = models.PositiveSmallIntegerField(default=0, db_default=0)
    reminder_days = models.PositiveSmallIntegerField(
        default=3, db_default=3, help_text="After so many days without an answer."
    )
    state = models.CharField(max_length=16, choices=State, default=State.DRAFT)
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="campaigns"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_reason = models.TextField(
        blank=True, db_default="", help_text="Why the portal paused it; empty: somebody did."
    )
    done_at = models.DateTimeField(null=True, blank=True)
    sending_error = models.TextField(
        blank=True, help_text="Why sending is held up, in the mail server's words."
    )
    is_backfilled = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Asked elsewhere, before we were told: no mail was sent from here.",
    )
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = CampaignQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="campaign_name_given"),
            models.CheckConstraint(condition=~Q(question=""), name="campaign_question_given"),
            models.CheckConstraint(
                condition=Q(kind__in=["nps", "csat", "ces"]), name="campaign_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(lowest_score=0, highest_score=10)
                | Q(lowest_score=1, highest_score__in=[5, 7, 10]) & ~Q(kind="nps"),
                name="campaign_scale_fits_kind",
            ),
            # One campaign holds what was brought in of one survey.
            models.UniqueConstraint(
                fields=["name", "kind", "lowest_score", "highest_score"],
                condition=Q(source__isnull=False),
                name="campaign_brought_in_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "scheduled", "running", "paused", "done"]),
                name="campaign_state_known",
            ),
            models.CheckConstraint(
                condition=Q(timing="once", every_days=None, event="")
                | Q(timing="recurring", every_days__gte=1, event="")
                | Q(timing="event", every_days=None)
                & Q(event__in=[event.value for event in Event]),
                name="campaign_timing_whole",
            ),
            models.CheckConstraint(
                condition=Q(sample_percent__range=(1, 100))
                & Q(spread_days__range=(1, 365))
                & Q(reminders__lte=2)
                & Q(reminder_days__range=(1, 60)),
                name="campaign_plan_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(send_from=None, send_until=None) | Q(send_from__lt=F("send_until")),
                name="campaign_hours_in_order",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "scheduled"], started_at=None)
                | Q(state__in=["running", "paused", "done"], started_at__isnull=False),
                name="campaign_started_when_sending",
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="campaign_newest")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("surveys:campaign_detail", args=[self.pk])

    @property
    def is_editable(self) -> bool:
        """Nobody has been asked yet."""
        return self.state in (self.State.DRAFT, self.State.SCHEDULED)

    @property
    def is_sending(self) -> bool:
        """Mails may go out. One that is done may still have reminders to send."""
        if self.state == self.State.DONE:
            return self.invitations.filter(reminders__state="queued").exists()
        return self.state == self.State.RUNNING

    @property
    def scores(self) -> range:
        """Every score of the scale, lowest first."""
        return range(self.lowest_score, self.highest_score + 1)

    @property
    def is_nps(self) -> bool:
        return self.kind == Kind.NPS

    def group_of(self, score: int) -> str:
        """`promoter`, `passive` or `detractor`; empty where the kind has no such groups."""
        return group_of(score) if self.is_nps else ""

    def level_of(self, score: int) -> Level:
        return level_of(self.kind, self.highest_score, score)

    @property
    def kind_and_scale(self) -> str:
        """`CSAT (1 to 5)`."""
        words = _("{kind} ({low} to {high})")
        return words.format(
            kind=self.get_kind_display(), low=self.lowest_score, high=self.highest_score
        )

    def texts(self) -> dict[str, Any]:
        """What the company wrote, for the audit."""
        names = ("name", "is_relational", "question", "follow_up", "thank_you", "language")
        return {name: getattr(self, name) for name in names}

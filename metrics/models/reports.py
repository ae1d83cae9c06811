"""Reports: digests by e-mail, board reports as PDF, and links that show figures to outsiders."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.timezone import now as clock
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.formatting import format_month, format_period


class DigestKind(models.TextChoices):
    WEEKLY = "weekly", gettext_lazy("Weekly")
    MONTHLY = "monthly", gettext_lazy("Monthly")

    @property
    def heading(self) -> str:
        return _("Weekly digest") if self == DigestKind.WEEKLY else _("Monthly digest")

    @property
    def within(self) -> str:
        """The same within a sentence."""
        return _("weekly digest") if self == DigestKind.WEEKLY else _("monthly digest")


def _known_kind(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(kind__in=["weekly", "monthly"]), name=name)


class DigestChoice(models.Model):
    """What a user wants: a kind of digest, on which day and at which hour. No row: none."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digest_choices"
    )
    kind = models.CharField(max_length=8, choices=DigestKind)
    is_on = models.BooleanField(default=False)
    day = models.PositiveSmallIntegerField(
        help_text="Weekly: 0 is Monday. Monthly: the day of the month, 1 to 28."
    )
    hour = models.PositiveSmallIntegerField(default=8)
    timezone = models.CharField(
        max_length=64, blank=True, default="", help_text="IANA name; empty: the company's."
    )
    on_since = models.DateTimeField(
        default=clock, help_text="No digest of before is made afterwards."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="digest_choice_once"),
            _known_kind("digest_choice_kind_known"),
            models.CheckConstraint(condition=Q(hour__lte=23), name="digest_choice_hour"),
            models.CheckConstraint(
                condition=Q(kind="weekly", day__lte=6) | Q(kind="monthly", day__gte=1, day__lte=28),
                name="digest_choice_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} digest of {self.user_id}"

    @property
    def day_words(self) -> str:
        """on Monday at 8:00; on day 2 of the month at 8:00."""
        if self.kind == DigestKind.WEEKLY:
            words = _("on {weekday} at {hour}:00")
            return words.format(weekday=WEEKDAYS[self.day], hour=self.hour)
        return _("on day {day} of the month at {hour}:00").format(day=self.day, hour=self.hour)


class Digest(models.Model):
    """One mail of a digest: of a user and a slot there is at most one, whoever asks for it.

    `queued` until it is taken in hand; `sending` while a mail server has it: whoever dies then
    leaves it so, and it is not sent again, as it may have arrived.
    """

    class State(models.TextChoices):
        QUEUED = "queued", gettext_lazy("waiting")
        SENDING = "sending", gettext_lazy("being sent")
        SENT = "sent", gettext_lazy("sent")
        LATE = "late", gettext_lazy("too late to be sent")
        OFF = "off", gettext_lazy("not wanted any more")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digests"
    )
    kind = models.CharField(max_length=8, choices=DigestKind)
    slot_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    made_at = models.DateTimeField(default=clock)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "slot_at"], name="digest_once"),
            _known_kind("digest_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending", "sent", "late", "off"]),
                name="digest_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} digest of {self.user_id}, {self.slot_at}"

    @property
    def job_key(self) -> str:
        return f"metrics.send_digest:{self.pk}"


class BoardReport(models.Model):
    """A PDF of a month or quarter, made by a job and kept. `done` of `steps`: how far it is.

    The file is kept in the row, as files that were brought in are: it goes when the company goes,
    and is in its backups.
    """

    class State(models.TextChoices):
        ASKED = "asked", gettext_lazy("being made")
        MADE = "made", gettext_lazy("made")
        FAILED = "failed", gettext_lazy("failed")

    class Grain(models.TextChoices):
        MONTH = "month", gettext_lazy("Month")
        QUARTER = "quarter", gettext_lazy("Quarter")

    grain = models.CharField(max_length=8, choices=Grain)
    start = models.DateField()
    end = models.DateField(help_text="The first day after; of an unfinished one, its own.")
    as_of = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    done = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(default=clock)
    made_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_by_label = models.CharField(max_length=254)
    file = models.BinaryField(null=True, blank=True)
    size = models.PositiveIntegerField(default=0)
    pages = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="made", made_at__isnull=False, file__isnull=False)
                | Q(state__in=["asked", "failed"], file=None),
                name="board_report_file_when_made",
            ),
            models.CheckConstraint(
                condition=Q(grain__in=["month", "quarter"]), name="board_report_grain_known"
            ),
            models.CheckConstraint(
                condition=Q(start__lt=models.F("end")), name="board_report_is_a_period"
            ),
        ]

    def __str__(self) -> str:
        return f"board report of {self.name}"

    @property
    def name(self) -> str:
        """Nov 2025; Q3 2025."""
        if self.grain == self.Grain.QUARTER:
            here = self.start
            after = here.replace(year=here.year + here.month // 10, month=(here.month + 2) % 12 + 1)
            return format_period(here, after)
        return format_month(self.start)

    @property
    def file_name(self) -> str:
        return f"board-report-{self.start}-{self.grain}.pdf"

    @property
    def job_key(self) -> str:
        return f"metrics.board_report:{self.pk}"


class ReportSettings(models.Model):
    """The company's choices about reports. One row at most."""

    ONLY = 1

    is_only = models.BooleanField(default=True, unique=True, editable=False)
    managers_may_share = models.BooleanField(
        default=False, help_text="Managers, too, may make links that show figures to outsiders."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(is_only=True), name="report_settings_single")
        ]

    def __str__(self) -> str:
        return "Reports"

    @classmethod
    def held(cls) -> ReportSettings:
        """The company's, or the defaults where it has said nothing. Costs a query."""
        return cls.objects.filter(pk=cls.ONLY).first() or cls(pk=cls.ONLY)


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def open(self) -> ShareLinkQuerySet:
        """Those that show something still."""
        return self.filter(revoked_at=None, expires_at__gt=clock())


class ShareLink(models.Model):
    """Shows one thing to whoever has the link. Its token is kept as a hash only.

    `selection`: what of a metric is shown (metrics.reports.sharing.Selection); of a board report,
    the report. A metric and the overview are shown with their present figures.
    """

    class What(models.TextChoices):
        OVERVIEW = "overview", gettext_lazy("Overview")
        METRIC = "metric", gettext_lazy("Metric")
        REPORT = "report", gettext_lazy("Board report")

    name = models.CharField(max_length=120)
    what = models.CharField(max_length=8, choices=What)
    selection = models.JSONField(default=dict)
    report = models.ForeignKey(
        BoardReport, null=True, blank=True, on_delete=models.CASCADE, related_name="links"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=clock)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_by_label = models.CharField(max_length=254)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by_label = models.CharField(max_length=254, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(what="report", report__isnull=False)
                | Q(what__in=["overview", "metric"], report=None),
                name="share_link_of_something",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("made_at")), name="share_link_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_open(self, now: dt.datetime | None = None) -> bool:
        """Whether it shows anything still."""
        return self.revoked_at is None and (now or clock()) < self.expires_at

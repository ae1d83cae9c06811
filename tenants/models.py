"""What all companies share (schema public): who they are, where they live, who may ask to join."""

from __future__ import annotations

import datetime as dt
from typing import NoReturn
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django_tenants.models import DomainMixin, TenantMixin

from tenants.validators import validate_one_line

# A gap of up to a day: sessions of days that lie apart never join.
LONGEST_SESSION_GAP = 24 * 60
SHORTEST_KEPT, LONGEST_KEPT = 35, 3650
SLUG_PATTERN = r"^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){2,39}$"


class Company(TenantMixin):  # type: ignore[misc]  # untyped library
    """A business that signed up. Its data is in the schema `c_<id>`, named when the row is made.

    The row and its (empty) schema come into being in one transaction
    (tenants.actions.companies.create_company), so that no company ever adopts a schema.
    """

    class State(models.TextChoices):
        PROVISIONING = "provisioning", "being set up"
        READY = "ready", "ready"
        DELETING = "deleting", "being deleted"

    HIDDEN_STATES = (State.DELETING,)

    name = models.CharField(max_length=200, validators=[validate_one_line])
    slug = models.CharField(max_length=40, unique=True, validators=[RegexValidator(SLUG_PATTERN)])
    state = models.CharField(max_length=16, choices=State, default=State.PROVISIONING)
    timezone = models.CharField(max_length=64, default="UTC", help_text="IANA name.")
    currency = models.CharField(max_length=3, default="USD", help_text="ISO 4217.")
    week_start = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(6)], help_text="0 is Monday."
    )
    minimum_n = models.PositiveSmallIntegerField(
        default=5,
        validators=[MinValueValidator(1)],
        help_text="Values resting on fewer are greyed.",
    )
    session_gap_minutes = models.PositiveSmallIntegerField(
        default=30,
        db_default=30,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_SESSION_GAP)],
        help_text="So long without an event ends a session.",
    )
    raw_events_kept_days = models.PositiveSmallIntegerField(
        default=760,
        db_default=760,
        validators=[MinValueValidator(SHORTEST_KEPT), MaxValueValidator(LONGEST_KEPT)],
        help_text="Usage events are dropped after so many days; what was made of them stays.",
    )
    language = models.CharField(
        max_length=8, default="en", db_default="en", help_text="Of pages and mails."
    )
    notation = models.CharField(
        max_length=16,
        blank=True,
        default="",
        db_default="",
        help_text="A locale's tag, of numbers, money and days. None: the language's.",
    )
    has_sample_data = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Pages say so, and where to remove them.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    auto_create_schema = False
    auto_drop_schema = False

    class Meta:
        verbose_name_plural = "companies"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(week_start__lte=6), name="week_start_is_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["provisioning", "ready", "deleting"]),
                name="company_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    session_gap_minutes__gte=1, session_gap_minutes__lte=LONGEST_SESSION_GAP
                ),
                name="company_session_gap_up_to_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    raw_events_kept_days__gte=SHORTEST_KEPT, raw_events_kept_days__lte=LONGEST_KEPT
                ),
                name="company_raw_events_kept_a_while",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def __enter__(self) -> NoReturn:
        """Banned: the library keeps what to go back to in a list that all threads share."""
        raise TypeError("Enter a company with django_tenants.utils.tenant_context(company).")

    def activate(self) -> NoReturn:
        """Banned: nothing would leave the company again."""
        raise TypeError("Enter a company with django_tenants.utils.tenant_context(company).")

    def today(self, now: dt.datetime | None = None) -> dt.date:
        """The company-local day of `now` (an aware instant; default: the clock's)."""
        return (now or timezone.now()).astimezone(ZoneInfo(self.timezone)).date()


class Domain(DomainMixin):  # type: ignore[misc]  # untyped library
    """A host name (without port) on which a company is reached."""


class SignUp(models.Model):
    """Somebody asked for a company. Becomes one when the mail's link is confirmed."""

    company_name = models.CharField(max_length=200, validators=[validate_one_line])
    slug = models.CharField(max_length=40)
    email = models.EmailField(max_length=254)
    name = models.CharField(
        max_length=150,
        blank=True,
        default="",
        db_default="",
        validators=[validate_one_line],
        help_text="Of who asks; then the owner's.",
    )
    password = models.CharField(max_length=256, help_text="Hashed; moved to the owner, then empty.")
    language = models.CharField(
        max_length=8, default="en", db_default="en", help_text="Of who asks; then the company's."
    )
    timezone = models.CharField(
        max_length=64, default="UTC", db_default="UTC", help_text="IANA name; then the company's."
    )
    currency = models.CharField(
        max_length=3, default="USD", db_default="USD", help_text="ISO 4217; then the company's."
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    mailed_at = models.DateTimeField(
        auto_now_add=True, help_text="The link's age counts from here."
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    company = models.OneToOneField(
        Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="sign_up"
    )

    def __str__(self) -> str:
        return f"{self.company_name} ({self.slug})"


class DirectoryEntry(models.Model):
    """This address signs in at this company. Lets "find my company" answer by mail."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="directory")
    email = models.EmailField(max_length=254, db_index=True, help_text="Lower case.")

    class Meta:
        verbose_name_plural = "directory entries"
        constraints = [
            models.UniqueConstraint(fields=["company", "email"], name="directory_once"),
        ]

    def __str__(self) -> str:
        return self.email


class WakeUp(models.Model):
    """There is work in this company's queue (company null: in the shared one) from `due_at` on.

    Append-only, so that writers never wait for each other; the dispatcher reads due rows and
    pushes `due_at` ahead while somebody works on them; whoever finishes the queue removes them.
    """

    company = models.ForeignKey(Company, null=True, on_delete=models.CASCADE, related_name="+")
    queue = models.CharField(max_length=16)
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.company_id}/{self.queue}"


class Slot(models.Model):
    """A periodic job was handed out for this company and time slot. Makes two beats harmless."""

    company = models.ForeignKey(Company, null=True, on_delete=models.CASCADE, related_name="+")
    job = models.CharField(max_length=100)
    starts_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "job", "starts_at"], nulls_distinct=False, name="slot_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.starts_at}"


class Pace(models.Model):
    """A bucket that fills with time: how much of something a company (null: the portal in all)
    may do now (tenants.pace). Empty at `empty_at`; whoever takes moves that ahead."""

    company = models.ForeignKey(Company, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    empty_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "name"], nulls_distinct=False, name="pace_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.company_id}"

"""Asking someone to join the company as a user."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models.user import Role, User
from accounts.permissions import ROLES, RoleDescription

VALID_FOR = timedelta(days=7)


def default_expiry() -> datetime:
    """When an invitation made now stops working."""
    return timezone.now() + VALID_FOR


class UserInvitationQuerySet(models.QuerySet["UserInvitation"]):
    def pending(self) -> UserInvitationQuerySet:
        """Neither accepted nor revoked; expired ones included, as they can be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)

    def usable(self) -> UserInvitationQuerySet:
        """What its link still accepts."""
        return self.pending().filter(expires_at__gt=timezone.now())


class UserInvitation(models.Model):
    """One address asked to join in one role: once, until it expires or is revoked.

    The link's secret is made when the mail is sent and only its hash is kept, so nobody who
    reads the database can join.
    """

    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=Role.choices)
    secret_hash = models.CharField(
        max_length=64, null=True, blank=True, unique=True, editable=False
    )
    invited_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="invitations_sent"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(default=default_expiry)
    # How often the mail was asked for: nobody is to be flooded.
    send_count = models.PositiveSmallIntegerField(default=1, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="joined_by_invitation"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = UserInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="accounts_userinvitation_role_known", condition=Q(role__in=Role.values)
            ),
            models.CheckConstraint(
                name="accounts_userinvitation_email_lower", condition=Q(email=Lower("email"))
            ),
            models.CheckConstraint(
                name="accounts_userinvitation_accepted_or_revoked",
                condition=Q(accepted_at=None) | Q(revoked_at=None),
            ),
            models.UniqueConstraint(
                name="accounts_userinvitation_one_pending",
                fields=["email"],
                condition=Q(accepted_at=None, revoked_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def role_description(self) -> RoleDescription:
        return ROLES[self.role]

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def is_usable(self) -> bool:
        return self.accepted_at is None and self.revoked_at is None and not self.is_expired

"""Keys with which programs read and write one company's data."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext

from accounts.models.user import User


class Scope(models.TextChoices):
    """What a key may do. Writing does not include reading, but includes sending events.

    A key for sending events reads nothing, as such keys get around.
    """

    READ = "read", gettext_lazy("Read")
    WRITE = "write", gettext_lazy("Write")
    STREAM = "stream", gettext_lazy("Send events")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> ApiKeyQuerySet:
        """Neither revoked nor expired."""
        return self.filter(
            Q(revoked_at=None), Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        )


class ApiKey(models.Model):
    """A key `csm_<prefix>_<secret>`; the secret is shown once and only its hash is kept."""

    prefix = models.CharField(max_length=12, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    name = models.CharField(max_length=100)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope.choices))
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="api_keys"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Written at most once a minute, so that a busy key does not write on every call.
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="accounts_apikey_scopes_known",
                condition=Q(scopes__contained_by=Scope.values) & Q(scopes__len__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (csm_{self.prefix}…)"

    @property
    def scopes_in_words(self) -> str:
        """ "read, write"."""
        words = {
            Scope.READ: pgettext("scope of a key", "read"),
            Scope.WRITE: pgettext("scope of a key", "write"),
            Scope.STREAM: pgettext("scope of a key", "stream"),
        }
        return ", ".join(words[Scope(scope)] for scope in self.scopes)

    @property
    def is_usable(self) -> bool:
        is_expired = self.expires_at is not None and self.expires_at <= timezone.now()
        return self.revoked_at is None and not is_expired

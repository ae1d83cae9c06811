"""Who calls the API: a key, or for reading a user signed in on this host."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from accounts.actions.keys import PURPOSE
from accounts.models import ApiKey, Scope, User
from accounts.secrets import secret_matches

SCHEME = "Bearer"
LAST_USED_EVERY = dt.timedelta(minutes=1)
KEY_FORM = re.compile(r"^csm_([0-9a-f]{1,12})_([0-9a-f]{1,128})$")
# Compared with when there is no such key, so that knowing a prefix takes as long as guessing one.
NO_HASH = "0" * 64


@dataclass(frozen=True)
class Caller:
    """`request.user` of an API call: either a key or a user, and what it may do."""

    scopes: frozenset[str]
    key: ApiKey | None = None
    user: User | None = None
    is_authenticated: bool = True

    @property
    def label(self) -> str:
        """How the audit trail names the caller."""
        return f"API key {self.key}" if self.key else str(self.user)

    @property
    def identity(self) -> str:
        """What limits are counted by, within the company."""
        return f"key-{self.key.pk}" if self.key else f"user-{self.user.pk}" if self.user else ""


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer csm_<prefix>_<secret>`. Costs one query, and a write a minute."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _, value = header.partition(" ")
        if scheme.lower() != SCHEME.lower():
            raise exceptions.AuthenticationFailed(
                "Send the key as “Authorization: Bearer csm_…”.", code="scheme_unknown"
            )
        key = find_key(value.strip())
        if key is None:
            raise exceptions.AuthenticationFailed(
                "This key is unknown, revoked or expired.", code="key_unusable"
            )
        note_use(key)
        return Caller(scopes=frozenset(key.scopes), key=key), key

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="CSM Portal API"'


class SignedInAuthentication(BaseAuthentication):
    """A user signed in on this host may read, as on the pages. Writing takes a key, so that no
    foreign page can write with a browser's cookie."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        user: Any = getattr(request._request, "user", None)
        is_in = isinstance(user, User) and user.is_active
        if not is_in or request.method not in SAFE_METHODS:
            return None
        return Caller(scopes=frozenset({Scope.READ.value}), user=user), None


def find_key(value: str) -> ApiKey | None:
    """The usable key that `csm_<prefix>_<secret>` is; the same work whether there is one or not."""
    parts = KEY_FORM.match(value)
    prefix, secret = parts.groups() if parts else ("", "")
    key = ApiKey.objects.filter(prefix=prefix).first()
    is_match = secret_matches(
        purpose=PURPOSE, secret=secret, stored_hash=key.secret_hash if key else NO_HASH
    )
    return key if key is not None and is_match and key.is_usable else None


def note_use(key: ApiKey) -> None:
    """Write down that the key was used, at most once a minute."""
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at <= now - LAST_USED_EVERY:
        ApiKey.objects.filter(
            Q(last_used_at=None) | Q(last_used_at__lte=now - LAST_USED_EVERY), pk=key.pk
        ).update(last_used_at=now)

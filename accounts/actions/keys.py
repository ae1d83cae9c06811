"""Making and revoking API keys."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.actions import audit
from accounts.models import ApiKey, Scope, User
from accounts.secrets import hash_secret, new_secret

PURPOSE = "api_key"
PREFIX_BYTES = 4


@transaction.atomic
def create_api_key(
    *,
    name: str,
    scopes: Iterable[str],
    by: User | None,
    expires_at: datetime | None = None,
    actor_label: str = "",
) -> tuple[ApiKey, str]:
    """The stored key and the whole key `csm_<prefix>_<secret>`, which nobody can read again.

    Raises ValueError on no scope or an unknown one.
    """
    chosen = sorted(set(scopes))
    if not chosen or not set(chosen) <= set(Scope.values):
        raise ValueError(f"Scopes must be some of {', '.join(Scope.values)}.")
    prefix, secret = secrets.token_hex(PREFIX_BYTES), new_secret()
    key = ApiKey.objects.create(
        prefix=prefix,
        secret_hash=hash_secret(purpose=PURPOSE, secret=secret),
        name=name,
        scopes=chosen,
        created_by=by,
        expires_at=expires_at,
    )
    audit.record(
        by=by,
        action="api_key.created",
        subject=key,
        detail={"scopes": " and ".join(chosen)},
        actor_label=actor_label,
    )
    return key, f"csm_{prefix}_{secret}"


@transaction.atomic
def revoke_api_key(*, key: ApiKey, by: User) -> None:
    """Stop the key at once, for good. Revoking it again changes nothing."""
    revoked = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    if revoked:
        audit.record(by=by, action="api_key.revoked", subject=key)

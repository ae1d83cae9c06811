"""Writing down who did what."""

from __future__ import annotations

from typing import Any

from django.db import models

from accounts.models import AuditEntry, User

SYSTEM = "CSM Portal"
LABEL_LENGTH = 254


def record(
    *,
    by: User | None,
    action: str,
    subject: models.Model | str = "",
    detail: dict[str, Any] | None = None,
    actor_label: str = "",
) -> AuditEntry:
    """One audit row in the company of the connection; costs one query.

    `by` None means no signed-in user (`actor_label` then says who: an API key, a command, a
    public form). `action` is `noun.verb_in_past`, like `import.confirmed`. `detail` must be
    JSON and must not hold secrets or whole rows.
    """
    is_row = isinstance(subject, models.Model)
    return AuditEntry.objects.create(
        actor=by,
        actor_label=(actor_label or (by.email if by else SYSTEM))[:LABEL_LENGTH],
        action=action,
        subject_type=subject._meta.label_lower if isinstance(subject, models.Model) else "",
        subject_id=str(subject.pk) if is_row and not isinstance(subject, str) else "",
        subject_label=str(subject)[:LABEL_LENGTH],
        detail=detail or {},
    )

"""Writing down who did what."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import models

from accounts.models import AuditEntry, User

SYSTEM = "CSM Portal"
LABEL_LENGTH = 254


def changes(
    before: Mapping[str, object], after: Mapping[str, object], *, is_new: bool = False
) -> dict[str, list[str]]:
    """{field: what it was and what it became, as text}, of what is other than it was; of a new row,
    of all that it has."""
    return {
        name: ["" if is_new else _text(before[name]), _text(value)]
        for name, value in after.items()
        if (_text(value) if is_new else before[name] != value)
    }


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


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

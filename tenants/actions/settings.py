"""What a company may set about itself."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from tenants.models import Company

SETTINGS = (
    "name",
    "timezone",
    "currency",
    "language",
    "notation",
    "week_start",
    "minimum_n",
    "session_gap_minutes",
    "raw_events_kept_days",
)


@transaction.atomic
def change_settings(*, company: Company, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Write some of SETTINGS; return what changed as `{field: [before, after]}`.

    Raises ValueError for a field that is no setting, ValidationError for a bad value.
    """
    unknown = set(values) - set(SETTINGS)
    if unknown:
        raise ValueError(f"No settings of a company: {', '.join(sorted(unknown))}.")
    row = Company.objects.select_for_update().get(pk=company.pk)
    changes: dict[str, list[Any]] = {}
    for field, value in values.items():
        before = getattr(row, field)
        if before != value:
            changes[field] = [before, value]
            setattr(row, field, value)
    if changes:
        row.clean_fields(
            exclude=[field.name for field in row._meta.fields if field.name not in changes]
        )
        Company.objects.filter(pk=row.pk).update(
            **{field: getattr(row, field) for field in changes}
        )
        for field in changes:
            setattr(company, field, getattr(row, field))
    return changes

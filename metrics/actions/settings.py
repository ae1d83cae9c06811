"""Changing a company's metric settings, with a trace."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.actions import audit
from accounts.models import User
from metrics.models import MetricSettings
from tenants.jobs import enqueue

FIELDS = (
    "gross_margin",
    "first_value",
    "first_value_name",
    "onboarding_milestone",
    "business_days",
    "business_from",
    "business_until",
    "pause_days",
    "late_days",
    "nightly_at",
)


@transaction.atomic
def change_metric_settings(
    *, values: dict[str, Any], by: User | None, actor_label: str = ""
) -> bool:
    """Whether anything changed. Raises ValidationError by field; absent fields are kept."""
    MetricSettings.objects.bulk_create(
        [MetricSettings(pk=MetricSettings.ONLY)], ignore_conflicts=True
    )
    found = MetricSettings.objects.select_for_update().get(pk=MetricSettings.ONLY)
    before = {name: getattr(found, name) for name in FIELDS}
    for name in FIELDS:
        if name in values:
            setattr(found, name, values[name])
    found.full_clean(validate_constraints=False)
    changes = {
        name: [str(before[name]), str(getattr(found, name))]
        for name in FIELDS
        if before[name] != getattr(found, name)
    }
    if changes:
        found.save()
        audit.record(
            by=by,
            actor_label=actor_label,
            action="metrics.settings_changed",
            subject=found,
            detail=changes,
        )
    if changes:
        enqueue("metrics.refresh", key="metrics.refresh")
    return bool(changes)

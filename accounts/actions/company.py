"""Changing the company's own settings, with a trace."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.actions import audit
from accounts.models import User
from tenants.actions.settings import change_settings
from tenants.jobs import enqueue
from tenants.models import Company

# Days and sessions are other ones now; what they are made of is told by the job's name alone.
_MAKE_ANEW = {
    "timezone": "customers.rebuild_usage",
    "session_gap_minutes": "customers.rebuild_usage",
}


@transaction.atomic
def change_company_settings(*, company: Company, values: dict[str, Any], by: User) -> bool:
    """Whether anything changed. Raises like tenants.actions.settings.change_settings."""
    changes = change_settings(company=company, values=values)
    if changes:
        audit.record(by=by, action="company.settings_changed", subject=company, detail=changes)
        for job in {_MAKE_ANEW[field] for field in changes if field in _MAKE_ANEW}:
            enqueue(job)
    return bool(changes)

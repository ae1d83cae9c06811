"""When the values kept are made again from scratch."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils import timezone

from metrics.models import MetricSettings
from metrics.stored.keeping import Store
from tenants.context import current_company


def is_due() -> bool:
    """Whether it is the company's time of the night, or later, and they were not made today yet;
    or whether something beside facts changed since, such as the company's time zone."""
    company = current_company()
    store = Store.open(company)
    if store.state is None:
        return False
    zone = ZoneInfo(company.timezone)
    now = timezone.now().astimezone(zone)
    is_old = store.state.remade_at.astimezone(zone).date() < now.date()
    if is_old and now.time() >= MetricSettings.held().nightly_at:
        return True
    return not store.has_present_settings

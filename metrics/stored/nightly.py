"""When the values kept are made again from scratch."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import timezone

from metrics.stored.keeping import scope_of
from tenants.context import current_company

MINUTE = dt.timedelta(minutes=1)


def is_due() -> bool:
    """Whether it is the company's time of the night, or later, and they were not made today yet;
    or whether something beside facts changed since, such as the company's time zone."""
    company = current_company()
    scope = scope_of(company)
    if scope.state is None:
        return False
    zone = ZoneInfo(company.timezone)
    now = timezone.now().astimezone(zone)
    is_old = scope.state.remade_at.astimezone(zone).date() < now.date()
    if is_old and now.time() >= scope.shared.settings.nightly_at:
        return True
    return not scope.has_present_settings


def next_at(*, remade_at: dt.datetime, nightly_at: dt.time, zone: ZoneInfo) -> dt.datetime:
    """When the next is due: at that time by the clock on the day after the last. A time that the
    clock leaves out that day comes with the end of the gap, one it has twice with the first."""
    day = remade_at.astimezone(zone).date() + dt.timedelta(days=1)
    wanted = dt.datetime.combine(day, nightly_at, tzinfo=zone)
    found = wanted.astimezone(dt.UTC)
    if found.astimezone(zone).time() == nightly_at:
        return found
    earliest = wanted.replace(fold=1).astimezone(dt.UTC)  # an hour before what is past the gap
    while (local := earliest.astimezone(zone)).date() < day or local.time() < nightly_at:
        earliest += MINUTE
    return earliest

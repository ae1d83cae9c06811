"""How long raw events are kept, and which days' roll-ups can still be made anew."""

from __future__ import annotations

import datetime as dt

import structlog
from django.db import OperationalError, transaction

from customers.models.usage import DroppedMonth
from customers.usage import keys, partitions
from tenants.context import current_company
from tenants.models import Company

log = structlog.get_logger("portal.usage")

LATEST_TAKEN = dt.timedelta(days=730)
# Days of any time zone begin within so many hours of the day of UTC.
_ANY_ZONE = dt.timedelta(days=2)
# A sender may repeat an event dated ahead; and a day for time zones.
_KEY_SLACK = dt.timedelta(days=3)


def late_limit(company: Company) -> dt.timedelta:
    """How old an event may be and still be taken: up to 2 years, while raw events are kept."""
    return min(LATEST_TAKEN, dt.timedelta(days=company.raw_events_kept_days))


def first_kept_day() -> dt.date | None:
    """The first local day whose raw events are all still there; None when none were dropped."""
    last = DroppedMonth.objects.order_by("-month").values_list("month", flat=True).first()
    if last is None:
        return None
    # Local days that begin in the dropped month of UTC are not whole any more.
    return partitions.following(last) + dt.timedelta(days=1)


def drop_expired(*, today: dt.date) -> list[dt.date]:
    """Drop the months whose last event is older than raw events are kept; returns them.

    Roll-ups stay, and from then on are a record. Changes of those days that still wait are
    rolled up first. A month in use just then is left for the next time.
    """
    from customers.usage.rolling import roll_up

    company = current_company()
    border = today - dt.timedelta(days=company.raw_events_kept_days) - _ANY_ZONE
    expired = [month for month in partitions.held() if partitions.following(month) <= border]
    if expired:
        roll_up()
    dropped = []
    for month in expired:
        try:
            with transaction.atomic():
                partitions.drop(month)
                DroppedMonth.objects.get_or_create(month=month)
        except OperationalError as error:
            log.warning("a month of usage events is in use; left for later", error=str(error))
            break
        dropped.append(month)
    return dropped


def forget_keys(*, today: dt.date) -> int:
    """Remove the keys of messages that came so long ago that none like them is taken any more."""
    border = today - late_limit(current_company()) - _KEY_SLACK
    return keys.forget_before(border)


def move_keys(*, today: dt.date) -> int:
    """Move the keys of messages that came before today to where they are kept; how many."""
    return keys.move(before=today)

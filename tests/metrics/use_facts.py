"""Put usage and tickets into the database, as roll-ups and imports would leave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from customers.models import Ticket, TicketStage, UsageDay, UsageSession
from tests.metrics import facts

Seen = tuple[str, datetime | None, datetime | None]


def use(
    of: str,
    end_user: str,
    day: date,
    names: Mapping[str, int] | None = None,
    items: Sequence[Seen] = (),
) -> UsageDay:
    """An end user's day: how often each event, and when items were shown and clicked."""
    counts = names or {"Opened": 1}
    return UsageDay.objects.create(
        customer=facts.customer(of),
        day=day,
        end_user=end_user,
        events=sum(counts.values()),
        kinds=["track"] * len(counts),
        names=list(counts),
        counts=list(counts.values()),
        items=[item for item, _, _ in items],
        shown_at=[shown for _, shown, _ in items],
        clicked_at=[clicked for _, _, clicked in items],
    )


def session(
    of: str,
    started_at: datetime,
    seconds: float,
    *,
    end_user: str = "u",
    events: int = 2,
    page_views: int = 0,
    page_seconds: float = 0,
) -> UsageSession:
    """A session of a company in UTC."""
    return UsageSession.objects.create(
        customer=facts.customer(of),
        end_user=end_user,
        session=str(UsageSession.objects.count()),
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=seconds),
        day=started_at.date(),
        events=events,
        page_views=page_views,
        page_seconds=page_seconds,
    )


def ticket(
    of: str,
    opened_at: datetime,
    *,
    stages: Sequence[tuple[str, datetime]] = (),
    name: str = "",
    **more: Any,
) -> Ticket:
    external_id = name or f"t{Ticket.objects.count()}"
    given = {"source": facts.source(), "recorded_at": timezone.now()}
    owner = facts.customer(of)
    for stage, entered_at in stages:
        TicketStage.objects.create(
            external_id=f"s{TicketStage.objects.count()}",
            customer=owner,
            ticket=external_id,
            stage=stage,
            entered_at=entered_at,
            **given,
        )
    return Ticket.objects.create(
        external_id=external_id, customer=owner, opened_at=opened_at, **given, **more
    )


def use_often(of: str, days: Sequence[date], *, end_user: str = "u", name: str = "Opened") -> None:
    """One event of an end user on each of many days."""
    owner = facts.customer(of)
    UsageDay.objects.bulk_create(
        UsageDay(
            customer=owner,
            day=day,
            end_user=end_user,
            events=1,
            kinds=["track"],
            names=[name],
            counts=[1],
            items=[],
            shown_at=[],
            clicked_at=[],
        )
        for day in days
    )

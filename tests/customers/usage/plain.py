"""What roll-ups are, in plain Python, from all events at once: the reference."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from customers.models import UsageDay, UsageSession
from customers.usage.storing import NewEvent

Rows = dict[str, set[tuple[Any, ...]]]


def expected(events: Iterable[NewEvent], *, zone: str, gap: dt.timedelta) -> Rows:
    """Rows of each table as sets; the customer is the event's group."""
    tz = ZoneInfo(zone)
    days: Counter[tuple[Any, ...]] = Counter()
    items: dict[tuple[Any, ...], dict[str, dt.datetime]] = defaultdict(dict)
    of_key: dict[tuple[str, str, str], list[NewEvent]] = defaultdict(list)
    for event in events:
        day = event.occurred_at.astimezone(tz).date()
        days[event.group_id, day, event.end_user, event.kind, event.name] += 1
        of_key[event.group_id, event.end_user, event.session].append(event)
        if event.item and event.action:
            firsts = items[event.group_id, event.end_user, event.item, day]
            firsts[event.action] = min(
                firsts.get(event.action, event.occurred_at), event.occurred_at
            )
    return {
        "days": {(*key, count) for key, count in days.items()},
        "items": {(*key, at.get("shown"), at.get("clicked")) for key, at in items.items()},
        "sessions": {
            (*key, *session)
            for key, found in of_key.items()
            for session in _sessions(found, tz, gap)
        },
    }


def _sessions(events: list[NewEvent], tz: ZoneInfo, gap: dt.timedelta) -> Iterator[tuple[Any, ...]]:
    current: list[NewEvent] = []
    for event in sorted(events, key=lambda one: one.occurred_at):
        if current and event.occurred_at - current[-1].occurred_at >= gap:
            yield _session(current, tz)
            current = []
        current.append(event)
    yield _session(current, tz)


def _session(events: list[NewEvent], tz: ZoneInfo) -> tuple[Any, ...]:
    """Time on pages is added up page by page: until the next page, or the session's end."""
    began, ended = events[0].occurred_at, events[-1].occurred_at
    pages = [event.occurred_at for event in events if event.kind == "page"]
    seconds = sum((b - a).total_seconds() for a, b in pairwise([*pages, ended])) if pages else 0.0
    return began, ended, began.astimezone(tz).date(), len(events), len(pages), round(seconds, 3)


def held() -> Rows:
    """The rows of the tables, in the same form; lists are checked to be in order."""
    days, items = set(), set()
    for day in UsageDay.objects.select_related("customer"):
        who, user = day.customer.external_id, day.end_user
        counted = list(zip(day.kinds, day.names, day.counts, strict=True))
        seen = list(zip(day.items, day.shown_at, day.clicked_at, strict=True))
        assert counted == sorted(counted)
        assert day.items == sorted(set(day.items))
        assert day.events == sum(day.counts)
        days |= {(who, day.day, user, *one) for one in counted}
        items |= {(who, user, item, day.day, *at) for item, *at in seen}
    return {
        "days": days,
        "items": items,
        "sessions": {
            (*row[:-1], round(row[-1], 3))
            for row in UsageSession.objects.values_list(
                "customer__external_id",
                "end_user",
                "session",
                "started_at",
                "ended_at",
                "day",
                "events",
                "page_views",
                "page_seconds",
            )
        },
    }

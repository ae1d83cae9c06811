"""Events to store, in tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from customers.models import Source
from customers.usage.storing import NewEvent, Stored, store_events

NOW = dt.datetime(2026, 3, 15, 12, tzinfo=dt.UTC)


def event(**values: Any) -> NewEvent:
    held: dict[str, Any] = {
        "occurred_at": NOW - dt.timedelta(hours=1),
        "end_user": "u-1",
        "group_id": "c-1",
        "session": "",
        "kind": "track",
        "name": "Report opened",
        "action": "",
        "item": "",
        "properties": None,
        "message_id": "m-1",
    }
    return NewEvent(**(held | values))


def store(source: Source, *events: NewEvent) -> Stored:
    return store_events(events, source_id=source.pk, now=NOW)

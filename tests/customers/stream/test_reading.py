"""What of a message becomes which part of an event. Pure: no database."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from customers.stream.reading import Batch, Reader

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
TRACK: dict[str, Any] = {"type": "track", "userId": "u", "event": "x", "messageId": "m"}


def read(*messages: Any, sent_at: Any = None, context: Any = None) -> Batch:
    reader = Reader(
        received_at=NOW, sent_at=sent_at, context=context, earliest=NOW - dt.timedelta(days=730)
    )
    return reader.read(list(messages))


def occurred(message: dict[str, Any], sent_at: Any = None) -> dt.datetime:
    [event] = read({**TRACK, **message}, sent_at=sent_at).events
    return event[0].astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("said", "sent_at", "minute"),
    [
        ({}, None, 0),
        ({"timestamp": "2026-03-01T11:50:00Z"}, None, -10),
        ({"timestamp": "2026-03-01T11:50:00.000+01:00"}, None, -70),
        ({"timestamp": "2026-03-01T11:50:00"}, None, -10),
        ({"originalTimestamp": "2026-03-01T11:50:00Z"}, None, -10),
        # A clock an hour ahead: sent at 13:00 by it, ten minutes after the event.
        ({"timestamp": "2026-03-01T12:50:00Z"}, "2026-03-01T13:00:00Z", -10),
        ({"timestamp": "2026-03-01T12:50:00Z", "sentAt": "2026-03-01T13:00:00Z"}, None, -10),
        # One that stands at 1970.
        ({"timestamp": "1970-01-01T00:00:00Z"}, "1970-01-01T00:10:00Z", -10),
        ({"timestamp": "2026-03-01T11:50:00Z"}, "never", -10),
        ({}, "2026-03-01T13:00:00Z", 0),
    ],
)
def test_the_instant_is_corrected_by_the_senders_clock(
    said: dict[str, Any], sent_at: Any, minute: int
) -> None:
    assert occurred(said, sent_at) == NOW + dt.timedelta(minutes=minute)


@pytest.mark.parametrize("timestamp", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_an_instant_out_of_bounds_is_a_problem(timestamp: str) -> None:
    for sent_at in (None, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        batch = read({**TRACK, "timestamp": timestamp}, sent_at=sent_at)
        assert len(batch.events) + len(batch.problems) == 1
        assert all(abs(event[0] - NOW) < dt.timedelta(days=731) for event in batch.events)


@pytest.mark.parametrize(
    ("more", "group", "session"),
    [
        ({}, "", ""),
        ({"context": {"groupId": "g", "sessionId": 17}}, "g", "17"),
        ({"properties": {"groupId": "g", "session_id": "s"}}, "g", "s"),
        ({"properties": {"$session_id": "s"}}, "", "s"),
        ({"context": {"traits": {"company": {"id": 4}}}}, "4", ""),
    ],
)
def test_group_and_session(more: dict[str, Any], group: str, session: str) -> None:
    [event] = read({**TRACK, **more}).events
    assert event[2:4] == (group, session)


def test_the_batchs_context_holds_for_all_and_an_events_own_wins() -> None:
    events = read(
        TRACK,
        {**TRACK, "context": {"groupId": "own"}},
        context={"groupId": "all", "sessionId": "s"},
    ).events
    assert [event[2:4] for event in events] == [("all", "s"), ("own", "s")]


@pytest.mark.parametrize(
    ("name", "properties", "found"),
    [
        ("Product Clicked", {"product_id": "p", "sku": "k"}, ("clicked", "p")),
        ("Product Viewed", {"sku": 12}, ("shown", "12")),
        ("Product List Viewed", {"list_id": "hot"}, ("shown", "hot")),
        ("Promotion Viewed", {"promotion_id": "sale"}, ("shown", "sale")),
        ("Promotion Clicked", {"name": "sale"}, ("clicked", "sale")),
        ("Promotion Clicked", {}, ("", "")),
        ("Tip", {"item": "tip-1", "action": "shown"}, ("shown", "tip-1")),
        ("Tip", {"item": "tip-1", "action": "eaten"}, ("", "")),
        ("Tip", {"item": "tip-1"}, ("", "")),
    ],
)
def test_items_shown_and_clicked(
    name: str, properties: dict[str, Any], found: tuple[str, str]
) -> None:
    [event] = read({**TRACK, "event": name, "properties": properties}).events
    assert event[6:8] == found


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"name": "Home"}, "Home"),
        ({"properties": {"name": "Home", "path": "/"}}, "Home"),
        ({"properties": {"path": "/a?token=1"}}, "/a"),
        ({"properties": {"url": "https://x.example/a?b=c"}}, "https://x.example/a"),
        ({"context": {"page": {"path": "/c"}}}, "/c"),
        ({}, "(page)"),
    ],
)
def test_a_page_has_a_name_a_path_or_an_address(more: dict[str, Any], name: str) -> None:
    [event] = read({"type": "page", "userId": "u", "messageId": "m", **more}).events
    assert event[5] == name

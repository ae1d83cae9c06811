"""Roll-ups: made anew for what changed, they equal those made from all events at once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.models import (
    Change,
    Customer,
    Source,
    UsageChange,
    UsageDay,
    UsageEvent,
    UsageSession,
)
from customers.usage import rolling
from customers.usage.rebuilding import rebuild_usage
from customers.usage.rolling import roll_up
from customers.usage.storing import NewEvent
from customers.usage.waiting import note_changes
from tenants.models import Company
from tests.customers.usage.events import NOW, event, store
from tests.customers.usage.plain import expected, held

GAP = dt.timedelta(minutes=30)
MINUTE = dt.timedelta(minutes=1)
NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


def sessions() -> list[tuple[Any, ...]]:
    return list(
        UsageSession.objects.order_by("started_at").values_list(
            "started_at", "ended_at", "events", "page_views", "page_seconds"
        )
    )


def test_a_gap_splits_and_less_does_not(source: Source, customer: Customer) -> None:
    for number, minutes in enumerate((0, 29, 59)):
        store(source, event(message_id=str(number), occurred_at=NOON + minutes * MINUTE))
    roll_up()
    assert sessions() == [
        (NOON, NOON + 29 * MINUTE, 2, 0, 0.0),
        (NOON + 59 * MINUTE, NOON + 59 * MINUTE, 1, 0, 0.0),
    ]


def test_a_late_event_joins_two_sessions(source: Source, customer: Customer) -> None:
    for number, minutes in enumerate((0, 40)):
        store(source, event(message_id=str(number), occurred_at=NOON + minutes * MINUTE))
    roll_up()
    assert len(sessions()) == 2
    store(source, event(message_id="late", occurred_at=NOON + 20 * MINUTE, kind="page"))
    roll_up()
    assert sessions() == [(NOON, NOON + 40 * MINUTE, 3, 1, 20 * 60.0)]


def test_a_session_over_midnight_is_the_first_days(source: Source, customer: Customer) -> None:
    late = dt.datetime(2026, 3, 10, 23, 50, tzinfo=dt.UTC)
    store(source, event(message_id="1", occurred_at=late))
    store(source, event(message_id="2", occurred_at=late + 20 * MINUTE))
    roll_up()
    store(source, event(message_id="3", occurred_at=late + 40 * MINUTE))
    roll_up()
    session = UsageSession.objects.get()
    assert (session.day, session.events) == (dt.date(2026, 3, 10), 3)
    assert UsageDay.objects.count() == 2


def test_items_have_their_first_instants(source: Source, customer: Customer) -> None:
    for number, (minutes, action) in enumerate(
        ((5, "shown"), (3, "shown"), (9, "clicked"), (7, "clicked"))
    ):
        store(
            source,
            event(
                message_id=str(number),
                occurred_at=NOON + minutes * MINUTE,
                action=action,
                item="tip",
            ),
        )
        roll_up()
    day = UsageDay.objects.get()
    assert day.items == ["tip"]
    assert (day.shown_at, day.clicked_at) == ([NOON + 3 * MINUTE], [NOON + 7 * MINUTE])


def test_the_feed_says_who_from_which_day_once(source: Source, customer: Customer) -> None:
    store(source, event(occurred_at=NOON))
    roll_up()
    assert list(Change.objects.values_list("customer_id", "kind", "from_day")) == [
        (customer.pk, "usage", NOON.date())
    ]
    assert not UsageChange.objects.exists()
    note_changes({NOON.date(): {customer.pk}}, now=NOW)
    before = set(UsageDay.objects.values_list("pk"))
    roll_up()
    assert Change.objects.count() == 1  # nothing was different
    assert set(UsageDay.objects.values_list("pk")) == before


def test_customers_are_taken_in_groups_and_none_is_left_out(
    source: Source, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling, "_TOGETHER", 2)
    made = [
        Customer.objects.create(
            external_id=f"g-{number}", name="One", source=source, recorded_at=NOW, changed_at=NOW
        )
        for number in range(5)
    ]
    store(source, *(event(group_id=one.external_id, message_id=one.external_id) for one in made))
    roll_up()
    wanted = {one.pk for one in made}
    assert set(UsageDay.objects.values_list("customer_id", flat=True)) == wanted
    assert set(Change.objects.values_list("customer_id", flat=True)) == wanted


def test_days_of_customers_that_are_gone_are_left_out(source: Source) -> None:
    note_changes({NOON.date(): {404}}, now=NOW)
    roll_up()
    assert not UsageChange.objects.exists()
    assert not Change.objects.exists()


# Around a midnight, the hours when clocks change, and a day apart; in Berlin.
STARTS = [
    dt.datetime(2025, 10, 25, 21, 30, tzinfo=dt.UTC),
    dt.datetime(2025, 10, 26, 0, 45, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 28, 22, 40, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 29, 0, 50, tzinfo=dt.UTC),
    dt.datetime(2025, 10, 24, 22, 0, tzinfo=dt.UTC),
]
EVENTS = st.builds(
    lambda start, minutes, user, group, session, kind, name, action, item, number: NewEvent(
        STARTS[start] + minutes * MINUTE,
        user,
        group,
        session,
        kind,
        name,
        action,
        item,
        None,
        str(number),
    ),
    st.integers(0, len(STARTS) - 1),
    st.integers(0, 200) | st.integers(-1500, 1500),
    st.sampled_from(["u-1", "u-2"]),
    st.sampled_from(["c-1", "c-2"]),
    st.sampled_from(["", "", "s-1", "s-2"]),
    st.sampled_from(["track", "page"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["", "shown", "clicked"]),
    st.sampled_from(["", "tip", "banner"]),
    st.integers(0, 60),
)


def _empty() -> None:
    for model in (UsageEvent, UsageDay, UsageSession, UsageChange, Change):
        model.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_usagekeyrecent, customers_usagekeyold")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Havana"])
@settings(
    max_examples=25,
)
@given(
    batches=st.lists(st.lists(EVENTS, min_size=1, max_size=12), min_size=1, max_size=4),
    removed=st.sets(st.integers(0, 60), max_size=8),
    gap=st.sampled_from([10, 30, 240]),
)
def test_incremental_equals_all_at_once(
    company: Company,
    source: Source,
    customer: Customer,
    zone: str,
    batches: list[list[NewEvent]],
    removed: set[int],
    gap: int,
) -> None:
    Customer.objects.get_or_create(
        external_id="c-2", defaults={"name": "Beta", "source": source, "recorded_at": NOW}
    )
    _empty()
    company.timezone, company.session_gap_minutes = zone, gap
    taken: dict[str, NewEvent] = {}
    for batch in batches:
        store(source, *batch)
        for one in batch:
            taken.setdefault(one.message_id, one)
        roll_up()
        assert held() == expected(taken.values(), zone=zone, gap=dt.timedelta(minutes=gap))
    gone = UsageEvent.objects.filter(message_id__in=[str(number) for number in removed])
    days: dict[dt.date, set[int]] = defaultdict(set)
    for held_event in gone:
        local = held_event.occurred_at.astimezone(ZoneInfo(zone))
        days[local.date()].add(held_event.customer_id or 0)
    note_changes(days, now=NOW)
    gone.delete()
    left = [one for key, one in taken.items() if int(key) not in removed]
    roll_up()
    wanted = expected(left, zone=zone, gap=dt.timedelta(minutes=gap))
    assert held() == wanted
    rebuild_usage()
    assert held() == wanted

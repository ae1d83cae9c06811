"""Raw events go after a set time, months at once; what was made of them stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from customers.models import Customer, Source, UsageDay, UsageEvent, UsageSession
from customers.models.usage import DroppedMonth
from customers.usage import partitions
from customers.usage.keeping import drop_expired, first_kept_day, forget_keys, late_limit
from customers.usage.rebuilding import rebuild_usage
from customers.usage.rolling import roll_up
from customers.usage.waiting import note_changes
from tenants.jobs import Job
from tenants.models import Company
from tests.customers.usage.events import NOW, event, store
from tests.customers.usage.plain import held

TODAY = NOW.date()


@pytest.fixture
def two_months(source: Source, customer: Customer) -> tuple[dt.date, dt.date]:
    """An event in an old month and one in this; rolled up."""
    old = dt.datetime(2024, 1, 31, 23, 50, tzinfo=dt.UTC)
    store(source, event(message_id="old", occurred_at=old))
    store(source, event(message_id="over", occurred_at=old + dt.timedelta(minutes=20)))
    store(source, event(message_id="new"))
    roll_up()
    return dt.date(2024, 1, 1), dt.date(2024, 2, 1)


def test_whole_months_go_and_roll_ups_stay(
    company: Company, two_months: tuple[dt.date, dt.date]
) -> None:
    january, february = two_months
    before = held()
    kept = company.raw_events_kept_days
    border = february + dt.timedelta(days=kept + 2)
    assert drop_expired(today=border - dt.timedelta(days=1)) == []
    assert drop_expired(today=border) == [january]
    assert partitions.held() == [february, dt.date(2026, 3, 1)]
    assert UsageEvent.objects.count() == 2
    assert first_kept_day() == dt.date(2024, 2, 2)
    assert held() == before
    rebuild_usage()
    assert held() == before


def test_what_is_gone_is_never_made_anew(
    customer: Customer, source: Source, two_months: tuple[dt.date, dt.date]
) -> None:
    drop_expired(today=dt.date(2026, 3, 15))
    before = held()
    note_changes({dt.date(2024, 1, 31): {customer.pk}, TODAY: {customer.pk}}, now=NOW)
    roll_up()
    assert held() == before
    assert UsageSession.objects.filter(day=dt.date(2024, 1, 31)).exists()


def test_waiting_changes_are_rolled_up_before_their_events_go(
    source: Source, customer: Customer
) -> None:
    store(source, event(occurred_at=dt.datetime(2024, 1, 10, tzinfo=dt.UTC)))
    drop_expired(today=dt.date(2026, 6, 1))
    assert not UsageEvent.objects.exists()
    assert UsageDay.objects.get().day == dt.date(2024, 1, 10)
    assert DroppedMonth.objects.get().month == dt.date(2024, 1, 1)


def test_keys_go_when_nothing_so_late_is_taken(
    company: Company, source: Source, customer: Customer
) -> None:
    store(source, event())
    limit = late_limit(company).days
    assert limit == 730
    assert forget_keys(today=TODAY + dt.timedelta(days=limit)) == 0
    assert forget_keys(today=TODAY + dt.timedelta(days=limit + 4)) == 1
    company.raw_events_kept_days = 100
    assert late_limit(company).days == 100


def test_the_command_makes_everything_anew(
    company: Company, two_months: tuple[dt.date, dt.date], capsys: pytest.CaptureFixture[str]
) -> None:
    before = held()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_usageday")
        cursor.execute("UPDATE customers_usagesession SET events = 99")
    call_command("rebuild_usage", company.slug)
    assert held() == before
    assert "3 days made anew" in capsys.readouterr().out


def test_another_session_gap_makes_sessions_anew(
    company: Company,
    client_of: Callable[..., Client],
    do_jobs: Callable[..., int],
    source: Source,
    customer: Customer,
) -> None:
    for number in range(3):
        at = NOW - dt.timedelta(minutes=20 * number)
        store(source, event(message_id=str(number), occurred_at=at))
    roll_up()
    assert UsageSession.objects.count() == 1
    said: dict[str, Any] = {
        "name": company.name,
        "timezone": company.timezone,
        "currency": company.currency,
        "language": company.language,
        "week_start": company.week_start,
        "minimum_n": company.minimum_n,
        "session_gap_minutes": 15,
        "raw_events_kept_days": 400,
    }
    client = client_of(company, "admin")
    assert client.post("/settings/", said | {"session_gap_minutes": 1441}).status_code == 422
    assert client.post("/settings/", said).status_code == 302
    company.refresh_from_db()
    assert (company.session_gap_minutes, company.raw_events_kept_days) == (15, 400)
    assert Job.objects.filter(kind="customers.rebuild_usage").count() == 1
    do_jobs(company, key="customers.rebuild_usage")
    assert UsageSession.objects.count() == 3

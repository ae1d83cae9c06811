"""Events of a file that go past the stage: the same comes of them as of staged ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from customers.erased import hash_of
from customers.models import (
    Contact,
    Customer,
    ErasedIdentity,
    Import,
    Source,
    UsageChange,
    UsageEvent,
)
from customers.usage import appending, keys
from customers.usage.storing import store_events
from tests.customers.importing import checked, outcome, problems, run
from tests.customers.usage.events import event

NOW = timezone.now().replace(microsecond=0)
HEADER = "event id,customer id,user id,timestamp,event,type,action,item,session id,properties\n"
HELD = (
    "message_id",
    "customer_id",
    "group_id",
    "end_user",
    "occurred_at",
    "name",
    "kind",
    "action",
    "item",
    "session",
    "properties",
)


def line(number: int, **said: str) -> str:
    at = NOW - dt.timedelta(hours=number * 7)
    row = {
        "id": f"e-{number}",
        "customer": "c-1",
        "user": f"u-{number % 5}",
        "at": at.isoformat(),
        "event": f"Report {number % 3}",
        "type": ("", "page view")[number % 2],
        "action": ("", "", "shown")[number % 3],
        "item": ("", "", "tip")[number % 3],
        "session": ("", "s-1")[number % 2],
        "properties": ("", '"{""n"": 1.50, ""t"": ""a\\nb""}"')[number % 2],
    } | said
    return ",".join(row.values()) + "\n"


def a_file(rows: int = 400) -> str:
    """Of several blocks and months, with a repeat in another block, an alias of nobody, a row of
    a contact, one that is too old, one without an id and one that cannot be read."""
    lines = [line(number) for number in range(rows)]
    lines[10] = line(10, customer="")
    lines[20] = line(20, customer="c-404")
    lines[30] = line(30, at=(NOW - dt.timedelta(days=800)).isoformat())
    lines[40] = line(40, id="")
    lines[50] = line(50, properties="[1]")
    lines[350] = line(350, id="e-5", event="Later")
    lines[351] = line(351, customer="b\\1", item="back\\slash", at="2026-02-30")
    lines[352] = line(352, customer="b\\1", item="back\\slash")
    return HEADER + "".join(lines)


def held() -> list[tuple[Any, ...]]:
    return sorted(UsageEvent.objects.values_list(*HELD), key=str)


def changes() -> set[tuple[int, dt.date]]:
    return set(UsageChange.objects.values_list("customer_id", "day"))


def days_of_held() -> set[tuple[int, dt.date]]:
    events = UsageEvent.objects.values_list("customer_id", "occurred_at")
    return {(customer, at.date()) for customer, at in events}


def clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_usageevent")
        cursor.execute("TRUNCATE customers_usagekeyrecent, customers_usagekeyold")
        cursor.execute("DELETE FROM customers_usagechange")


@pytest.fixture
def people(customer: Customer, source: Source) -> None:
    Customer.objects.create(
        external_id="b\\1", name="Back", source=source, recorded_at=NOW, changed_at=NOW
    )
    Contact.objects.create(
        customer=customer, external_id="u-0", email="p@a.example", source=source, recorded_at=NOW
    )


def test_the_same_comes_of_a_file_staged_or_not(
    people: None, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    appended: list[int] = []
    finish = appending.Appender.finish

    def counted(self: appending.Appender) -> Any:
        counts = finish(self)
        appended.append(counts.created)
        return counts

    monkeypatch.setattr(appending.Appender, "finish", counted)
    import_ = run(checked("usage", a_file()), is_skipping_errors=True)
    assert import_.state == Import.State.DONE, import_.message
    found = (outcome(import_), problems(import_), held())
    noted = changes()
    assert appended == [393]
    assert found[0] == (395, 0, 1, 4)
    assert {row for row, _, _ in found[1]} == {22, 32, 52, 353}
    clear()
    monkeypatch.setattr(appending, "MOST_KNOWN", 1)
    import_ = run(checked("usage", a_file()), is_skipping_errors=True)
    assert (outcome(import_), problems(import_), held()) == found
    assert changes() == days_of_held()
    # Appending may note the day of a repeat, too: that day is rolled up for nothing.
    assert noted - changes() <= {(customer.pk, (NOW - dt.timedelta(hours=350 * 7)).date())}
    assert changes() <= noted
    assert appended == [393]


def test_what_touched_days_are_written_down_in_pieces(
    people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(checked("usage", a_file()), is_skipping_errors=True)
    found = changes()
    clear()
    monkeypatch.setattr(appending, "MOST_TOUCHED", 3)
    run(checked("usage", a_file()), is_skipping_errors=True)
    assert changes() == found


def test_what_came_in_since_the_check_is_not_stored_again(
    customer: Customer, source: Source
) -> None:
    content = HEADER + "".join(line(number) for number in range(300))
    import_ = checked("usage", content)
    assert outcome(import_) == (300, 0, 0, 0)
    store_events(
        [event(message_id="e-7", occurred_at=NOW), event(message_id="e-250", occurred_at=NOW)],
        source_id=source.pk,
        now=NOW,
    )
    import_ = run(import_)
    assert outcome(import_) == (298, 0, 2, 0)
    assert UsageEvent.objects.filter(source=import_.source).count() == 298
    assert UsageEvent.objects.filter(message_id__in=["e-7", "e-250"]).count() == 2
    assert UsageEvent.objects.count() == 300


def test_a_file_that_is_held_already_changes_nothing(customer: Customer) -> None:
    content = HEADER + "".join(line(number) for number in range(300))
    run(checked("usage", content))
    before = held()
    assert outcome(run(checked("usage", content))) == (0, 0, 300, 0)
    assert held() == before


def test_nothing_is_stored_when_more_is_wrong_than_was_shown(people: None) -> None:
    content = HEADER + "".join(line(number) for number in range(300)) + line(1, customer="b\\1")
    import_ = checked("usage", content)
    assert import_.rows_in_error == 0
    Customer.objects.get(external_id="b\\1").delete()
    sources = Source.objects.count()
    import_ = run(import_)
    assert import_.state == Import.State.FAILED
    assert "Nothing was stored" in import_.message
    assert [row for row, _, _ in problems(import_)] == [302]
    assert (UsageEvent.objects.count(), UsageChange.objects.count()) == (0, 0)
    assert Source.objects.count() == sources
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {keys.HELD} held")
        assert cursor.fetchone()[0] == 0


def test_who_was_erased_is_not_brought_back(customer: Customer) -> None:
    ErasedIdentity.objects.create(hash=hash_of("u-3"), erased_on=NOW.date())
    import_ = checked("usage", HEADER + "".join(line(number) for number in range(10)))
    assert [row for row, _, _ in problems(import_)] == [5, 10]
    import_ = run(import_, is_skipping_errors=True)
    assert outcome(import_) == (8, 0, 0, 2)
    assert not UsageEvent.objects.filter(end_user="u-3").exists()


def test_contacts_say_whose_events_they_are_where_no_column_does(people: None) -> None:
    content = "event id,user id,timestamp,event\n" + "".join(
        f"e-{number},u-{number % 2},{NOW.isoformat()},Report\n" for number in range(300)
    )
    import_ = run(checked("usage", content), is_skipping_errors=True)
    assert outcome(import_) == (150, 0, 0, 150)
    assert set(UsageEvent.objects.values_list("customer__external_id", "group_id", "kind")) == {
        ("c-1", "", "track")
    }

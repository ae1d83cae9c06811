"""Usage events by file and row by row: once each, read back as they came in, and taken away."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from customers.actions.facts import remove_facts, store_rows
from customers.imports.kinds import KINDS
from customers.models import Contact, Customer, Source, UsageChange, UsageDay, UsageEvent
from customers.usage.properties import parse_properties
from customers.usage.rolling import roll_up
from customers.usage.storing import store_events
from tests.customers.importing import checked, imported, outcome, problems, run, text_of_sample
from tests.customers.usage.events import event

USAGE = KINDS["usage"]
NOW = timezone.now().replace(microsecond=0)
RECENT = (NOW - dt.timedelta(days=3)).isoformat()
HEADER = "event id,customer id,user id,timestamp,event,type,action,item,session id,properties\n"


def held() -> list[tuple[Any, ...]]:
    return list(
        UsageEvent.objects.order_by("message_id").values_list(
            "message_id", "customer__external_id", "end_user", "name", "kind", "action", "item"
        )
    )


def test_a_file_is_stored_once(customer: Customer) -> None:
    content = (
        HEADER
        + f'e-1,c-1,u-1,{RECENT},Report,page view,,,s-1,"{{""n"": 1.50}}"\n'
        + f"e-2,c-1,u-1,{RECENT},Tip,,clicked,tip\\1,,\n"
        + f"e-2,c-1,u-1,{RECENT},Tip,,clicked,tip\\1,,\n"
    )
    assert outcome(imported("usage", content)) == (2, 0, 1, 0)
    assert held() == [
        ("e-1", "c-1", "u-1", "Report", "page", "", ""),
        ("e-2", "c-1", "u-1", "Tip", "track", "clicked", "tip\\1"),
    ]
    assert UsageChange.objects.count() == 1
    assert outcome(imported("usage", content)) == (0, 0, 3, 0)
    roll_up()
    assert sum(UsageDay.objects.values_list("events", flat=True)) == 2


def test_the_stream_and_files_share_ids(customer: Customer, source: Source) -> None:
    store_events([event(message_id="e-1", occurred_at=NOW)], source_id=source.pk, now=NOW)
    content = HEADER + f"e-1,c-1,u-1,{RECENT},Report,,,,,\n"
    assert outcome(imported("usage", content)) == (0, 0, 1, 0)
    imported("usage", HEADER + f"e-2,c-1,u-1,{RECENT},Report,,,,,\n")
    stored = store_events([event(message_id="e-2", occurred_at=NOW)], source_id=source.pk, now=NOW)
    assert (stored.stored, stored.duplicates) == (0, 1)


def test_a_row_without_an_id_is_known_by_what_it_says(customer: Customer) -> None:
    content = f"customer id,user id,timestamp,event\nc-1,u-1,{RECENT},A\nc-1,u-1,{RECENT},B\n"
    assert outcome(imported("usage", content)) == (2, 0, 0, 0)
    assert outcome(imported("usage", content)) == (0, 0, 2, 0)


def test_rows_say_what_is_wrong(customer: Customer, source: Source) -> None:
    Contact.objects.create(
        customer=customer, external_id="p-1", email="p@a.example", source=source, recorded_at=NOW
    )
    old = (NOW - dt.timedelta(days=731)).isoformat()
    ahead = (NOW + dt.timedelta(days=2)).isoformat()
    import_ = checked(
        "usage",
        HEADER
        + f"1,,p-1,{RECENT},A,,,,,\n"
        + f"2,,u-404,{RECENT},A,,,,,\n"
        + f"3,c-404,p-1,{RECENT},A,,,,,\n"
        + f"4,c-1,u-1,{old},A,,,,,\n"
        + f"5,c-1,u-1,{ahead},A,,,,,\n"
        + f"6,c-1,u-1,{RECENT},A,,,,,[1]\n"
        + f'7,c-1,u-1,{RECENT},A,,,,,"{{NaN"\n'
        + f'8,c-1,u-1,{RECENT},A,,,,,"{{""n"": 1e99999}}"\n'
        + f'9,c-1,u-1,{RECENT},A,,,,,"{{""n"": ""\\u0000""}}"\n'
        + f"10,c-1,,{RECENT},A,purchase,,,,\n",
    )
    told = [(row, column) for row, column, _ in problems(import_)]
    assert told == [
        (3, "customer id"),
        (4, "customer id"),
        (5, "timestamp"),
        (6, "timestamp"),
        (7, "properties"),
        (8, "properties"),
        (9, "properties"),
        (10, "properties"),
        (11, "user id"),
        (11, "type"),
    ]
    run(import_, is_skipping_errors=True)
    assert held() == [("1", "c-1", "p-1", "A", "track", "", "")]


def test_rows_by_the_api_and_out_again(customer: Customer, source: Source) -> None:
    row = {
        "external_id": "e-1",
        "customer": "c-1",
        "end_user": "u-1",
        "occurred_at": RECENT,
        "name": "Tip",
        "action": "shown",
        "item": "tip",
        "properties": '{"a": {"b": [1, null]}}',
    }
    assert [one.outcome for one in store_rows(kind=USAGE, rows=[row], source=source)] == ["created"]
    again = store_rows(kind=USAGE, rows=[row, {"external_id": "e-9"}], source=source)
    assert [one.outcome for one in again] == ["unchanged", "error"]
    assert USAGE.read is not None
    columns = ", ".join(USAGE.read.columns.values())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} {USAGE.read.tables}")
        [found] = cursor.fetchall()
    read = dict(zip(USAGE.read.columns, found, strict=True))
    assert read == row | {
        "occurred_at": dt.datetime.fromisoformat(RECENT),
        "kind": "track",
        "session": None,
    }
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(read)
    out.writerow(
        [
            read["occurred_at"].isoformat() if k == "occurred_at" else v or ""
            for k, v in read.items()
        ]
    )
    assert outcome(imported("usage", text.getvalue())) == (0, 0, 1, 0)


def test_removed_events_leave_the_roll_ups_and_may_come_again(
    customer: Customer, source: Source
) -> None:
    rows = [
        {
            "external_id": f"e-{n}",
            "customer": "c-1",
            "end_user": "u-1",
            "name": "A",
            "occurred_at": RECENT,
        }
        for n in range(3)
    ]
    store_rows(kind=USAGE, rows=rows, source=source)
    roll_up()
    remove_facts(kind=USAGE, external_ids=["e-0", "e-404"], source=source)
    roll_up()
    assert UsageDay.objects.get().events == 2
    assert [one.outcome for one in store_rows(kind=USAGE, rows=rows, source=source)] == [
        "created",
        "unchanged",
        "unchanged",
    ]
    roll_up()
    assert UsageDay.objects.get().events == 3


def test_the_sample_imports_as_is(company: Any) -> None:
    samples = Path(__file__).parents[3] / "customers" / "samples"
    imported("customers", (samples / "customers.csv").read_bytes())
    imported("contacts", (samples / "contacts.csv").read_bytes())
    assert outcome(imported("usage", text_of_sample("usage"))) == (7, 0, 0, 0)


@pytest.mark.parametrize("value", ["{}", '{"a": 1e30}', '{"e": "1e99999"}', '{"a": "\\\\u0000"}'])
def test_properties_that_are_taken(value: str) -> None:
    assert parse_properties(value) == value

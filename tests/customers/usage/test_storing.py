"""Storing events: once each, with their customer, in the partition of their month."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import IntegrityError, transaction

from customers.models import Contact, Customer, Source, UsageChange, UsageEvent
from customers.usage import partitions
from customers.usage.storing import Incoming, Stored
from tenants.jobs import Job
from tenants.models import Company
from tests.customers.usage.events import NOW, event, store


def test_an_event_is_stored_as_it_was_sent(source: Source, customer: Customer) -> None:
    said = {"path": "C:\\new\tdir", "text": "one\ntwo\r\N{SNOWMAN}", "n": 1.5}
    one = event(
        session="s-1",
        item="banner\\N",
        action="shown",
        properties=json.dumps(said),
        name="tab\there",
    )
    assert store(source, one) == Stored(1, 0)
    held = UsageEvent.objects.get()
    assert (held.occurred_at, held.received_at) == (one.occurred_at, NOW)
    assert (held.customer_id, held.end_user, held.group_id) == (customer.pk, "u-1", "c-1")
    assert (held.session, held.kind, held.name) == ("s-1", "track", "tab\there")
    assert (held.action, held.item, held.message_id) == ("shown", "banner\\N", "m-1")
    assert held.properties == said
    assert held.source_id == source.pk


def test_no_properties_are_null(source: Source, customer: Customer) -> None:
    store(source, event(), event(message_id="m-2", name="a\\b"))
    assert list(UsageEvent.objects.values_list("properties", flat=True)) == [None, None]
    assert not UsageEvent.objects.extra(where=["jsonb_typeof(properties) = 'null'"]).exists()


def test_a_message_is_stored_once_whatever_its_time(source: Source, customer: Customer) -> None:
    assert store(source, event(), event(), event(message_id="m-2")) == Stored(2, 1)
    later = NOW - dt.timedelta(days=40)
    assert store(source, event(occurred_at=later), event(message_id="m-3")) == Stored(1, 1)
    assert UsageEvent.objects.count() == 3


def test_the_customer_is_the_groups_else_the_contacts(source: Source, customer: Customer) -> None:
    other = Customer.objects.create(
        external_id="c-2", name="Beta", source=source, recorded_at=NOW, changed_at=NOW
    )
    Contact.objects.create(
        customer=other, external_id="u-2", email="u@b.example", source=source, recorded_at=NOW
    )
    store(
        source,
        event(message_id="1"),
        event(message_id="2", group_id="", end_user="u-2"),
        event(message_id="3", group_id="c-1", end_user="u-2"),
        event(message_id="4", group_id="c-404", end_user="u-2"),
        event(message_id="5", group_id="", end_user="u-404"),
    )
    held = dict(UsageEvent.objects.values_list("message_id", "customer_id"))
    assert held == {"1": customer.pk, "2": other.pk, "3": customer.pk, "4": None, "5": None}


def test_months_get_their_partition_on_first_need(source: Source, customer: Customer) -> None:
    store(
        source,
        event(message_id="1", occurred_at=dt.datetime(2026, 2, 28, 23, 59, 59, tzinfo=dt.UTC)),
        event(message_id="2", occurred_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC)),
    )
    assert partitions.held() == [dt.date(2026, 2, 1), dt.date(2026, 3, 1)]
    store(source, event(message_id="3", occurred_at=dt.datetime(2024, 12, 31, tzinfo=dt.UTC)))
    assert partitions.held()[0] == dt.date(2024, 12, 1)


def test_days_to_roll_up_are_the_companys(company: Company, source: Source) -> None:
    company.timezone = "Asia/Kathmandu"  # 5:45 ahead
    alpha = Customer.objects.create(
        external_id="c-1", name="Alpha", source=source, recorded_at=NOW, changed_at=NOW
    )
    at = dt.datetime(2026, 3, 1, 18, 14, 59, tzinfo=dt.UTC)
    second = dt.timedelta(seconds=1)
    store(
        source,
        event(message_id="1", occurred_at=at),
        event(message_id="2", occurred_at=at + second),
        event(message_id="3", occurred_at=at + 2 * second),
        event(message_id="4", group_id="nobody"),
    )
    assert sorted(UsageChange.objects.values_list("day", "customer_ids")) == [
        (dt.date(2026, 3, 1), [alpha.pk]),
        (dt.date(2026, 3, 2), [alpha.pk]),
    ]
    assert Job.objects.filter(kind="customers.roll_up", state=Job.State.QUEUED).count() == 1


def test_nothing_is_no_work(source: Source) -> None:
    assert store(source) == Stored(0, 0)
    assert not Job.objects.filter(kind="customers.roll_up").exists()


def test_what_copy_reads_in_its_own_way_is_stored_as_it_is(source: Source) -> None:
    texts = ["\\N", "a\\Nb", "a\\", "a\tb", "a\nb", "a\rb", "\\.", 'a"b']
    for number, text in enumerate(texts):
        for customer_known in (True, False):
            store(
                source,
                event(
                    message_id=f"{number}-{customer_known}",
                    name=text,
                    item=text,
                    group_id="c-1" if customer_known else "",
                    properties=json.dumps({"said": text}),
                ),
            )
    found = UsageEvent.objects.order_by("pk").values_list("name", "item", "properties")
    assert list(found) == [(text, text, {"said": text}) for text in texts for _ in range(2)]


def test_believing_all_new_stores_nothing_when_one_is_held(source: Source) -> None:
    store(source, event(message_id="1"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Incoming([event(message_id="0"), event(message_id="1")]).store(
            source_id=source.pk, now=NOW, are_new=True
        )
    assert list(UsageEvent.objects.values_list("message_id", flat=True)) == ["1"]

"""Identify and group calls become contacts and customers, in whatever order they come."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from customers.models import (
    Contact,
    Customer,
    CustomerAttribute,
    StreamCall,
    StreamProblem,
    StreamSubject,
    UsageChange,
)
from customers.stream.applying import apply_calls, resume_waiting
from tests.customers.stream.sending import Sender, rows

START = timezone.now().replace(microsecond=0) - dt.timedelta(days=20)


def at(days: int) -> str:
    return (START + dt.timedelta(days=days)).isoformat()


IDENTIFY = {
    "type": "identify",
    "userId": "u-1",
    "messageId": "i-1",
    "timestamp": at(1),
    "traits": {"email": "ann@one.example", "firstName": "Ann", "lastName": "Lee", "title": "CTO"},
}
MOVED = {
    "type": "identify",
    "userId": "u-1",
    "messageId": "i-2",
    "timestamp": at(5),
    "traits": {"email": "ann@new.example", "role": "champion"},
}
GROUP = {
    "type": "group",
    "userId": "u-1",
    "groupId": "g-1",
    "messageId": "g-1",
    "timestamp": at(2),
    "traits": {"name": "One Ltd", "plan": "pro", "employees": 40, "industry": "retail"},
}
GREW = {
    "type": "group",
    "userId": "u-1",
    "groupId": "g-1",
    "messageId": "g-2",
    "timestamp": at(9),
    "traits": {"employees": 55, "isTrial": False},
}
EVENT = {
    "type": "track",
    "userId": "u-1",
    "event": "Opened",
    "messageId": "t-1",
    "timestamp": at(3),
}


def held() -> dict[str, Any]:
    """What customers, contacts and events come to."""
    contacts = Contact.objects.values_list(
        "external_id", "email", "name", "role", "job_title", "customer__external_id"
    )
    latest: dict[tuple[str, str], str] = {}
    for one in CustomerAttribute.objects.filter(superseded_at=None).order_by(
        F("valid_from").asc(nulls_first=True), "pk"
    ):
        latest[one.customer.external_id, one.key] = one.value
    known = dict(Customer.objects.values_list("pk", "external_id"))
    return {
        "customers": sorted(Customer.objects.values_list("external_id", "name")),
        "contacts": sorted(contacts),
        "attributes": dict(sorted(latest.items())),
        "events": [(user, known.get(customer)) for user, customer in rows("end_user, customer_id")],
        "problems": list(StreamProblem.objects.values_list("reason", flat=True)),
    }


EXPECTED = {
    "customers": [("g-1", "One Ltd")],
    "contacts": [("u-1", "ann@new.example", "Ann Lee", "champion", "CTO", "g-1")],
    "attributes": {
        ("g-1", "employees"): "55",
        ("g-1", "industry"): "retail",
        ("g-1", "is_trial"): "no",
        ("g-1", "plan_name"): "pro",
    },
    "events": [("u-1", "g-1")],
    "problems": [],
}


def test_one_batch_gives_customer_contact_and_event(sender: Sender) -> None:
    sender.batch(IDENTIFY, MOVED, GROUP, GREW, EVENT)
    assert StreamCall.objects.count() == 4
    assert apply_calls() == 4
    assert held() == EXPECTED
    assert StreamCall.objects.count() == 0
    day = START.date() + dt.timedelta(days=3)
    assert set(UsageChange.objects.values_list("customer__external_id", "day")) == {("g-1", day)}


ORDERS = list(itertools.permutations([IDENTIFY, MOVED, GROUP, GREW, EVENT]))


@pytest.mark.parametrize("number", random.Random(4).sample(range(len(ORDERS)), 16))
def test_any_order_one_by_one_ends_the_same(sender: Sender, number: int) -> None:
    for message in ORDERS[number]:
        sender.batch(message)
        apply_calls()
        sender.batch(message)  # and once more
        apply_calls()
    assert held() == EXPECTED


def test_the_job_does_it_and_is_queued_once(sender: Sender) -> None:
    from tenants.jobs import Job, run_pending

    sender.batch(IDENTIFY)
    sender.batch(GROUP)
    job = Job.objects.get(kind="customers.apply_stream_calls")
    Job.objects.update(run_at=timezone.now())
    run_pending(key=job.key)
    assert Contact.objects.get().email == "ann@one.example"


def test_a_person_without_an_address_waits_and_its_events_do_not(sender: Sender) -> None:
    sender.batch(EVENT, {**IDENTIFY, "traits": {"name": "Ann"}}, GROUP)
    apply_calls()
    assert held()["contacts"] == []
    assert held()["events"] == [("u-1", "g-1")]
    assert StreamSubject.objects.get(kind="user").waits_for == "email"
    sender.batch({**EVENT, "messageId": "t-2"})
    resume_waiting()
    assert held()["events"] == [("u-1", "g-1")] * 2
    sender.batch(MOVED)
    apply_calls()
    assert held()["contacts"] == [("u-1", "ann@new.example", "Ann", "champion", "", "g-1")]
    assert StreamSubject.objects.get(kind="user").waits_for == ""


def test_a_person_whose_customer_comes_in_by_file_goes_on(sender: Sender) -> None:
    from customers.models import Source

    sender.batch({**IDENTIFY, "context": {"groupId": "c-9"}}, EVENT)
    apply_calls()
    assert StreamSubject.objects.get(kind="user").waits_for == "customer"
    source = Source.objects.get()
    Customer.objects.create(
        external_id="c-9", name="Nine", source=source, recorded_at=timezone.now()
    )
    resume_waiting()
    assert held()["contacts"] == [("u-1", "ann@one.example", "Ann Lee", "", "CTO", "c-9")]
    assert held()["events"] == [("u-1", "c-9")]


def test_identify_can_say_the_company_and_rudders_traits_are_in_the_context(
    sender: Sender,
) -> None:
    traits = {"email": "ann@one.example", "company": {"id": "g-7", "name": "Seven"}}
    sender.batch(
        {"type": "identify", "userId": "u-1", "messageId": "i", "context": {"traits": traits}}
    )
    apply_calls()
    assert held()["customers"] == [("g-7", "Seven")]
    assert held()["contacts"] == [("u-1", "ann@one.example", "", "", "", "g-7")]


def test_a_group_without_a_name_is_called_by_its_id_until_one_is_said(sender: Sender) -> None:
    sender.batch({**GREW, "traits": {}})
    apply_calls()
    assert held()["customers"] == [("g-1", "g-1")]
    sender.batch(GROUP)
    apply_calls()
    assert held()["customers"] == [("g-1", "One Ltd")]


def test_what_cannot_be_stored_is_told(sender: Sender) -> None:
    sender.batch({**IDENTIFY, "traits": {"email": "nobody"}}, GROUP)
    apply_calls()
    [reason] = held()["problems"]
    assert "not an e-mail address" in reason
    assert held()["contacts"] == []


def test_an_anonymous_identify_is_taken_and_says_nothing(sender: Sender) -> None:
    sender.batch({"type": "identify", "anonymousId": "a-1", "traits": {"email": "a@b.example"}})
    assert apply_calls() == 0
    assert held()["problems"] == []

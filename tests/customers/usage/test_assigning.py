"""Events that came first get their customer once somebody says whose end user it was."""

from __future__ import annotations

import datetime as dt

from customers.models import Contact, Customer, Source, UsageChange, UsageEvent
from customers.usage.assigning import assign_events
from tenants.models import Company
from tests.customers.importing import imported
from tests.customers.usage.events import NOW, event, store


def customers() -> dict[str, str | None]:
    """{message id: the customer's}"""
    names = dict(Customer.objects.values_list("id", "external_id"))
    return {
        message: names.get(customer or 0)
        for message, customer in UsageEvent.objects.values_list("message_id", "customer_id")
    }


def test_nothing_waits(company: Company) -> None:
    assert assign_events(now=NOW) == 0


def test_customers_and_contacts_that_come_in_get_their_events(source: Source) -> None:
    before = NOW - dt.timedelta(days=50)
    store(
        source,
        event(message_id="1", group_id="c-1"),
        event(message_id="2", group_id="c-1", occurred_at=before),
        event(message_id="3", group_id="", end_user="p-1"),
        event(message_id="4", group_id="c-9", end_user="p-1"),
        event(message_id="5", group_id="", end_user="p-9"),
    )
    assert not UsageChange.objects.exists()
    imported("customers", "id,name\nc-1,Alpha\nc-2,Beta\n")
    assert customers() == {"1": "c-1", "2": "c-1", "3": None, "4": None, "5": None}
    imported("contacts", "customer,email,contact id\nc-2,p@b.example,p-1\n")
    assert customers() == {"1": "c-1", "2": "c-1", "3": "c-2", "4": None, "5": None}
    assert set(UsageChange.objects.values_list("customer__external_id", "day")) == {
        ("c-1", NOW.date()),
        ("c-1", before.date()),
        ("c-2", NOW.date()),
    }


def test_an_event_that_has_a_customer_keeps_it(source: Source, customer: Customer) -> None:
    other = Customer.objects.create(external_id="c-2", name="Beta", source=source, recorded_at=NOW)
    store(source, event(group_id="c-1", end_user="p-1"))
    Contact.objects.create(
        customer=other, external_id="p-1", email="p@b.example", source=source, recorded_at=NOW
    )
    assert assign_events(now=NOW) == 0
    assert customers() == {"m-1": "c-1"}

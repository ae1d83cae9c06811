"""Other tools' exports: their rows become our facts, at the right customer or not at all."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

import customers
from customers.imports.kinds import KINDS
from customers.models import Ticket
from tenants.models import Company
from tests.customers.importing import checked, imported, outcome, problems

SAMPLES = Path(customers.__file__).parent / "samples"
CUSTOMERS = """id,name
acme-1,Northwind Traders
acme-2,Blue Yonder Airlines
acme-3,Tailspin Toys
acme-4,Twins
acme-5,twins
"""
CONTACTS = """customer id,contact id,email
acme-1,p-1,ana@northwind.example
acme-2,p-2,thomas@blueyonder.example
acme-3,p-3,toys@gmail.com
acme-4,p-4,one@shared.example
acme-5,p-5,two@shared.example
acme-1,p-6,both@agency.example
acme-2,p-7,both@agency.example
"""


@pytest.fixture
def known(company: Company) -> Company:
    imported("customers", CUSTOMERS)
    imported("contacts", CONTACTS)
    return company


def sample(kind: str) -> str:
    return (SAMPLES / f"{kind}.csv").read_text()


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> dt.datetime:
    return dt.datetime(2025, 11, day, hour, minute, second, tzinfo=dt.UTC)


def test_zendesk_minutes_become_instants_and_words_ours(known: Company) -> None:
    known.timezone = "UTC"
    known.save()
    imported("customers", "id,name\nacme-9,Fabrikam\n")
    imported("contacts", "customer id,contact id,email\nacme-9,p-9,yang@fabrikam.example\n")
    import_ = imported("zendesk_tickets", sample("zendesk_tickets"))
    assert outcome(import_) == (3, 0, 0, 0)
    first, second, third = Ticket.objects.current().order_by("external_id")
    assert first.external_id == "zendesk-35436"
    assert (first.customer.external_id, first.contact and first.contact.external_id) == (
        "acme-1",
        "p-1",
    )
    assert (first.opened_at, first.first_responded_at) == (at(3, 8, 12), at(3, 9))
    assert (first.first_resolved_at, first.resolved_at) == (at(3, 17, 12), at(4, 16, 40))
    assert (first.priority, first.channel, first.reopens) == ("high", "email", 1)
    assert (second.customer.external_id, second.priority, second.channel) == ("acme-2", "", "web")
    assert (third.customer.external_id, third.contact, third.resolved_at) == ("acme-9", None, None)

    again = imported("zendesk_tickets", sample("zendesk_tickets"))
    assert outcome(again) == (0, 0, 3, 0)


def test_business_minutes_are_never_taken_for_all_hours(known: Company) -> None:
    import_ = imported(
        "zendesk_tickets",
        "Id,Organization,Created at,First reply time in minutes within business hours\n"
        "1,acme-1,2025-11-03 08:00,7\n",
    )
    assert "first_reply_minutes" not in import_.mapping
    assert Ticket.objects.get().first_responded_at is None


def test_a_solved_ticket_without_a_time_is_told_and_not_taken_for_open(known: Company) -> None:
    import_ = checked(
        "zendesk_tickets",
        "Id,Organization,Created at,Status\n1,acme-1,2025-11-03 08:00,Solved\n"
        "2,acme-1,2025-11-03 08:00,Open\n",
    )
    assert outcome(import_) == (1, 0, 0, 1)
    [(row, _, message)] = problems(import_)
    assert row == 2
    assert "does not say since when" in message


def test_a_reopened_ticket_is_not_resolved(known: Company) -> None:
    imported(
        "zendesk_tickets",
        "Id,Organization,Created at,Status,Solved at,Reopens,First resolution time in minutes\n"
        "1,acme-1,2025-11-03T08:00:00Z,Open,2025-11-03T10:00:00Z,1,60\n",
    )
    ticket = Ticket.objects.get()
    assert (ticket.resolved_at, ticket.first_resolved_at) == (None, at(3, 9))


def test_columns_the_file_does_not_have_keep_what_is_held(known: Company) -> None:
    imported(
        "zendesk_tickets",
        "Id,Organization,Created at,Priority\n1,acme-1,2025-11-03T08:00:00Z,High\n",
    )
    imported(
        "zendesk_tickets",
        "Id,Organization,Created at,Subject\n1,acme-1,2025-11-03T08:00:00Z,Help\n",
    )
    ticket = Ticket.objects.current().get()
    assert (ticket.priority, ticket.subject) == ("high", "Help")


@pytest.mark.parametrize(
    ("organization", "address", "customer"),
    [
        ("acme-2", "ana@northwind.example", "acme-2"),  # the id first
        ("NORTHWIND traders", "", "acme-1"),  # then the name, in any case
        ("Unheard of", "thomas@blueyonder.example", "acme-2"),  # then the address
        ("", "new@northwind.example", "acme-1"),  # then the domain
        ("Twins", "ana@northwind.example", "acme-1"),  # two of that name: the address tells
    ],
)
def test_whose_ticket_it_is(known: Company, organization: str, address: str, customer: str) -> None:
    imported(
        "zendesk_tickets",
        "Id,Organization,Requester email,Created at\n"
        f"1,{organization},{address},2025-11-03 08:00\n",
    )
    assert Ticket.objects.get().customer.external_id == customer


@pytest.mark.parametrize(
    ("organization", "address", "message"),
    [
        ("Unheard of", "", "neither the id nor the name"),
        ("Twins", "", "fits 2 customers alike: Twins"),
        ("", "new@shared.example", "no one customer has contacts at shared.example"),
        ("", "new@gmail.com", "is no contact's address"),
        ("", "both@agency.example", "fits 2 customers alike: both@agency.example"),
        ("", "", "no organisation and no address"),
    ],
)
def test_nobody_is_guessed(known: Company, organization: str, address: str, message: str) -> None:
    import_ = checked(
        "zendesk_tickets",
        "Id,Organization,Requester email,Created at\n"
        f"1,{organization},{address},2025-11-03 08:00\n",
    )
    [(row, column, text)] = problems(import_)
    assert (row, column) == (2, "Organization")
    assert message in text


def test_intercom_conversations(known: Company) -> None:
    known.timezone = "UTC"
    known.save()
    import_ = imported("intercom_conversations", sample("intercom_conversations"))
    assert outcome(import_) == (2, 0, 0, 0)
    closed, open_ = Ticket.objects.order_by("external_id")
    assert closed.external_id == "intercom-215468001"
    assert (closed.opened_at, closed.first_responded_at) == (at(11, 9, 15, 2), at(11, 9, 18, 40))
    assert (closed.first_resolved_at, closed.resolved_at) == (at(11, 10, 2, 11), at(12, 8, 30))
    assert (closed.priority, closed.channel, closed.subject) == (
        "high",
        "chat",
        "The dashboard stays empty",
    )
    assert (open_.resolved_at, open_.priority, open_.channel) == (None, "", "email")


def test_tools_are_offered_as_tools() -> None:
    assert KINDS["zendesk_tickets"].group == "tools"
    assert KINDS["zendesk_tickets"].target == "tickets"

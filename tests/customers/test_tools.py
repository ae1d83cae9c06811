"""Other tools' exports: their rows become our facts, at the right customer or not at all."""

from __future__ import annotations

import datetime as dt

import pytest

from customers.imports.kinds import KINDS
from customers.imports.kinds.salesforce_accounts import long_id
from customers.imports.samples import SAMPLES
from customers.models import Contact, Customer, CustomerAttribute, Ticket
from tenants.models import Company
from tests.customers.importing import checked, imported, outcome, problems

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


@pytest.mark.parametrize("key", [kind.key for kind in KINDS.values() if kind.group == "tools"])
def test_samples_import_as_they_are_and_bring_nothing_twice(company: Company, key: str) -> None:
    for kind in ("customers", "contacts"):
        imported(kind, sample(kind))
    if key.endswith("contacts"):
        companies = key.replace("contacts", "companies")
        key_of = companies if companies in KINDS else key.replace("contacts", "accounts")
        imported(key_of, sample(key_of))
    first = imported(key, sample(key))
    rows = len(sample(key).splitlines()) - 1
    assert first.rows == rows == first.good_rows
    again = imported(key, sample(key))
    assert outcome(again) == (0, 0, rows, 0)


def held(key: str) -> dict[str, str]:
    return dict(
        CustomerAttribute.objects.filter(customer__external_id=key, superseded_at=None).values_list(
            "key", "value"
        )
    )


def test_hubspot_companies_are_known_by_name_or_made_by_id(known: Company) -> None:
    import_ = imported("hubspot_companies", sample("hubspot_companies"), attributes=["Industry"])
    assert outcome(import_) == (2, 1, 0, 0)
    assert "signed_up_on" in import_.mapping
    assert import_.mapping["signed_up_on"] == "Became a Customer Date"
    northwind = Customer.objects.get(external_id="acme-1")
    assert northwind.signed_up_on == dt.date(2023, 2, 1)
    assert held("acme-1") == {
        "owner": "Maria Lopez",
        "stage": "Customer",
        "industry": "Retail",
    }
    leasing = Customer.objects.get(external_id="9001003")
    assert (leasing.name, leasing.parent and leasing.parent.external_id) == (
        "Contoso Leasing",
        "9001002",
    )
    assert leasing.signed_up_on is None


def test_a_name_that_two_customers_have_is_not_guessed(known: Company) -> None:
    import_ = checked("hubspot_companies", "Record ID,Company name\n1,TWINS\n2,Fresh\n")
    assert outcome(import_) == (1, 0, 0, 1)
    assert "fits 2 customers alike" in problems(import_)[0][2]


def test_the_customer_belongs_to_the_company_that_has_its_id(known: Company) -> None:
    imported("hubspot_companies", "Record ID,Company name\n1,Fresh\n")
    import_ = imported("hubspot_companies", "Record ID,Company name\n1,Fresh\n2,Fresh\n")
    assert outcome(import_) == (1, 0, 1, 0)


def test_the_id_of_billing_is_the_customers(known: Company) -> None:
    text = "Account ID,Account Number,Account Name\n0015g00000XyZ09,{},{}\n"
    imported("salesforce_accounts", text.format("acme-3", "Tailspin Toys Inc."))
    assert Customer.objects.get(external_id="acme-3").name == "Tailspin Toys Inc."
    imported("salesforce_accounts", text.format("b-77", "New one"))
    assert Customer.objects.filter(external_id="b-77").exists()


def test_hubspot_contacts_find_companies_and_those_who_are_known(known: Company) -> None:
    imported("hubspot_companies", sample("hubspot_companies"))
    import_ = imported("hubspot_contacts", sample("hubspot_contacts"))
    assert outcome(import_) == (1, 1, 0, 0)
    ana = Contact.objects.get(external_id="p-1")
    assert (ana.name, ana.role, ana.customer.external_id) == ("Ana Trujillo", "champion", "acme-1")
    assert ana.job_title == "CFO"
    lena = Contact.objects.get(external_id="702")
    assert (lena.role, lena.customer.external_id) == ("decision_maker", "9001002")


def test_a_contact_of_several_customers_is_not_guessed(known: Company) -> None:
    import_ = checked(
        "hubspot_contacts",
        "Record ID,Email,Associated Company IDs\n1,new@nowhere.example,acme-1;acme-2\n"
        "2,other@nowhere.example,acme-1;77\n",
    )
    assert outcome(import_) == (1, 0, 0, 1)
    assert "fits 2 customers alike" in problems(import_)[0][2]


def test_salesforce_ids_of_15_and_18_characters_are_the_same(known: Company) -> None:
    assert long_id("001A0000006Vm9r") == "001A0000006Vm9rIAC"
    assert long_id("acme-1") == "acme-1"
    imported("salesforce_accounts", "Id,Name\n001A0000006Vm9r,Casey\n")
    again = imported("salesforce_accounts", "Account ID,Account Name\n001A0000006Vm9rIAC,Casey\n")
    assert outcome(again) == (0, 0, 1, 0)


def test_the_zone_in_a_columns_name_is_its_zone(known: Company) -> None:
    imported(
        "intercom_conversations",
        "Conversation ID,Conversation started at (America/New_York),Company name\n"
        "1,2025-11-11 09:15:02,acme-1\n",
    )
    assert Ticket.objects.get().opened_at == at(11, 14, 15, 2)


def test_tools_are_offered_as_tools() -> None:
    assert KINDS["zendesk_tickets"].group == "tools"
    assert KINDS["zendesk_tickets"].target == "tickets"

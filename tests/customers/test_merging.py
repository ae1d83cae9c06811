"""Two customers become one: nothing is lost, nothing counted twice, and both ids are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Sum
from django.test import Client
from django.utils import timezone

from accounts.actions.refusals import Refused
from accounts.models import AuditEntry
from customers.actions import merge_steps
from customers.actions.facts import store_rows
from customers.actions.merging import merge_customers, settle, what_would_move
from customers.imports.kinds import KINDS
from customers.models import (
    Change,
    Contact,
    Customer,
    CustomerAlias,
    CustomerAttribute,
    Referral,
    Source,
    Subscription,
    Term,
    Ticket,
    UsageDay,
    UsageSession,
)
from customers.usage.rebuilding import rebuild_usage
from customers.usage.rolling import roll_up
from metrics.actions import ledger
from metrics.models import ContractDay, Departure, Movement, MovementPart, Sale
from surveys.models import Campaign, Invitation, Response
from tenants.models import Company
from tests.customers.importing import imported, outcome, text_of_sample
from tests.customers.usage.events import NOW, event, store


@pytest.fixture
def source(company: Company) -> Source:
    return Source.objects.create(kind=Source.Kind.USER, label="a test")


def told(source: Source, kind: str, *rows: dict[str, Any]) -> list[str]:
    results = store_rows(kind=KINDS[kind], rows=rows, source=source)
    assert not [result.problems for result in results if result.problems]
    return [result.outcome for result in results]


def customer(external_id: str) -> Customer:
    return Customer.objects.get(external_id=external_id)


def merged(keep: str = "c-1", merge: str = "c-2") -> Customer:
    return merge_customers(keep=customer(keep), merge=customer(merge), by=None)


@pytest.fixture
def two(source: Source) -> Source:
    """Alpha and Beta, of which some is one and the same."""
    told(
        source,
        "customers",
        {"external_id": "c-1", "name": "Alpha", "owner": "Ann", "attributes": {"tier": "gold"}},
        {"external_id": "c-2", "name": "Beta", "signed_up_on": "2024-01-01", "owner": "Bo"},
    )
    told(source, "customers", {"external_id": "c-2", "attributes": {"tier": "", "region": "EU"}})
    return source


def test_all_tables_that_point_at_customers_and_contacts_know_what_to_do() -> None:
    pointers = [*merge_steps.pointers_at(Customer), *merge_steps.pointers_at(Contact)]
    assert {"customers_customer", "customers_usageevent", "metrics_movement"} <= {
        pointer.table for pointer in pointers
    }
    for pointer in pointers:
        merge_steps.rule_of(pointer)


def test_facts_of_every_kind_move_and_the_old_id_reaches_them(company: Company) -> None:
    facts = [key for key, kind in KINDS.items() if kind.group == "facts"]
    for key in facts:
        imported(key, text_of_sample(key))
    Change.objects.all().delete()
    before = {
        pointer.model: pointer.model._default_manager.count()
        for pointer in merge_steps.pointers_at(Customer)
        if pointer.table.startswith("customers_") and "usage" not in pointer.table
    }
    merged("acme-1", "acme-2")
    assert not Customer.objects.filter(external_id="acme-2").exists()
    for model, count in before.items():
        extra = {Customer: -1, Change: 2, CustomerAlias: 1}.get(model, 0)
        assert model._default_manager.count() == count + extra, model
    assert set(Change.objects.values_list("customer__external_id", "from_day")) == {
        ("acme-1", None),
        (None, None),
    }
    audited = AuditEntry.objects.get(action="customer.merged")
    assert audited.detail["merged"] == "acme-2"
    # The same files again, which still speak of the old id: nothing new, nothing wrong.
    for key in facts:
        again = imported(key, text_of_sample(key))
        ignored = 1 if key == "customers" else 0
        assert (*outcome(again), again.ignored_rows) == (
            0,
            0,
            again.rows - ignored,
            0,
            ignored,
        ), key


def movements() -> list[list[str]]:
    found = []
    for model in (Movement, MovementPart, Sale, Departure, ContractDay):
        fields = [f.attname for f in model._meta.concrete_fields if f.attname != "id"]
        found.append(sorted(map(str, model.objects.values_list(*fields))))
    return found


def test_the_ledger_after_a_merge_is_as_rebuilt_and_mrr_is_the_sum(two: Source) -> None:
    told(
        two,
        "subscriptions",
        {"customer": "c-1", "external_id": "s-1", "amount": 10, "started_on": "2025-01-01"},
        {
            "customer": "c-2",
            "external_id": "s-2",
            "amount": 30,
            "started_on": "2024-06-01",
            "ended_on": "2025-03-01",
        },
        {"customer": "c-2", "external_id": "s-3", "amount": 5, "started_on": "2025-09-01"},
    )
    ledger.refresh()
    before = Movement.objects.aggregate(mrr=Sum("amount"))["mrr"]
    gone = customer("c-2").pk
    merged()
    assert not Movement.objects.filter(customer_id=gone).exists()
    ledger.refresh()
    refreshed = movements()
    ledger.rebuild()
    assert movements() == refreshed
    assert Movement.objects.aggregate(mrr=Sum("amount"))["mrr"] == before == Decimal(15)
    kinds = Movement.objects.order_by("day").values_list("kind", flat=True)
    assert list(kinds) == ["new", "expansion", "contraction", "expansion"]
    customers = Movement.objects.filter(was_paying=False, is_paying=True)
    assert customers.count() == 1  # one customer, counted once
    told(
        two,
        "subscriptions",
        {"customer": "c-2", "external_id": "s-4", "amount": 1, "started_on": "2025-10-01"},
    )
    assert Subscription.objects.get(external_id="s-4").customer == customer("c-1")
    assert Term.objects.current().aggregate(c=Count("subscription__customer", distinct=True)) == {
        "c": 1
    }


def test_what_the_kept_one_says_wins_and_the_rest_stays_on_record(two: Source) -> None:
    kept = merged()
    assert (kept.name, kept.signed_up_on) == ("Alpha", dt.date(2024, 1, 1))
    current = CustomerAttribute.objects.filter(customer=kept, superseded_at=None)
    assert sorted(current.values_list("key", "value")) == [
        ("owner", "Ann"),
        ("region", "EU"),
        ("tier", "gold"),
    ]
    old = CustomerAttribute.objects.get(value="Bo")
    assert (old.customer, old.superseded_at is None, old.closed_by is None) == (kept, False, False)
    # The old id reaches the kept customer, alone and beside it.
    assert told(two, "customers", {"external_id": "c-2", "owner": "Cy"}) == ["updated"]
    both = imported("customers", "id,name\nc-1,Alpha\nc-2,Beta\n")
    assert (outcome(both), both.ignored_rows) == ((0, 0, 1, 0), 1)
    assert Customer.objects.get().name == "Alpha"
    assert told(two, "customers", {"external_id": "c-3", "name": "C", "parent": "c-2"}) == [
        "created"
    ]
    assert customer("c-3").parent == kept


def test_aliases_of_the_merged_one_stay_known(two: Source) -> None:
    told(two, "customers", {"external_id": "c-3", "name": "Gamma"})
    merged("c-2", "c-3")
    merged("c-1", "c-2")
    assert told(two, "customers", {"external_id": "c-3", "owner": "Dee"}) == ["updated"]
    assert sorted(CustomerAlias.objects.values_list("external_id", "customer__name")) == [
        ("c-2", "Alpha"),
        ("c-3", "Alpha"),
    ]


@pytest.mark.parametrize(
    ("parents", "keep", "merge", "expected"),
    [
        ({"c-3": "c-2"}, "c-1", "c-2", {"c-1": None, "c-3": "c-1"}),
        ({"c-2": "c-3"}, "c-1", "c-2", {"c-1": "c-3", "c-3": None}),
        ({"c-2": "c-1"}, "c-1", "c-2", {"c-1": None, "c-3": None}),
        ({"c-1": "c-2", "c-2": "c-3"}, "c-1", "c-2", {"c-1": "c-3", "c-3": None}),
        ({"c-1": "c-3", "c-3": "c-2"}, "c-1", "c-2", {"c-1": None, "c-3": "c-1"}),
        ({"c-2": "c-3", "c-3": "c-1"}, "c-1", "c-2", {"c-1": None, "c-3": "c-1"}),
    ],
)
def test_parts_and_parents_never_go_round(
    two: Source,
    parents: dict[str, str],
    keep: str,
    merge: str,
    expected: dict[str, str | None],
) -> None:
    told(two, "customers", {"external_id": "c-3", "name": "Gamma"})
    told(two, "customers", *({"external_id": c, "parent": p} for c, p in parents.items()))
    merged(keep, merge)
    found = dict(Customer.objects.values_list("external_id", "parent__external_id"))
    assert found == expected


def asked(contact: Contact, campaign: Campaign, score: int) -> None:
    now = timezone.now()
    invitation = Invitation.objects.create(
        campaign=campaign,
        contact=contact,
        state="sent",
        token_seed=f"seed-{contact.pk}",
        token_hash=f"hash-{contact.pk}",
        claimed_at=now,
        sent_at=now,
        expires_at=now,
    )
    Response.objects.create(invitation=invitation, score=score, origin="page")


def test_contacts_of_one_address_join_and_all_answers_stay(two: Source) -> None:
    told(
        two,
        "contacts",
        {"customer": "c-1", "external_id": "p-1", "email": "ann@alpha.example"},
        {
            "customer": "c-2",
            "external_id": "p-2",
            "email": "Ann@alpha.example",
            "name": "Ann",
            "job_title": "CFO",
        },
        {"customer": "c-2", "external_id": "p-3", "email": "bob@alpha.example", "role": "user"},
    )
    campaign = Campaign.objects.create(name="Last year", question="?")
    for place, contact in enumerate(Contact.objects.order_by("external_id")):
        asked(contact, campaign, score=7 + place)
    told(
        two,
        "tickets",
        {"external_id": "t-1", "customer": "c-2", "contact": "p-2", "opened_at": "2025-01-01"},
    )
    told(
        two,
        "referrals",
        {"external_id": "r-1", "customer": "c-1", "referred": "c-2", "referred_on": "2024-01-01"},
    )
    labels = {
        moving.label: (moving.count, moving.note)
        for moving in what_would_move(keep=customer("c-1"), merge=customer("c-2"))
    }
    assert labels["contacts"][0] == 2
    assert labels["contacts"][1].startswith("1 of an address")
    kept = merged()
    people = kept.contacts.order_by("external_id").values_list(
        "external_id", "name", "role", "job_title"
    )
    assert list(people) == [("p-1", "Ann", "", "CFO"), ("p-3", "", "user", "")]
    joined = Contact.objects.get(external_id="p-1")
    scores = Response.objects.filter(invitation__contact=joined).values_list("score", flat=True)
    assert sorted(scores) == [7, 8]
    assert Response.objects.counted().count() == 3
    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.contact) == (kept, joined)
    # That one referred the other says nothing any more.
    assert not Referral.objects.current().exists()
    # The id of the one that went still means the person.
    assert told(two, "contacts", {"external_id": "p-2", "role": "champion"}) == ["updated"]
    file = (
        "customer,email,contact id\n"
        "c-1,ann@alpha.example,p-1\nc-2,ann@alpha.example,p-2\nc-2,bob@alpha.example,p-3\n"
    )
    again = imported("contacts", file)
    assert (outcome(again), again.ignored_rows) == ((0, 0, 2, 0), 1)


def rolled() -> list[list[str]]:
    found = []
    for model in (UsageDay, UsageSession):
        fields = [f.attname for f in model._meta.concrete_fields if f.attname != "id"]
        found.append(sorted(map(str, model.objects.values_list(*fields))))
    return found


def test_usage_adds_up(two: Source) -> None:
    minute = dt.timedelta(minutes=1)
    store(
        two,
        event(message_id="1"),
        event(message_id="2", group_id="c-2"),
        event(message_id="3", group_id="c-2", occurred_at=NOW - 50 * minute, item="a",
              action="shown"),
        event(message_id="4", occurred_at=NOW - 55 * minute, item="a", action="clicked"),
        event(message_id="5", group_id="c-2", occurred_at=NOW - 3000 * minute),
    )  # fmt: skip
    roll_up()
    gone = customer("c-2").pk
    merged()
    # Before the raw events are looked at again: sums.
    assert UsageDay.objects.aggregate(events=Sum("events"))["events"] == 5
    assert not UsageDay.objects.filter(customer_id=gone).exists()
    days = rolled()[0]
    roll_up()
    once = rolled()
    assert once[0] == days  # so days whose raw events are gone are right, too
    rebuild_usage()
    assert rolled() == once
    assert UsageDay.objects.aggregate(events=Sum("events"))["events"] == 5
    assert UsageSession.objects.count() == 2
    # One that was on its way while they were merged, and one that comes later.
    store(two, event(message_id="6", group_id="c-2"))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_usageevent SET customer_id = %s WHERE message_id = '6'", [gone]
        )
    settle(kept="c-1", gone=[gone])
    store(two, event(message_id="7", group_id="c-2"))
    roll_up()
    assert UsageDay.objects.aggregate(events=Sum("events"))["events"] == 7
    assert set(UsageDay.objects.values_list("customer__external_id", flat=True)) == {"c-1"}


def test_a_customer_is_not_merged_with_itself_or_who_is_gone(two: Source) -> None:
    alpha, beta = customer("c-1"), customer("c-2")
    with pytest.raises(Refused):
        merge_customers(keep=alpha, merge=alpha, by=None)
    merged()
    with pytest.raises(Refused):
        merge_customers(keep=alpha, merge=beta, by=None)


def test_the_page(two: Source, company: Company, client_of: Callable[..., Client]) -> None:
    alpha, beta = customer("c-1"), customer("c-2")
    path = f"/customers/{alpha.pk}/merge/"
    assert client_of(company, "manager").get(path).status_code == 403
    admin = client_of(company, "admin")
    assert "Merge…" in admin.get(f"/customers/{alpha.pk}/").content.decode()
    found = admin.get(path, {"q": "beta"}).content.decode()
    assert f"?with={beta.pk}" in found
    shown = admin.get(path, {"with": beta.pk}).content.decode()
    assert "c-2" in shown
    assert "owner" in shown.lower()
    assert admin.get(path, {"with": alpha.pk}).status_code == 404
    assert Customer.objects.count() == 2
    answer = admin.post(path, {"with": beta.pk})
    assert (answer.status_code, answer["Location"]) == (302, f"/customers/{alpha.pk}/")
    assert Customer.objects.count() == 1
    page = admin.get(f"/customers/{alpha.pk}/").content.decode()
    assert "c-2" in page  # also known as
    assert admin.post(path, {"with": beta.pk}).status_code == 404

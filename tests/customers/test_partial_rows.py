"""Customers, subscriptions and contacts that come row by row: kept, cleared, ignored, removed."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import Any

import pytest
from django.db import connection

from customers.actions.facts import RowResult, remove_facts, store_rows
from customers.imports.kinds import KINDS
from customers.models import Change, Contact, Customer, CustomerAttribute, Source, Term
from tenants.models import Company
from tests.customers.importing import imported, outcome

ALPHA = {"external_id": "c-1", "name": "Alpha"}
TERM = {"customer": "c-1", "external_id": "s-1", "amount": 10, "started_on": "2025-01-01"}
ANN = {"customer": "c-1", "external_id": "p-1", "email": "ann@alpha.example", "name": "Ann"}


@pytest.fixture
def source(company: Company) -> Source:
    return Source.objects.create(kind=Source.Kind.USER, label="a test")


def told(source: Source, kind: str, *rows: dict[str, Any]) -> list[RowResult]:
    return store_rows(kind=KINDS[kind], rows=rows, source=source)


def outcomes(source: Source, kind: str, *rows: dict[str, Any]) -> list[str]:
    results = told(source, kind, *rows)
    return [
        f"{row.problems[0].field}: {row.problems[0].message}" if row.problems else row.outcome
        for row in results
    ]


def read(kind: str) -> list[dict[str, Any]]:
    """What is held, as it comes out again."""
    found = KINDS[kind].read
    assert found is not None
    columns = ", ".join(f'{sql} AS "{name}"' for name, sql in found.columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} {found.tables} ORDER BY {found.id}")
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        if "attributes" in row:
            row["attributes"] = json.loads(row["attributes"])
    return rows


def terms() -> list[tuple[str, str | None, str]]:
    return [
        (str(term.starts_on), term.ends_on and str(term.ends_on), f"{term.mrr:.0f}")
        for term in Term.objects.current().order_by("starts_on")
    ]


def changes() -> list[tuple[str, str | None, dt.date | None]]:
    found = sorted(Change.objects.values_list("kind", "customer__external_id", "from_day"), key=str)
    Change.objects.all().delete()
    return found


def test_customers_keep_what_is_absent_and_lose_what_is_null(source: Source) -> None:
    whole = ALPHA | {"signed_up_on": "2024-01-01", "attributes": {"Tier": "gold", "Region": "EU"}}
    assert outcomes(source, "customers", whole) == ["created"]
    assert outcomes(source, "customers", {"external_id": "c-1"}) == ["unchanged"]
    partial = {"external_id": "c-1", "signed_up_on": None, "attributes": {"tier": None}}
    assert outcomes(source, "customers", partial) == ["updated"]
    [held] = read("customers")
    assert (held["name"], held["signed_up_on"]) == ("Alpha", None)
    assert held["attributes"] == {"tier": None, "region": "EU"}
    assert outcomes(source, "customers", {"external_id": "c-9"}, {"name": "x"}) == [
        "name: this is required",
        "external_id: this is required",
    ]
    assert outcomes(source, "customers", {"external_id": "c-1", "name": None}) == [
        "name: this is required"
    ]


def test_older_rows_are_ignored(source: Source) -> None:
    new, old = {"updated_at": "2025-03-02T00:00:00Z"}, {"updated_at": "2025-03-01T00:00:00Z"}
    told(source, "customers", ALPHA | new)
    assert outcomes(source, "customers", ALPHA | old | {"name": "Aleph", "owner": "Bo"}) == [
        "ignored"
    ]
    told(source, "contacts", ANN | new)
    assert outcomes(source, "contacts", ANN | old | {"name": "Anna"}) == ["ignored"]
    told(source, "subscriptions", TERM | new)
    assert outcomes(source, "subscriptions", TERM | old | {"amount": 99}) == ["ignored"]
    assert Customer.objects.get().name == "Alpha"
    assert Contact.objects.get().name == "Ann"
    assert not CustomerAttribute.objects.exists()
    assert terms() == [("2025-01-01", None, "10")]
    assert outcomes(source, "subscriptions", TERM | new) == ["unchanged"]


def test_a_row_may_say_the_last_term_only(source: Source) -> None:
    told(source, "customers", ALPHA)
    told(source, "subscriptions", TERM | {"quantity": 4, "plan": "Gold", "product": "Core"})
    later = {"external_id": "s-1", "started_on": "2025-06-01", "amount": 20}
    assert outcomes(source, "subscriptions", later) == ["created"]
    # As the term before it, but for the price.
    last = Term.objects.current().get(starts_on="2025-06-01")
    assert (str(last.plan), last.quantity) == ("Core: Gold", 4)
    changes()
    ended = {"external_id": "s-1", "ended_on": "2025-09-01"}
    assert outcomes(source, "subscriptions", ended) == ["updated"]
    assert terms() == [("2025-01-01", "2025-06-01", "40"), ("2025-06-01", "2025-09-01", "80")]
    assert changes() == [("subscriptions", "c-1", dt.date(2025, 6, 1))]
    assert outcomes(source, "subscriptions", {"external_id": "s-1", "ended_on": None}) == [
        "updated"
    ]
    assert outcomes(source, "subscriptions", {"external_id": "s-9", "ended_on": None}) == [
        "customer: this is required"
    ]
    assert outcomes(source, "subscriptions", {"external_id": "s-1", "ended_on": "2025-05-01"}) == [
        "ended_on: it ends on 2025-05-01, not after its start on 2025-06-01"
    ]


def test_a_wrong_start_can_be_corrected(source: Source) -> None:
    told(source, "customers", ALPHA)
    told(source, "subscriptions", TERM, TERM | {"started_on": "2025-06-01", "amount": 20})
    changes()
    correction = {
        "external_id": "s-1",
        "previous_started_on": "2025-06-01",
        "started_on": "2025-05-01",
    }
    assert outcomes(source, "subscriptions", correction) == ["updated"]
    assert terms() == [("2025-01-01", "2025-05-01", "10"), ("2025-05-01", None, "20")]
    assert changes() == [("subscriptions", "c-1", dt.date(2025, 5, 1))]
    assert outcomes(source, "subscriptions", correction) == ["unchanged"]
    assert Term.objects.filter(closed_by=source).count() == 2
    again = {"external_id": "s-1", "previous_started_on": "2025-05-01", "started_on": "2025-07-01"}
    assert outcomes(source, "subscriptions", again) == ["updated"]
    assert terms() == [("2025-01-01", "2025-07-01", "10"), ("2025-07-01", None, "20")]
    wrong = correction | {"previous_started_on": "2023-01-01", "started_on": "2023-02-01"}
    onto = correction | {"previous_started_on": "2025-07-01", "started_on": "2025-01-01"}
    before = correction | {"previous_started_on": "2025-07-01", "started_on": "2024-01-01"}
    assert [outcomes(source, "subscriptions", row)[0] for row in (wrong, onto, before)] == [
        "previous_started_on: the subscription has no term that starts on 2023-01-01",
        "started_on: the subscription has another term that starts on 2025-01-01",
        "started_on: the subscription has another term that starts on 2025-01-01",
    ]


def test_a_file_corrects_a_start(source: Source) -> None:
    told(source, "customers", ALPHA)
    told(source, "subscriptions", TERM)
    file = (
        "customer,subscription id,amount,starts on,wrong start date\n"
        "c-1,s-1,10,2024-12-01,2025-01-01\n"
    )
    assert outcome(imported("subscriptions", file)) == (0, 1, 0, 0)
    assert terms() == [("2024-12-01", None, "10")]


def test_a_removed_subscription_is_gone_and_may_come_back_elsewhere(source: Source) -> None:
    told(source, "customers", ALPHA, {"external_id": "c-2", "name": "Beta"})
    told(source, "subscriptions", TERM, TERM | {"started_on": "2025-06-01"})
    changes()
    remove_facts(kind=KINDS["subscriptions"], external_ids=["s-1"], source=source)
    assert terms() == []
    assert read("subscriptions") == []
    assert changes() == [("subscriptions", "c-1", dt.date(2025, 1, 1))]
    assert outcomes(source, "subscriptions", TERM | {"customer": "c-2"}) == ["created"]
    assert read("subscriptions")[0]["customer"] == "c-2"


def test_contacts_keep_clear_and_have_a_role(source: Source) -> None:
    told(source, "customers", ALPHA)
    assert outcomes(source, "contacts", ANN | {"role": "Decision Maker", "job_title": "CFO"}) == [
        "created"
    ]
    moved = {"external_id": "p-1", "email": "anna@alpha.example"}
    assert outcomes(source, "contacts", moved) == ["updated"]
    [held] = read("contacts")
    assert (held["name"], held["email"], held["role"]) == (
        "Ann",
        "anna@alpha.example",
        "decision_maker",
    )
    by_address = {"customer": "c-1", "email": "ANNA@alpha.example", "role": None}
    assert outcomes(source, "contacts", by_address) == ["updated"]
    assert (read("contacts")[0]["role"], read("contacts")[0]["job_title"]) == ("", "CFO")
    assert outcomes(source, "contacts", {"external_id": "p-1", "job_title": None}) == ["updated"]
    assert read("contacts")[0]["job_title"] == ""
    told(source, "contacts", {"customer": "c-1", "email": "bob@alpha.example"})
    assert outcomes(source, "contacts", {"external_id": "p-1", "email": "bob@alpha.example"}) == [
        "email: the customer has this address already"
    ]
    assert outcomes(source, "contacts", {"external_id": "p-7"}, ANN | {"role": "boss"}) == [
        "customer: this is required",
        "role: “boss” is not a role of a contact, which is one of: champion, decision_maker, user",
    ]


def test_a_removed_contact_is_not_shown_and_comes_back(source: Source) -> None:
    told(source, "customers", ALPHA)
    told(source, "contacts", ANN)
    remove_facts(kind=KINDS["contacts"], external_ids=["p-1"], source=source)
    assert read("contacts") == []
    assert not Contact.objects.present().exists()
    assert outcomes(source, "contacts", ANN) == ["updated"]
    assert len(read("contacts")) == 1


def test_a_removed_customer_takes_all_that_is_its(source: Source) -> None:
    told(source, "customers", ALPHA, {"external_id": "c-2", "name": "Beta", "parent": "c-1"})
    told(source, "subscriptions", TERM)
    told(source, "contacts", ANN)
    changes()
    remove_facts(kind=KINDS["customers"], external_ids=["c-1", "c-404"], source=source)
    assert [(row["external_id"], row["parent"]) for row in read("customers")] == [("c-2", None)]
    assert not Term.objects.exists()
    assert not Contact.objects.exists()
    assert changes() == [("customers", None, None)]


def test_parents_come_with_the_file_and_never_go_round(source: Source) -> None:
    file = "id,name,parent id\nc-1,Alpha,c-2\nc-2,Beta,c-3\nc-3,Gamma,\n"
    assert outcome(imported("customers", file)) == (3, 0, 0, 0)
    assert outcome(imported("customers", file)) == (0, 0, 3, 0)
    assert [row["parent"] for row in read("customers")] == ["c-2", "c-3", None]
    assert outcomes(source, "customers", {"external_id": "c-3", "parent": "c-1"}) == [
        "parent: the customer would be part of itself: c-3 in c-1 in c-2 in c-3"
    ]
    assert outcomes(source, "customers", {"external_id": "c-3", "parent": "c-3"}) == [
        "parent: the customer would be part of itself: c-3 in c-3"
    ]
    rows = [
        {"external_id": "c-4", "name": "D", "parent": "nobody"},
        {"external_id": "c-5", "name": "E", "parent": "c-4"},
        {"external_id": "c-6", "name": "F", "parent": "c-7"},
        {"external_id": "c-7", "name": "G", "parent": "c-6"},
        {"external_id": "c-3", "parent": None},
    ]
    assert outcomes(source, "customers", *rows) == [
        "parent: there is no customer with this id",
        "parent: there is no customer with this id",
        "parent: the customer would be part of itself: c-6 in c-7 in c-6",
        "parent: the customer would be part of itself: c-7 in c-6 in c-7",
        "unchanged",
    ]


def history(key: str) -> list[tuple[str, str | None]]:
    rows = CustomerAttribute.objects.filter(key=key, superseded_at=None)
    return [
        (row.value, row.valid_from and str(row.valid_from))
        for row in sorted(rows, key=lambda row: row.valid_from or dt.date.min)
    ]


POINTS = [("2025-03-01", "Ann"), ("2025-05-01", "Bo"), ("2025-08-01", "Cy")]


@pytest.mark.parametrize("order", list(itertools.permutations(POINTS)))
def test_dated_values_in_any_order_make_one_history(source: Source, order: Any) -> None:
    told(source, "customers", ALPHA)
    for day, value in order:
        row = {"external_id": "c-1", "owner": value, "valid_from": day}
        assert outcomes(source, "customers", row) == ["updated"]
        assert outcomes(source, "customers", row) == ["unchanged"]
    assert history("owner") == [(value, day) for day, value in POINTS]
    assert read("customers")[0]["owner"] == "Cy"


def test_a_late_value_goes_before_and_is_told_from_its_day(
    source: Source, company: Company
) -> None:
    told(source, "customers", ALPHA | {"stage": "live"})
    assert history("stage") == [("live", None)]
    CustomerAttribute.objects.update(recorded_at=dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC))
    changes()
    # After what was told in June: from its day on.
    late = {"external_id": "c-1", "stage": "renewing", "valid_from": "2025-09-01"}
    told(source, "customers", late)
    assert history("stage") == [("live", None), ("renewing", "2025-09-01")]
    assert changes() == [("customers", "c-1", dt.date(2025, 9, 1))]
    # Before it: then what was told in June holds from June on.
    told(source, "customers", late | {"stage": "trial", "valid_from": "2025-03-01"})
    expected = [("trial", "2025-03-01"), ("live", "2025-06-01"), ("renewing", "2025-09-01")]
    assert history("stage") == expected
    assert changes() == [("customers", "c-1", None)]
    # Without a day: from today on.
    told(source, "customers", {"external_id": "c-1", "stage": "left"})
    assert history("stage") == [*expected, ("left", str(company.today()))]
    assert changes() == [("customers", "c-1", company.today())]
    # A day's value told again corrects that day, and the old version stays on record.
    told(source, "customers", late | {"stage": "expanding"})
    assert history("stage")[2] == ("expanding", "2025-09-01")
    assert changes() == [("customers", "c-1", dt.date(2025, 9, 1))]
    old = CustomerAttribute.objects.get(value="renewing")
    assert (old.superseded_at is not None, old.closed_by) == (True, source)


def test_a_file_may_have_a_row_per_day_of_a_customer(source: Source) -> None:
    file = (
        "id,name,CSM,tier,valid from\n"
        "c-1,Alpha,Bo,silver,2025-05-01\n"
        "c-1,Alpha old,Ann,gold,2025-03-01\n"
        "c-2,Beta,Cy,,2025-03-01\n"
    )
    assert outcome(imported("customers", file, attributes=["tier"])) == (3, 0, 0, 0)
    assert outcome(imported("customers", file, attributes=["tier"])) == (0, 0, 3, 0)
    assert Customer.objects.get(external_id="c-1").name == "Alpha"
    rows = CustomerAttribute.objects.filter(key="tier", customer__external_id="c-1")
    assert sorted(rows.values_list("value", "valid_from")) == [
        ("gold", dt.date(2025, 3, 1)),
        ("silver", dt.date(2025, 5, 1)),
    ]
    assert all(rows.values_list("is_backfilled", flat=True))


def test_what_comes_out_goes_in_unchanged(source: Source) -> None:
    told(source, "customers", ALPHA | {"owner": "Ann", "attributes": {"tier": "gold"}})
    told(source, "subscriptions", TERM, TERM | {"started_on": "2025-06-01"})
    told(source, "contacts", ANN | {"role": "user", "updated_at": "2025-01-01T00:00:00Z"})
    for kind in ("customers", "subscriptions", "contacts"):
        rows = read(kind)
        assert set(outcomes(source, kind, *rows)) == {"unchanged"}, kind

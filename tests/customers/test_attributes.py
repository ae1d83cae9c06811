"""Customers' attributes with their history: in and out, by file and API, and taken back."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from customers.actions.facts import remove_facts, store_rows
from customers.actions.merging import merge_customers
from customers.imports.kinds import KINDS
from customers.models import Change, Customer, CustomerAttribute, Source
from tenants.models import Company
from tests.customers.api.caller import Caller
from tests.customers.importing import CUSTOMERS, checked, imported, outcome, problems
from tests.customers.test_exports import brought_in, exported
from tests.customers.test_undo import numbers, undone

HEADER = "customer,name,value,valid from\n"
OWNERS = HEADER + "c-1,owner,Ann,2025-03-01\nc-1,owner,Bo,2025-06-01\n"


def held(name: str = "owner") -> list[tuple[str, str | None]]:
    rows = CustomerAttribute.objects.filter(key=name, superseded_at=None)
    found = rows.order_by("valid_from").values_list("value", "valid_from")
    return [(value, day and str(day)) for value, day in found]


@pytest.fixture
def source(company: Company) -> Source:
    return Source.objects.create(kind=Source.Kind.USER, label="a test")


@pytest.mark.usefixtures("company")
def test_a_file_brings_the_history() -> None:
    imported("customers", CUSTOMERS)
    Change.objects.all().delete()
    assert outcome(imported("customer_attributes", OWNERS)) == (2, 0, 0, 0)
    assert held() == [("Ann", "2025-03-01"), ("Bo", "2025-06-01")]
    assert [(c.kind, c.from_day) for c in Change.objects.all()] == [("customers", None)]
    assert all(CustomerAttribute.objects.values_list("is_backfilled", flat=True))
    assert outcome(imported("customer_attributes", OWNERS)) == (0, 0, 2, 0)
    more = HEADER + "c-1,owner,Cy,2025-06-01\nc-1,Owner,Di,2025-08-01\n"
    assert outcome(imported("customer_attributes", more)) == (1, 1, 0, 0)
    assert held() == [("Ann", "2025-03-01"), ("Cy", "2025-06-01"), ("Di", "2025-08-01")]
    assert list(Change.objects.values_list("from_day", flat=True))[1:] == [dt.date(2025, 6, 1)]


@pytest.mark.usefixtures("company")
def test_todays_value_is_no_point_of_its_own_once_its_history_is_told() -> None:
    imported("customers", "id,name,CSM\nc-1,Alpha,Bo\n")
    assert held() == [("Bo", None)]
    imported("customer_attributes", OWNERS)
    assert held() == [("Ann", "2025-03-01"), ("Bo", "2025-06-01")]


def test_another_value_of_today_stays_a_point(company: Company) -> None:
    imported("customers", "id,name,CSM\nc-1,Alpha,Di\n")
    imported("customer_attributes", OWNERS)
    assert held()[1:] == [("Bo", "2025-06-01"), ("Di", str(company.today()))]


@pytest.mark.usefixtures("company")
def test_what_a_row_may_not_say_is_told() -> None:
    imported("customers", CUSTOMERS)
    content = (
        HEADER
        + "c-9,owner,Ann,2025-03-01\n"
        + "c-1,product,Core,2025-03-01\n"
        + "c-1,tier,gold,2025-03-01\nc-1,Tier,silver,2025-03-01\n"
        + "c-1,tier,gold,soon\n"
    )
    import_ = checked("customer_attributes", content)
    told = {(row, column) for row, column, _ in problems(import_)}
    assert told == {(2, "customer"), (3, "name"), (5, "valid from"), (6, "valid from")}


def test_no_value_from_a_day_on_comes_out_and_in(
    company: Company, other_company: Company, source: Source
) -> None:
    """Also a formula for a name's value, an id with colons, and a first value without a day."""
    imported("customers", "id,name,CSM\nc:1,Alpha,Ann\n")
    content = HEADER + "c:1,tier,=gold,2025-03-01\nc:1,tier,,2025-06-01\n"
    assert outcome(imported("customer_attributes", content)) == (2, 0, 0, 0)
    files = {key: exported(key) for key in ("customers", "customer_attributes")}
    rows = list(csv.DictReader(io.StringIO(files["customer_attributes"])))
    today = str(company.today())
    assert [(r["external_id"], r["value"], r["valid_from"]) for r in rows] == [
        ("c:1:owner", "Ann", today),
        ("c:1:tier", "'=gold", "2025-03-01"),
        ("c:1:tier", "", "2025-06-01"),
    ]
    again = brought_in("customer_attributes", files["customer_attributes"])
    assert outcome(again) == (0, 0, 3, 0)
    with tenant_context(other_company):
        for key, text in files.items():
            brought_in(key, text)
        for key, text in files.items():
            assert exported(key) == text
        assert held("tier") == [("=gold", "2025-03-01"), ("", "2025-06-01")]


def test_the_history_by_api(company: Company) -> None:
    imported("customers", CUSTOMERS)
    call = Caller(company)
    row = {"customer": "c-1", "name": "Owner", "value": "Ann", "valid_from": "2025-03-01"}
    made = call.post("customer_attributes/", row)
    assert (made.status_code, made.json()["external_id"]) == (201, "c-1:owner"), made.json()
    assert call.results(made["Location"])[0]["value"] == "Ann"
    changed = call.patch("customer_attributes/c-1:owner/", {"value": "Bo"})
    assert changed.json()["outcome"] == "created", changed.json()
    assert (changed.json()["value"], changed.json()["valid_from"]) == ("Bo", str(company.today()))
    rows = call.results("customer_attributes/c-1:owner/")
    assert [(r["value"], r["valid_from"]) for r in rows] == [
        ("Ann", "2025-03-01"),
        ("Bo", str(company.today())),
    ]
    assert call.get("customers/c-1/").json()["owner"] == "Bo"
    nothing = call.patch("customer_attributes/c-1:owner/", {})
    assert nothing.json()["errors"][0]["field"] == "value"
    other = call.post("customer_attributes/", row | {"external_id": "c-2:owner"})
    assert other.json()["errors"][0]["field"] == "external_id"
    assert len(call.results("customer_attributes/?customer=c-1&valid_from_to=2025-04-01")) == 1
    assert call.delete("customer_attributes/c-1:owner/").status_code == 204
    assert call.get("customers/c-1/").json()["owner"] is None
    versions = call.results("customer_attributes/c-1:owner/versions/")
    assert len(versions) == 2
    assert all(version["superseded_at"] for version in versions)


def test_the_id_of_a_merged_customer_goes_on_working(company: Company, source: Source) -> None:
    imported("customers", CUSTOMERS)
    first, second = Customer.objects.order_by("external_id")
    merge_customers(keep=first, merge=second, by=None, source=source)
    row = {"customer": "c-2", "name": "owner", "value": "Ann", "valid_from": "2025-03-01"}
    [result] = store_rows(kind=KINDS["customer_attributes"], rows=[row], source=source)
    assert (result.outcome, result.external_id) == ("created", "c-1:owner")


@pytest.mark.usefixtures("company")
def test_taken_back_and_told_again() -> None:
    imported("customers", "id,name,CSM\nc-1,Alpha,Bo\n")
    import_ = imported("customer_attributes", OWNERS)
    done = numbers(undone(import_))
    assert done == {"Attributes of customers": (1, 1, 0)}
    assert held() == [("Bo", None)]
    assert outcome(imported("customer_attributes", OWNERS)) == (2, 0, 0, 0)
    assert held() == [("Ann", "2025-03-01"), ("Bo", "2025-06-01")]


def test_one_can_be_removed(company: Company, source: Source) -> None:
    imported("customers", CUSTOMERS)
    imported("customer_attributes", OWNERS + "c-2,owner,Ann,2025-03-01\n")
    kind = KINDS["customer_attributes"]
    remove_facts(kind=kind, external_ids=["c-1:owner", "c-9:owner"], source=source)
    assert held() == [("Ann", "2025-03-01")]


def test_there_may_be_so_many_and_no_more(company: Company, settings: Any) -> None:
    settings.CUSTOMER_ATTRIBUTES = 1
    imported("customers", CUSTOMERS)
    content = (
        "customer,name,value,valid_from\nc-1,a,1,\nc-1,b,2,\nc-1,b,,2025-01-01\nc-1,owner,O,\n"
    )
    import_ = checked("customer_attributes", content)
    assert outcome(import_) == (3, 0, 0, 1)
    [(row, column, message)] = problems(import_)
    assert (row, column) == (3, "name")
    assert message.startswith("b: that would be more than the 1 attributes")

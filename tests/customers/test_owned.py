"""Whose customers a page shows."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from accounts.models import User
from customers.models import Customer
from customers.owners import choices, condition, customers_of, owned_of
from tenants.models import Company
from tests.customers.importing import CUSTOMERS, imported

DAY = dt.date(2025, 7, 1)
NAMES = {"owner": "Nora Winfield", "manager": "Maya Lindqvist"}
HISTORY = """customer,name,value,valid from
c-1,owner,Maya Lindqvist,2025-01-01
c-1,owner,Tom,2025-06-01
c-1,owner,Nora Winfield,2025-09-01
c-2,owner,MANAGER@acme.example,2025-08-01
c-2,owner,Tom,2026-01-01
"""


@pytest.fixture
def people(company: Company) -> dict[str, User]:
    imported("customers", CUSTOMERS + "c-9,Ninth\n")
    imported("customer_attributes", HISTORY)
    for role, name in NAMES.items():
        User.objects.filter(role=role).update(name=name)
    return {role: User.objects.get(role=role) for role in NAMES}


def shown(user: User, owner: str = "", day: dt.date = DAY) -> set[str]:
    """By the ORM's way, which the SQL's must agree with."""
    owned = owned_of({"owner": owner} if owner else {}, user)
    ids = customers_of(owned, day=day)
    rows = Customer.objects.all() if ids is None else Customer.objects.filter(pk__in=ids)
    found = set(rows.values_list("external_id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT external_id FROM customers_customer WHERE {condition(owned, column='id')}",
            {"today": day, "owners": owned.parameter},
        )
        assert {name for (name,) in cursor.fetchall()} == found
    return found


def test_a_managers_pages_begin_with_their_own(people: dict[str, User]) -> None:
    everybody = set(Customer.objects.values_list("external_id", flat=True))
    assert shown(people["manager"]) == {"c-2"}
    assert shown(people["manager"], "all") == everybody
    assert shown(people["owner"]) == everybody
    assert shown(people["owner"], "me") == set()


def test_the_value_of_the_day_counts_and_the_first_one_before_it(people: dict[str, User]) -> None:
    user = people["owner"]
    assert shown(user, "tom") == {"c-1"}
    assert shown(user, "Maya Lindqvist", dt.date(2024, 1, 1)) == {"c-1"}
    assert shown(user, "Maya Lindqvist") == set()
    assert shown(user, "me", dt.date(2025, 9, 1)) == {"c-1"}
    assert shown(user, "tom", dt.date(2026, 2, 1)) == {"c-2"}
    assert "c-9" in shown(user, "none")
    assert not {"c-1", "c-2"} & shown(user, "none")


def test_a_manager_without_customers_begins_with_all(company: Company) -> None:
    imported("customers", CUSTOMERS)
    manager = User.objects.get(role="manager")
    assert owned_of({}, manager).is_all


def test_every_owner_can_be_chosen(people: dict[str, User]) -> None:
    owned = owned_of({"owner": "somebody gone"}, people["owner"])
    found = [value for value, _ in choices(owned)]
    assert found[:3] == ["all", "me", "none"]
    assert found[3:] == [
        "MANAGER@acme.example",
        "Maya Lindqvist",
        "Nora Winfield",
        "Tom",
        "somebody gone",
    ]

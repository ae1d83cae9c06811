"""One field that finds anything of the company's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from customers.models import Customer
from tenants.models import Company
from tests.customers.importing import imported

ClientOf = Callable[..., Client]
CUSTOMERS = "id,name\nc-1,Alpine Foods\nc-2,Beta Works\nc-3,Alpine Rail\n"
CONTACTS = "id,customer,name,email\np-1,c-2,Ann Field,ann@beta.example\n"


@pytest.fixture
def known(company: Company) -> Company:
    imported("customers", CUSTOMERS)
    imported("contacts", CONTACTS)
    return company


def test_customers_contacts_metrics_and_pages_are_found(
    known: Company, client_of: ClientOf
) -> None:
    client = client_of(known, "viewer")
    page = client.get("/search/", {"q": "alpine"}).content.decode()
    assert "Alpine Foods" in page
    assert "Alpine Rail" in page
    assert "Beta Works" not in page
    rail = Customer.objects.get(external_id="c-3")
    assert f'href="{rail.get_absolute_url()}"' in page
    for words in ("ann fie", "BETA.EX", "iel nn"):
        assert "ann@beta.example" in client.get("/search/", {"q": words}).content.decode()
    assert "ann@beta.example" not in client.get("/search/", {"q": "ann%fie"}).content.decode()
    assert 'href="/metrics/arpa/"' in client.get("/search/", {"q": "revenue acc"}).content.decode()
    assert "Nothing has" in client.get("/search/", {"q": "zzz"}).content.decode()


def test_pages_are_found_by_those_who_may_open_them(known: Company, client_of: ClientOf) -> None:
    for role, is_there in (("viewer", False), ("admin", True)):
        page = client_of(known, role).get("/search/", {"q": "audit"}).content.decode()
        assert ("/settings/audit/" in page) is is_there


def test_the_palette_gets_the_results_alone(known: Company, client_of: ClientOf) -> None:
    answer = client_of(known).get(
        "/search/", {"q": "beta"}, headers={"HX-Request": "true", "HX-Target": "palette-results"}
    )
    text = answer.content.decode()
    assert "Beta Works" in text
    assert "<html" not in text


def test_other_companies_find_nothing(
    known: Company, other_company: Company, client_of: ClientOf
) -> None:
    assert known != other_company
    page = client_of(other_company).get("/search/", {"q": "alpine"}).content.decode()
    assert "Alpine Foods" not in page


def test_the_api_finds_the_same(known: Company, client_of: ClientOf) -> None:
    client = client_of(known, "viewer")
    (group,) = client.get("/api/v1/search/", {"q": "alpine"}).json()
    assert group["key"] == "customers"
    assert [one["title"] for one in group["found"]] == ["Alpine Foods", "Alpine Rail"]
    assert client.get("/api/v1/search/").json()["code"] == "missing_words"
    assert client.get("/api/v1/search/", {"q": "a", "page": 2}).status_code == 400

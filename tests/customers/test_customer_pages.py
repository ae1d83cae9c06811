"""The list of customers and the page of one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.template.loader import get_template
from django.test import Client

from customers import registry
from customers.looking import TimelineEntry
from customers.models import Customer, CustomerAttribute, Import
from customers.registry import Panel, TimelineSource
from tenants.models import Company
from tests.customers.importing import imported

ClientOf = Callable[..., Client]


@pytest.fixture
def viewer(company: Company, client_of: ClientOf) -> Client:
    return client_of(company, "viewer")


@pytest.fixture
def empty_registry() -> Iterator[None]:
    """Whatever the apps registered is put aside for the test."""
    held: list[list[Any]] = [registry.panels, registry.figures, registry.timeline_sources]
    kept = [list(one) for one in held]
    for one in held:
        one.clear()
    yield
    for one, before in zip(held, kept, strict=True):
        one[:] = before


def names(page: str) -> list[str]:
    return re.findall(r'class="cell-main" href="/customers/\d+/\?list=[^"]*">([^<]*)<', page)


def get(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_without_customers_the_page_says_what_to_do(company: Company, client_of: ClientOf) -> None:
    assert "/imports/new/" in get(client_of(company, "manager"), "/customers/")
    page = get(client_of(company, "viewer"), "/customers/")
    assert "When a manager of your company imports them" in page
    assert "/imports/new/" not in page


def test_search(viewer: Client) -> None:
    imported("customers", "id,name\nkd-7,Müller GmbH\nkd-8,Meyer & Sons\n")
    imported("contacts", "customer,email\nkd-8,ann@meyer.example\n")
    assert names(get(viewer, "/customers/?q=gmbh+müll")) == ["Müller GmbH"]
    assert names(get(viewer, "/customers/?q=KD-8")) == ["Meyer &amp; Sons"]
    assert names(get(viewer, "/customers/?q=ann%40meyer")) == ["Meyer &amp; Sons"]
    page = get(viewer, "/customers/?q=%3Cnobody%3E%00")
    assert "No customer matches" in page
    assert "&lt;nobody&gt;" in page
    assert "<nobody>" not in page


def test_paying_and_not(viewer: Client, company: Company, do_jobs: Callable[..., int]) -> None:
    today = company.today()
    yesterday, tomorrow = today - dt.timedelta(days=1), today + dt.timedelta(days=1)
    imported("customers", "id,name\nc-1,Open\nc-2,Left\nc-3,Free\nc-4,Soon\nc-5,None\n")
    imported(
        "subscriptions",
        "customer,subscription id,amount,start,end\n"
        f"c-1,s-1,1234.5,2025-01-01,\nc-2,s-2,10,2025-01-01,{yesterday}\n"
        f"c-3,s-3,0,2025-01-01,\nc-4,s-4,10,{tomorrow},\n",
    )
    do_jobs(company, key="metrics.refresh")
    page = get(viewer, "/customers/?state=paying")
    assert names(page) == ["Open"]
    assert "$1,234.50" in page
    assert names(get(viewer, "/customers/?state=not_paying")) == ["Free", "Left", "None", "Soon"]


def test_one_customer(viewer: Client, company: Company) -> None:
    imported("customers", "id,name,joined,tier\nc-1,Alpha,2024-01-02,gold\n", attributes=["tier"])
    imported("contacts", "customer,email,name\nc-1,ann@alpha.example,Ann Ash\n")
    imported(
        "subscriptions",
        "customer,subscription id,product,plan,amount,quantity,interval,start,end\n"
        "c-1,s-1,Desk,Team,1200,1,year,2024-01-02,2025-01-02\n"
        "c-1,s-1,Desk,Team,1800,1,year,2025-01-02,\n"
        "c-1,s-2,Phone,,10,3,month,2024-05-01,2024-09-01\n",
    )
    customer = Customer.objects.get()
    CustomerAttribute.objects.create(
        customer=customer,
        key="tier",
        value="platinum",
        valid_from=dt.date(2025, 3, 1),
        source=customer.source,
        recorded_at=customer.recorded_at,
    )
    page = get(viewer, f"/customers/{customer.pk}/")
    for words in ["$150.00", "before: gold", "Ann Ash", "From Import: file.csv"]:
        assert words in page, words
    happened = get(viewer, f"/customers/{customer.pk}/timeline/")
    for words in [
        "Desk: Team rose",
        "$150.00 a month, was $100.00",
        "Phone ended",
        "Tier became platinum",
        "Signed up",
        "3 imports",
        "3 terms, 2 attributes, 1 contact",
    ]:
        assert words in happened, words
    assert "Import file.csv" not in happened
    first = Import.objects.earliest("pk")
    Import.objects.filter(pk=first.pk).update(finished_at=first.finished_at - dt.timedelta(days=2))
    happened = get(viewer, f"/customers/{customer.pk}/timeline/")
    for words in ["2 imports", "3 terms, 1 contact", "Import file.csv", "2 attributes"]:
        assert words in happened, words
    assert "Phone" in get(viewer, f"/customers/{customer.pk}/subscriptions/")
    assert "ann@alpha.example" in get(viewer, f"/customers/{customer.pk}/contacts/")


def test_other_apps_add_panels_and_entries(viewer: Client, empty_registry: None) -> None:
    imported("customers", "id,name\nc-1,Alpha\nc-2,Beta\n")
    alpha, beta = Customer.objects.order_by("name")

    def items(customer: Customer, today: dt.date) -> dict[str, Any] | None:
        return {"items": [("Answer", "42")]} if customer == alpha else None

    template = "components/_definition_list.html"
    assert get_template(template)
    registry.add_panel(Panel("deep", "Deep thought", template, items))
    registry.add_panel(Panel("deep", "Deep thought", template, items, position=1))
    entry = TimelineEntry(dt.date(2025, 1, 1), "Asked a question", kind="talks")
    registry.add_timeline_source(
        TimelineSource("deep", frozenset({"talks"}), lambda customer, look: look.cut([entry]))
    )
    page = get(viewer, f"/customers/{alpha.pk}/")
    assert page.count("Deep thought</h2>") == 1
    assert "42" in page
    assert "Asked a question" in get(viewer, f"/customers/{alpha.pk}/timeline/?kind=talks")
    assert "Asked a question" not in get(viewer, f"/customers/{alpha.pk}/timeline/?kind=data")
    assert "Deep thought" not in get(viewer, f"/customers/{beta.pk}/")


def test_a_panel_of_kinds_is_asked_only_where_some_are_held(
    viewer: Client, empty_registry: None
) -> None:
    imported("customers", "id,name\nc-1,Alpha\nc-2,Beta\n")
    imported("contacts", "customer,email\nc-1,ann@alpha.example\n")
    alpha, beta = Customer.objects.order_by("name")
    asked: list[Customer] = []

    def items(customer: Customer, today: dt.date) -> dict[str, Any]:
        asked.append(customer)
        return {"items": [("Answer", "42")]}

    kinds = frozenset({"contacts", "pauses"})
    template = "components/_definition_list.html"
    registry.add_panel(Panel("deep", "Deep thought", template, items, kinds=kinds))
    assert "Deep thought" in get(viewer, f"/customers/{alpha.pk}/")
    assert "Deep thought" not in get(viewer, f"/customers/{beta.pk}/")
    assert asked == [alpha]


def test_who_may_see(company: Company, other_company: Company, client_of: ClientOf) -> None:
    imported("customers", "id,name\nc-1,Alpha\n")
    url = f"/customers/{Customer.objects.get().pk}/"
    for role in ("viewer", "manager", "admin", "owner"):
        assert client_of(company, role).get(url).status_code == 200
    assert client_of(company, None).get(url).status_code == 302
    outsider = client_of(other_company, "owner")
    assert outsider.get(url).status_code == 404
    assert "Alpha" not in outsider.get("/customers/").content.decode()
    assert client_of(company, "owner").post(url).status_code == 405
    assert client_of(company, "owner").get("/customers/999999/").status_code == 404

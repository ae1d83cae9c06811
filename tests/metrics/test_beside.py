"""The customers before and after one in the list it was opened from."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.actions.removal import remove_customer
from customers.models import Customer
from customers.owners import Owned
from metrics.customer_list.columns import NAME, known
from metrics.customer_list.filters import Filters
from metrics.customer_list.listing import Listing
from metrics.ledger import build
from tenants.models import Company
from tests.metrics import facts
from tests.metrics.health.scored import DAY, only_model, span

ClientOf = Callable[..., Client]
# (id, name, MRR, score, region): with the same more than once, and with none.
ROWS = [
    ("1", "Alpha", 100, 90, "north"),
    ("2", "beta", 200, 40, "north"),
    ("3", "Beta", 100, None, None),
    ("4", "delta", None, 40, "south"),
    ("5", "alpha", None, None, None),
    ("6", "Zeta", 100, 40, "north"),
]
FILTERS = [
    Filters(),
    Filters(words="eta"),
    Filters(words="beta"),
    Filters(state="paying"),
    Filters(owned=Owned(choice="none", names=())),
    Filters(attributes=(("region", "north"),), mrr_to=150),
]


@pytest.fixture(autouse=True)
def listed(company: Company) -> None:
    today, version = company.today(), only_model()
    for key, name, mrr, score, region in ROWS:
        customer = facts.customer(key)
        Customer.objects.filter(pk=customer.pk).update(name=name)
        if mrr is not None:
            facts.term(key, today - 400 * DAY, None, mrr)
        if score is not None:
            span(key, version, today - 10 * DAY, None, score)
        if region is not None:
            facts.attribute(key, "region", region)
    build.build(list(Customer.objects.values_list("pk", flat=True)), rules=build.Rules(90))


@pytest.mark.parametrize("window", [1, 2, 25])
@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_one_after_the_other_they_are_the_list(
    company: Company, filters: Filters, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metrics.customer_list.listing.WINDOW", window)
    listing = Listing(company, company.today(), filters)
    columns = [NAME, *(column for column in known().values() if column.order is not None)]
    for column in columns:
        for reverse in (False, True):
            rows = listing.page((), order=column, reverse=reverse, at=0, size=99)
            ids = [row.id for row in rows]
            for at, one in enumerate(ids):
                expected = (
                    ids[at - 1] if at else None,
                    ids[at + 1] if at + 1 < len(ids) else None,
                )
                for is_new in (True, False):
                    found = listing.beside(one, order=column, reverse=reverse, is_new=is_new)
                    assert found == expected, (column.key, reverse, one)


def test_who_does_not_match_any_more_still_has_a_place(company: Company) -> None:
    listing = Listing(company, company.today(), Filters(state="paying"))
    previous, following = listing.beside(facts.customer("4").pk)
    assert (previous, following) == (facts.customer("3").pk, facts.customer("6").pk)
    assert listing.beside(2**62) == (None, None)


def test_what_the_page_showed_is_kept_until_one_of_it_is_removed(
    company: Company, client_of: ClientOf
) -> None:
    client = client_of(company, "viewer")
    client.get("/customers/?sort=mrr")
    listing, mrr = Listing(company, company.today(), Filters()), known()["mrr"]
    ids = [row.id for row in listing.page((), order=mrr, at=0, size=99)]
    with CaptureQueriesContext(connection) as caught:
        assert listing.beside(ids[1], order=mrr) == (ids[0], ids[2])
    assert not len(caught)
    remove_customer(customer=Customer.objects.get(pk=ids[2]), by=None)
    page = client.get(f"/customers/{ids[1]}/?list=sort%3Dmrr").content.decode()
    assert f'rel="next" href="/customers/{ids[3]}/' in page


def walk(client: Client, href: str, rel: str) -> list[str]:
    """The names of the customers from this address on, one link after the other."""
    found = []
    while href:
        page = client.get(href)
        assert page.status_code == 200, href
        text = page.content.decode()
        found.append(re.findall(r"<h1><span[^>]*>([^<]+)", text)[0])
        links = re.findall(rf'rel="{rel}" href="([^"]+)"', text)
        href = unescape(links[0]) if links else ""
        assert len(found) < 20
    return found


def test_pages_lead_through_the_list_they_were_opened_from(
    company: Company, client_of: ClientOf
) -> None:
    client = client_of(company, "viewer")
    for query in ("sort=mrr", "q=eta&sort=name&reverse=1", ""):
        listed = client.get(f"/customers/?{query}").content.decode()
        links = [
            unescape(href)
            for href in re.findall(r'class="cell-main" href="(/customers/\d+/[^"]*)"', listed)
        ]
        names = re.findall(r'class="cell-main" href="[^"]*">([^<]+)', listed)
        assert walk(client, links[0], "next") == names
        assert walk(client, links[-1], "prev") == names[::-1]
        page = client.get(links[0]).content.decode()
        crumbs = page[page.index('class="breadcrumbs"') :]
        home = unescape(re.findall(r'href="(/customers/[^"]*)"', crumbs)[0])
        assert home == (f"/customers/?{query}" if query else "/customers/")
        for tab in ("timeline", "contacts", "subscriptions", "usage", "health"):
            path, _, kept = links[0].partition("?")
            assert walk(client, f"{path}{tab}/?{kept}", "next") == names, tab


def test_opened_elsewhere_a_page_leads_nowhere_and_asks_no_more(
    company: Company, client_of: ClientOf
) -> None:
    client = client_of(company, "viewer")
    path = facts.customer("1").get_absolute_url()
    client.get(path)
    with CaptureQueriesContext(connection) as alone:
        page = client.get(path).content.decode()
    assert 'class="beside"' not in page
    client.get(f"{path}?list=sort%3Dmrr")
    with CaptureQueriesContext(connection) as listed:
        page = client.get(f"{path}?list=sort%3Dmrr").content.decode()
    assert 'class="beside"' in page
    assert len(listed) - len(alone) <= 8
    for wrong in ("band=blue", "sort=nonsense", "colour=red", "%00", "x" * 5000):
        answer = client.get(path, {"list": wrong})
        assert answer.status_code == 200
        assert 'class="beside"' not in answer.content.decode(), wrong
    manager = client_of(company, "manager")
    answer = manager.post(f"{path}change/?list=sort%3Dmrr", {"owner": "Ann"})
    assert answer["Location"] == f"{path}?list=sort%3Dmrr#whose"

"""The customers before and after one in the list it was opened from: of all customers, by health,
or of renewals."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from html import unescape

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.actions.removal import remove_customer
from customers.models import Customer
from customers.owners import Owned
from metrics.contributions.due import Days
from metrics.customer_list.columns import NAME, known
from metrics.customer_list.filters import Filters
from metrics.customer_list.listing import Listing
from metrics.health import listing as health
from metrics.health.filters import Filters as HealthFilters
from metrics.ledger import build
from metrics.models import HealthVersion
from metrics.renewals import listing as renewals
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


BY_HEALTH = [
    HealthFilters(),
    HealthFilters(words="eta"),
    HealthFilters(bands=("red",)),
    HealthFilters(by="region", segment="north", drop=0),
]
OF_RENEWALS = [
    renewals.Filters(),
    renewals.Filters(bands=("red", "none")),
    renewals.Filters(outcomes=("open",)),
    renewals.Filters(outcomes=("renewed", "open"), by="region", segment="north"),
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
    monkeypatch.setattr("metrics.neighbours.WINDOW", window)
    listing = Listing(company, company.today(), filters)
    columns = [NAME, *(column for column in known().values() if column.order is not None)]
    for column in columns:
        for reverse in (False, True):
            rows = listing.page((), order=column, reverse=reverse, at=0, size=99)
            led_through(
                [row.id for row in rows], partial(listing.beside, order=column, reverse=reverse)
            )


def led_through(ids: list[int], beside: Callable[..., tuple[int | None, int | None]]) -> None:
    """From each to those beside it, as kept and as looked up anew."""
    for previous, one, following in zip([None, *ids], ids, [*ids[1:], None], strict=False):
        for is_new in (False, True):
            assert beside(one, is_new=is_new) == (previous, following), one


@pytest.mark.parametrize("window", [1, 2, 25])
@pytest.mark.parametrize("filters", BY_HEALTH, ids=str)
def test_the_health_list_is_led_through_as_it_is_shown(
    company: Company, filters: HealthFilters, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metrics.neighbours.WINDOW", window)
    version, today = HealthVersion.objects.latest("pk"), company.today()
    span("2", version, today - 40 * DAY, today - 10 * DAY, 70)
    span("6", version, today - 40 * DAY, today - 10 * DAY, 40)
    listing = health.Listing(company, today, filters)
    for order in health.ORDERS:
        for reverse in (False, True):
            rows = listing.page(order=order, reverse=reverse, at=0, size=99)
            ids = [row.customer_id for row in rows]
            assert ids
            led_through(ids, partial(listing.beside, order=order, reverse=reverse))


@pytest.mark.parametrize("window", [1, 2, 25])
@pytest.mark.parametrize("filters", OF_RENEWALS, ids=str)
def test_renewals_are_led_through_by_customer_each_once(
    company: Company, filters: renewals.Filters, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metrics.neighbours.WIDE_WINDOW", window)
    today = company.today()
    days = (today - 40 * DAY, today + 70 * DAY)
    listing = renewals.Listing(company, today, *days, Days.ALL, filters)
    for order in renewals.ORDERS:
        for reverse in (False, True):
            _months, rows = listing.months_and_page(order=order, reverse=reverse, size=99)
            ids = [row.customer_id for row in rows]
            each = list(dict.fromkeys(ids))
            assert len(ids) > len(each) > 1
            led_through(each, partial(listing.beside, order=order, reverse=reverse))


def test_who_does_not_match_any_more_still_has_a_place(company: Company) -> None:
    listing = Listing(company, company.today(), Filters(state="paying"))
    previous, following = listing.beside(facts.customer("4").pk)
    assert (previous, following) == (facts.customer("3").pk, facts.customer("6").pk)
    assert listing.beside(2**62) == (None, None)

    by_health = health.Listing(company, company.today(), HealthFilters(bands=("red",)))
    one, two, four, six = (facts.customer(key).pk for key in "1246")
    assert by_health.beside(one) == (six, None)
    assert by_health.beside(six, order="name") == (four, None)
    assert by_health.beside(two, order="name") == (None, four)
    assert by_health.beside(facts.customer("3").pk) == (None, None)  # has no score

    today = company.today()
    reds = renewals.Filters(bands=("red",))
    due = renewals.Listing(company, today, today, today + 70 * DAY, Days.ALL, reds)
    assert due.beside(one, order="name") == (None, two)
    assert due.beside(four) == (None, None)  # nothing of it comes due


@pytest.mark.parametrize(("wide", "queries"), [(3, 1), (4, 0), (250, 0)])
def test_a_page_further_on_is_not_taken_for_the_beginning(
    company: Company, wide: int, queries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = company.today()
    due = renewals.Listing(company, today, today, today + 70 * DAY, Days.ALL)
    _months, every = due.months_and_page(order="name", size=99)
    ids = list(dict.fromkeys(row.customer_id for row in every))
    caches["company"].clear()
    monkeypatch.setattr("metrics.neighbours.WIDE_WINDOW", wide)
    _months, rows = due.months_and_page(order="name", at=2, size=2)
    assert rows == every[2:4]
    with CaptureQueriesContext(connection) as caught:
        assert due.beside(ids[0], order="name") == (None, ids[1])
    assert len([one for one in caught if "stood" in one["sql"]]) == queries
    assert due.beside(ids[1], order="name") == (ids[0], ids[2])


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
    page = client.get(f"/customers/{ids[1]}/?list=customers%3Fsort%3Dmrr").content.decode()
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


@pytest.mark.parametrize(
    ("home", "query", "label"),
    [
        ("/health/", "sort=mrr&reverse=1", "Health"),
        ("/health/", "band=red", "Health"),
        ("/renewals/", "owner=all&due=all&sort=name", "Renewals"),
        ("/renewals/", "owner=all&due=all&preset=90&band=red", "Renewals"),
    ],
)
def test_other_lists_lead_through_their_customers_too(
    company: Company, client_of: ClientOf, home: str, query: str, label: str
) -> None:
    client = client_of(company, "viewer")
    shown = client.get(f"{home}?{query}").content.decode()
    links = re.findall(r'class="cell-main" href="(/customers/\d+/[^"]*)"[^>]*>([^<]+)', shown)
    addresses = {name: unescape(href) for href, name in reversed(links)}
    names = list(dict.fromkeys(name for _href, name in links))
    assert len(names) > 1
    assert walk(client, addresses[names[0]], "next") == names
    assert walk(client, addresses[names[-1]], "prev") == names[::-1]
    path, _, kept = addresses[names[0]].partition("?")
    own = path.removesuffix("health/")
    for address in (f"{own}?{kept}", f"{own}health/?{kept}"):
        page = client.get(address).content.decode()
        crumbs = page[page.index('class="breadcrumbs"') :]
        back, word = re.findall(r'href="([^"]*)"[^>]*>([^<]+)', crumbs)[0]
        assert (unescape(back), word) == (f"{home}?{query}", label)
        leading = re.findall(rf'href="((?:{own}|\?)[^"]*)"', page)
        assert len(leading) > 8
        assert [href for href in leading if kept not in unescape(href)] == []


def test_opened_elsewhere_a_page_leads_nowhere_and_asks_no_more(
    company: Company, client_of: ClientOf
) -> None:
    client = client_of(company, "viewer")
    path = facts.customer("1").get_absolute_url()
    client.get(path)
    with CaptureQueriesContext(connection) as alone:
        page = client.get(path).content.decode()
    assert 'class="beside"' not in page
    listed = "list=customers%3Fsort%3Dmrr"
    client.get(f"{path}?{listed}")
    with CaptureQueriesContext(connection) as within:
        page = client.get(f"{path}?{listed}").content.decode()
    assert 'class="beside"' in page
    assert len(within) - len(alone) <= 8
    wrongs = [
        f"{key}?{wrong}"
        for key in ("customers", "health", "renewals")
        for wrong in ("band=blue", "sort=nonsense", "colour=red")
    ]
    for wrong in (*wrongs, "customers?\0", "sort=mrr", "nonsense", f"customers?{'x' * 5000}"):
        answer = client.get(path, {"list": wrong})
        assert answer.status_code == 200
        assert 'class="beside"' not in answer.content.decode(), wrong
    manager = client_of(company, "manager")
    answer = manager.post(f"{path}change/?{listed}", {"owner": "Ann"})
    assert answer["Location"] == f"{path}?{listed}#whose"
    page = manager.get(f"{path}?{listed}").content.decode()
    assert f'action="{path}notes/?{listed}"' in page
    answer = manager.post(f"{path}notes/?{listed}", {"text": "Called them."})
    assert answer["Location"] == f"{path}?{listed}#notes"

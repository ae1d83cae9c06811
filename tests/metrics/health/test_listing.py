"""Customers by health: against the plain way, on the page, in files, by API, and saved views."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from customers.models import ExchangeRate
from metrics.health.filters import FilterError, Filters, filters_of
from metrics.health.listing import ORDERS, Listing
from metrics.models import HealthScore, SavedView
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts
from tests.metrics.health.scored import DAY, only_model, span

Get = Callable[..., Any]
# (name, MRR, score, score 30 days ago, region)
CUSTOMERS = [
    ("a", 100, 90, 90, "north"),
    ("b", 200, 40, 80, "north"),
    ("c", 50, 60, None, "south"),
    ("d", 400, 20, 25, "south"),
    ("e", 10, 75, 70, None),
]


@pytest.fixture
def listed(company: Company) -> dt.date:
    today = company.today()
    version = only_model()
    for name, mrr, score, before, region in CUSTOMERS:
        facts.term(name, today - 400 * DAY, None, mrr)
        if region:
            facts.attribute(name, "region", region)
        if before is not None:
            span(name, version, today - 60 * DAY, today - 10 * DAY, before)
        span(name, version, today - 10 * DAY, None, score)
    facts.term("gone", today - 400 * DAY, today - 5 * DAY, 70)
    span("gone", version, today - 60 * DAY, today - 5 * DAY, 10)
    return today


@pytest.fixture
def with_ledger(listed: dt.date) -> dt.date:
    """With movements, and the scores as they are: no signal is measured anew."""
    from metrics.ledger import build

    build.build([facts.customer(name).pk for name, *_ in CUSTOMERS], rules=build.Rules(90))
    build.build([facts.customer("gone").pk], rules=build.Rules(90))
    return listed


def names(company: Company, order: str = "score", *, reverse: bool = False, **filters: Any) -> str:
    listing = Listing(company, company.today(), Filters(**filters))
    return "".join(row.name for row in listing.page(order=order, reverse=reverse, at=0, size=99))


@pytest.mark.usefixtures("with_ledger")
def test_every_order_and_filter(company: Company) -> None:
    assert names(company) == "dbcea"
    assert names(company, reverse=True) == "aecbd"
    assert names(company, "name") == "abcde"
    assert names(company, "mrr") == "dbace"
    assert names(company, "at_risk")[:2] == "db"
    assert names(company, "drop") == "bdaec"
    assert names(company, bands=("red",)) == "db"
    assert names(company, bands=("red", "green")) == "dbea"
    assert names(company, drop=5) == "db"
    assert names(company, by="region", segment="south") == "dc"
    assert names(company, by="region", segment="none") == "e"
    assert names(company, words="A") == "a"
    assert names(company, words="%") == ""
    assert sorted(names(company, "renewal")) == list("abcde")
    assert names(company, renews_within=3000) == ""


@pytest.mark.usefixtures("with_ledger")
def test_totals_are_those_of_the_rows(company: Company) -> None:
    listing = Listing(company, company.today(), Filters())
    totals = listing.totals()
    rows = listing.page(at=0, size=99)
    assert totals.customers == len(rows) == 5
    assert totals.mrr == sum(row.mrr or 0 for row in rows) == 760
    assert totals.mean == pytest.approx(sum(row.score for row in rows) / 5)
    weighed = sum(row.score * float(row.mrr or 0) for row in rows)
    assert totals.weighted == pytest.approx(weighed / 760)
    by_band = {one.band: (one.customers, one.mrr) for one in totals.bands}
    assert by_band == {"green": (2, 110), "amber": (1, 50), "red": (2, 600)}
    assert [row.at_risk for row in rows] == [400, 200, 0, 0, 0]


@pytest.mark.usefixtures("with_ledger")
def test_of_whom_little_is_known(company: Company, viewer_client: Client) -> None:
    HealthScore.objects.filter(ends_on=None, customer__name__in="ab").update(coverage=49)
    HealthScore.objects.filter(ends_on=None, customer__name="c").update(coverage=50)
    found = Listing(company, company.today()).totals().little_known
    assert (found.customers, found.share, found.mrr) == (2, 0.4, Decimal(300))
    assert found.mrr_share == pytest.approx(300 / 760)
    page = viewer_client.get("/health/").content.decode()
    assert "Little is known of 40\u00a0% of the customers with a score (39\u00a0% by MRR)" in page
    assert "alert-warning" not in page

    red = Listing(company, company.today(), Filters(bands=("red",))).totals().little_known
    assert (red.customers, red.share) == (1, 0.5)
    page = viewer_client.get("/health/?band=red").content.decode()
    assert "Little is known of 50\u00a0% of" in page
    assert "alert-warning" in page

    HealthScore.objects.update(coverage=100)
    assert "Little is known" not in viewer_client.get("/health/?band=red").content.decode()


def test_contracts_in_two_currencies(company: Company) -> None:
    from metrics.ledger import build

    today = company.today()
    version = only_model()
    facts.term("a", today - 100 * DAY, None, 100)
    facts.term("b", today - 100 * DAY, None, 100, currency="EUR")
    for name in ("a", "b"):
        span(name, version, today - 10 * DAY, None, 40)
    build.build([facts.customer(name).pk for name in ("a", "b")], rules=build.Rules(90))
    assert Listing(company, today).totals().mrr is None
    assert names(company, "mrr") == "ab"
    facts.rate("EUR", "USD", today - 50 * DAY, Decimal(2))
    assert ExchangeRate.objects.exists()
    assert names(company, "mrr") == "ba"
    assert Listing(company, today).totals().mrr == 300


@pytest.mark.usefixtures("with_ledger")
@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"band": "blue"}, "band must be one of green, amber, red"),
        ({"by": "planet", "segment": "x"}, "by must be one of region"),
        ({"by": "region"}, "needs both"),
        ({"drop": "much"}, "drop must be a whole number"),
        ({"model": "999999"}, "no health model"),
        ({"renews_within": "-1"}, "whole number"),
    ],
)
def test_bad_filters_are_told(
    viewer_client: Client, get: Get, params: dict[str, str], words: str
) -> None:
    with pytest.raises(FilterError, match=words):
        filters_of(params)
    page = viewer_client.get("/health/", params)
    assert page.status_code == 400
    assert words in page.content.decode()
    answer = get("health/scores/", **params)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_filter"


@pytest.mark.usefixtures("with_ledger")
def test_the_page_leads_on(viewer_client: Client) -> None:
    page = viewer_client.get("/health/")
    assert page.status_code == 200
    assert [row.name for row in page.context["rows"]] == list("dbcea")
    assert f"/customers/{facts.customer('d').pk}/health/" in page.content.decode()
    cells = re.findall(r'<td class="([^"]*)" data-label="MRR at risk"', page.content.decode())
    reds = sum(row.band == "red" for row in page.context["rows"])
    assert (cells.count("numeric"), cells.count("numeric cell-none")) == (reds, 5 - reds)
    for order in ORDERS:
        assert viewer_client.get("/health/", {"sort": order, "reverse": "1"}).status_code == 200
    assert viewer_client.get("/health/", {"sort": "luck"}).status_code == 400
    assert viewer_client.get("/health/", {"page": "99"}).status_code == 200
    empty = viewer_client.get("/health/", {"q": "nobody"})
    assert "No customer fits" in empty.content.decode()


def test_a_company_without_scores(viewer_client: Client) -> None:
    page = viewer_client.get("/health/").content.decode()
    assert "No scores yet" in page
    assert "/imports/new/" not in page


def test_who_may_import_is_led_to_it_while_there_is_nothing(
    company: Company, client_of: Clients
) -> None:
    page = client_of(company, "manager").get("/health/").content.decode()
    assert 'href="/imports/new/"' in page


@pytest.mark.usefixtures("with_ledger")
def test_files_have_what_the_page_has(get: Get) -> None:
    answer = get("health/scores/table.csv", band="red", sort="mrr")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [(row["customer"], row["score"], row["mrr_at_risk"][:3]) for row in rows] == [
        ("d", "20", "400"),
        ("b", "40", "200"),
    ]
    assert get("health/scores/table.xlsx").status_code == 200
    assert get("health/scores/table.pdf").status_code == 400
    assert get("health/scores/table.csv", sort="luck").status_code == 400


@pytest.mark.usefixtures("with_ledger")
def test_pages_of_the_api_join_up(get: Get) -> None:
    body = get("health/scores/", page_size="2", drop="0").json()
    seen = [one["customer"]["external_id"] for one in body["results"]]
    assert body["next"]
    while body["next"]:
        query = body["next"].split("?", 1)[1]
        body = get(f"health/scores/?{query}").json()
        seen += [one["customer"]["external_id"] for one in body["results"]]
    assert sorted(seen) == ["a", "b", "d"]
    (one,) = get("health/scores/", q="d").json()["results"]
    assert (one["score"], one["band"], one["score_30_days_ago"]) == (20, "red", 25)
    assert one["url"].endswith("/api/v1/customers/d/health/")


@pytest.mark.usefixtures("with_ledger")
def test_views_are_saved_shared_and_removed(
    company: Company, client_of: Callable[..., Client]
) -> None:
    viewer, manager = client_of(company, "viewer"), client_of(company, "manager")
    said = {"name": " In  danger ", "query": "band=red&sort=mrr&page=3&other=1", "is_shared": "on"}
    answer = viewer.post("/health/views/", said)
    assert answer.status_code == 302
    assert answer["Location"] == "/health/?band=red&sort=mrr"
    view = SavedView.objects.get()
    assert (view.name, view.query, view.is_shared) == ("In danger", "band=red&sort=mrr", True)
    assert AuditEntry.objects.filter(action="health.view_saved").exists()
    assert "In danger" in manager.get("/health/").content.decode()
    manager.post(f"/health/views/{view.pk}/removal/")
    assert SavedView.objects.exists()
    viewer.post("/health/views/", {"name": "In danger", "query": "band=red"})
    assert SavedView.objects.get().is_shared is False
    assert manager.post(f"/health/views/{view.pk}/removal/").status_code == 404
    viewer.post(f"/health/views/{view.pk}/removal/")
    assert not SavedView.objects.exists()
    viewer.post("/health/views/", {"name": "  ", "query": ""})
    assert not SavedView.objects.exists()

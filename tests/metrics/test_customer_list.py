"""The list of customers: filters and orders, its page, views, columns and files."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tenants.utils import tenant_context
from openpyxl import load_workbook

from accounts.models import AuditEntry
from customers.models import Contact
from customers.owners import Owned
from metrics.customer_list.columns import NAME, known
from metrics.customer_list.filters import Filters, filters_of, plans
from metrics.customer_list.listing import Listing
from metrics.health.filters import FilterError
from metrics.models import ChosenColumns, SavedView
from tenants.models import Company
from tests.casting import Clients
from tests.customers.importing import imported
from tests.metrics import facts
from tests.metrics.health.scored import DAY
from tests.metrics.listed import page_of, shown, store_customers


@pytest.fixture
def listed(company: Company) -> dt.date:
    return store_customers(company)


def names(company: Company, order: str = "name", *, reverse: bool = False, **filters: Any) -> str:
    listing = Listing(company, company.today(), Filters(**filters))
    column = known().get(order, NAME)
    rows = listing.page((), order=column, reverse=reverse, at=0, size=99)
    totals = listing.totals()
    assert totals.customers == len(rows) == len(listing.ids())
    return "".join(row.name[0].lower() for row in rows)


@pytest.mark.usefixtures("listed")
def test_every_order(company: Company) -> None:
    assert names(company) == "abdeg"
    assert names(company, reverse=True) == "gedba"
    assert names(company, "mrr") == "dbage"
    assert names(company, "mrr", reverse=True) == "gabde"
    assert names(company, "score") == "dbgae"
    assert names(company, "signed_up") == "egbad"
    assert names(company, "contacts")[0] == "g"
    assert names(company, "a.region", reverse=True)[:2] in ("gd", "dg")
    assert names(company, "a.region")[-1] == "e"
    for key, column in known().items():
        if column.order is not None:
            assert sorted(names(company, key)) == list("abdeg")


@pytest.mark.usefixtures("listed")
def test_every_filter(company: Company, listed: dt.date) -> None:
    plan = next(pk for pk, name in plans() if name.endswith("Pro"))
    assert names(company, words="ALPH") == "a"
    assert names(company, words="gregor@") == "g"
    assert names(company, words="%") == ""
    assert names(company, words="elt ta") == ""
    assert names(company, words="lta de") == "d"
    assert names(company, words="ta") == ""
    assert names(company, state="paying") == "abdg"
    assert names(company, state="not_paying") == "e"
    assert names(company, state="at_risk") == "bd"
    assert names(company, bands=("green",)) == "a"
    assert names(company, plan=plan) == "bd"
    assert names(company, attributes=(("region", "NORTH"),)) == "ab"
    assert names(company, attributes=(("region", "none"),)) == "e"
    assert names(company, attributes=(("region", "south"), ("owner", "none"))) == "d"
    assert names(company, mrr_from=100) == "abd"
    assert names(company, mrr_to=100) == "aeg"
    assert names(company, mrr_from=0) == "abdeg"
    assert names(company, signed_from=listed - 30 * DAY) == "beg"
    assert names(company, signed_from=listed - 30 * DAY, signed_to=listed - 10 * DAY) == "bg"
    assert names(company, renews_within=3000) == ""
    assert names(company, owned=Owned(choice="x", names=("ann",))) == "a"
    assert names(company, owned=Owned(choice="none", names=())) == "de"


@pytest.mark.usefixtures("listed")
def test_totals_and_rows_agree(company: Company) -> None:
    listing = Listing(company, company.today())
    rows = listing.page(list(known().values()), at=0, size=99)
    totals = listing.totals()
    assert totals.mrr == sum(row.values["mrr"] or 0 for row in rows) == 750
    assert totals.paying == sum(bool(row.is_paying) for row in rows) == 4
    assert totals.at_risk == sum(row.is_at_risk for row in rows) == 2
    assert totals.mrr_at_risk == 600
    gamma = next(row for row in rows if row.name == "Gamma")
    assert gamma.values["plan"] == "Suite: Basic"
    assert gamma.values["contacts"] == 1
    assert gamma.values["a.region"] == "south"
    assert next(row for row in rows if row.name == "Epsilon").values["a.region"] is None


@pytest.mark.usefixtures("listed")
def test_totals_follow_the_facts(company: Company) -> None:
    assert Listing(company, company.today()).totals().customers == 5
    imported("customers", "id,name\nnew-1,Newcomer\n")
    assert Listing(company, company.today()).totals().customers == 6


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"band": "blue"}, "band must be one of"),
        ({"state": "odd"}, "state must be one of"),
        ({"plan": "77"}, "There is no plan 77"),
        ({"mrr_from": "many"}, "mrr_from must be an amount"),
        ({"mrr_to": "NaN"}, "mrr_to must be an amount"),
        ({"renews_within": "-1"}, "renews_within must be a whole number"),
        ({"signed_from": "soon"}, "signed_from must be a day"),
        ({"owner": "me"}, "An API key is nobody"),
    ],
)
def test_what_is_wrong_with_a_filter_is_said(params: dict[str, str], words: str) -> None:
    with pytest.raises(FilterError, match=words):
        filters_of(params, None)


@pytest.mark.usefixtures("listed")
def test_the_page(company: Company, client_of: Clients) -> None:
    client = client_of(company, "viewer")
    page = page_of(client)
    assert shown(page) == "abdeg"
    assert "$750.00" in page
    assert "$600.00" in page
    assert 'name="pick"' not in page
    assert shown(page_of(client, "?sort=mrr")) == "dbage"
    assert 'aria-sort="descending"' in page_of(client, "?sort=mrr")
    assert shown(page_of(client, "?by=region&segment=north")) == "ab"
    assert "Region: north" in page_of(client, "?a.region=north")
    page = page_of(client, "?q=zebra")
    assert "No customer matches" in page
    assert "/customers/?owner=all" in page
    assert "must be one of" in page_of(client, "?band=blue", 400)
    assert "Only q, owner" in page_of(client, "?colour=blue", 400)
    assert "must be one of" in page_of(client, "?sort=last_used", 400)
    assert "There is no column" in page_of(client, "?columns=odd", 400)


@pytest.mark.usefixtures("listed")
def test_a_manager_begins_with_their_own(company: Company, client_of: Clients) -> None:
    client = client_of(company, "manager")
    assert shown(page_of(client)) == "bg"
    assert shown(page_of(client, "?owner=all")) == "abdeg"
    assert shown(page_of(client, "?owner=none")) == "de"
    assert shown(page_of(client, "?owner=ann")) == "a"


@pytest.mark.usefixtures("listed")
def test_pages_are_of_one_order(company: Company, client_of: Clients) -> None:
    for number in range(120):
        facts.customer(f"x{number:03d}")
    client = client_of(company, "viewer")
    pages = [page_of(client, f"?page={number}") for number in (1, 2, 3)]
    found = "".join(shown(page) for page in pages)
    assert len(found) == 125
    assert found == "abdeg" + "x" * 120
    assert 'rel="prev"' not in pages[0]
    assert 'rel="next"' not in pages[2]
    assert page_of(client, "?page=99").count("cell-main") == pages[2].count("cell-main")


@pytest.mark.usefixtures("listed")
def test_the_page_costs_the_same_for_any_number_of_rows(
    company: Company, client_of: Clients, django_assert_max_num_queries: Any
) -> None:
    client = client_of(company, "owner")
    page_of(client)
    with CaptureQueriesContext(connection) as few:
        page_of(client)
    most = len(few)
    assert most <= 25
    for number in range(45):
        facts.customer(f"x{number:03d}")
    page_of(client)
    with django_assert_max_num_queries(most):
        page_of(client)


@pytest.mark.usefixtures("listed")
def test_columns_are_kept(company: Company, client_of: Clients) -> None:
    client = client_of(company, "viewer")
    assert "Open tickets</a>" not in page_of(client)
    data = {"query": "state=paying", "column": ["tickets", "a.region"]}
    response = client.post(reverse("metrics:customer_columns"), data)
    assert response["Location"] == "/customers/?state=paying"
    page = page_of(client)
    assert "Open tickets</a>" in page
    assert "Plan</a>" not in page
    assert ChosenColumns.objects.get().columns == ["tickets", "a.region"]
    assert "Open tickets</a>" not in page_of(client_of(company, "admin"))
    assert "Plan</a>" in page_of(client, "?columns=plan")
    client.post(reverse("metrics:customer_columns"), {"column": ["odd"]})
    assert ChosenColumns.objects.get().columns == ["tickets", "a.region"]
    client.post(reverse("metrics:customer_columns"), {"usual": "1"})
    assert not ChosenColumns.objects.exists()


@pytest.mark.usefixtures("listed")
def test_views_are_kept_and_shared(company: Company, client_of: Clients) -> None:
    viewer, manager = client_of(company, "viewer"), client_of(company, "manager")
    url = reverse("metrics:customer_view_new")
    data = {"name": "Large", "query": "mrr_from=200&sort=mrr&odd=1", "is_shared": "on"}
    response = viewer.post(url, data)
    view = SavedView.objects.get()
    assert view.page == "customers"
    assert "odd" not in view.query
    assert shown(page_of(viewer, f"?{view.query}")) == "db"
    assert response["Location"] == f"/customers/?{view.query}"
    assert "Large" in page_of(manager)
    assert shown(page_of(manager, f"?{view.query}")) == "db"
    assert view.name not in manager.get("/health/").content.decode()
    removal = reverse("metrics:customer_view_removal", args=[view.pk])
    manager.post(removal)
    assert SavedView.objects.exists()
    viewer.post(removal)
    assert not SavedView.objects.exists()


@pytest.mark.usefixtures("listed")
def test_files_are_what_is_shown(company: Company, client_of: Clients) -> None:
    client = client_of(company, "owner")
    data = {"query": "state=paying&sort=mrr&columns=mrr,score,a.region"}
    response = client.post(reverse("metrics:customer_table", args=["csv"]), data)
    table = list(csv.reader(io.StringIO(response.getvalue().decode())))
    assert table[0] == ["Id", "Customer", "MRR (USD)", "Health", "Band", "Region"]
    assert [row[1] for row in table[1:]] == ["delta", "beta", "Alpha", "Gamma"]
    assert table[1][3:] == ["20", "red", "south"]
    response = client.post(reverse("metrics:customer_table", args=["xlsx"]), data)
    sheet = load_workbook(io.BytesIO(response.getvalue())).active
    assert sheet is not None
    assert [row[1] for row in sheet.values][1:] == ["delta", "beta", "Alpha", "Gamma"]
    with tenant_context(company):  # after a file that was streamed, one stands outside
        entry = AuditEntry.objects.filter(action="customers.exported").latest("pk")
    assert entry.detail["customers"] == 4
    denied = client_of(company, "viewer").post(
        reverse("metrics:customer_table", args=["csv"]), data
    )
    assert denied.status_code == 403
    assert client.post(reverse("metrics:customer_table", args=["pdf"]), data).status_code == 404


def test_whoever_was_removed_is_not_found_by_an_address(
    company: Company, client_of: Clients, listed: dt.date
) -> None:
    client = client_of(company, "viewer")
    assert shown(page_of(client, "?q=gregor")) == "g"
    Contact.objects.update(removed_at=dt.datetime.now(dt.UTC))
    assert shown(page_of(client, "?q=gregor")) == ""

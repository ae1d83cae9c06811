"""The list of customers: filters and orders, its page, views, columns, files and bulk actions."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tenants.utils import tenant_context
from openpyxl import load_workbook

from accounts.actions.keys import create_api_key
from accounts.models import AuditEntry, User
from customers.models import Contact, Customer, Import, Task
from customers.owners import Owned
from metrics.customer_list.columns import NAME, known
from metrics.customer_list.filters import Filters, filters_of
from metrics.customer_list.listing import Listing
from metrics.health.listing import FilterError
from metrics.ledger import build
from metrics.models import ChosenColumns, SavedView
from tenants.models import Company
from tests.clients import HostClient
from tests.metrics import facts
from tests.metrics.health.scored import DAY, only_model, span

ClientOf = Callable[..., Client]
# (name, MRR, score, region, owner, signed up so many days ago)
ROWS: list[tuple[str, int | None, int | None, str | None, str | None, int | None]] = [
    ("Alpha", 100, 90, "north", "Ann", 400),
    ("beta", 200, 40, "north", "manager@acme.example", 30),
    ("Gamma", 50, 60, "south", "MANAGER@acme.example", 10),
    ("delta", 400, 20, "south", None, None),
    ("Epsilon", None, None, None, None, 5),
]


@pytest.fixture
def listed(company: Company) -> dt.date:
    today = company.today()
    version = only_model()
    for name, mrr, score, region, owner, days in ROWS:
        customer = facts.customer(name)
        customer.signed_up_on = today - days * DAY if days is not None else None
        customer.save()
        if mrr is not None:
            plan = "Pro" if mrr >= 200 else "Basic"
            facts.term(name, today - 400 * DAY, None, mrr, plan_name=plan)
        if score is not None:
            span(name, version, today - 10 * DAY, None, score)
        for key, value in (("region", region), ("owner", owner)):
            if value:
                facts.attribute(name, key, value)
    facts.contact(facts.customer("Gamma"), "gregor@post.example")
    build.build(list(Customer.objects.values_list("pk", flat=True)), rules=build.Rules(90))
    return today


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
    plan = next(pk for pk, name in _plans() if name.endswith("Pro"))
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


def _plans() -> list[tuple[int, str]]:
    from metrics.customer_list.filters import plans

    return plans()


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
    from tests.customers.importing import imported

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


def page_of(client: Client, query: str = "", status: int = 200) -> str:
    response = client.get(f"/customers/{query}")
    assert response.status_code == status
    return response.content.decode()


def shown(page: str) -> str:
    return "".join(
        name[0].lower()
        for name in re.findall(r'class="cell-main" href="/customers/\d+/">([^<]*)<', page)
    )


@pytest.mark.usefixtures("listed")
def test_the_page(company: Company, client_of: ClientOf) -> None:
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
def test_a_manager_begins_with_their_own(company: Company, client_of: ClientOf) -> None:
    client = client_of(company, "manager")
    assert shown(page_of(client)) == "bg"
    assert shown(page_of(client, "?owner=all")) == "abdeg"
    assert shown(page_of(client, "?owner=none")) == "de"
    assert shown(page_of(client, "?owner=ann")) == "a"


@pytest.mark.usefixtures("listed")
def test_pages_are_of_one_order(company: Company, client_of: ClientOf) -> None:
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
    company: Company, client_of: ClientOf, django_assert_max_num_queries: Any
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
def test_columns_are_kept(company: Company, client_of: ClientOf) -> None:
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
def test_views_are_kept_and_shared(company: Company, client_of: ClientOf) -> None:
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
def test_files_are_what_is_shown(company: Company, client_of: ClientOf) -> None:
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


def bulk(client: Client, query: str, **more: Any) -> Any:
    """Through the confirmation, as a browser sends what it shows."""
    page = client.get(f"/customers/bulk/?{query}")
    assert page.status_code == 200
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode())
    data: dict[str, Any] = {}
    for name, value in hidden:
        data.setdefault(name, []).append(value.replace("&amp;", "&"))
    data.pop("csrfmiddlewaretoken", None)
    return client.post("/customers/bulk/", {**data, **more})


@pytest.mark.usefixtures("listed")
def test_the_owner_of_the_ticked_is_set_and_undone(
    company: Company, client_of: ClientOf, do_jobs: Callable[..., int]
) -> None:
    client = client_of(company, "owner")
    picks = "&".join(f"pick={facts.customer(name).pk}" for name in ("Alpha", "delta"))
    response = bulk(client, f"do=owner&whom=ticked&{picks}", value="zoe@acme.example")
    assert response.status_code == 302
    assert shown(page_of(client, "?owner=zoe@acme.example")) == "ad"
    import_ = Import.objects.get()
    assert import_.state == Import.State.DONE
    assert AuditEntry.objects.filter(action="customers.attribute_set").exists()
    client.post(reverse("customers:import_undo", args=[import_.pk]))
    do_jobs(company, key=import_.job_key)
    assert shown(page_of(client, "?owner=zoe@acme.example")) == ""
    assert shown(page_of(client, "?owner=ann")) == "a"


@pytest.mark.usefixtures("listed")
def test_an_attribute_of_all_that_match(company: Company, client_of: ClientOf) -> None:
    client = client_of(company, "owner")
    bulk(client, "do=attribute&whom=all&a.region=south", new_key="Tier list", value="=gold")
    assert shown(page_of(client, "?a.tier_list==gold")) == "dg"
    bulk(client, "do=attribute&whom=all&a.region=south", key="tier_list", nothing="on")
    assert shown(page_of(client, "?a.tier_list=none")) == "abdeg"


@pytest.mark.usefixtures("listed")
def test_many_are_done_by_a_job(
    company: Company,
    client_of: ClientOf,
    do_jobs: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("customers.actions.bulk.AT_ONCE", 3)
    client = client_of(company, "owner")
    response = bulk(client, "do=owner&whom=all&owner=all", value="Zoe")
    import_ = Import.objects.get()
    assert response["Location"] == import_.get_absolute_url()
    assert import_.state == Import.State.CHECKING
    do_jobs(company, key=f"bulk-{import_.pk}")
    import_.refresh_from_db()
    assert import_.state == Import.State.DONE
    assert shown(page_of(client, "?owner=zoe")) == "abdeg"


@pytest.mark.usefixtures("listed")
def test_tasks_go_to_the_owners(company: Company, client_of: ClientOf) -> None:
    client = client_of(company, "owner")
    bulk(
        client,
        "do=tasks&whom=all&owner=all",
        title="Call them",
        due_on="2026-12-01",
        assignee="owner",
    )
    given = {task.customer.name: task.assignee for task in Task.objects.all()}
    manager = User.objects.get(email="manager@acme.example")
    assert given["beta"] == given["Gamma"] == manager
    assert given["Alpha"] is None
    assert len(given) == 5
    assert Task.objects.first().due_on == dt.date(2026, 12, 1)  # type: ignore[union-attr]
    again = bulk(client, "do=tasks&whom=all&owner=all", title="Call  them", due_on="2026-12-01")
    assert (again.status_code, Task.objects.count()) == (409, 5)
    assert "made a moment ago" in again.content.decode()
    Task.objects.filter(customer__name="Alpha").delete()
    bulk(client, "do=tasks&whom=all&owner=all", title="Call them", due_on="2026-12-01")
    assert Task.objects.count() == 5
    response = bulk(client, "do=tasks&whom=all&owner=all", title="x", due_on="soon")
    assert response.status_code == 409
    assert "must be like" in response.content.decode()


@pytest.mark.usefixtures("listed")
def test_nothing_is_done_to_everybody_where_a_filter_cannot_be_read(
    company: Company, client_of: ClientOf
) -> None:
    client = client_of(company, "owner")
    wrong = "plan=999999&owner=all"
    for answer in (
        client.get(f"/customers/bulk/?do=owner&whom=all&{wrong}"),
        client.post(
            "/customers/bulk/",
            {"do": "tasks", "whom": "all", "query": wrong, "count": "5", "title": "Call"},
        ),
        client.post("/customers/table.csv", {"query": wrong}),
    ):
        assert answer["Location"] == "/customers/"
    assert "Nothing was done" in client.get("/customers/").content.decode()
    assert not Task.objects.exists()


@pytest.mark.usefixtures("listed")
def test_a_confirmation_is_of_what_it_said(company: Company, client_of: ClientOf) -> None:
    client = client_of(company, "owner")
    data = {"do": "owner", "whom": "all", "query": "owner=all", "count": "4", "value": "Zoe"}
    response = client.post("/customers/bulk/", data)
    assert response.status_code == 409
    assert "has changed since" in response.content.decode()
    assert not Import.objects.exists()
    response = client.post("/customers/bulk/", {**data, "count": "5", "value": ""})
    assert response.status_code == 409
    assert "Say which value" in response.content.decode()
    assert client.get("/customers/bulk/?do=owner&whom=ticked").status_code == 302
    assert client.get("/customers/bulk/?do=odd").status_code == 404
    assert client_of(company, "viewer").get("/customers/bulk/?do=owner").status_code == 403


def test_whoever_was_removed_is_not_found_by_an_address(
    company: Company, client_of: ClientOf, listed: dt.date
) -> None:
    client = client_of(company, "viewer")
    assert shown(page_of(client, "?q=gregor")) == "g"
    Contact.objects.update(removed_at=dt.datetime.now(dt.UTC))
    assert shown(page_of(client, "?q=gregor")) == ""


def by_key(company: Company, *scopes: str, by: User | None = None) -> Callable[..., Any]:
    """`call(method, path, ...)` with an API key that a user made."""
    _, secret = create_api_key(by=by, name="test", scopes=list(scopes))
    client = HostClient(f"{company.slug}.localhost")

    def call(method: str, path: str, data: Any = None) -> Any:
        given: dict[str, Any] = {"headers": {"Authorization": f"Bearer {secret}"}}
        if method != "get":
            given["content_type"] = "application/json"
        return getattr(client, method)(f"/api/v1/{path}", data, **given)

    return call


@pytest.mark.usefixtures("listed")
def test_the_list_by_api_is_the_page_s(company: Company) -> None:
    call = by_key(company, "read")
    whole = call("get", "customer-list/").json()
    assert [row["name"] for row in whole["results"]] == [name for name, *_ in ROWS]
    assert whole["totals"]["customers"] == 5
    assert whole["totals"]["paying"] == 4
    assert Decimal(whole["totals"]["mrr"]) == 750
    delta = next(row for row in whole["results"] if row["name"] == "delta")
    assert (delta["band"], delta["is_at_risk"], delta["is_paying"]) == ("red", True, True)
    assert Decimal(delta["values"]["mrr"]) == 400

    chosen = call("get", "customer-list/", {"mrr_from": "200", "columns": "score,plan"}).json()
    assert [row["name"] for row in chosen["results"]] == ["beta", "delta"]
    assert set(chosen["results"][0]["values"]) == {"score", "plan"}


@pytest.mark.usefixtures("listed")
def test_the_list_by_api_is_read_page_by_page(company: Company) -> None:
    call = by_key(company, "read")
    found: list[str] = []
    params: dict[str, str] = {"page_size": "2"}
    for _ in range(3):
        body = call("get", "customer-list/", params).json()
        found += [row["name"] for row in body["results"]]
        params = dict(parse_qsl(urlsplit(body["next"] or "").query))
    assert found == [name for name, *_ in ROWS]
    assert body["next"] is None


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("params", [{"mrr_from": "much"}, {"band": "violet"}, {"columns": "odd"}])
def test_what_the_api_cannot_read_is_said(company: Company, params: dict[str, str]) -> None:
    answer = by_key(company, "read")("get", "customer-list/", params)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.usefixtures("listed")
def test_views_by_api(company: Company, client_of: ClientOf) -> None:
    path = "saved-views/"
    users = {role: User.objects.get(role=role) for role in ("manager", "admin")}
    by = {role: by_key(company, "read", "write", by=user) for role, user in users.items()}
    reading = by_key(company, "read")
    given = {"page": "customers", "name": "Ours", "query": "band=red", "is_shared": True}

    def names_of(call: Callable[..., Any], page: str = "customers") -> list[str]:
        return sorted(one["name"] for one in call("get", path, {"page": page}).json()["results"])

    mine = given | {"name": "Mine", "query": "mrr_from=10&sort=mrr", "is_shared": False}
    assert by["manager"]("post", path, mine).status_code == 201
    ours = by["manager"]("post", path, given)
    assert (ours.status_code, ours.json()["owner"]) == (201, "manager@acme.example")
    assert names_of(by["manager"]) == ["Mine", "Ours"]
    assert names_of(by["manager"], "health") == []
    assert names_of(by["admin"]) == names_of(reading) == ["Ours"]
    page = client_of(company, "viewer").get("/customers/").content.decode()
    assert "Ours" in page
    assert "Mine" not in page

    address = f"{path}{ours.json()['id']}/"
    assert reading("delete", address).json()["code"] == "scope_missing"
    assert by_key(company, "write")("post", path, given).json()["code"] == "no_user"
    assert by["manager"]("delete", f"{path}999999/").status_code == 404
    assert by["admin"]("delete", address).status_code == 204
    assert names_of(by["manager"]) == ["Mine"]


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "  "}, "invalid"),
        ({"page": "odd"}, "invalid"),
        ({"query": "odd=1"}, "invalid_filter"),
        ({"query": "band=violet"}, "invalid_filter"),
        ({"page": "health", "query": "mrr_from=1"}, "unknown_filter"),
        ({"page": "health", "query": "band=violet"}, "invalid_filter"),
        ({"sold": True}, "unknown_member"),
    ],
)
def test_a_view_no_list_could_show_is_refused(
    company: Company, change: dict[str, Any], code: str
) -> None:
    call = by_key(company, "write", by=User.objects.get(role="manager"))
    given = {"page": "customers", "name": "Ours", "query": "", "is_shared": True}
    answer = call("post", "saved-views/", given | change)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not SavedView.objects.exists()

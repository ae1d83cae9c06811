"""The list of customers and saved views by the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from accounts.actions.keys import create_api_key
from accounts.models import User
from metrics.models import SavedView
from tenants.models import Company
from tests.casting import Clients
from tests.clients import HostClient
from tests.metrics.listed import ROWS, store_customers


@pytest.fixture
def listed(company: Company) -> dt.date:
    return store_customers(company)


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
def test_views_by_api(company: Company, client_of: Clients) -> None:
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

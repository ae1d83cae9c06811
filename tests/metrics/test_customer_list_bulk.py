"""What is done to many customers of the list at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from customers.models import Import, Task
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts
from tests.metrics.listed import page_of, shown, store_customers


@pytest.fixture
def listed(company: Company) -> dt.date:
    return store_customers(company)


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
    company: Company, client_of: Clients, do_jobs: Callable[..., int]
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
def test_an_attribute_of_all_that_match(company: Company, client_of: Clients) -> None:
    client = client_of(company, "owner")
    bulk(client, "do=attribute&whom=all&a.region=south", new_key="Tier list", value="=gold")
    assert shown(page_of(client, "?a.tier_list==gold")) == "dg"
    bulk(client, "do=attribute&whom=all&a.region=south", key="tier_list", nothing="on")
    assert shown(page_of(client, "?a.tier_list=none")) == "abdeg"


@pytest.mark.usefixtures("listed")
def test_many_are_done_by_a_job(
    company: Company,
    client_of: Clients,
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
def test_tasks_go_to_the_owners(company: Company, client_of: Clients) -> None:
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
    company: Company, client_of: Clients
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
def test_a_confirmation_is_of_what_it_said(company: Company, client_of: Clients) -> None:
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

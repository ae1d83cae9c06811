"""A new company looks around in sample data, and gets rid of all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.actions.refusals import Refused
from accounts.models import User
from csm_portal.sample import sample_files
from customers.actions import sample_data
from customers.imports.sourced import unversioned, versioned
from customers.models import Customer, Import, SampleData, Task, UsageEvent
from surveys.models import Campaign, Response
from tenants.models import Company
from tests.customers.importing import CUSTOMERS, imported

ClientOf = Callable[..., Client]
DoJobs = Callable[..., int]


def left() -> dict[str, int]:
    """How many rows of facts that hold there are, by model."""
    counts = {model.__name__: model._default_manager.count() for model in unversioned()}
    for model in versioned():
        counts[model.__name__] = model._default_manager.filter(superseded_at=None).count()
    counts["UsageEvent"] = UsageEvent.objects.count()
    return {name: count for name, count in counts.items() if count}


def test_they_come_by_one_click_and_go_by_another(
    company: Company, client_of: ClientOf, do_jobs: DoJobs, user_of: Callable[..., User]
) -> None:
    client = client_of(company, "admin")
    assert "Try it with sample data" in client.get("/").content.decode()
    assert client.post("/sample-data/adding/").status_code == 302
    do_jobs(company)
    row = SampleData.objects.get()
    assert (row.state, row.message) == (SampleData.State.THERE, "")
    assert Customer.objects.count() > 30
    assert Response.objects.count() > 20
    assert {import_.state for import_ in Import.objects.all()} == {Import.State.DONE}
    assert "These are sample data" in client.get("/customers/").content.decode()

    customer = Customer.objects.order_by("pk")[0]
    user = user_of(company, "admin")
    Task.objects.create(customer=customer, title="Call", due_on=row.as_of, made_by=user)
    imported("customers", CUSTOMERS)  # meanwhile, data of their own
    assert client.post("/sample-data/removal/").status_code == 302
    do_jobs(company)
    assert not SampleData.objects.exists()
    assert set(Customer.objects.values_list("external_id", flat=True)) == {"c-1", "c-2"}
    assert left() == {"Customer": 2}
    assert not Campaign.objects.exists()
    assert "These are sample data" not in client.get("/customers/").content.decode()


def test_only_a_company_without_customers_gets_them(
    company: Company, client_of: ClientOf, user_of: Callable[..., User]
) -> None:
    imported("customers", CUSTOMERS)
    with pytest.raises(Refused, match="without customers"):
        sample_data.add(by=user_of(company, "admin"))
    assert client_of(company, "viewer").post("/sample-data/adding/").status_code == 403
    assert not SampleData.objects.exists()


def test_asking_twice_adds_them_once(company: Company, user_of: Callable[..., User]) -> None:
    user = user_of(company, "admin")
    sample_data.add(by=user)
    with pytest.raises(Refused, match="already"):
        sample_data.add(by=user)
    with pytest.raises(Refused, match="still being added"):
        sample_data.remove(by=user)


def test_the_same_day_gives_the_same_files(company: Company) -> None:
    day = dt.date(2026, 3, 31)
    first, second = (sample_files(company, day, ["Ann"]) for _ in range(2))
    assert first == second
    assert all(file.name.startswith("Sample ") and file.rows for file in first)

"""What a new company is shown until it has figures."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from customers.models import Import
from metrics.actions.ledger import refresh
from metrics.first_run import first_run
from tenants.models import Company
from tests.customers.importing import CUSTOMERS, imported
from tests.surveys import facts

COSTS = "id,kind,amount,currency,start\nk-1,retention,10,EUR,2025-01-01\n"
SUBSCRIPTIONS = "id,customer,amount,start\ns-1,c-1,10,2025-01-01\n"


@pytest.mark.usefixtures("company")
def test_each_step_sees_that_it_is_done() -> None:
    assert [step.key for step in first_run().open][:3] == ["customers", "subscriptions", "contacts"]
    imported("customers", CUSTOMERS)
    assert not first_run().has_figures
    next_step = first_run().next
    assert next_step is not None
    assert next_step.key == "subscriptions"
    assert first_run().file == next_step
    imported("subscriptions", SUBSCRIPTIONS)
    assert first_run().has_figures
    imported("contacts", "id,customer,email\np-1,c-1,ann@one.example\n")
    assert first_run().file is None
    assert {"customers", "contacts"}.isdisjoint(step.key for step in first_run().open)


def test_the_first_page_says_what_to_do_first(
    company: Company, client_of: Callable[..., Client]
) -> None:
    client = client_of(company, "owner")
    page = client.get("/").content.decode()
    assert "Import your customers" in page
    assert "/imports/samples/customers.csv" in page
    import_ = imported("customers", CUSTOMERS)
    page = client.get("/").content.decode()
    assert "Welcome to" in page, "customers alone make no figures"
    assert "Look around" not in page
    assert "Next: import their subscriptions" in done(client, import_)
    import_ = imported("subscriptions", SUBSCRIPTIONS)
    page = client.get("/").content.decode()
    assert "Set-up: 3 of 7 done. Next: import the people you know there" in page
    assert "Next: import the people you know there" in done(client, import_)
    import_ = imported("contacts", "id,customer,email\np-1,c-1,ann@one.example\n")
    page = done(client, import_)
    assert "Next: ask your customers" in page
    assert 'href="/campaigns/new/"' in page
    assert "Next: " not in done(client, imported("costs", COSTS)), "a survey is about contacts"
    facts.make_campaign()
    assert "Next: " not in done(client, import_)


def test_the_overview_says_nothing_of_what_was_not_counted_yet(
    company: Company, client_of: Callable[..., Client]
) -> None:
    client = client_of(company, "owner")
    imported("customers", CUSTOMERS)
    imported("subscriptions", SUBSCRIPTIONS)
    page = client.get("/").content.decode()
    assert "Your first figures are being made" in page
    assert "Nothing moved" not in page
    again = {"HX-Target": "counting"}
    answer = client.get("/", headers=again)
    assert (answer.status_code, answer.headers.get("HX-Refresh")) == (204, None)
    refresh()
    answer = client.get("/", headers=again)
    assert (answer.status_code, answer.headers.get("HX-Refresh")) == (204, "true")
    page = client.get("/").content.decode()
    assert "being made" not in page
    assert "10.00" in page
    imported("subscriptions", SUBSCRIPTIONS.replace(",10,", ",12,"))
    assert "10.00" in client.get("/").content.decode(), "what was counted stays until it is again"


def done(client: Client, import_: Import) -> str:
    return client.get(import_.get_absolute_url()).content.decode()

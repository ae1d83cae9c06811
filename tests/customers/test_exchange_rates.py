"""A rate entered on a page: what contracts in two currencies need for MRR."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import AuditEntry
from customers.models import ExchangeRate
from metrics.actions import ledger
from tenants.models import Company
from tests.customers.importing import CUSTOMERS, imported

ClientOf = Callable[..., Client]
TERMS = (
    "customer,subscription id,amount,currency,start\n"
    "c-1,s-1,100,USD,2025-01-01\nc-2,s-2,100,GBP,2025-01-01\n"
)
PAGE = "/exchange-rates/new/"
SAID = {"currency": "GBP", "rate": "1.25", "day": "2025-01-01"}


def test_the_overview_asks_for_the_rate_and_has_mrr_with_it(
    company: Company, client_of: ClientOf
) -> None:
    imported("customers", CUSTOMERS)
    imported("subscriptions", TERMS)
    ledger.rebuild()
    client = client_of(company, "manager")
    assert f'{PAGE}?next=/"' in client.get("/").content.decode()
    page = client.get(f"{PAGE}?next=/").content.decode()
    assert '<option value="GBP" selected>' in page, "the currency that has no rate"
    found = client.post(PAGE, {**SAID, "next": "/"})
    assert (found.status_code, found["Location"]) == (302, "/")
    assert AuditEntry.objects.filter(action="exchange_rate.set").count() == 1
    page = client.get("/").content.decode()
    assert "MRR needs exchange rates" not in page


def test_without_other_currencies_none_is_proposed(company: Company, client_of: ClientOf) -> None:
    page = client_of(company, "manager").get(PAGE).content.decode()
    assert '<option value="" selected>Choose a currency</option>' in page
    assert '<option value="GBP">' in page
    assert f'<option value="{company.currency}"' not in page


def test_the_rate_of_a_day_is_corrected(company: Company, client_of: ClientOf) -> None:
    client = client_of(company, "manager")
    client.post(PAGE, SAID)
    client.post(PAGE, {**SAID, "rate": "1.5"})
    rate = ExchangeRate.objects.current().get()
    assert (rate.base, rate.rate) == (company.currency, Decimal("1.5"))
    assert ExchangeRate.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("rate", "0", "a rate is more than 0"),
        ("rate", "much", "Enter a number"),
        ("currency", "USD", "Select a valid choice"),
        ("day", "", "required"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(
    company: Company, client_of: ClientOf, field: str, value: str, message: str
) -> None:
    found = client_of(company, "manager").post(PAGE, {**SAID, field: value})
    assert found.status_code == 422
    assert message in found.content.decode()
    assert not ExchangeRate.objects.exists()

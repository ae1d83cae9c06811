"""A subscription is one customer's, by whatever way it comes in, until nothing of it is held."""

from __future__ import annotations

from typing import Any

import pytest

from customers.actions.facts import RowResult, remove_facts, store_rows
from customers.billing.states import SUBSCRIPTION_STATES
from customers.imports.fields import Kind
from customers.imports.kinds import KINDS
from customers.models import Customer, Invoice, Source, Subscription, Term
from tenants.models import Company

WAYS: dict[str, tuple[Kind, dict[str, Any]]] = {
    "a term": (
        KINDS["subscriptions"],
        {"external_id": "s-1", "amount": 10, "started_on": "2025-01-01"},
    ),
    "an invoice line": (
        KINDS["invoice_lines"],
        {
            "subscription": "s-1",
            "amount": 10,
            "issued_on": "2025-01-01",
            "period_starts_on": "2025-01-01",
            "period_ends_on": "2025-02-01",
        },
    ),
    "a billing system": (
        SUBSCRIPTION_STATES,
        {
            "external_id": "s-1",
            "plan": "A",
            "quantity": 1,
            "amount": 10,
            "interval": "month",
            "currency": "EUR",
            "starts_on": "2025-01-01",
            "is_paying": True,
        },
    ),
}


@pytest.fixture
def source(company: Company) -> Source:
    made = Source.objects.create(kind=Source.Kind.API_KEY, label="a test")
    rows = [{"external_id": key, "name": key} for key in ("c-1", "c-2")]
    store_rows(kind=KINDS["customers"], rows=rows, source=made)
    return made


def owner() -> str:
    return Customer.objects.get(subscriptions__external_id="s-1").external_id


@pytest.mark.parametrize("first", WAYS)
@pytest.mark.parametrize("second", WAYS)
def test_it_stays_its_customers_until_all_of_it_was_removed(
    source: Source, first: str, second: str
) -> None:
    def told(way: str, customer: str) -> RowResult:
        kind, row = WAYS[way]
        [result] = store_rows(kind=kind, rows=[{**row, "customer": customer}], source=source)
        return result

    assert told(first, "c-1").outcome == "created"
    refused = told(second, "c-2")
    assert "is held for customer c-1" in refused.problems[0].message
    pause = {
        "external_id": "p-1",
        "customer": "c-1",
        "subscription": "s-1",
        "starts_on": "2025-01-05",
        "ends_on": "2025-01-09",
    }
    store_rows(kind=KINDS["pauses"], rows=[pause], source=source)
    ids = list(Subscription.objects.values_list("external_id", flat=True))
    remove_facts(kind=KINDS["subscriptions"], external_ids=ids, source=source)
    invoices = list(Invoice.objects.values_list("external_id", flat=True))
    remove_facts(kind=KINDS["invoices"], external_ids=invoices, source=source)
    assert told(second, "c-2").outcome == "error"  # a pause names it
    remove_facts(kind=KINDS["pauses"], external_ids=["p-1"], source=source)
    assert told(second, "c-2").outcome in {"created", "updated"}
    assert owner() == "c-2"
    assert Term.objects.current().get().subscription.customer.external_id == "c-2"

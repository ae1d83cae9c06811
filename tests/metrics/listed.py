"""Customers of many kinds for the list of customers, and what its page shows of them."""

from __future__ import annotations

import datetime as dt
import re

from django.test import Client

from customers.models import Customer
from metrics.ledger import build
from tenants.models import Company
from tests.metrics import facts
from tests.metrics.health.scored import DAY, only_model, span

# (name, MRR, score, region, owner, signed up so many days ago)
ROWS: list[tuple[str, int | None, int | None, str | None, str | None, int | None]] = [
    ("Alpha", 100, 90, "north", "Ann", 400),
    ("beta", 200, 40, "north", "manager@acme.example", 30),
    ("Gamma", 50, 60, "south", "MANAGER@acme.example", 10),
    ("delta", 400, 20, "south", None, None),
    ("Epsilon", None, None, None, None, 5),
]


def store_customers(company: Company) -> dt.date:
    """ROWS, with scores, contracts and attributes; the company's today."""
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


def page_of(client: Client, query: str = "", status: int = 200) -> str:
    response = client.get(f"/customers/{query}")
    assert response.status_code == status
    return response.content.decode()


def shown(page: str) -> str:
    return "".join(
        name[0].lower()
        for name in re.findall(
            r'class="cell-main" href="/customers/\d+/\?list=[^"]*">([^<]*)<', page
        )
    )

"""The revenue metrics on their pages, in the API and explained, with every option."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Invoice, Renewal
from customers.models.usage import UsageDay
from metrics.actions import ledger
from metrics.registry import metric
from tenants.models import Company
from tests.metrics import facts

KEYS = (
    "expansion_revenue",
    "upsell_cross_sell_rate",
    "arpa",
    "arpu",
    "renewal_rate",
    "churn_reasons",
)


@pytest.fixture
def history(company: Company) -> None:
    today = company.today()
    ago = today - timedelta(days=200)
    facts.term("grows", ago, today, 100, subscription="g")
    facts.term("grows", today, None, 150, subscription="g")
    facts.term("leaves", ago, today, 50, subscription="l", product="Extra")
    for name, region in (("grows", "north"), ("leaves", "south")):
        facts.attribute(name, "region", region)
        known = {
            "customer": facts.customer(name),
            "external_id": name,
            "source": facts.source(),
            "recorded_at": timezone.now(),
        }
        Renewal.objects.create(
            renews_on=today, churn_reason="Too dear", churn_kind="voluntary", **known
        )
        Invoice.objects.create(issued_on=today, amount=60, currency="USD", **known)
        UsageDay.objects.create(
            customer=facts.customer(name),
            day=today,
            end_user="ann",
            events=1,
            kinds=["track"],
            names=["did"],
            counts=[1],
        )
    ledger.rebuild()


def ways(key: str) -> list[dict[str, str]]:
    return [
        {option.name: choice.value} for option in metric(key).options for choice in option.choices
    ] or [{}]


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("key", KEYS)
def test_page_api_and_explanation(
    company: Company, client_of: Callable[..., Client], key: str
) -> None:
    client = client_of(company, "viewer")
    start = company.today()
    span = {"start": start, "end": start + timedelta(days=1)}
    for asked in [*ways(key), {"by": "product"}]:
        page = client.get(f"/metrics/{key}/", asked)
        assert page.status_code == 200, asked
        assert "How this number came about" in page.content.decode()
    for options in ways(key):
        for by in ("", "region", "product", "plan"):
            asked = {**options, **({"by": by} if by else {})}
            answer = client.get(f"/api/v1/metrics/{key}/", {**asked, **span, "grain": "day"})
            assert answer.status_code == 200, answer.content
            for value in answer.json()["values"]:
                segment = {"segment": value["segment"]} if value["segment"] else {}
                params = {**asked, **span, **segment}
                found = client.get(f"/api/v1/metrics/{key}/explain/", params)
                assert found.status_code == 200, found.content
                rows = found.json()["rows"]
                numerator = sum(Decimal(str(row["numerator"])) for row in rows)
                assert numerator == Decimal(str(value["numerator"] or 0))
        assert client.get(f"/metrics/{key}/explain/", {**options, **span}).status_code == 200
    wrong = client.get(f"/api/v1/metrics/{key}/", {"by": "nonsense"})
    assert wrong.status_code == 400
    assert "must be one of" in wrong.json()["message"]


@pytest.mark.usefixtures("history")
def test_what_they_say(company: Company, client_of: Callable[..., Client]) -> None:
    client = client_of(company, "viewer")
    start = company.today()
    span = {"start": start, "end": start + timedelta(days=1)}

    def explained(key: str, **options: str) -> tuple[object, str]:
        found = client.get(f"/api/v1/metrics/{key}/explain/", {**span, **options}).json()
        return found["value"], found["explanation"]

    assert explained("expansion_revenue")[0] == "50.00"
    value, words = explained("renewal_rate", count="mrr_net")
    assert value == 1.0
    assert words.startswith("150.00 USD (MRR that renewed) / 150.00 USD")
    assert explained("churn_reasons", count="mrr")[0] == "50.00"
    assert explained("arpu")[0] == "60.00"
    assert explained("arpu", user="end_user")[0] == "75.00"
    assert explained("arpa", method="billed")[0] == "80.00"
    rows = client.get("/api/v1/metrics/churn_reasons/explain/", span).json()["rows"]
    assert rows[0]["parts"]["reason"] == "Too dear"
    wrong = client.get("/api/v1/metrics/renewal_rate/", {"grace_days": "91"})
    assert wrong.status_code == 400
    assert "0 to 90" in wrong.json()["message"]

"""What is agreed for later is shown as scheduled, and counted nowhere."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from metrics.actions import ledger
from metrics.periods import Grain, advance, floor
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts


@pytest.fixture
def months(company: Company) -> tuple[date, date]:
    """The first day of this month and of the one after next. Of three who pay, one leaves and one
    pays less in what lies ahead of them; one begins."""
    start = floor(company.today(), Grain.MONTH)
    until = advance(start, Grain.MONTH, 2)
    soon = company.today() + timedelta(days=1)
    facts.term("stays", date(2025, 1, 1), None, 100)
    facts.term("leaves", date(2025, 1, 1), soon, 30)
    facts.term("less", date(2025, 1, 1), soon, 50, subscription="less")
    facts.term("less", soon, None, 20, subscription="less")
    facts.term("comes", soon, None, 45)
    facts.term("comes after", until, None, 1000)
    ledger.rebuild()
    return start, until


def test_it_is_beside_the_values_and_in_none(
    company: Company, client_of: Clients, months: tuple[date, date]
) -> None:
    client = client_of(company, "viewer")
    asked = {"start": str(months[0]), "end": str(months[1])}

    def get(key: str, **more: str) -> Any:
        return client.get(f"/api/v1/metrics/{key}/", {**asked, **more}).json()

    ahead = {"start": str(company.today() + timedelta(days=1)), "end": str(months[1])}
    moved = {"new": "45.00", "contraction": "30.00", "churn": "30.00"}
    for key in ("mrr", "mrr_movements"):
        assert get(key)["scheduled"] == {**ahead, "parts": moved}
        assert get(key)["values"][0]["parts"]["closing"] == "180.00"
    assert get("customers", grain="range")["scheduled"] == {
        **ahead,
        "parts": {"new": 1, "churned": 1},
    }
    assert get("customers")["values"][0]["value"] == 3
    assert get("arpa")["scheduled"] is None
    asked["end"] = str(months[0])
    asked["start"] = str(advance(months[0], Grain.MONTH, -1))
    assert get("mrr")["scheduled"] is None


def test_pages_show_it(company: Company, client_of: Clients, months: tuple[date, date]) -> None:
    client = client_of(company, "viewer")
    last_day = str(months[1] - timedelta(days=1))
    picked = {"preset": "custom", "start": str(months[0]), "end": last_day}
    page = client.get("/metrics/mrr_movements/", picked).content.decode()
    assert "new $45.00, contraction $30.00, churn $30.00" in page
    before = {"grain": "month", "preset": "custom", "start": "2025-03-01", "end": "2025-03-31"}
    assert "counted in no value" in page
    assert "counted in no value" not in client.get("/metrics/mrr/", before).content.decode()

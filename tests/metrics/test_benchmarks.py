"""Benchmarks: shipped with their source, the company's to edit, drawn on the charts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from metrics.actions import ledger
from metrics.actions.goals import save_benchmark
from metrics.models import Benchmark
from tenants.models import Company
from tests.metrics import facts
from tests.metrics.test_options_of_a_company import client_with

SHIPPED = {
    ("customer_churn_rate", "0.0327", None, "Recurly", None, "month"),
    ("customer_churn_rate", "0.0241", None, "Recurly", None, "month"),
    ("customer_churn_rate", "0.0086", None, "Recurly", None, "month"),
    ("gross_revenue_retention", "0.82", None, "KBCM and Sapphire", 2024, "year"),
    ("gross_revenue_retention", "0.91", None, "KBCM and Sapphire", 2024, "year"),
    ("gross_revenue_retention", "0.95", None, "KBCM and Sapphire", 2024, "year"),
    ("net_revenue_retention", "1.01", None, "Benchmarkit", 2025, "year"),
    ("ltv_to_cac", "3", None, "Skok", None, ""),
    ("cac_payback_months", "12", None, "Skok", None, ""),
    ("response_rate", "0.1", None, "Nicereply", None, ""),
    ("nps", "31", "41", "No rigorous source", None, ""),
}


def text_of(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"


def spec_of(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="chart-course">(.*?)</script>', page)
    found = found or re.search(r'id="chart-course"[^>]*>(\{.*?\})</script>', page)
    assert found
    return json.loads(found[1])


def labels_of(spec: Any) -> set[str]:
    """The labels of all rows in the spec, wherever Altair put its data."""
    if isinstance(spec, list):
        return {label for part in spec for label in labels_of(part)}
    if not isinstance(spec, dict):
        return set()
    own = {spec["label"]} if isinstance(spec.get("label"), str) and "value" in spec else set()
    return own | {label for part in spec.values() for label in labels_of(part)}


def test_a_company_begins_with_those_shipped(company: Company) -> None:
    found = {
        (b.metric, text_of(b.value), text_of(b.upper), b.source, b.year, b.grain)
        for b in Benchmark.objects.all()
    }
    assert found == SHIPPED
    assert all(b.shipped_as and b.changed_at is None for b in Benchmark.objects.all())
    assert "not known" in Benchmark.objects.get(metric="nps").note


def test_they_stand_on_the_chart_of_their_length(
    company: Company, client_of: Callable[..., Client]
) -> None:
    facts.term("one", date(2020, 1, 1), None, 100)
    ledger.rebuild()
    viewer = client_of(company, "viewer")
    monthly = viewer.get("/metrics/customer_churn_rate/").content.decode()
    assert labels_of(spec_of(monthly)) == {"Subscription businesses (Recurly)"}
    assert "Recurly" in monthly
    retention = viewer.get("/metrics/gross_revenue_retention/").content.decode()
    assert labels_of(spec_of(retention)) == set()
    assert "KBCM and Sapphire" in retention
    yearly = viewer.get("/metrics/gross_revenue_retention/", {"grain": "year"}).content.decode()
    assert labels_of(spec_of(yearly)) == {
        f"{name} (KBCM and Sapphire 2024)"
        for name in ("25th percentile", "Median", "75th percentile")
    }
    scaled = viewer.get("/metrics/customer_churn_rate/", {"scaling": "annualised"})
    assert labels_of(spec_of(scaled.content.decode())) == set()


def test_the_company_edits_and_adds(company: Company, client_of: Callable[..., Client]) -> None:
    viewer, manager = client_of(company, "viewer"), client_of(company, "manager")
    page = viewer.get("/benchmarks/").content.decode()
    assert "Benchmarkit" in page
    assert "/benchmarks/new/" not in page
    assert viewer.get("/benchmarks/new/").status_code == 403
    held = Benchmark.objects.get(shipped_as="recurly-churn")
    form = {
        "metric": "customer_churn_rate",
        "label": "Ours",
        "value": "3.5",
        "grain": "month",
        "source": "A report",
        "year": "2026",
        "is_drawn": "on",
    }
    assert manager.get(f"/benchmarks/{held.pk}/").status_code == 200
    assert manager.post(f"/benchmarks/{held.pk}/", form).status_code == 302
    held.refresh_from_db()
    assert (held.value, held.year, held.source) == (Decimal("0.035"), 2026, "A report")
    assert held.changed_at is not None
    added = manager.post("/benchmarks/new/", form | {"label": "More"}, follow=True)
    assert "your own" in added.content.decode()
    assert "edited by you" in added.content.decode()
    wrong = manager.post("/benchmarks/new/", form | {"upper": "1"})
    assert wrong.status_code == 422
    assert "must not be under" in wrong.content.decode()
    assert manager.post(f"/benchmarks/{held.pk}/removal/").status_code == 302
    assert not Benchmark.objects.filter(pk=held.pk).exists()


def test_the_api_keeps_benchmarks(company: Company) -> None:
    call = client_with(company, "read", "write")
    listed = call("get", "benchmarks/", {"metric": "nps"}).json()["results"]
    assert [(b["source"], float(b["value"]), float(b["upper"])) for b in listed] == [
        ("No rigorous source", 31.0, 41.0)
    ]
    body = {"metric": "nps", "label": "Ours", "value": 50, "source": "Own study", "year": 2025}
    made = call("post", "benchmarks/", body)
    assert made.status_code == 201, made.content
    path = f"benchmarks/{made.json()['id']}/"
    assert float(call("patch", path, {"value": 51}).json()["value"]) == 51
    assert call("get", path).json()["label"] == "Ours"
    assert call("delete", path).status_code == 204
    assert call("get", path).status_code == 404
    for wrong, says in (
        ({**body, "metric": "nonsense"}, "mrr_movements"),
        ({**body, "source": ""}, "source"),
        ({**body, "upper": 1}, "upper"),
        ({**body, "year": 12}, "year"),
        ({**body, "colour": 1}, "colour"),
    ):
        answer = call("post", "benchmarks/", wrong)
        assert answer.status_code == 400, wrong
        assert says in answer.content.decode()


def test_a_benchmark_needs_its_source(company: Company) -> None:
    with pytest.raises(ValidationError, match="source"):
        save_benchmark(values={"metric": "nps", "label": "x", "value": Decimal(1)}, by=None)

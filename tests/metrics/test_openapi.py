"""What the metrics' API answers is what its OpenAPI document says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from metrics.actions import ledger
from metrics.actions.goals import save_goal
from metrics.registry import metrics
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts
from tests.metrics.test_options_of_a_company import client_with

MONTH = {"start": "2026-01-01", "end": "2026-02-01"}


@pytest.fixture
def document(company: Company, client_of: Clients) -> Any:
    return json.loads(client_of(company, "viewer").get("/api/v1/schema/?format=json").content)


def test_every_operation_says_in_a_line_what_it_does(document: Any) -> None:
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len(operations) > 200
    assert not [one["operationId"] for one in operations if not one["summary"]]
    found = document["paths"]["/api/v1/answers.csv"]["get"]
    assert (found["tags"], found["summary"]) == (
        ["answers"],
        "All answers that fit as a CSV file; audited",
    )
    assert document["paths"]["/api/v1/costs/"]["get"]["summary"] == "List costs"


def wrong(document: Any, path: str, method: str, status: int, body: Any) -> list[str]:
    """What of `body` is not as the document says."""
    said = document["paths"][path][method]["responses"][str(status)]
    schema = said["content"]["application/json"]["schema"]
    whole = {**schema, "components": document["components"]}
    return [
        f"{method} {path} {list(error.absolute_path)}: {error.message[:200]}"
        for error in Draft202012Validator(whole).iter_errors(body)
    ]


def answers(company: Company) -> Iterator[tuple[str, str, int, Any]]:
    """(path as documented, method, status, body)."""
    call = client_with(company, "read", "write")

    def get(path: str, params: dict[str, str] | None = None, **key: str) -> Any:
        answer = call("get", path.format(**key).removeprefix("/api/v1/"), params)
        assert answer.status_code == 200, answer.content
        return path, "get", 200, answer.json()

    one = "/api/v1/metrics/{key}/"
    for metric in metrics():
        yield get(one, {"by": "region"}, key=metric.key)
        yield get(f"{one}definition/", key=metric.key)
        yield get(f"{one}explain/", MONTH, key=metric.key)
        yield get(f"{one}presets/", MONTH, key=metric.key)
    names = ("metrics", "cohorts", "forecast", "goals", "benchmarks", "warnings")
    for name in (*names, "metric-settings"):
        yield get(f"/api/v1/{name}/")
    yield get("/api/v1/metric-options/")
    yield get("/api/v1/health/signals/")
    yield get("/api/v1/health/models/")
    models = call("get", "health/models/").json()["results"]
    yield get("/api/v1/health/models/{model_id}/", model_id=models[0]["id"])
    yield get("/api/v1/health/models/{model_id}/versions/", model_id=models[0]["id"])
    drafted = {"signals": [{"signal": "open_tickets", "weight": 1}], "note": "Tickets"}
    address = f"health/models/{models[0]['id']}"
    made = call("put", f"{address}/draft/", drafted)
    yield "/api/v1/health/models/{model_id}/draft/", "put", made.status_code, made.json()
    yield get("/api/v1/health/models/{model_id}/draft/", model_id=models[0]["id"])
    made = call("post", f"{address}/preview/", {})
    yield "/api/v1/health/models/{model_id}/preview/", "post", made.status_code, made.json()
    made = call("post", f"{address}/publish/", {})
    yield "/api/v1/health/models/{model_id}/publish/", "post", made.status_code, made.json()
    goals = call("get", "goals/").json()["results"]
    yield get("/api/v1/goals/{goal_id}/", goal_id=goals[0]["id"])
    benchmarks = call("get", "benchmarks/").json()["results"]
    yield get("/api/v1/benchmarks/{benchmark_id}/", benchmark_id=benchmarks[0]["id"])
    new = {"metric": "nps", "target": "40", "grain": "year", "due_on": "2027-12-31"}
    made = call("post", "goals/", new)
    yield "/api/v1/goals/", "post", made.status_code, made.json()
    figure = {"metric": "nps", "label": "ours", "value": "40", "source": "we"}
    made = call("post", "benchmarks/", figure)
    yield "/api/v1/benchmarks/", "post", made.status_code, made.json()
    set_ = call("patch", "metric-options/", {"customer_churn_rate": {"method": "stripe"}})
    yield "/api/v1/metric-options/", "patch", set_.status_code, set_.json()
    set_ = call("patch", "metric-options/", {"preset": "profitwell-like"})
    yield "/api/v1/metric-options/", "patch", set_.status_code, set_.json()


def test_every_answer_is_as_documented(company: Company, document: Any) -> None:
    for number in range(7):
        facts.term(f"c{number}", date(2025, 1, 1), None, 100 + number)
        facts.attribute(f"c{number}", "region", "north" if number % 2 else "south")
    facts.term("gone", date(2025, 1, 1), date(2025, 4, 10), 100)
    facts.term("gone", date(2025, 6, 1), date(2026, 1, 10), 100)
    ledger.rebuild()
    today = company.today()
    save_goal(
        values={
            "metric": "mrr",
            "target": 2000,
            "grain": "month",
            "begins_on": today - timedelta(days=200),
            "due_on": today + timedelta(days=100),
        },
        by=None,
    )
    found = [text for answer in answers(company) for text in wrong(document, *answer)]
    assert found[:5] == []


def loose(document: Any, schema: Any, path: str) -> Iterator[str]:
    """Where a schema says nothing of what is in it."""
    if "$ref" in schema:
        return
    kind = schema.get("type", [])
    if kind == "object" and not schema.get("properties"):
        inner = schema.get("additionalProperties")
        if not isinstance(inner, dict) or not inner:
            yield path
        else:
            yield from loose(document, inner, f"{path}.*")
    for name, one in schema.get("properties", {}).items():
        said = {name for name in one if name not in ("description", "title", "readOnly")}
        if not said:
            yield f"{path}.{name}"
        yield from loose(document, one, f"{path}.{name}")
    if "items" in schema:
        yield from loose(document, schema["items"], f"{path}[]")


def test_no_answer_is_typed_loosely(document: Any) -> None:
    """Of the metrics' addresses: every member of every answer has a type."""
    found: list[str] = []
    for path, methods in document["paths"].items():
        if not any(
            word in path
            for word in ("metric", "goal", "benchmark", "warning", "cohort", "forecast", "health")
        ):
            continue
        for method, operation in methods.items():
            for answer in operation["responses"].values():
                for content in answer.get("content", {}).values():
                    found += loose(document, content["schema"], f"{method} {path}")
    for name, schema in document["components"]["schemas"].items():
        found += loose(document, schema, name)
    ours = ("Goal", "Benchmark", "Metric", "Warning", "Series", "Value", "Cohort", "Row", "Expl")
    ours = (*ours, "Forecast", "MonthAhead", "Model", "Begun", "NewBusiness", "Error", "Score")
    assert not [one for one in found if one.startswith((*ours, "get ", "post ", "patch "))]


def test_summaries_have_the_article_that_their_noun_takes(document: Any) -> None:
    said = [
        one["summary"]
        for path in document["paths"].values()
        for one in path.values()
        if "summary" in one
    ]
    assert "Show an invoice" in said
    assert "Show a ticket" in said
    assert not [one for one in said if re.search(r"\ba [aeio]|\ban [^aeio]", one)]

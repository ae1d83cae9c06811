"""Signals of a company's own: made, filled and weighed by API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from accounts.actions.keys import create_api_key
from accounts.models import AuditEntry
from metrics.actions import ledger
from metrics.health import signals
from metrics.models import CustomSignal, CustomSignalValue, HealthScore
from tenants.models import Company
from tests.clients import HostClient
from tests.metrics import facts
from tests.metrics.health.scored import DAY, only_model

Post = Callable[..., Any]
VALUES = "health/signals/custom/depth/values/"


@pytest.fixture
def post(company: Company) -> Post:
    """`post(path, body, **headers)`: the answer to a call with a key that may write."""
    _, secret = create_api_key(by=None, name="writes", scopes=["read", "write"])
    client = HostClient(f"{company.slug}.localhost")

    def call(path: str, body: Any, **more: str) -> Any:
        headers = {"Authorization": f"Bearer {secret}", **more}
        return client.post(
            f"/api/v1/{path}", body, content_type="application/json", headers=headers
        )

    return call


@pytest.fixture
def depth(post: Post) -> CustomSignal:
    made = post(
        "health/signals/custom/",
        {"key": "depth", "name": "Depth", "unit": "%", "curve": [[0, 0], [50, 100]]},
    )
    assert made.status_code == 201, made.content
    return CustomSignal.objects.get()


@pytest.mark.usefixtures("depth")
def test_a_signal_is_made_and_listed(get: Callable[..., Any]) -> None:
    (one,) = get("health/signals/custom/").json()["results"]
    assert (one["signal"], one["direction"], one["curve"]) == (
        "custom:depth",
        "higher",
        [[0, 0], [50, 100]],
    )
    assert "custom:depth" in signals.known()
    assert AuditEntry.objects.filter(action="health.signal_made").exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"key": "Depth!", "name": "x"}, "small letters"),
        ({"key": "depth", "name": "x"}, "already exists"),
        ({"key": "two"}, "required"),
        ({"key": "two", "name": "x", "curve": [[0, 100], [9, 0]]}, "inverted"),
        ({"key": "two", "name": "x", "curve": [[0, 1]]}, "2 to 12 points"),
        ({"key": "two", "name": "x", "direction": "up"}, "not a valid choice"),
        ({"key": "two", "name": "x", "weight": 3}, "no &#x27;weight&#x27; here|no 'weight' here"),
    ],
)
@pytest.mark.usefixtures("depth")
def test_nonsense_is_refused(post: Post, body: dict[str, Any], words: str) -> None:
    import re

    answer = post("health/signals/custom/", body)
    assert answer.status_code == 400
    assert re.search(words, answer.content.decode()), answer.content
    assert CustomSignal.objects.count() == 1


@pytest.mark.usefixtures("depth")
def test_a_key_that_reads_cannot_write(company: Company) -> None:
    _, secret = create_api_key(by=None, name="reads", scopes=["read"])
    client = HostClient(f"{company.slug}.localhost")
    for path in ("health/signals/custom/", VALUES):
        answer = client.post(
            f"/api/v1/{path}",
            {"rows": []},
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )
        assert answer.status_code == 403


@pytest.mark.usefixtures("depth")
def test_values_change_the_scores_of_their_customers(company: Company, post: Post) -> None:
    today = company.today()
    only_model({"signals": [{"signal": "custom:depth", "weight": 1}]})
    for name in ("acme", "other"):
        facts.term(name, today - 90 * DAY, None, 100)
    ledger.rebuild()
    assert not HealthScore.objects.exists()
    answer = post(VALUES, {"rows": [{"customer": "acme", "value": 25}]})
    assert answer.status_code == 200, answer.content
    assert answer.json()["counts"] == {"created": 1, "unchanged": 0, "error": 0}
    ledger.refresh()
    (span,) = HealthScore.objects.all()
    assert (span.customer.external_id, span.score) == ("acme", 50)
    post(VALUES, {"rows": [{"customer": "acme", "value": 40}]})
    ledger.refresh()
    assert HealthScore.objects.get().score == 80


@pytest.mark.usefixtures("depth")
def test_each_row_is_answered(post: Post) -> None:
    for name in ("a", "b"):
        facts.customer(name)
    at = "2026-05-01T09:30:00Z"
    rows = [
        {"customer": "a", "value": 1, "measured_at": at},
        {"customer": "nobody", "value": 1},
        {"customer": "b", "value": "much"},
        {"customer": "b", "value": 1, "measured_at": "2999-01-01T00:00:00Z"},
        {"customer": "b", "value": 1, "measured_at": "2026-05-01"},
        {"customer": "b", "value": 1, "weight": 2},
        7,
        {"customer": "a", "value": 1.0, "measured_at": at},
    ]
    refused = post(VALUES, {"rows": rows})
    assert refused.status_code == 400
    assert refused.json()["code"] == "rows_invalid"
    assert not CustomSignalValue.objects.exists()
    answer = post(VALUES, {"rows": rows, "mode": "good"})
    assert answer.status_code == 207
    body = answer.json()
    assert [one["outcome"] for one in body["results"]] == [
        "created",
        *["error"] * 6,
        "unchanged",
    ]
    assert [one["errors"][0]["field"] for one in body["results"][1:7]] == [
        "customer",
        "value",
        "measured_at",
        "measured_at",
        "weight",
        "",
    ]
    assert CustomSignalValue.objects.get().measured_at == dt.datetime(
        2026, 5, 1, 9, 30, tzinfo=dt.UTC
    )
    again = post(VALUES, {"rows": rows[:1]})
    assert again.json()["counts"]["unchanged"] == 1


@pytest.mark.usefixtures("depth")
def test_bounds_and_unknown_signals(post: Post) -> None:
    facts.customer("a")
    many = [{"customer": "a", "value": 1}] * 5001
    assert post(VALUES, {"rows": many}).status_code == 413
    assert post(VALUES, {"values": []}).status_code == 400
    assert post("health/signals/custom/height/values/", {"rows": []}).status_code == 404


@pytest.mark.usefixtures("depth")
def test_the_same_call_twice_is_done_once(post: Post) -> None:
    facts.customer("a")
    key = {"Idempotency-Key": "one"}
    first = post(VALUES, {"rows": [{"customer": "a", "value": 3}]}, **key)
    second = post(VALUES, {"rows": [{"customer": "a", "value": 3}]}, **key)
    assert first.json() == second.json()
    assert CustomSignalValue.objects.count() == 1

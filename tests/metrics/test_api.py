"""GET /api/v1/metrics/..."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.actions.keys import create_api_key
from metrics.actions import ledger
from metrics.registry import metrics
from tenants.models import Company
from tests.metrics import facts

Get = Callable[..., Any]
NOVEMBER, DECEMBER, JANUARY = date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)
SPAN = {"start": "2025-11-01", "end": "2026-01-01", "grain": "month"}


@pytest.fixture
def get(company: Company) -> Get:
    """`get(path, **params)`: the answer to a call with a key of scope read."""
    _, secret = create_api_key(by=None, name="test", scopes=["read"])
    client = Client(SERVER_NAME=f"{company.slug}.localhost", SERVER_PORT="8000")

    def call(path: str, **params: str) -> Any:
        headers = {"Authorization": f"Bearer {secret}"}
        return client.get(f"/api/v1/metrics/{path}", params, headers=headers)

    return call


@pytest.fixture
def history(company: Company) -> None:
    """Ten customers from before; two of the five in the north leave in December."""
    for number in range(10):
        name = f"c{number}"
        ended = date(2025, 12, 16) if number < 2 else None
        facts.term(name, date(2025, 3, 1), ended, Decimal("33.10"))
        facts.attribute(name, "region", "north" if number < 5 else "south")
    facts.term("late", date(2025, 12, 5), None, 7)
    ledger.rebuild()


def problem(answer: Any, status: int, code: str) -> str:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code
    return str(body["message"])


def test_it_needs_a_key(company: Company) -> None:
    client = Client(SERVER_NAME=f"{company.slug}.localhost", SERVER_PORT="8000")
    for path in ("", "mrr/", "mrr/explain/"):
        assert client.get(f"/api/v1/metrics/{path}").status_code == 401


def test_the_list_says_what_there_is(get: Get) -> None:
    body = get("").json()
    assert [one["key"] for one in body["metrics"]] == [metric.key for metric in metrics()]
    retention = next(one for one in body["metrics"] if one["key"] == "customer_retention_rate")
    (method,) = retention["options"]
    assert method["default"] == "cohort"
    assert [c["value"] for c in method["choices"]] == ["cohort", "count", "simple", "active_share"]
    assert retention["url"].endswith("/api/v1/metrics/customer_retention_rate/")
    assert "month" in body["grains"]


@pytest.mark.usefixtures("history")
def test_values_by_month_and_segment(get: Get) -> None:
    body = get("customer_churn_rate/", **SPAN, by="region").json()
    assert (body["metric"], body["unit"], body["grain"]) == (
        "customer_churn_rate",
        "share",
        "month",
    )
    assert body["options"] == {"method": "cohort", "scaling": "none", "pause": "lost"}
    cells = {(v["segment"], v["start"]): v for v in body["values"]}
    assert set(cells) == {
        (segment, start)
        for segment in (None, "none", "north", "south")
        for start in ("2025-11-01", "2025-12-01")
    }
    north = cells["north", "2025-12-01"]
    assert set(north) == {
        *("start", "end", "segment", "value", "parts", "numerator", "denominator"),
        *("n", "low", "high", "partial", "reason", "closed"),
    }
    assert (north["value"], north["numerator"], north["denominator"], north["n"]) == (0.4, 2, 5, 5)
    assert 0 < north["low"] < 0.4 < north["high"] < 1
    assert (north["end"], north["partial"], north["reason"]) == ("2026-01-01", False, None)
    nobody = cells["none", "2025-12-01"]
    assert (nobody["value"], nobody["low"], nobody["reason"]) == (
        None,
        None,
        "no customers at the start",
    )


@pytest.mark.usefixtures("history")
def test_money_is_a_decimal_string(get: Get) -> None:
    body = get("mrr_movements/", **SPAN).json()
    december = body["values"][1]
    assert body["currency"] == "USD"
    assert december["parts"]["opening"] == "331.00"
    assert december["parts"]["churn"] == "66.20"
    assert december["parts"]["new"] == "7.00"
    assert december["parts"]["closing"] == "271.80"
    assert december["value"] == "-59.20"
    assert get("arpa/", **SPAN).json()["values"][0]["value"] == "33.10"


@pytest.mark.usefixtures("history")
def test_options_and_ranges(get: Get) -> None:
    body = get(
        "customer_retention_rate/",
        start="2025-12-10",
        end="2025-12-20",
        grain="range",
        method="count",
    ).json()
    (value,) = body["values"]
    assert body["options"] == {"method": "count"}
    assert value["value"] == pytest.approx(9 / 11)
    assert body["interval"] == "who came back is not among who was there"


@pytest.mark.usefixtures("history")
def test_rows_over_all_pages_make_the_number(get: Get) -> None:
    params = {"start": "2025-12-01", "end": "2026-01-01", "by": "region", "segment": "north"}
    body = get("gross_revenue_churn_rate/explain/", **params, limit="2").json()
    assert body["numerator"] == "66.20"
    assert body["denominator"] == "165.50"
    assert body["explanation"].endswith("= 40.00 %")
    rows = list(body["rows"])
    while body["next"]:
        body = get("gross_revenue_churn_rate/explain/?" + body["next"].partition("?")[2]).json()
        rows += body["rows"]
    assert [row["customer"]["external_id"] for row in rows] == ["c0", "c1", "c2", "c3", "c4"]
    assert sum(Decimal(row["numerator"]) for row in rows) == Decimal("66.20")
    assert sum(Decimal(row["denominator"]) for row in rows) == Decimal("165.50")
    first = rows[0]
    assert first["customer"]["url"].endswith(f"/customers/{first['customer']['id']}/")
    assert first["parts"] == {"opening": "33.10", "closing": "0.00"}


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("path", "params", "status", "code", "says"),
    [
        ("nonsense/", {}, 400, "unknown_metric", "mrr_movements"),
        ("nonsense/explain/", {}, 400, "unknown_metric", "mrr_movements"),
        ("mrr/", {"colour": "red"}, 400, "invalid_option", "options: none"),
        ("nps/", {"colour": "red"}, 400, "invalid_option", "campaigns, weight"),
        ("customer_churn_rate/", {"method": "guess"}, 400, "invalid_option", "stripe"),
        ("mrr/", {"by": "nonsense"}, 400, "invalid_segment", "region, product, plan"),
        ("mrr/", {"grain": "decade"}, 400, "invalid_period", "quarter"),
        ("mrr/", {"start": "2026-01-01", "end": "2025-01-01"}, 400, "invalid_period", "before"),
        (
            "mrr/",
            {"start": "2026-01-02", "end": "2026-02-01"},
            400,
            "invalid_period",
            "grain=range",
        ),
        (
            "mrr/",
            {"start": "1900-01-01", "end": "2400-01-01"},
            400,
            "invalid_period",
            "At most 50 years",
        ),
        ("mrr/", {"start": "2026-13-01", "end": "x"}, 400, "invalid_period", "YYYY-MM-DD"),
        ("mrr/", {"start": "2026-01-01"}, 400, "invalid_period", "together"),
        ("mrr/", {"trailing": "31"}, 400, "invalid_period", "30, 90, 365"),
        ("mrr/", {"trailing": "30", "start": "2026-01-01"}, 400, "invalid_period", "Either"),
        ("mrr/", {"grain": "range"}, 400, "invalid_period", "takes start and end"),
        ("mrr/explain/", {}, 400, "invalid_period", "must be given"),
        (
            "mrr/explain/",
            {"trailing": "30", "segment": "north"},
            400,
            "invalid_segment",
            "needs by",
        ),
        (
            "mrr/explain/",
            {"trailing": "30", "by": "region", "segment": "west"},
            400,
            "invalid_segment",
            "north, south",
        ),
        ("mrr/explain/", {"trailing": "30", "cursor": "9-x"}, 400, "invalid_cursor", "earlier"),
        ("mrr/explain/", {"trailing": "30", "limit": "0"}, 400, "invalid_limit", "1 to 1000"),
    ],
)
def test_what_cannot_be_asked_says_what_can(
    get: Get, path: str, params: dict[str, str], status: int, code: str, says: str
) -> None:
    assert says in problem(get(path, **params), status, code)


@pytest.mark.usefixtures("history")
def test_a_future_period_has_no_value_yet(get: Get) -> None:
    (value,) = get("mrr/", start="2090-01-01", end="2091-01-01", grain="year").json()["values"]
    assert (value["value"], value["reason"], value["partial"]) == (
        None,
        "the period has not begun",
        True,
    )


@pytest.mark.usefixtures("history")
def test_a_segment_with_too_many_values_is_refused(
    get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metrics.values.MOST_SEGMENTS", 3)
    message = problem(get("mrr/", **SPAN, by="region"), 400, "too_many")
    assert "region has 3 values" in message


@pytest.mark.usefixtures("history")
def test_a_long_series_costs_as_many_statements_as_a_short_one(
    get: Get, django_assert_max_num_queries: Any
) -> None:
    get("customer_churn_rate/", **SPAN, by="region")  # notes once that the key was used
    with django_assert_max_num_queries(11) as short:
        get("customer_churn_rate/", **SPAN, by="region")
    with django_assert_max_num_queries(11) as long:
        get("customer_churn_rate/", start="2023-01-01", end="2026-01-01", by="region")
    assert len(long) == len(short)

"""What cannot be asked is told, with what can, wherever figures are read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from metrics.actions import ledger
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts
from tests.metrics.test_options_of_a_company import client_with

MONTH = {"start": "2026-01-01", "end": "2026-02-01"}
LONG_AGO = {"start": "0001-01-01", "end": "0001-01-31"}
CHURN = "metrics/customer_churn_rate"
SERIES = ["", "table.csv", "table.xlsx", "chart.svg", "chart.png"]
"""What takes periods, a grain, a split and options."""
ROWS = ["explain/", "rows.csv", "rows.xlsx"]
"""What takes one period, a segment and options."""
COHORTS = ["cohorts/", "cohorts/table.csv", "cohorts/table.xlsx"]
BOTH = [*SERIES, *ROWS]

Asked = tuple[str, dict[str, str], str, str]


def asked() -> list[Asked]:
    """(address below /api/v1/, parameters, code, what the message says)."""
    found: list[Asked] = []
    for kind in [*BOTH, "presets/", "definition/"]:
        found.append((f"metrics/nonsense/{kind}", MONTH, "unknown_metric", "mrr_movements"))
        found.append((f"metrics/mrr-2/{kind}", MONTH, "unknown_metric", "mrr_movements"))
    for kind in ["table", "rows", "chart"]:
        says = "svg, png" if kind == "chart" else "csv, xlsx"
        found.append((f"{CHURN}/{kind}.pdf", MONTH, "unknown_format", says))
    for kind in BOTH:
        found += [
            (f"{CHURN}/{kind}", {**MONTH, **params}, code, says)
            for params, code, says in [
                ({"colour": "red"}, "invalid_option", "options: method, scaling, pause"),
                ({"method": "guess"}, "invalid_option", "cohort, events, stripe, daily; got guess"),
                ({"method": ""}, "invalid_option", "cohort, events, stripe, daily"),
                ({"by": "nonsense"}, "invalid_segment", "region, product, plan"),
                ({"by": "x\0y"}, "invalid_segment", "region, product, plan"),
                ({"grain": "decade"}, "invalid_period", "day, week, month, quarter, year, range"),
                ({"start": "2026-03-01"}, "invalid_period", "start must be before end"),
                ({"start": "1500-01-01"}, "invalid_period", "At most 50 years"),
                ({"start": "0001-01-01", "end": "9999-01-01"}, "invalid_period", "At most 50"),
                ({"start": "0001-01-01", "end": "0001-02-01"}, "invalid_period", "1900-01-01 to"),
                ({"start": "2201-01-01", "end": "2201-02-01"}, "invalid_period", "to 2200-01-01"),
                ({"start": "9999-12-01", "end": "9999-12-31"}, "invalid_period", "to 2200-01-01"),
                ({"start": "yesterday"}, "invalid_period", "YYYY-MM-DD"),
                ({"end": "2026-02-30"}, "invalid_period", "YYYY-MM-DD"),
                ({"trailing": "30"}, "invalid_period", "Either trailing or start and end"),
            ]
        ]
        found.append((f"{CHURN}/{kind}", {"trailing": "31"}, "invalid_period", "30, 90, 365"))
        found.append((f"{CHURN}/{kind}", {"trailing": "x"}, "invalid_period", "got x"))
        decade = {"trailing": "30", "grain": "decade"}
        found.append((f"{CHURN}/{kind}", decade, "invalid_period", "quarter, year, range; got"))
        found.append((f"{CHURN}/{kind}", {"start": "2026-01-01"}, "invalid_period", "be given"))
    for kind in SERIES:
        for name in ("segment", "cursor", "limit"):
            found.append((f"{CHURN}/{kind}", {name: "1"}, "invalid_option", "explain/"))
        off = {"start": "2026-01-02", "end": "2026-02-01"}
        found.append((f"{CHURN}/{kind}", off, "invalid_period", "grain=range"))
    for kind in ROWS:
        found += [
            (f"{CHURN}/{kind}", {**MONTH, "segment": "north"}, "invalid_segment", "needs by"),
            (
                f"{CHURN}/{kind}",
                {**MONTH, "by": "region", "segment": "west"},
                "invalid_segment",
                "must be one of north; got west",
            ),
        ]
    found += [
        (f"{CHURN}/explain/", {**MONTH, "cursor": "x"}, "invalid_cursor", "earlier"),
        (f"{CHURN}/explain/", {**MONTH, "limit": "1001"}, "invalid_limit", "1 to 1000"),
        (f"{CHURN}/chart.svg", {"theme": "pink"}, "invalid_theme", "light or dark"),
        ("cohorts/table.pdf", {}, "unknown_format", "csv, xlsx"),
    ]
    presets = f"{CHURN}/presets/"
    found += [
        (presets, {**MONTH, "method": "cohort"}, "invalid_option", "Only start and end"),
        (presets, {"start": "2026-03-01", "end": "2026-02-01"}, "invalid_period", "before end"),
        (presets, {"start": "1500-01-01", "end": "2000-01-01"}, "invalid_period", "50 years"),
        (presets, {}, "invalid_period", "must be given"),
    ]
    for path in COHORTS:
        found += [
            (path, {"grain": "day"}, "invalid_grain", "month, quarter, year"),
            (path, {"begins": "birth"}, "invalid_begins", "first_payment, sign_up"),
            (path, {"by": "region"}, "invalid_option", "Only start, end, grain, begins"),
            (path, {"start": "2026-03-01", "end": "2026-02-01"}, "invalid_period", "before end"),
            (path, {"start": "1500-01-01", "end": "2000-01-01"}, "invalid_period", "50 years"),
            (path, {"start": "2026-01-01"}, "invalid_period", "together"),
            (path, {"start": "x", "end": "2026-01-01"}, "invalid_period", "YYYY-MM-DD"),
        ]
    for kind in ["", "table.csv", "table.xlsx", "chart.svg", "chart.png"]:
        found += [
            (f"forecast/{kind}", {"by": "region"}, "invalid_option", "Only as_of"),
            (f"forecast/{kind}", {"as_of": "soon"}, "invalid_as_of", "YYYY-MM-DD"),
            (f"forecast/{kind}", {"as_of": "1500-01-01"}, "invalid_as_of", "must be a day from"),
        ]
    found += [
        ("forecast/table.pdf", {}, "unknown_format", "csv, xlsx"),
        ("forecast/chart.gif", {}, "unknown_format", "svg, png"),
    ]
    found += [
        (path, {"metric": "nonsense"}, "unknown_metric", "mrr_movements")
        for path in ("goals/", "benchmarks/")
    ]
    return found


@pytest.fixture
def history(company: Company) -> None:
    facts.term("one", date(2025, 1, 1), None, 100)
    facts.attribute("one", "region", "north")
    ledger.rebuild()


@pytest.mark.usefixtures("history")
def test_the_api_says_what_is_allowed(company: Company, client_of: Clients) -> None:
    """One after the other: a company takes longer to make than all of them."""
    client = client_of(company, "viewer")
    wrong: list[Any] = []
    for path, params, code, says in asked():
        answer = client.get(f"/api/v1/{path}", params)
        body = answer.json() if answer["Content-Type"].startswith("application/") else {}
        got = (answer.status_code, body.get("code"))
        if got != (400, code) or says not in body.get("message", ""):
            wrong.append((path, params, got, body.get("message")))
    assert not wrong


GOAL = {
    "metric": "mrr",
    "target": "5",
    "grain": "month",
    "begins_on": "2026-01-01",
    "due_on": "2026-12-31",
}
BENCHMARK = {"metric": "mrr", "label": "median", "value": "5", "source": "somebody"}


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("goals/", {**GOAL, "metric": "nonsense"}, "mrr_movements"),
        ("goals/", {**GOAL, "by": "nonsense", "segment": "x"}, "region, product, plan"),
        ("goals/", {**GOAL, "by": "x\0y", "segment": "x"}, "ull"),
        ("goals/", {**GOAL, "segment": "x"}, "needs both"),
        ("goals/", {**GOAL, "grain": "decade"}, "decade"),
        ("goals/", {**GOAL, "due_on": "2025-12-31"}, "must lie after"),
        ("goals/", {**GOAL, "begins_on": "1526-01-01"}, "1990-01-01"),
        ("goals/", {**GOAL, "due_on": "2126-12-31"}, "ten years"),
        ("goals/", {**GOAL, "method": "stripe"}, "only metric"),
        ("benchmarks/", {**BENCHMARK, "metric": "nonsense"}, "mrr_movements"),
        ("benchmarks/", {**BENCHMARK, "grain": "decade"}, "decade"),
        ("benchmarks/", {**BENCHMARK, "year": 99999}, "year"),
        ("metric-options/", {"nonsense": {"method": "x"}}, "mrr_movements"),
        ("metric-options/", {"customer_churn_rate": {"method": "x"}}, "cohort, events"),
        ("metric-options/", {"customer_churn_rate": {"colour": "x"}}, "method, scaling"),
        ("metric-options/", {"preset": "like-nobody"}, "stripe-like"),
    ],
)
@pytest.mark.usefixtures("history")
def test_what_is_written_says_what_is_allowed(
    company: Company, path: str, body: dict[str, Any], says: str
) -> None:
    method = "patch" if path == "metric-options/" else "post"
    answer = client_with(company, "read", "write")(method, path, body)
    assert answer.status_code == 400, answer.content
    assert says in answer.content.decode()


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("path", "params", "status", "says"),
    [
        ("metrics/nonsense/", {}, 404, "mrr_movements"),
        ("metrics/nonsense/explain/", MONTH, 404, "mrr_movements"),
        ("metrics/nonsense/presets/", {}, 404, "mrr_movements"),
        (f"{CHURN}/", {"colour": "red"}, 400, "options: method, scaling, pause"),
        (f"{CHURN}/", {"method": "guess"}, 400, "cohort, events, stripe, daily"),
        (f"{CHURN}/", {"by": "nonsense"}, 400, "region, product, plan"),
        (f"{CHURN}/", {"by": "x\0y"}, 400, "region, product, plan"),
        (f"{CHURN}/", {"grain": "decade"}, 400, "day, week, month, quarter, year"),
        (f"{CHURN}/", {"preset": "13"}, 400, "12, 24, 36, custom"),
        (f"{CHURN}/", {"preset": "custom", **MONTH, "start": "1500-01-01"}, 400, "At most 50"),
        (f"{CHURN}/", {"preset": "custom", **MONTH, "end": "2025-01-01"}, 400, "not be after"),
        (f"{CHURN}/", {"preset": "custom", **LONG_AGO}, 400, "1900-01-01 to"),
        ("", {"preset": "custom", **LONG_AGO}, 400, "1900-01-01 to"),
        (f"{CHURN}/explain/", {}, 400, "must be given"),
        (f"{CHURN}/explain/", {**MONTH, "colour": "red"}, 400, "method, scaling, pause"),
        (f"{CHURN}/explain/", {**MONTH, "method": "guess"}, 400, "cohort, events"),
        (f"{CHURN}/explain/", {**MONTH, "by": "nonsense"}, 400, "region, product, plan"),
        (f"{CHURN}/explain/", {**MONTH, "segment": "north"}, 400, "needs by"),
        (f"{CHURN}/explain/", {**MONTH, "by": "region", "segment": "west"}, 400, "north"),
        (f"{CHURN}/explain/", {**MONTH, "end": "2025-01-01"}, 400, "before end"),
        (f"{CHURN}/explain/", {**MONTH, "start": "1500-01-01"}, 400, "At most 50 years"),
        (f"{CHURN}/explain/", {**MONTH, "cursor": "x"}, 400, "earlier"),
        (f"{CHURN}/presets/", {"preset": "13"}, 400, "last_month"),
        (f"{CHURN}/presets/", {"preset": "custom", **MONTH, "end": "x"}, 400, "YYYY-MM-DD"),
        ("", {"preset": "custom", **MONTH, "start": "1500-01-01"}, 400, "At most 50 years"),
        ("", {"preset": "decade"}, 400, "last_month"),
        ("cohorts/", {"grain": "day"}, 400, "month, quarter, year"),
        ("cohorts/", {"span": "13"}, 400, "12, 24, 36"),
        ("cohorts/", {"show": "tickets"}, 400, "customers, mrr"),
        ("cohorts/", {"start": "birth"}, 400, "first_payment, sign_up"),
        ("cohorts/", {"by": "region"}, 400, "show, grain, start, span"),
        ("cohorts/customers/", {"cohort": "2026-02-01/2026-01-01"}, 400, "first and last day"),
        ("cohorts/customers/", {"start": "birth"}, 400, "first_payment, sign_up"),
        ("forecast/", {"by": "region"}, 400, "Only as_of"),
        ("forecast/", {"as_of": "1500-01-01"}, 400, "must be a day from"),
        ("goals/new/", {"metric": "nonsense"}, 200, ""),
    ],
)
def test_pages_say_what_is_allowed(
    company: Company,
    client_of: Clients,
    path: str,
    params: dict[str, str],
    status: int,
    says: str,
) -> None:
    page = client_of(company, "manager").get(f"/{path}", params)
    assert page.status_code == status
    assert says in page.content.decode()

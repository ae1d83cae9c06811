"""Figures to take along: the same numbers as the API gives, in files that open elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.actions.keys import create_api_key
from metrics.actions import ledger
from tenants.models import Company
from tests.metrics import facts

SPAN = {"start": "2026-01-01", "end": "2026-04-01", "grain": "month"}
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def get(company: Company) -> Callable[..., Any]:
    _, secret = create_api_key(by=None, name="test", scopes=["read"])
    client = Client(SERVER_NAME=f"{company.slug}.localhost", SERVER_PORT="8000")

    def call(path: str, params: dict[str, str], accept: str = "*/*") -> Any:
        headers = {"Authorization": f"Bearer {secret}", "Accept": accept}
        return client.get(f"/api/v1/{path}", params, headers=headers)

    return call


@pytest.fixture(autouse=True)
def history(company: Company) -> None:
    facts.term("stays", date(2025, 11, 5), None, 100)
    facts.term("leaves", date(2026, 1, 20), date(2026, 3, 1), Decimal("50.10"))
    facts.attribute("stays", "region", "=1+1")
    facts.attribute("leaves", "region", "-south")
    ledger.rebuild()


def content(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def lines(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(answer).decode())))


def test_a_table_has_the_values_of_the_api(get: Callable[..., Any]) -> None:
    for accept in ("*/*", "text/csv", "text/html"):
        rows = lines(get("metrics/mrr/table.csv", {**SPAN, "by": "region"}, accept))
        values = get("metrics/mrr/", {**SPAN, "by": "region"}).json()["values"]
        assert len(rows) == len(values) == 9
        for row, value in zip(rows, values, strict=True):
            assert row["start"] == value["start"]
            assert Decimal(row["value"]) == Decimal(value["value"])
            assert row["segment"].lstrip("'") == (value["segment"] or "")
    assert {row["segment"] for row in rows} == {"", "'=1+1", "'-south"}


def test_a_table_has_no_more_digits_than_the_api(get: Callable[..., Any]) -> None:
    """A third is no number of 120 digits."""
    facts.term("third", date(2025, 12, 1), None, 10)
    ledger.rebuild()
    asked = {**SPAN, "method": "daily"}
    rows = lines(get("metrics/customer_churn_rate/table.csv", asked))
    values = get("metrics/customer_churn_rate/", asked).json()["values"]
    found = [row["numerator"] for row in rows]
    assert found == [str(value["numerator"]) for value in values]
    assert "0.3333333333333333" in found


def test_a_workbook_holds_numbers_and_no_formula(get: Callable[..., Any]) -> None:
    answer = get("metrics/mrr/table.xlsx", {**SPAN, "by": "region"})
    sheet = load_workbook(io.BytesIO(content(answer))).active
    assert sheet is not None
    head, *rows = sheet.iter_rows()
    names = [cell.value for cell in head]
    value, segment = names.index("value"), names.index("segment")
    assert [row[value].value for row in rows][:3] == [150.1, 150.1, 100]
    assert {row[segment].data_type for row in rows if row[segment].value} == {"s"}
    assert rows[0][0].is_date


def test_the_rows_add_up_to_the_value(get: Callable[..., Any]) -> None:
    span = {"start": "2026-01-01", "end": "2026-02-01"}
    rows = lines(get("metrics/mrr/rows.csv", span))
    assert sum(Decimal(row["numerator"]) for row in rows) == Decimal("150.1")
    assert {row["customer"] for row in rows} == {"stays", "leaves"}
    (one,) = lines(get("metrics/mrr/rows.csv", {**span, "by": "region", "segment": "-south"}))
    assert one["customer"] == "leaves"


@pytest.mark.parametrize("metric", ["mrr", "mrr_movements", "customer_churn_rate"])
@pytest.mark.parametrize("by", ["", "region"])
def test_a_chart_is_a_picture_in_our_colours(get: Callable[..., Any], metric: str, by: str) -> None:
    params = {**SPAN, "by": by} if by else SPAN
    answer = get(f"metrics/{metric}/chart.svg", params)
    svg = content(answer).decode()
    assert answer["Content-Type"] == "image/svg+xml"
    assert svg.startswith("<svg")
    assert "var(--" not in svg
    assert "as of" in svg
    if by and metric != "mrr_movements":
        assert "-south" in svg
    assert content(get(f"metrics/{metric}/chart.png", {**params, "theme": "dark"}))[:8] == PNG


def test_cohorts_are_a_table_too(get: Callable[..., Any]) -> None:
    rows = lines(get("cohorts/table.csv", SPAN))
    assert [(row["number"], row["customers"], Decimal(row["mrr"])) for row in rows] == [
        ("0", "1", Decimal("50.1")),
        ("1", "1", Decimal("50.1")),
        ("2", "0", Decimal(0)),
    ]


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("metrics/mrr/table.pdf", SPAN, 400),
        ("metrics/mrr/chart.gif", SPAN, 400),
        ("metrics/nothing/table.csv", SPAN, 400),
        ("metrics/mrr/chart.svg", {**SPAN, "theme": "pink"}, 400),
        ("metrics/mrr/chart.svg", {"start": "2020-01-01", "end": "2020-02-01"}, 200),
        ("metrics/nps/chart.svg", SPAN, 404),
        ("metrics/mrr/table.csv", {**SPAN, "by": "shoe size"}, 400),
        ("metrics/mrr/rows.csv", {"start": "2026-02-01", "end": "2026-01-01"}, 400),
        ("cohorts/table.csv", {"grain": "day"}, 400),
    ],
)
def test_what_is_not_there_says_so(
    get: Callable[..., Any], path: str, params: dict[str, str], status: int
) -> None:
    answer = get(path, params)
    assert answer.status_code == status
    if status >= 400:
        assert answer.json()["message"]


def test_the_page_leads_to_them(company: Company, client_of: Callable[..., Client]) -> None:
    client = client_of(company, role="viewer")
    text = client.get("/metrics/mrr/").content.decode()
    for kind in ("table.csv", "table.xlsx", "chart.png", "chart.svg"):
        href = text.split(f'href="/api/v1/metrics/mrr/{kind}')[1].split('"')[0]
        assert (
            client.get(f"/api/v1/metrics/mrr/{kind}{href.replace('&amp;', '&')}").status_code == 200
        )

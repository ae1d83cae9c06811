"""The forecast as page, API and files show it: of a company with nothing, a little and much."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context
from openpyxl import load_workbook

from accounts.actions.keys import create_api_key
from metrics.actions import ledger
from metrics.forecast.reading import outlook
from metrics.periods import Grain, advance, floor
from tenants.models import Company
from tests.metrics import facts

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def get(company: Company) -> Callable[..., Any]:
    _, secret = create_api_key(by=None, name="test", scopes=["read"])
    client = Client(SERVER_NAME=f"{company.slug}.localhost", SERVER_PORT="8000")

    def call(path: str, **params: str) -> Any:
        headers = {"Authorization": f"Bearer {secret}"}
        return client.get(f"/api/v1/forecast/{path}", params, headers=headers)

    return call


@pytest.fixture
def page(company: Company, client_of: Callable[..., Client]) -> Callable[..., Any]:
    client = client_of(company, role="viewer")

    def call(path: str = "", **params: str) -> Any:
        return client.get(f"/forecast/{path}", params)

    return call


@pytest.fixture
def border(company: Company) -> date:
    """The first day of the present month."""
    return floor(company.today(), Grain.MONTH)


@pytest.fixture
def much(border: date) -> None:
    """Three years: two begin each month, of whom one leaves after half a year or so; one came
    back, one pauses now."""
    for ago in range(36, 0, -1):
        day = advance(border, Grain.MONTH, -ago).replace(day=5)
        facts.term(f"stays-{ago:02}", day, None, 100 + ago)
        left = advance(border, Grain.MONTH, 6 + ago % 3 - ago).replace(day=20)
        facts.term(f"leaves-{ago:02}", day, left if left < border else None, 50)
    facts.term("leaves-20", advance(border, Grain.MONTH, -3).replace(day=9), None, 70)
    facts.pause("stays-30", advance(border, Grain.MONTH, -1).replace(day=2), None)
    ledger.rebuild()


def content(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def lines(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(answer).decode())))


def test_with_nothing_there_is_a_reason(get: Callable[..., Any], page: Callable[..., Any]) -> None:
    text = page().content.decode()
    assert "Nobody ever paid until the close of" in text
    found = get("").json()
    assert found["reason"].startswith("nobody ever paid")
    assert (found["value"], found["months"], found["cohorts"]) == (None, [], [])
    assert found["score"]["reason"].startswith("there was no forecast then: nobody ever paid")
    assert lines(get("table.csv")) == []
    assert get("chart.svg").status_code == 404


def test_with_a_little_there_is_a_reason(
    get: Callable[..., Any], page: Callable[..., Any], border: date
) -> None:
    first = advance(border, Grain.MONTH, -4)
    facts.term("one", first, None, 100)
    facts.term("two", first, advance(first, Grain.MONTH), 100)
    ledger.rebuild()
    assert "less than 12 full months of history" in page().content.decode().lower()
    found = get("").json()
    assert found["reason"].startswith("less than 12 full months of history")
    assert found["mrr"] == "100.00"
    assert [row["actual"] for row in lines(get("table.csv"))] == ["200.0000000000"] + 3 * [
        "100.0000000000"
    ]


@pytest.mark.usefixtures("much")
def test_the_api_gives_it(get: Callable[..., Any], company: Company, border: date) -> None:
    found = get("").json()
    with tenant_context(company):
        expected = outlook(company, as_of=company.today())
    assert found["reason"] is None
    assert found["base_end"] == border.isoformat()
    assert [one["start"] for one in found["months"]][:2] == [
        border.isoformat(),
        advance(border, Grain.MONTH).isoformat(),
    ]
    assert len(found["months"]) == 12
    for number, month in enumerate(found["months"]):
        low, value, high = (Decimal(month[name]) for name in ("low", "value", "high"))
        assert low < value < high
        assert value == sum(Decimal(month[name]) for name in ("kept", "new", "returned"))
        cohorts = [Decimal(one["expected"][number]) for one in found["cohorts"]]
        assert Decimal(month["kept"]) == sum(cohorts)
        assert value == expected.forecast.months[number].value
    assert found["value"] == found["months"][-1]["value"]
    assert Decimal(found["mrr"]) == sum(Decimal(one["mrr"]) for one in found["cohorts"])
    assert found["past"][-1]["mrr"] == found["mrr"]
    assert Decimal(found["months"][0]["returned"]) > 0
    assert sum(found["variance"].values()) == pytest.approx(
        found["months"][-1]["standard_error"] ** 2
    )
    score = found["score"]
    assert score["reason"] is None
    assert [one["actual"] for one in score["months"]] == [one["mrr"] for one in found["past"][-12:]]
    assert score["held"] == sum(one["held"] for one in score["months"])


@pytest.mark.usefixtures("much")
def test_what_was_said_on_a_day_is_what_it_is_scored_by(
    get: Callable[..., Any], border: date
) -> None:
    now, then = get("").json(), get("", as_of=str(advance(border, Grain.MONTH, -12))).json()
    assert [one["forecast"] for one in now["score"]["months"]] == [
        one["value"] for one in then["months"]
    ]
    assert then["past"] == now["past"][:-12]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"as_of": "yesterday"}, "YYYY-MM-DD"),
        ({"as_of": "2026-02-30"}, "YYYY-MM-DD"),
        ({"as_of": "9999-01-01"}, "as_of must be a day from"),
        ({"as_of": "0001-01-01"}, "as_of must be a day from"),
    ],
)
def test_bad_input_is_told(
    get: Callable[..., Any], page: Callable[..., Any], params: dict[str, str], words: str
) -> None:
    for path in ("", "table.csv", "chart.svg"):
        answer = get(path, **params)
        assert answer.status_code == 400
        assert answer.json()["code"] == "invalid_as_of"
        assert words in answer.json()["message"]
    shown = page(**params)
    assert shown.status_code == 400
    assert words in shown.content.decode()


def test_bad_names_are_told(get: Callable[..., Any], page: Callable[..., Any]) -> None:
    for path, says in (
        ("", "Only as_of can be given; got months."),
        ("table.csv", "Only as_of, table can be given; got months."),
        ("chart.png", "Only as_of, theme can be given; got months."),
    ):
        answer = get(path, months="24")
        assert answer.status_code == 400
        assert answer.json()["code"] == "invalid_option"
        assert answer.json()["message"] == says
    assert page(months="24").status_code == 400
    assert page("customers/", cohort="2026-01-01", by="region").status_code == 400
    answer = get("table.csv", table="people")
    assert answer.status_code == 400
    assert "months, cohorts, score" in answer.json()["message"]
    assert get("table.pdf").json()["code"] == "unknown_format"
    assert get("chart.svg", theme="red").status_code == 400


@pytest.mark.usefixtures("much")
def test_the_files_have_the_numbers_of_the_api(get: Callable[..., Any]) -> None:
    found = get("").json()
    months = lines(get("table.csv"))
    ahead = [row for row in months if row["forecast"]]
    assert len(months) == len(found["past"]) + 12
    for row, month in zip(ahead, found["months"], strict=True):
        for name in ("low", "high", "kept", "new", "returned"):
            assert Decimal(row[name]) == Decimal(month[name])
        assert Decimal(row["forecast"]) == Decimal(month["value"])
    cohorts = lines(get("table.csv", table="cohorts"))
    assert [row["cohort_start"] for row in cohorts] == [one["start"] for one in found["cohorts"]]
    assert [Decimal(row["mrr_12"]) for row in cohorts] == [
        Decimal(one["expected"][11]) for one in found["cohorts"]
    ]
    score = lines(get("table.csv", table="score"))
    assert [row["held"] for row in score] == [
        "yes" if one["held"] else "no" for one in found["score"]["months"]
    ]
    for table in ("months", "cohorts", "score"):
        sheet = load_workbook(io.BytesIO(content(get("table.xlsx", table=table)))).active
        assert sheet is not None
        assert sheet.max_row > 12
    assert content(get("chart.png", theme="dark")).startswith(PNG)
    assert b"<svg" in content(get("chart.svg"))


@pytest.mark.usefixtures("much")
def test_the_page_shows_how_it_came_about(page: Callable[..., Any], company: Company) -> None:
    text = page().content.decode()
    with tenant_context(company):
        found = outlook(company, as_of=company.today())
    last = found.forecast.last
    assert last is not None
    assert f"{last.value:,.2f}" in text
    assert f"{last.low:,.2f}" in text
    assert "kept = the sum over cohorts of MRR x S(n + 12) / S(n)" in text
    assert f"held what happened in {found.score.held} of 12 months" in text


@pytest.mark.usefixtures("much")
def test_a_cohort_leads_to_its_customers(page: Callable[..., Any], border: date) -> None:
    text = page("customers/", cohort=str(advance(border, Grain.MONTH, -3))).content.decode()
    assert "leaves-20" in text
    assert "came back" in text
    assert "stays-03" in text
    text = page("customers/", cohort=str(advance(border, Grain.MONTH, -20))).content.decode()
    assert "stays-20" in text
    assert "leaves-20" not in text
    assert (
        "pausing"
        in page("customers/", cohort=str(advance(border, Grain.MONTH, -30))).content.decode()
    )
    for bad in ("", "x", "2026-01-02"):
        assert page("customers/", cohort=bad).status_code == 400
    assert page("customers/", cohort="2026-01-01", as_of="x").status_code == 400

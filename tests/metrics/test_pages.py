"""The pages of figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from metrics.actions import ledger
from metrics.models import StoredValue
from metrics.registry import metrics
from tenants.models import Company
from tests.metrics import facts

ClientOf = Callable[..., Client]


@pytest.fixture
def history(company: Company) -> None:
    """Three customers: one stays, one leaves, one is new this month."""
    today = company.today()
    facts.term("Stays", today - timedelta(days=300), None, 100)
    facts.term("Leaves", today - timedelta(days=200), today, 50)
    facts.term("Comes", today, None, 25)
    for name, region in (("Stays", "north"), ("Leaves", "south"), ("Comes", "north")):
        facts.attribute(name, "region", region)
    ledger.rebuild()


def test_a_new_company_is_told_what_to_do(company: Company, client_of: ClientOf) -> None:
    page = client_of(company, role="viewer").get("/")
    assert page.status_code == 200
    assert "Import your customers" in page.content.decode()


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("preset", ["", "last_month", "30", "year", "custom", "nonsense"])
def test_the_overview_shows_the_figures(company: Company, client_of: ClientOf, preset: str) -> None:
    page = client_of(company).get("/", {"preset": preset} if preset else {})
    assert page.status_code == (400 if preset in ("custom", "nonsense") else 200)
    text = page.content.decode()
    assert "Monthly recurring revenue" in text
    assert "$125.00" in text or preset in ("last_month", "30")
    if preset in ("", "year"):
        assert "Comes" in text
        assert "Leaves" in text


@pytest.mark.usefixtures("history")
def test_every_metric_has_a_page(company: Company, client_of: ClientOf) -> None:
    client = client_of(company, role="viewer")
    index = client.get("/metrics/").content.decode()
    for metric in metrics():
        assert f"/metrics/{metric.key}/" in index
        page = client.get(f"/metrics/{metric.key}/", {"by": "region"})
        assert page.status_code == 200, metric.key
        assert "How this number came about" in page.content.decode()
    assert client.get("/metrics/nonsense/").status_code == 404


@pytest.mark.usefixtures("history")
def test_a_kept_number_is_told_as_one_computed_now(company: Company, client_of: ClientOf) -> None:
    client = client_of(company, role="viewer")

    def told() -> dict[str, str]:
        pages = {
            metric.key: client.get(f"/metrics/{metric.key}/", {"by": "region"}).content.decode()
            for metric in metrics()
        }
        return {key: _card(page, "how") for key, page in pages.items()}

    computed = told()
    ledger.refresh(keeps=True)
    assert StoredValue.objects.filter(series__metric="mrr", value=125).exists()
    assert told() == computed


def _card(page: str, id_: str) -> str:
    """The card of this id up to the next one."""
    begun = page.index(f'id="{id_}"')
    return page[begun : page.index("</section>", begun)]


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(("key", "has_intervals"), [("mrr", False), ("customer_churn_rate", True)])
def test_segments_have_a_column_of_intervals_where_there_are_any(
    company: Company, client_of: ClientOf, key: str, has_intervals: bool
) -> None:
    page = client_of(company, "viewer").get(f"/metrics/{key}/", {"by": "region"}).content.decode()
    assert "Region</th>" in page
    assert (">Interval</th>" in page) is has_intervals


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    "query",
    [
        {"grain": "week", "preset": "24"},
        {"grain": "day", "preset": "36"},
        {"preset": "custom", "start": "2026-01-10", "end": "2026-03-05", "grain": "quarter"},
        {"preset": "custom", "start": "x", "end": "2026-03-05"},
        {"preset": "custom", "start": "0001-01-01", "end": "9999-12-31"},
        {"preset": "9999", "by": "nonsense", "method": "nonsense"},
        {"by": "product", "method": "count", "at": "2020-01-01"},
    ],
)
def test_a_page_forgives(company: Company, client_of: ClientOf, query: dict[str, str]) -> None:
    """It says what it could not do, and shows its numbers all the same."""
    page = client_of(company).get("/metrics/customer_retention_rate/", query)
    text = page.content.decode()
    assert page.status_code == (400 if "Not as asked" in text else 200)
    assert "How this number came about" in text


@pytest.mark.usefixtures("history")
def test_retention_is_shown_in_all_four_ways(company: Company, client_of: ClientOf) -> None:
    text = client_of(company).get("/metrics/customer_retention_rate/").content.decode()
    for method in ("cohort", "count", "simple", "active_share"):
        assert f"?method={method}" in text
    assert "new customers hide those who left" in text


@pytest.mark.usefixtures("history")
def test_a_number_leads_to_its_customers(company: Company, client_of: ClientOf) -> None:
    today = company.today()
    client = client_of(company)
    span = {"start": str(today.replace(day=1)), "end": str(today + timedelta(days=1))}
    page = client.get("/metrics/customer_churn_rate/explain/", span)
    text = page.content.decode()
    assert "Leaves" in text
    assert "Stays" in text
    assert "Comes" not in text
    assert "= 50.00 %" in text
    north = client.get(
        "/metrics/mrr/explain/", {**span, "by": "region", "segment": "north"}
    ).content.decode()
    assert "Comes" in north
    assert "Leaves" not in north
    wrong = client.get("/metrics/mrr/explain/", {**span, "by": "region", "segment": "west"})
    assert wrong.status_code == 400
    assert "north" in wrong.content.decode()


@pytest.mark.usefixtures("history")
def test_outsiders_see_nothing(
    company: Company, other_company: Company, client_of: ClientOf
) -> None:
    outsider = client_of(other_company)
    outsider.defaults["SERVER_NAME"] = f"{company.slug}.localhost"
    for path in ("/", "/metrics/", "/metrics/mrr/", "/metrics/mrr/explain/"):
        assert outsider.get(path).status_code in (302, 403)


@pytest.mark.usefixtures("history")
def test_edited_dates_win_over_the_preset_beside_them(
    company: Company, client_of: ClientOf
) -> None:
    client = client_of(company)
    dates = {"preset": "month", "start": "2025-02-01", "end": "2025-02-28"}
    edited = client.get("/", {**dates, "shown": "2026-01-01/2026-01-31"}).content.decode()
    assert "Feb 2025, compared with Jan 2025" in edited
    kept = client.get("/", {**dates, "shown": "2025-02-01/2025-02-28"}).content.decode()
    assert "Feb 2025, compared" not in kept
    assert "so far, compared" in kept

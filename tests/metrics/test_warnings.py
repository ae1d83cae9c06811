"""Warnings worth having, and what cannot be asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client

from customers.models import CustomerAttribute
from metrics import registry
from metrics.actions import ledger
from metrics.periods import Period
from metrics.series import Value
from metrics.warning_rules import LEAST_LTV_TO_CAC, risen, warnings
from tenants.models import Company
from tests.metrics import facts, plain_customers
from tests.metrics.test_customer_costs import cost
from tests.metrics.test_options_of_a_company import client_with

AS_OF = date(2026, 3, 10)


def value(share: float, low: float | None, high: float | None) -> Value:
    period = Period(date(2026, 1, 1), date(2026, 2, 1))
    return Value(period, None, share, low, high, Decimal(1), Decimal(10), 10, {}, None)


def test_a_rise_is_told_only_when_it_is_significant() -> None:
    """Newcombe 1998, method 10, table II (a): 56/70 and 48/80 differ by 0.0524 to 0.3339."""
    high, low = value(0.8, 0.6918, 0.8769), value(0.6, 0.4905, 0.7004)
    found = risen(high, low)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=0.0002)
    assert risen(low, high) is None
    assert risen(value(0.61, 0.50, 0.71), low) is None
    assert risen(value(0.9, None, None), low) is None


def lose(many: int, company: Company) -> None:
    """200 customers; one is lost in January 2026 and `many` in February."""
    for number in range(200):
        ended = None
        if number == 0:
            ended = date(2026, 1, 10)
        elif number <= many:
            ended = date(2026, 2, 10)
        facts.term(f"c{number}", date(2025, 3, 1), ended, 10)
    ledger.rebuild()


def test_churn_that_rose_is_on_the_overview_and_in_the_api(
    company: Company, client_of: Callable[..., Client]
) -> None:
    lose(20, company)
    found = {one.key: one for one in warnings(company=company, as_of=AS_OF)}
    one = found["customer_churn_rate_rising"]
    assert "January 2026" in one.reason
    assert "February 2026" in one.reason
    assert one.href.startswith("/metrics/customer_churn_rate/?")
    assert client_of(company, "viewer").get(one.href).status_code == 200
    assert "gross_revenue_churn_rate_rising" in found
    answer = client_with(company, "read")("get", "warnings/")
    assert answer.status_code == 200
    assert set(answer.json()) == {"as_of", "refreshed_at", "warnings"}


def test_a_few_more_lost_is_no_warning(company: Company) -> None:
    lose(3, company)
    assert warnings(company=company, as_of=AS_OF) == []


def test_the_overview_shows_it(company: Company, client_of: Callable[..., Client]) -> None:
    today = company.today()
    last = today.replace(day=1) - timedelta(days=5)
    for number in range(60):
        facts.term(f"c{number}", date(2024, 3, 1), last if number < 20 else None, 10)
    ledger.rebuild()
    page = client_of(company, "viewer").get("/").content.decode()
    assert "Customer churn rose significantly" in page


def test_nothing_is_said_of_metrics_without_a_value(company: Company) -> None:
    assert warnings(company=company, as_of=AS_OF) == []


def spend(acquisition: int, retention: int) -> None:
    """10 customers won in May 2025 and 20 from before, of whom three leave in January 2026; costs
    of the year."""
    for number in range(20):
        ended = date(2026, 1, 10) if number < 3 else None
        facts.term(f"old{number}", date(2024, 3, 1), ended, 100)
    for number in range(10):
        facts.term(f"won{number}", date(2025, 5, 1), None, 100)
    for kind, amount in (("acquisition", acquisition), ("retention", retention)):
        cost(plain_customers.Cost(kind, amount, date(2025, 5, 1), date(2025, 6, 1)))
    ledger.rebuild()


def test_a_customer_that_brings_too_little_is_told(company: Company) -> None:
    spend(acquisition=20_000, retention=0)
    (one,) = warnings(company=company, as_of=AS_OF)
    assert one.key == "ltv_to_cac_low"
    assert f"less than {LEAST_LTV_TO_CAC} times" in one.title
    assert one.href == "/metrics/ltv_to_cac/"


def test_keeping_dearer_than_winning_is_told(company: Company) -> None:
    spend(acquisition=1_000, retention=27_000)
    (one,) = warnings(company=company, as_of=AS_OF)
    assert one.key == "retention_cost_above_acquisition_cost"
    # 27,000 for 27 customers at the close, and 1,000 for the ten won.
    assert "$1,000.00" in one.reason
    assert "$100.00" in one.reason


def test_neither_is_told_when_all_is_well(company: Company) -> None:
    spend(acquisition=1_000, retention=100)
    assert warnings(company=company, as_of=AS_OF) == []


@pytest.fixture
def many(company: Company) -> None:
    """50,000 customers, each in a segment of its own."""
    facts.term("first", date(2025, 1, 1), None, 10)
    facts.attribute("first", "name", "first")
    ledger.rebuild()
    source = facts.source().pk
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer SELECT (jsonb_populate_record(c, jsonb_build_object("
            " 'id', 1000000 + n, 'external_id', 'n' || n, 'name', 'n' || n))).*"
            " FROM customers_customer AS c CROSS JOIN generate_series(1, 50000) AS n"
            " WHERE c.external_id = 'first'"
        )
        cursor.execute(
            "INSERT INTO customers_customerattribute"
            " SELECT (jsonb_populate_record(a, jsonb_build_object('id', 1000000 + n,"
            " 'customer_id', 1000000 + n, 'value', 'v' || n))).*"
            " FROM customers_customerattribute AS a CROSS JOIN generate_series(1, 50000) AS n"
            " WHERE a.key = 'name' AND a.value = 'first'"
        )
        cursor.execute(
            "INSERT INTO metrics_movement"
            " SELECT (jsonb_populate_record(m, jsonb_build_object('id', 1000000 + n,"
            " 'customer_id', 1000000 + n))).*"
            " FROM metrics_movement AS m CROSS JOIN generate_series(1, 50000) AS n"
        )
    assert CustomerAttribute.objects.filter(key="name").values("value").distinct().count() == 50001
    assert source


@pytest.mark.usefixtures("many")
def test_a_segment_with_50_000_values_is_refused(
    company: Company, client_of: Callable[..., Client]
) -> None:
    answer = client_with(company, "read")("get", "metrics/customers/", {"by": "name"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "too_many"
    assert "more than 1,000 values" in answer.json()["message"]
    assert "1,000 segments" in answer.json()["message"]
    page = client_of(company, "viewer").get("/metrics/customers/", {"by": "name"})
    assert page.status_code == 400
    assert "Shown without a split" in page.content.decode()
    assert "more than 1,000 values" in page.content.decode()


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"preset": "custom", "start": "1500-01-01", "end": "2000-12-31"}, "At most 50 years"),
        ({"preset": "custom", "start": "2026-02-01", "end": "2026-01-01"}, "must not be after"),
        ({"preset": "custom", "start": "2090-01-01", "end": "2090-12-31"}, "lie ahead"),
        ({"preset": "custom", "start": "x", "end": "9999-12-31"}, "YYYY-MM-DD"),
        ({"grain": "decade"}, "day, week, month, quarter, year"),
        ({"method": "guess"}, "cohort, events, stripe, daily"),
        ({"by": "nonsense"}, "product, plan"),
    ],
)
def test_pages_say_what_they_could_not_do(
    company: Company, client_of: Callable[..., Client], params: dict[str, str], says: str
) -> None:
    facts.term("one", date(2020, 1, 1), None, 100)
    ledger.rebuild()
    client = client_of(company, "viewer")
    page = client.get("/metrics/customer_churn_rate/", params)
    assert page.status_code == 400
    assert "Not as asked" in page.content.decode()
    assert says in page.content.decode()
    if "preset" in params:
        for path in ("/", "/metrics/customer_churn_rate/presets/"):
            assert says in client.get(path, params).content.decode(), path


def test_an_unknown_metric_says_which_there_are(
    company: Company, client_of: Callable[..., Client]
) -> None:
    for path in ("", "explain/", "presets/"):
        page = client_of(company, "viewer").get(f"/metrics/nonsense/{path}")
        assert page.status_code == 404
        assert "mrr_movements" in page.content.decode()


def test_every_page_of_figures_says_as_of(
    company: Company, client_of: Callable[..., Client]
) -> None:
    facts.term("one", date(2020, 1, 1), None, 100)
    ledger.rebuild()
    client = client_of(company, "viewer")
    paths = ["/", "/metrics/", "/goals/"]
    for metric in registry.metrics():
        paths += [f"/metrics/{metric.key}/", f"/metrics/{metric.key}/presets/"]
    paths.append("/metrics/mrr/explain/?start=2025-01-01&end=2025-02-01")
    for path in paths:
        text = client.get(path).content.decode()
        assert "As of" in text, path
        assert "figures brought up to date" in text, path

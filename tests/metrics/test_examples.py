"""The examples of docs/metrics.md, through the engine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from customers.models import Customer
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension
from metrics.periods import Grain, periods
from metrics.registry import metric
from metrics.series import Value
from metrics.values import series
from tenants.models import Company
from tests.metrics import facts
from tests.metrics.figures_of import all_rows

JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
LONG_AGO = date(2025, 6, 1)
AS_OF = date(2026, 6, 1)


def value(
    company: Company, key: str, dimension: Dimension = WHOLE, as_of: date = AS_OF, **options: str
) -> Value:
    january = periods(*JANUARY, Grain.MONTH, as_of=as_of)
    found = series(
        metric(key),
        january,
        company=company,
        as_of=as_of,
        dimension=dimension,
        options=options,
    )
    return found.values[0]


def test_one_leaves_one_drops_one_grows(company: Company) -> None:
    facts.term("leaves", LONG_AGO, date(2026, 1, 10), 10)
    facts.term("drops", LONG_AGO, date(2026, 1, 11), 45, subscription="d")
    facts.term("drops", date(2026, 1, 11), None, 35, subscription="d")
    facts.term("grows", LONG_AGO, date(2026, 1, 12), 45, subscription="g")
    facts.term("grows", date(2026, 1, 12), None, 55, subscription="g")
    ledger.rebuild()
    assert value(company, "gross_revenue_churn_rate").value == pytest.approx(0.20)
    assert value(company, "net_revenue_churn_rate").value == pytest.approx(0.10)
    assert value(company, "gross_revenue_churn_rate", method="movements").value == 0.20
    assert value(company, "gross_revenue_retention").value == pytest.approx(0.80)
    assert value(company, "net_revenue_retention").value == pytest.approx(0.90)


def test_rows_begin_with_who_makes_the_number(company: Company) -> None:
    """Not with whoever moved: of rates of churn and of retention alike."""
    facts.term("grows", LONG_AGO, date(2026, 1, 12), 45, subscription="g")
    facts.term("grows", date(2026, 1, 12), None, 55, subscription="g")
    facts.term("stays", LONG_AGO, None, 45)
    facts.term("swaps", LONG_AGO, date(2026, 1, 12), 45, subscription="s")
    facts.term("swaps", date(2026, 1, 12), date(2026, 1, 20), 55, subscription="s")
    facts.term("swaps", date(2026, 1, 20), None, 45, subscription="s")
    facts.term("leaves", LONG_AGO, date(2026, 1, 20), 45)
    ledger.rebuild()
    (january,) = periods(*JANUARY, Grain.MONTH, as_of=AS_OF)
    names = dict(Customer.objects.values_list("pk", "external_id"))

    def listed(key: str, limit: int) -> list[str]:
        rows = all_rows(company, key, january, WHOLE, None, as_of=AS_OF, limit=limit, options={})
        return [names[row.customer_id] for row in rows]

    for limit in range(1, 6):
        for key in ("customer_churn_rate", "customer_retention_rate", "gross_revenue_churn_rate"):
            assert listed(key, limit) == ["leaves", "grows", "swaps", "stays"]
        assert listed("net_revenue_retention", limit) == ["grows", "leaves", "swaps", "stays"]


def test_who_joined_and_left_inside_is_not_churn(company: Company) -> None:
    for number in range(100):
        facts.term(f"c{number}", LONG_AGO, date(2026, 1, 15) if number < 10 else None, 20)
    facts.term("brief", date(2026, 1, 5), date(2026, 1, 20), 20)
    ledger.rebuild()
    churn = value(company, "customer_churn_rate")
    assert (churn.value, churn.numerator, churn.denominator, churn.n) == (0.10, 10, 100, 100)
    assert value(company, "customer_churn_rate", method="events").value == 0.11
    assert value(company, "customer_churn_rate", method="stripe").value == pytest.approx(11 / 101)
    yearly = value(company, "customer_churn_rate", scaling="annualised")
    assert yearly.value == pytest.approx(1 - 0.9 ** (365 / 31))
    assert yearly.low is not None
    assert yearly.high is not None
    assert yearly.low < yearly.value < yearly.high


def test_the_four_ways_of_retention(company: Company) -> None:
    """Opening 100; 5 leave; 3 of long ago come back; 10 new; closing 108; 135 ever."""
    for number in range(100):
        facts.term(f"c{number}", LONG_AGO, date(2026, 1, 15) if number < 5 else None, 20)
    for number in range(25):  # of long ago
        facts.term(f"g{number}", date(2024, 1, 1), date(2024, 6, 1), 20)
    for number in range(3):
        facts.term(f"g{number}", date(2026, 1, 20), None, 20)
    for number in range(10):
        facts.term(f"n{number}", date(2026, 1, 25), None, 20)
    ledger.rebuild()
    found = {
        method: value(company, "customer_retention_rate", method=method)
        for method in ("cohort", "count", "simple", "active_share")
    }
    assert [found[method].value for method in found] == [0.95, 0.98, 1.08, 0.80]
    assert found["active_share"].denominator == 135
    assert found["cohort"].low is not None
    assert found["count"].low is None
    customers = value(company, "customers")
    assert customers.value == 108
    assert customers.parts == {
        "opening": 100,
        "new": 10,
        "reactivated": 3,
        "resumed": 0,
        "paused": 0,
        "churned": 5,
        "transfer": 0,
        "closing": 108,
    }


def test_monthly_and_yearly_prices_make_mrr(company: Company) -> None:
    for number in range(100):
        facts.term(f"m{number}", LONG_AGO, None, 100)
    for number in range(50):
        facts.term(f"y{number}", LONG_AGO, None, Decimal(600) / 12)
    ledger.rebuild()
    assert value(company, "mrr").value == 12_500
    assert value(company, "arr").value == 150_000
    assert value(company, "arpa").value == Decimal("83.3333333333")


def test_nothing_is_not_zero(company: Company) -> None:
    for key in ("customer_churn_rate", "gross_revenue_churn_rate", "net_revenue_retention"):
        found = value(company, key)
        assert (found.value, found.low, found.high) == (None, None, None)
        assert found.reason == "no customers at the start"
    assert value(company, "arpa").reason == "no customers at the close"
    assert value(company, "nps").reason == "no answers in the period"
    assert value(company, "mrr").value == 0


def test_a_future_change_counts_when_its_day_has_come(company: Company) -> None:
    facts.term("c", LONG_AGO, date(2026, 1, 20), 10)
    ledger.rebuild()
    assert value(company, "mrr", as_of=date(2026, 1, 19)).value == 10
    assert value(company, "mrr", as_of=date(2026, 1, 20)).value == 0
    not_begun = value(company, "mrr", as_of=date(2025, 12, 1))
    assert (not_begun.value, not_begun.reason) == (None, "the period has not begun")


def test_amounts_in_two_currencies_have_no_sum_but_customers_count(company: Company) -> None:
    facts.term("a", LONG_AGO, None, 10, currency="EUR")
    facts.term("b", LONG_AGO, date(2026, 1, 5), 10, currency="USD")
    facts.term("b", LONG_AGO, date(2026, 1, 5), 10, currency="EUR", subscription="b2")
    ledger.rebuild()
    mrr = value(company, "mrr")
    assert mrr.value is None
    assert mrr.reason is not None
    assert "EUR and USD" in mrr.reason
    assert value(company, "customer_churn_rate").value == 0.5
    assert value(company, "customers").parts["churned"] == 1

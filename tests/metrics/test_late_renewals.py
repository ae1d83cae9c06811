"""Contracts renewed late, bridged in the ledger (docs/metrics.md, `renewal_rate`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from metrics.actions import ledger
from metrics.actions.settings import change_metric_settings
from metrics.models import LedgerState, Movement, MovementPart
from metrics.periods import Grain, periods
from metrics.registry import metric
from metrics.values import series
from tenants.models import Company
from tests.metrics import facts

LONG_AGO, END = date(2025, 6, 1), date(2026, 1, 10)
AS_OF = date(2026, 12, 1)


def day(number: int) -> date:
    return END + timedelta(days=number)


def rows(name: str) -> list[tuple[str, date, Decimal]]:
    found = Movement.objects.filter(customer__name=name).order_by("day", "position")
    return [(row.kind, row.day, row.amount) for row in found]


def january(key: str, company: Company, **options: str) -> Any:
    (period,) = periods(date(2026, 1, 1), date(2026, 2, 1), Grain.RANGE, as_of=AS_OF)
    return series(metric(key), [period], company=company, as_of=AS_OF, options=options).values[0]


@pytest.fixture
def seven(company: Company) -> Company:
    """A company that lets contracts renew a week late."""
    change_metric_settings(values={"late_days": 7}, by=None)
    return company


def test_nobody_left_and_the_price_changes_when_it_renews(seven: Company) -> None:
    facts.term("c", LONG_AGO, END, 30, subscription="s")
    facts.term("c", day(7), None, 40, subscription="s")
    ledger.rebuild()
    assert rows("c") == [("new", LONG_AGO, 30), ("expansion", day(7), 10)]
    assert january("customer_churn_rate", seven, method="events").value == 0
    assert january("customer_retention_rate", seven).value == 1
    moved = january("mrr_movements", seven).parts
    named = {name: amount for name, amount in moved.items() if amount}
    assert named == {"opening": 30, "expansion": 10, "closing": 40}
    sold = january("expansion_revenue", seven).parts
    assert {name: amount for name, amount in sold.items() if amount} == {"price": 10}


def test_at_the_same_price_nothing_moved(seven: Company) -> None:
    facts.term("c", LONG_AGO, END, 30, subscription="s")
    facts.term("c", day(3), None, 30, subscription="s")
    ledger.rebuild()
    assert rows("c") == [("new", LONG_AGO, 30)]
    assert MovementPart.objects.get().mrr_after == 30


def test_a_day_later_it_left_and_came_back(seven: Company) -> None:
    facts.term("c", LONG_AGO, END, 30, subscription="s")
    facts.term("c", day(8), None, 30, subscription="s")
    ledger.rebuild()
    assert [kind for kind, _, _ in rows("c")] == ["new", "churn", "reactivation"]


def test_unless_said_otherwise_no_gap_is_bridged(company: Company) -> None:
    facts.term("c", LONG_AGO, END, 30, subscription="s")
    facts.term("c", day(1), None, 30, subscription="s")
    ledger.rebuild()
    assert [kind for kind, _, _ in rows("c")] == ["new", "churn", "reactivation"]


def test_another_contract_is_no_renewal(seven: Company) -> None:
    facts.term("c", LONG_AGO, END, 30, subscription="old")
    facts.term("c", day(3), None, 30, subscription="new")
    ledger.rebuild()
    assert [kind for kind, _, _ in rows("c")] == ["new", "churn", "reactivation"]


def test_one_of_two_contracts_renewed_late(seven: Company) -> None:
    facts.term("c", LONG_AGO, None, 5, subscription="other")
    facts.term("c", LONG_AGO, END, 30, subscription="s", plan_name="Basic")
    facts.term("c", day(3), None, 20, subscription="s", plan_name="Pro")
    ledger.rebuild()
    assert rows("c") == [("new", LONG_AGO, 35), ("contraction", day(3), -10)]
    parts = MovementPart.objects.filter(kind="contraction").order_by("amount")
    assert [(part.plan.name, part.amount) for part in parts] == [("Basic", -30), ("Pro", 20)]


def test_a_free_time_that_was_agreed_is_no_late_renewal(seven: Company) -> None:
    facts.term("c", LONG_AGO, END, 30, subscription="s")
    facts.term("c", END, day(3), 0, subscription="s")
    facts.term("c", day(3), None, 30, subscription="s")
    ledger.rebuild()
    assert [kind for kind, _, _ in rows("c")] == ["new", "churn", "reactivation"]


def test_a_pause_on_record_is_not_bridged(seven: Company) -> None:
    facts.term("c", LONG_AGO, END, 30, subscription="s")
    facts.term("c", day(5), None, 30, subscription="s")
    facts.pause("c", END, day(5))
    ledger.rebuild()
    assert rows("c")[1:] == [("pause", END, -30), ("resume", day(5), 30)]


def test_the_renewal_restates_the_churn(company: Company, do_jobs: Callable[..., int]) -> None:
    """A change of the setting too, and back."""
    facts.term("c", LONG_AGO, END, 30, subscription="s")
    facts.term("c", day(5), None, 30, subscription="s")
    ledger.rebuild()
    assert january("customer_churn_rate", company, method="events").numerator == 1
    change_metric_settings(values={"late_days": 5}, by=None)
    do_jobs(company)
    assert rows("c") == [("new", LONG_AGO, 30)]
    assert LedgerState.objects.get().late_days == 5
    change_metric_settings(values={"late_days": 4}, by=None)
    do_jobs(company)
    assert [kind for kind, _, _ in rows("c")] == ["new", "churn", "reactivation"]

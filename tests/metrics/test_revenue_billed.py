"""What was billed per customer, and MRR per end user."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Invoice
from metrics.actions import ledger
from metrics.contributions.frame import Dimension
from metrics.intervals import ratio
from metrics.periods import Grain, periods
from tenants.models import Company
from tests.metrics import facts, revenue
from tests.metrics import plain_revenue as plain
from tests.metrics.revenue import (
    AS_OF,
    SPAN,
    SPLITS,
    by_cell,
    engine,
    random_histories,
    rows_add_up,
    stored,
)

LONG_AGO = date(2025, 3, 1)
MONTHS = periods(*SPAN, Grain.MONTH, as_of=AS_OF)
WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "billed": ("arpa", {"method": "billed"}),
    "served": ("arpu", {}),
    "end_user": ("arpu", {"user": "end_user"}),
}


@random_histories
@given(found=revenue.customers(), which=st.sampled_from(SPLITS))
def test_revenue_per_customer(
    company: Company, found: list[plain.Customer], which: tuple[Dimension, plain.Split]
) -> None:
    dimension, split = which
    with stored(found):
        got = {
            way: by_cell(engine(company, key, MONTHS, dimension, **options))
            for way, (key, options) in WAYS.items()
        }
        for key, options in WAYS.values():
            rows_add_up(company, key, MONTHS, dimension, **options)
    for period in MONTHS:
        for name in split.segments(found):
            one = plain.billed(found, split, name, period.start, period.end)
            expected: dict[str, tuple[Any, Any]] = {
                "billed": (one.billed, one.mean_customers),
                "served": (one.served, one.active),
                "end_user": plain.per_end_user(found, split, name, period.start, period.end),
            }
            for way, (numerator, denominator) in expected.items():
                value = got[way].get((period, name))
                if value is None:
                    assert denominator == 0
                    assert abs(numerator) < Decimal("1e-8")
                    continue
                assert value.numerator == pytest.approx(numerator, abs=Decimal("1e-8")), way
                assert value.denominator == denominator, (way, name)


def invoice(of: str, issued_on: date, amount: int, **more: Any) -> None:
    Invoice.objects.create(
        customer=facts.customer(of),
        external_id=f"{of} {Invoice.objects.count()}",
        issued_on=issued_on,
        amount=amount,
        currency="USD",
        source=facts.source(),
        recorded_at=timezone.now(),
        **more,
    )


def test_billed_per_account(company: Company) -> None:
    """300 billed to two customers at the opening and three at the close; credits lower it."""
    facts.term("a", LONG_AGO, None, 100)
    facts.term("b", LONG_AGO, None, 50)
    facts.term("c", date(2026, 1, 20), None, 50)
    invoice("a", date(2026, 1, 1), 220)
    invoice("b", date(2026, 1, 31), 110)
    invoice("b", date(2026, 1, 31), -30)
    invoice("b", date(2026, 2, 1), 1000)
    invoice("b", date(2026, 1, 3), 1000, superseded_at=timezone.now())
    ledger.rebuild()
    value = engine(company, "arpa", MONTHS[:1], method="billed").totals[0]
    assert (value.numerator, value.denominator, value.n) == (300, Decimal("2.5"), 3)
    assert value.value == 120
    rows = [(220, 1), (80, 1), (0, Decimal("0.5"))]
    sums = [
        sum((Decimal(f(y, x)) for y, x in rows), Decimal(0))
        for f in (
            lambda y, x: y,
            lambda y, x: x,
            lambda y, x: y * y,
            lambda y, x: x * y,
            lambda y, x: x * x,
        )
    ]
    expected = ratio(3, *sums)
    assert expected is not None
    assert float(value.low or 0) == pytest.approx(expected.low)
    assert float(value.high or 0) == pytest.approx(expected.high)


def test_revenue_is_spread_over_the_days_of_service(company: Company) -> None:
    facts.term("a", LONG_AGO, None, 100)
    facts.term("left", LONG_AGO, date(2026, 1, 5), 100)
    span = {"period_starts_on": date(2026, 1, 17), "period_ends_on": date(2026, 3, 18)}
    invoice("a", date(2026, 1, 1), 600, **span)
    ledger.rebuild()
    found = [(v.numerator, v.value) for v in engine(company, "arpu", MONTHS).totals]
    assert found == [(150, 75), (280, 280), (170, 170)]


def test_without_invoices_there_is_no_revenue_to_tell(company: Company) -> None:
    facts.term("a", LONG_AGO, None, 100)
    ledger.rebuild()
    value = engine(company, "arpu", MONTHS[:1]).totals[0]
    assert value.value is None
    assert value.reason == "no invoices on record by then"

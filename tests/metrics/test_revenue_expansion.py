"""Expansion by part, and the share of customers that were sold more."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Pause, Renewal
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension
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

LONG_AGO, DAY = date(2025, 3, 1), date(2026, 1, 10)
CLOSE = Decimal("1e-8")


@st.composite
def late(draw: st.DrawFn) -> list[plain.Customer]:
    """Customers whose contracts are renewed late, by what the company lets pass for that."""
    found = draw(revenue.customers())
    days = draw(st.sampled_from([0, 15, 60]))
    for customer in found:
        customer.late_days = days
    return found


@random_histories
@given(found=late(), which=st.sampled_from(SPLITS))
def test_expansion(
    company: Company, found: list[plain.Customer], which: tuple[Dimension, plain.Split]
) -> None:
    dimension, split = which
    months = periods(*SPAN, Grain.MONTH, as_of=AS_OF)
    with stored(found):
        got = by_cell(engine(company, "expansion_revenue", months, dimension))
        moved = by_cell(engine(company, "mrr_movements", months, WHOLE))
        rows_add_up(company, "expansion_revenue", months, dimension)
    for period in months:
        total = Decimal(0)
        for name in split.segments(found):
            expected = plain.expansion(found, split, name, period.start, period.end)
            if (period, name) not in got:
                assert not any(expected.values())
                continue
            value = got[period, name]
            for part, amount in value.parts.items():
                assert amount == pytest.approx(expected[part], abs=CLOSE), (name, part)
            assert sum(value.parts.values()) == value.value
            total += value.value if name else 0
        assert got[period, ""].value == moved[period, ""].parts["expansion"]
        if dimension != WHOLE:
            assert total == got[period, ""].value


@random_histories
@given(found=late(), which=st.sampled_from(SPLITS))
def test_sold(
    company: Company, found: list[plain.Customer], which: tuple[Dimension, plain.Split]
) -> None:
    dimension, split = which
    months = periods(*SPAN, Grain.MONTH, as_of=AS_OF)
    key = "upsell_cross_sell_rate"
    with stored(found):
        got = {
            method: by_cell(engine(company, key, months, dimension, method=method))
            for method in ("opening", "closing", "mrr")
        }
        for method in got:
            rows_add_up(company, key, months, dimension, method=method)
    for period in months:
        for name in split.segments(found):
            one = plain.sold(found, split, name, period.start, period.end)
            expected = {
                "opening": (one.sold_to, one.opening),
                "closing": (one.sold_to, one.closing),
                "mrr": (one.sold, one.opening_mrr),
            }
            for method, (numerator, denominator) in expected.items():
                value = got[method].get((period, name))
                if value is None:
                    assert (numerator, denominator) == (0, 0)
                    continue
                assert value.numerator == pytest.approx(Decimal(numerator), abs=CLOSE), method
                assert value.denominator == denominator
                if not denominator:
                    assert value.value is None
                    assert value.reason


def term(name: str, mrr: int, quantity: int = 1, **more: Any) -> None:
    """Up to DAY; `after` from that day."""
    made = facts.term(name, LONG_AGO, DAY, mrr, **more)
    made.quantity = Decimal(quantity)
    made.save()


def after(name: str, mrr: int, quantity: int = 1, **more: Any) -> None:
    made = facts.term(name, DAY, None, mrr, **more)
    made.quantity = Decimal(quantity)
    made.save()


def parts(company: Company) -> dict[str, Decimal]:
    ledger.rebuild()
    months = periods(*SPAN, Grain.MONTH, as_of=AS_OF)
    found = engine(company, "expansion_revenue", months).totals[0].parts
    return {name: amount for name, amount in found.items() if amount}


def test_a_product_more_is_a_cross_sell(company: Company) -> None:
    facts.term("c", LONG_AGO, None, 100, product="Suite")
    after("c", 30, product="Extra")
    assert parts(company) == {"cross_sell": 30}


def test_a_product_in_place_of_another_is_an_upsell(company: Company) -> None:
    term("c", 100, product="Suite")
    after("c", 130, product="Extra")
    assert parts(company) == {"upsell": 30}


def test_more_quantity_counts_at_the_new_price(company: Company) -> None:
    term("c", 100, 10, subscription="s")
    after("c", 165, 15, subscription="s")
    assert parts(company) == {"upsell": 55, "price": 10}


def test_a_dearer_plan_is_an_upsell(company: Company) -> None:
    term("c", 100, subscription="s", plan_name="Basic")
    after("c", 140, subscription="s", plan_name="Pro")
    assert parts(company) == {"upsell": 40}


@pytest.mark.parametrize("of_subscription", [True, False])
def test_a_higher_price_on_a_renewal_date(company: Company, *, of_subscription: bool) -> None:
    made = facts.term("c", LONG_AGO, DAY, 100, subscription="s")
    after("c", 120, subscription="s")
    Renewal.objects.create(
        customer=facts.customer("c"),
        subscription=made.subscription if of_subscription else None,
        external_id="r",
        renews_on=DAY,
        source=facts.source(),
        recorded_at=timezone.now(),
    )
    assert parts(company) == {"renewal": 20}
    Renewal.objects.update(superseded_at=timezone.now())
    assert parts(company) == {"price": 20}


def test_falls_reduce_the_parts_in_proportion(company: Company) -> None:
    """Cross-sell 60 and upsell 40, less 50 of a product that fell."""
    term("c", 100, 10, subscription="s", product="Suite")
    after("c", 140, 14, subscription="s", product="Suite")
    after("c", 60, product="Extra")
    term("c", 80, subscription="t", product="Addon")
    after("c", 30, subscription="t", product="Addon")
    assert parts(company) == {"cross_sell": 30, "upsell": 20}


def test_what_a_contract_in_the_place_of_another_costs_more_is_a_price(company: Company) -> None:
    term("c", 100, 10, subscription="old")
    after("c", 110, 10, subscription="new")
    assert parts(company) == {"price": 10}


def test_a_part_on_pause_that_comes_back_dearer_is_no_new_product(company: Company) -> None:
    facts.term("c", LONG_AGO, None, 50, product="Suite")
    facts.term("c", LONG_AGO, date(2025, 12, 10), 100, subscription="e", product="Extra")
    facts.term("c", DAY, None, 120, subscription="e", product="Extra")
    Pause.objects.create(
        customer=facts.customer("c"),
        subscription_id=facts.customer("c").subscriptions.get(external_id="e").pk,
        external_id="p",
        starts_on=date(2025, 12, 10),
        ends_on=DAY,
        source=facts.source(),
        recorded_at=timezone.now(),
    )
    assert set(parts(company)) == {"price"}

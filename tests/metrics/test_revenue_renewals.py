"""Renewals, and why customers left."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Change, Renewal
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension
from metrics.models import ContractDay, MetricSettings
from metrics.periods import Grain, periods
from metrics.series import Value
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
JANUARY = periods(*SPAN, Grain.MONTH, as_of=AS_OF)[:1]


@random_histories
@given(
    found=revenue.customers(),
    which=st.sampled_from(SPLITS),
    grace=st.sampled_from([0, 10]),
    due=st.sampled_from(["all", "longer", "recorded"]),
    as_of=st.sampled_from([AS_OF, date(2026, 2, 10)]),
)
def test_renewals(
    company: Company,
    found: list[plain.Customer],
    which: tuple[Dimension, plain.Split],
    grace: int,
    due: str,
    as_of: date,
) -> None:
    dimension, split = which
    months = [p for p in periods(*SPAN, Grain.MONTH, as_of=as_of) if p.is_begun]
    options = {"grace_days": str(grace), "due": due}
    with stored(found):
        got = {
            count: by_cell(
                engine(company, "renewal_rate", months, dimension, as_of, count=count, **options)
            )
            for count in ("customers", "mrr_gross", "mrr_net")
        }
        for count in got:
            rows_add_up(company, "renewal_rate", months, dimension, as_of, count=count, **options)
    for period in months:
        for name in split.segments(found):
            one = plain.renewed(
                found,
                split,
                name,
                period.start,
                period.end,
                as_of,
                grace=grace,
                due=due,
            )
            expected = {
                "customers": (one.renewed, one.renewed + one.lost, one.undecided),
                "mrr_gross": (one.gross, one.due, one.undecided_mrr),
                "mrr_net": (one.net, one.due, one.undecided_mrr),
            }
            for count, amounts in expected.items():
                value = got[count].get((period, name))
                if value is None:
                    assert not any(amounts)
                    continue
                undecided = value.parts.get("undecided", 0)
                assert (value.numerator, value.denominator, undecided) == amounts, (name, count)
                assert (value.value is None) == (amounts[1] == 0)


@random_histories
@given(found=revenue.customers(), which=st.sampled_from(SPLITS))
def test_reasons(
    company: Company, found: list[plain.Customer], which: tuple[Dimension, plain.Split]
) -> None:
    dimension, split = which
    months = periods(*SPAN, Grain.MONTH, as_of=AS_OF)
    with stored(found):
        heads = by_cell(engine(company, "churn_reasons", months, dimension))
        money = by_cell(engine(company, "churn_reasons", months, dimension, count="mrr"))
        movements = by_cell(engine(company, "mrr_movements", months, dimension))
        customers = by_cell(engine(company, "customers", months, dimension))
        for options in ({}, {"count": "mrr", "parts": "kind"}):
            rows_add_up(company, "churn_reasons", months, dimension, **options)
    for period in months:
        for name in split.segments(found):
            expected = plain.churn(found, split, name, period.start, period.end)
            for got, amounts in zip((heads, money), expected, strict=True):
                value = got.get((period, name))
                parts = {} if value is None else {k: v for k, v in value.parts.items() if v}
                assert parts == {key: amount for key, amount in amounts.items() if amount}
            if (period, name) in heads:
                churned = customers[period, name].parts["churned"]
                assert heads[period, name].value == churned
            if (period, name) in money:
                assert money[period, name].value == movements[period, name].parts["churn"]


def renewal(of: str, renews_on: date, subscription: str = "", **more: Any) -> Renewal:
    owner = facts.customer(of)
    return Renewal.objects.create(
        customer=owner,
        subscription=owner.subscriptions.get(external_id=subscription) if subscription else None,
        external_id=f"{of} {renews_on} {Renewal.objects.count()}",
        renews_on=renews_on,
        source=facts.source(),
        recorded_at=timezone.now(),
        **more,
    )


def rate(company: Company, as_of: date = AS_OF, **options: str) -> Value:
    ledger.rebuild()
    options = {"due": "recorded"} | options
    cut = periods(date(2026, 1, 1), date(2026, 2, 1), Grain.MONTH, as_of=as_of)
    return engine(company, "renewal_rate", cut, WHOLE, as_of, **options).totals[0]


def test_what_came_due_renews_or_is_lost(company: Company) -> None:
    facts.term("stays", LONG_AGO, DAY, 100, subscription="s")
    facts.term("stays", DAY, None, 120, subscription="s")
    facts.term("drops", LONG_AGO, DAY, 100, subscription="d")
    facts.term("drops", DAY, None, 60, subscription="d")
    facts.term("goes", LONG_AGO, DAY, 100)
    facts.term("not due", LONG_AGO, None, 100)
    for name in ("stays", "drops", "goes"):
        renewal(name, DAY)
    found = rate(company)
    assert (found.numerator, found.denominator, found.n) == (2, 3, 3)
    assert found.low is not None
    assert rate(company, count="mrr_gross").value == pytest.approx(160 / 300)
    assert rate(company, count="mrr_net").value == pytest.approx(180 / 300)


def test_what_renews_late_is_undecided_while_the_grace_lasts(company: Company) -> None:
    facts.term("late", LONG_AGO, DAY, 100, subscription="s")
    facts.term("late", date(2026, 1, 17), None, 110, subscription="s")
    renewal("late", DAY)
    facts.term("refuses", LONG_AGO, DAY, 100)
    renewal("refuses", DAY, cancelled_on=date(2025, 12, 1))
    assert rate(company).value == 0
    soon = rate(company, date(2026, 1, 12), grace_days="10")
    assert soon.parts == {"due": 2, "renewed": 0, "lost": 1, "undecided": 1}
    assert soon.denominator == 1
    later = rate(company, grace_days="10")
    assert (later.numerator, later.denominator) == (1, 2)
    assert rate(company, grace_days="6").numerator == 0
    MetricSettings.objects.create(pk=MetricSettings.ONLY, late_days=7)
    assert rate(company, grace_days="6").numerator == 1, "the company's is more, so it holds"


def test_a_contract_in_its_place_renews_it(company: Company) -> None:
    facts.term("c", LONG_AGO, DAY, 100, subscription="old")
    facts.term("c", DAY, None, 90, subscription="new")
    renewal("c", DAY, "old")
    assert rate(company).value == 1
    assert rate(company, count="mrr_net").value == pytest.approx(0.9)


def test_contracts_come_due_by_what_their_price_is_for(company: Company) -> None:
    """Yearly: on the anniversary. A date on record a little later takes its place."""
    for name in ("on record", "by its year"):
        term = facts.term(name, date(2025, 1, 10), None, 100)
        term.interval = "year"
        term.save()
    renewal("on record", date(2026, 1, 20))
    assert rate(company).denominator == 1
    both = rate(company, due="all")
    assert (both.numerator, both.denominator) == (2, 2)
    assert {value.denominator for value in [rate(company, due="all", count="mrr_net")]} == {200}


def test_a_date_between_two_ends_of_months_is_the_last_in_its_period(company: Company) -> None:
    """Half a month away from either, it takes the place of none."""
    facts.term("c", date(2025, 3, 10), None, 100)
    renewal("c", date(2025, 12, 25))
    ledger.rebuild()
    cut = periods(date(2025, 10, 1), date(2026, 4, 1), Grain.QUARTER, as_of=AS_OF)
    for count, worth in (("customers", 1), ("mrr_net", 100)):
        found = engine(company, "renewal_rate", cut, count=count).totals
        assert [value.denominator for value in found] == [worth, worth]
    assert [value.n for value in engine(company, "renewal_rate", JANUARY).totals] == [1]


def test_a_change_makes_due_days_anew(company: Company) -> None:
    """As making all of them again does: other terms, other dates on record, another contract."""
    due = date(2026, 1, 1)
    facts.term("c", LONG_AGO, due, 100, subscription="s")
    facts.term("c", due, None, 120, subscription="s")
    facts.term("other", LONG_AGO, None, 10)
    ledger.rebuild()
    renewal("c", DAY + timedelta(days=40))
    facts.term("c", DAY, DAY + timedelta(days=60), 7, subscription="t")
    Change.objects.create(customer=facts.customer("c"), kind="renewals")
    ledger.refresh()
    names = [field.attname for field in ContractDay._meta.fields if field.name != "id"]
    found = sorted(map(str, ContractDay.objects.values_list(*names)))
    assert {row.kind for row in ContractDay.objects.all()} == set(ContractDay.Kind)
    ledger.rebuild()
    assert sorted(map(str, ContractDay.objects.values_list(*names))) == found


def test_nothing_due_is_no_rate(company: Company) -> None:
    facts.term("c", LONG_AGO, None, 100)
    found = rate(company)
    assert found.value is None
    assert found.reason == "nothing came due that is decided"


def test_the_reason_is_that_of_the_nearest_renewal(company: Company) -> None:
    facts.term("c", LONG_AGO, DAY, 100)
    renewal("c", DAY - timedelta(days=60), churn_reason="Old", churn_kind="involuntary")
    renewal("c", DAY + timedelta(days=2), churn_reason=" Too dear ", churn_kind="voluntary")
    facts.term("far", LONG_AGO, DAY, 50)
    renewal("far", DAY - timedelta(days=91), churn_reason="Long ago")
    removed = renewal("far", DAY, churn_reason="Removed")
    removed.superseded_at = timezone.now()
    removed.save()
    ledger.rebuild()
    heads = engine(company, "churn_reasons", JANUARY).totals[0]
    assert heads.parts == {"unknown: no reason on record": 1, "voluntary: Too dear": 1}
    money = engine(company, "churn_reasons", JANUARY, count="mrr", parts="kind").totals[0]
    assert money.parts == {"voluntary": Decimal(100), "unknown": Decimal(50)}
    assert money.value == 150

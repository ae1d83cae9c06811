"""Cohorts: against a plain count over random histories, and as page and API show them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.actions.keys import create_api_key
from customers.models import Customer
from metrics.actions import ledger
from metrics.cohorts import MOST_COHORTS, Start, cohorts, members
from metrics.periods import Grain, Period, PeriodError, latest, periods
from tenants.models import Company
from tests.metrics import facts, plain
from tests.metrics.histories import DAYS, FIRST, customers, in_currencies
from tests.metrics.test_agreement import random_histories, stored
from tests.metrics.test_currencies import stored_with_rates

BORDERS = (date(2025, 12, 1), date(2026, 6, 1))
AS_OF = date(2026, 5, 10)
DAY = timedelta(days=1)


def first_day(customer: plain.Customer) -> date | None:
    """The first day with MRR, until the end of all periods: a pause may put it off."""
    days = [FIRST + DAY * number for number in range((BORDERS[1] - FIRST).days)]
    return next((day for day in days if customer.mrr(day) > 0), None)


def close(customer: plain.Customer, period: Period) -> Decimal:
    return customer.mrr(period.end - DAY)


@random_histories
@given(found=customers(), grain=st.sampled_from([Grain.MONTH, Grain.QUARTER]))
def test_they_are_what_counting_gives(
    company: Company, found: list[plain.Customer], grain: Grain
) -> None:
    start = BORDERS[0] if grain is Grain.MONTH else date(2025, 10, 1)
    end = BORDERS[1] if grain is Grain.MONTH else date(2026, 7, 1)
    cut = periods(start, end, grain, as_of=AS_OF)
    begun = [period for period in cut if period.is_begun]
    expected = {}
    for number, period in enumerate(begun):
        born = {c.name: day for c in found if (day := first_day(c)) is not None}
        mine = [c for c in found if c.name in born and period.start <= born[c.name] < period.end]
        if mine:
            expected[period.start] = (
                len(mine),
                sum(c.mrr(born[c.name]) for c in mine),
                [
                    (sum(close(c, p) > 0 for c in mine), sum(close(c, p) for c in mine))
                    for p in begun[number:]
                ],
            )
    with stored(found):
        got = cohorts(cut, company=company, grain=grain)
        for cohort in got.cohorts:
            for cell in cohort.cells:
                rows = members(cohort.period, cell.period, company=company, limit=100)
                assert len(rows) == cohort.size
                assert sum(row.first_mrr for row in rows) == cohort.mrr
                assert sum(row.mrr > 0 for row in rows) == cell.customers
                assert sum(row.mrr for row in rows) == cell.mrr
    assert {
        c.period.start: (c.size, c.mrr, [(one.customers, one.mrr) for one in c.cells])
        for c in got.cohorts
    } == expected


@random_histories
@given(found=in_currencies(), start=st.sampled_from(list(Start)), data=st.data())
def test_in_several_currencies(
    company: Company,
    found: tuple[list[plain.Customer], list[plain.Quote]],
    start: Start,
    data: st.DataObject,
) -> None:
    """MRR at each close's rate; shares at the rate of the day they began, at both ends."""
    people, _ = found
    cut = periods(*BORDERS, Grain.MONTH, as_of=AS_OF)
    begun = [period for period in cut if period.is_begun]
    born = {c.name: first_day(c) for c in people}
    if start is Start.SIGN_UP:
        signed = {c.name: data.draw(st.none() | DAYS) for c in people}
    else:
        signed = born
    with stored_with_rates(found):
        for name, day in signed.items():
            Customer.objects.filter(name=name).update(signed_up_on=day)
        got = {
            c.period: c
            for c in cohorts(cut, company=company, grain=Grain.MONTH, start=start).cohorts
        }
        for number, period in enumerate(begun):
            mine = [
                c for c in people if (day := signed[c.name]) and period.start <= day < period.end
            ]
            if not mine:
                assert period not in got
                continue
            cohort = got[period]
            firsts = [(c, paid, max(paid, signed[c.name])) for c in mine if (paid := born[c.name])]
            first_mrr = sum((c.mrr(paid, at=at) for c, paid, at in firsts), Decimal(0))
            assert (cohort.size, cohort.mrr) == (len(mine), first_mrr)
            for cell, one in zip(cohort.cells, begun[number:], strict=True):
                assert cell.mrr == sum((close(c, one) for c in mine), Decimal(0))
                then = sum((c.mrr(one.end - DAY, at=at) for c, _, at in firsts), Decimal(0))
                share = float(then / first_mrr) if first_mrr else None
                assert cell.mrr_share == (None if share is None else pytest.approx(share))
                rows = members(period, one, company=company, start=start, limit=100)
                assert sum(row.first_mrr for row in rows) == cohort.mrr
                assert sum(row.mrr for row in rows) == cell.mrr


@pytest.fixture
def history(company: Company) -> None:
    """Two customers began in January, one left in March; one began in February, and signed up in
    January."""
    facts.term("stays", date(2026, 1, 5), None, 100)
    facts.term("leaves", date(2026, 1, 20), date(2026, 3, 1), 50)
    facts.term("late", date(2026, 2, 10), None, 30)
    facts.term("late", date(2026, 3, 10), None, 30)
    for name, day in (("stays", date(2026, 1, 1)), ("late", date(2026, 1, 31))):
        made = facts.customer(name)
        made.signed_up_on = day
        made.save()
    ledger.rebuild()


@pytest.mark.usefixtures("history")
def test_shares_are_of_who_began(company: Company) -> None:
    cut = periods(date(2026, 1, 1), date(2026, 4, 1), Grain.MONTH, as_of=AS_OF)
    january, february = cohorts(cut, company=company, grain=Grain.MONTH).cohorts
    assert [cell.share for cell in january.cells] == [1, 1, 0.5]
    assert [cell.mrr_share for cell in january.cells] == pytest.approx([1, 1, 100 / 150])
    assert [cell.mrr_share for cell in february.cells] == [1, 2]
    interval = january.cells[2].interval
    assert interval is not None
    assert interval.low < 0.5 < interval.high


@pytest.mark.usefixtures("history")
def test_by_sign_up_who_does_not_pay_yet_is_not_there(company: Company) -> None:
    cut = periods(date(2026, 1, 1), date(2026, 4, 1), Grain.MONTH, as_of=AS_OF)
    (january,) = cohorts(cut, company=company, grain=Grain.MONTH, start=Start.SIGN_UP).cohorts
    assert january.size == 2
    assert [cell.customers for cell in january.cells] == [1, 2, 2]
    assert january.mrr == 130


def test_too_many_are_refused(company: Company) -> None:
    cut = latest(Grain.MONTH, MOST_COHORTS + 1, as_of=AS_OF)
    with pytest.raises(PeriodError, match="120 cohorts"):
        cohorts(cut, company=company, grain=Grain.MONTH)


@pytest.mark.usefixtures("history")
def test_the_api_gives_them(company: Company) -> None:
    _, secret = create_api_key(by=None, name="test", scopes=["read"])
    client = Client(SERVER_NAME=f"{company.slug}.localhost", SERVER_PORT="8000")
    headers = {"Authorization": f"Bearer {secret}"}
    span = {"start": "2026-01-01", "end": "2026-04-01"}
    found = client.get("/api/v1/cohorts/", span, headers=headers).json()
    assert [(one["start"], one["size"], one["mrr"]) for one in found["cohorts"]] == [
        ("2026-01-01", 2, "150.00"),
        ("2026-02-01", 1, "30.00"),
    ]
    assert found["cohorts"][0]["cells"][2] | {"low": 0, "high": 0} == {
        "number": 2, "start": "2026-03-01", "end": "2026-04-01", "partial": False,
        "customers": 1, "share": 0.5, "low": 0, "high": 0, "mrr": "100.00",
        "mrr_share": pytest.approx(100 / 150),
    }  # fmt: skip
    for bad in (
        {"grain": "day"},
        {"begins": "never"},
        {"start": "2026-01-02", "end": "2026-04-01"},
    ):
        answer = client.get("/api/v1/cohorts/", bad, headers=headers)
        assert answer.status_code == 400, bad
        assert answer.json()["message"]


@pytest.mark.usefixtures("history")
def test_the_pages_show_them(company: Company, client_of: Callable[..., Client]) -> None:
    client = client_of(company, role="viewer")
    for show in ("customers", "mrr"):
        for start in ("first_payment", "sign_up"):
            page = client.get("/cohorts/", {"show": show, "span": "36", "start": start})
            assert page.status_code == 200
            assert "Jan 2026" in page.content.decode()
    span = {"cohort": "2026-01-01/2026-02-01", "at": "2026-03-01/2026-04-01"}
    text = client.get("/cohorts/customers/", span).content.decode()
    assert "stays" in text
    assert "leaves" in text
    assert "late" not in text
    assert client.get("/cohorts/customers/", {"cohort": "x"}).status_code == 400

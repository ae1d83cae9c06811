"""Time to value."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Milestone, UsageDay
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension
from metrics.models import MetricSettings
from metrics.periods import Grain, periods
from metrics.registry import metric
from metrics.series import Series, Value
from metrics.values import series
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts, plain, plain_customers
from tests.metrics.histories import DAYS, MONTHS, customers
from tests.metrics.test_agreement import GRAINS, SPLITS, random_histories, stored
from tests.metrics.test_customer_costs import rows_add_up

AS_OF = date(2026, 6, 1)
KEY = "time_to_value"
JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
FIRST = date(2026, 1, 1)


def signed_up(name: str, day: date) -> None:
    made = facts.customer(name)
    made.signed_up_on = day
    made.save()


def milestone(of: str, day: date | None, name: str = "First report", **more: Any) -> None:
    Milestone.objects.create(
        external_id=f"milestone-{Milestone.objects.count()}",
        source=facts.source(),
        recorded_at=timezone.now(),
        customer=facts.customer(of),
        name=name,
        reached_on=day,
        **more,
    )


def first_value(kind: str = "milestone", name: str = "First report", **more: str) -> None:
    MetricSettings.objects.create(pk=1, first_value=kind, first_value_name=name, **more)


def found(
    company: Company,
    dimension: Dimension = WHOLE,
    span: tuple[date, date] = JANUARY,
    grain: Grain = Grain.MONTH,
    **options: str,
) -> Series:
    cut = periods(*span, grain, as_of=AS_OF)
    return series(
        metric(KEY), cut, company=company, as_of=AS_OF, dimension=dimension, options=options
    )


def value(company: Company, **options: str) -> Value:
    return found(company, WHOLE, JANUARY, Grain.MONTH, **options).totals[-1]


def test_the_median_with_those_on_the_way_and_those_who_left(company: Company) -> None:
    """Of eleven the sixth got there after 34 days; then a twelfth leaves first."""
    first_value()
    for number, days in enumerate((9, 13, 18, 23, 31, 34, 48)):
        signed_up(f"there{number}", FIRST)
        milestone(f"there{number}", FIRST + timedelta(days=days))
    for number in range(4):
        signed_up(f"way{number}", FIRST)
        milestone(f"way{number}", None)
    one = value(company, within="20")
    assert (one.value, one.n, one.numerator) == (34, 11, 7)
    assert one.parts["share_within"] == pytest.approx(3 / 11)
    signed_up("leaves", FIRST)
    facts.term("leaves", FIRST, date(2026, 1, 5), 10)
    milestone("leaves", date(2026, 2, 1))
    ledger.rebuild()
    one = value(company, within="20")
    assert (one.parts["there"], one.parts["left_first"], one.parts["on_the_way"]) == (7, 1, 4)
    assert float(one.parts["share_within"]) == pytest.approx(3 / 12)


def test_under_half_is_no_median_but_a_share(company: Company) -> None:
    first_value()
    for number in range(7):
        signed_up(f"c{number}", FIRST)
        if number < 3:
            milestone(f"c{number}", FIRST + timedelta(days=number))
    one = value(company)
    assert one.value is None
    assert one.reason == "43 % after 151 days"


def test_first_value_is_the_companys_to_pick(company: Company) -> None:
    signed_up("c", FIRST)
    assert "nobody said" in (value(company).reason or "")
    first_value("event", "Report made")
    for day, name in ((5, "Page"), (8, "Report made"), (9, "Report made")):
        UsageDay.objects.create(
            customer=facts.customer("c"),
            day=FIRST + timedelta(days=day),
            end_user="u",
            events=1,
            kinds=["track"],
            names=[name],
            counts=[1],
        )
    assert value(company).value == 8
    MetricSettings.objects.update(first_value="date", first_value_name="live_on")
    facts.attribute("c", "live_on", "2026-01-13")
    assert value(company).value == 12
    for number, wrong in enumerate(("soon", "2026-02-31", "2026-13-01")):
        facts.attribute("c", "live_on", wrong, FIRST + timedelta(days=number))
    assert value(company).value == 12
    assert value(company, until="Nothing").parts["there"] == 0


def test_where_it_starts_and_the_time_between_milestones(company: Company) -> None:
    first_value(onboarding_milestone="Kick-off")
    signed_up("c", date(2025, 12, 1))
    facts.term("c", date(2026, 1, 3), None, 10)
    ledger.rebuild()
    milestone("c", date(2026, 1, 2), "Contract")
    milestone("c", date(2026, 1, 5), "Kick-off")
    milestone("c", date(2026, 1, 9), "Trained")
    milestone("c", date(2026, 1, 20), "First report")
    milestone("c", date(2026, 1, 4), "First report", superseded_at=timezone.now())
    assert value(company).reason == "nobody began in the period"
    assert value(company, origin="paid").value == 17
    assert value(company, origin="onboarding").value == 15
    assert value(company, origin="onboarding", begin="Contract", until="Trained").value == 7
    MetricSettings.objects.update(onboarding_milestone="")
    assert value(company, origin="onboarding").value == 18
    assert value(company, origin="onboarding", begin="First report", until="Contract").value == 0


def test_pages_and_api_show_it(company: Company, client_of: Clients) -> None:
    first_value()
    today = company.today()
    signed_up("c", today)
    milestone("c", today)
    client = client_of(company, "viewer")
    for query in ({}, {"origin": "paid"}, {"begin": "x", "until": "y"}, {"by": "product"}):
        assert client.get(f"/metrics/{KEY}/", query).status_code == 200
    assert "1 there" in client.get(f"/metrics/{KEY}/").content.decode()
    one = client.get(f"/api/v1/metrics/{KEY}/").json()["values"][-1]
    assert (one["value"], one["parts"]["p90"], one["n"]) == (0.0, 0.0, 1)
    span = {"start": str(today), "end": str(today + timedelta(days=1))}
    (row,) = client.get(f"/api/v1/metrics/{KEY}/explain/", span).json()["rows"]
    assert row["parts"] == {"began": str(today), "days": "0", "outcome": "there"}


@random_histories
@given(
    histories=customers(),
    grain=GRAINS,
    which=st.sampled_from([*SPLITS[:2], SPLITS[4]]),
    start=st.sampled_from(["sign_up", "paid"]),
    data=st.data(),
)
def test_the_plain_implementation_agrees(
    company: Company,
    histories: list[plain.Customer],
    grain: Grain,
    which: tuple[Dimension, plain.Total],
    start: str,
    data: st.DataObject,
) -> None:
    dimension, split = which
    beginners: list[tuple[plain.Customer, plain_customers.Beginner]] = []
    limit = data.draw(st.integers(1, 3))
    with stored(histories):
        MetricSettings.objects.update(first_value="milestone", first_value_name="First report")
        for customer in histories:
            sign_up = data.draw(st.none() | DAYS)
            if sign_up:
                signed_up(customer.name, sign_up)
            there = data.draw(st.none() | DAYS)
            if there:
                milestone(customer.name, there)
            began = sign_up if start == "sign_up" else plain_customers.first_paying_day(customer)
            if began is None:
                continue
            left = [
                m.day for m in plain.movements(customer) if m.kind == "churn" and m.day >= began
            ]
            one = plain_customers.Beginner(customer.name, began, there, min(left, default=None))
            beginners.append((customer, one))
        got = found(company, dimension, MONTHS, grain, origin=start)
        for cell in got.values:
            rows_add_up(company, KEY, got, cell, limit)
    for cell in got.values:
        outcomes = [
            plain_customers.outcome(one, AS_OF)
            for customer, one in beginners
            if cell.period.start <= one.began < cell.period.end
            and (not cell.segment or split.of_customer(customer, one.began) == cell.segment)
        ]
        assert cell.n == len(outcomes)
        assert cell.numerator == sum(how == "there" for _, how in outcomes)
        for share, got_days in ((0.5, cell.value), (0.75, cell.parts.get("p75"))):
            assert got_days == plain_customers.quantile(outcomes, plain_customers.Fraction(share))

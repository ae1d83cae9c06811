"""What is said of some customers alone: only of them, and what adds up over customers adds up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Contact, Customer, Invoice, Renewal
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension, Frame, Split
from metrics.contributions.rows import (
    Cell,
    Cursor,
    Measure,
    Row,
    Sums,
    additive,
    converting,
    steady_parts,
)
from metrics.contributions.rows import exactly as exact
from metrics.currency import figures_currency
from metrics.definition import Metric
from metrics.models import MetricSettings
from metrics.periods import Grain, periods
from metrics.registry import metrics
from surveys.models import Campaign, Invitation, Response
from tenants.models import Company
from tests.metrics import facts, plain, plain_customers, use_worlds
from tests.metrics.histories import DAYS, MONTHS, customers, in_currencies
from tests.metrics.plain_use import World
from tests.metrics.revenue import FEW
from tests.metrics.test_customer_costs import cost
from tests.metrics.test_customer_referrals import refer
from tests.metrics.test_customer_value_times import milestone
from tests.metrics.use_worlds import CUSTOMERS

AS_OF = MONTHS[1] + timedelta(days=20)
NOT_ADDITIVE: dict[str, list[str]] = {
    "active_users": ["method=adoption"],
    "cac_payback_months": ["default"],
    "ces": ["default", "scale=7", "scale=5", "scale=mixed"],
    "csat": ["default", "scale=5", "scale=10", "scale=mixed"],
    "customer_acquisition_cost": ["default"],
    "customer_churn_rate": ["method=daily"],
    "customer_lifetime_value": [
        "default",
        "method=revenue",
        "method=sbg",
        "period=year",
        "lifetime=residual",
    ],
    "customer_referral_rate": ["default"],
    "customer_retention_cost": ["default"],
    "health_score": ["default", "weight=mrr"],
    "ltv_to_cac": ["default", "method=revenue", "method=sbg", "period=year"],
    "resolution_time": [
        "default",
        "method=first_resolution",
        "method=first_response",
        "hours=business",
    ],
    "session_duration": ["default"],
    "time_to_value": ["default", "origin=paid", "origin=onboarding"],
}
"""By metric: with which options its sums do not add up over customers."""

WHO = st.sampled_from(CUSTOMERS)
REGION, PRODUCT = Dimension(Split.ATTRIBUTE, "region"), Dimension(Split.PRODUCT)
SPLITS = [WHOLE, REGION, PRODUCT, Dimension(Split.CROSSED, sides=(REGION, PRODUCT)), "own"]


@dataclass
class Everything:
    """Facts of every kind, of the same customers."""

    people: list[plain.Customer]
    quotes: list[plain.Quote]
    world: World
    answers: list[tuple[str, int, int, Any]] = field(default_factory=list)
    referrals: list[plain_customers.Referral] = field(default_factory=list)
    costs: list[plain_customers.Cost] = field(default_factory=list)
    renewals: list[tuple[str, Any, str, str]] = field(default_factory=list)
    invoices: list[tuple[str, Any, int]] = field(default_factory=list)
    milestones: list[tuple[str, Any]] = field(default_factory=list)


@st.composite
def everything(draw: st.DrawFn) -> Everything:
    people, quotes = draw(st.tuples(customers(), st.just([])) | in_currencies())
    world = draw(use_worlds.worlds())
    world.paying, world.regions = {}, {name: [] for name in CUSTOMERS}
    lengths = st.integers(1, 60).map(lambda days: timedelta(days=days))
    return Everything(
        people,
        quotes,
        world,
        draw(st.lists(st.tuples(WHO, st.integers(0, 1), st.integers(0, 10), DAYS), max_size=8)),
        draw(
            st.lists(st.builds(plain_customers.Referral, WHO, DAYS, st.none() | DAYS), max_size=4)
        ),
        draw(
            st.lists(
                st.builds(
                    lambda kind, amount, day, length, of: plain_customers.Cost(
                        kind, amount, day, day + length, customer=of
                    ),
                    st.sampled_from(["acquisition", "retention"]),
                    st.integers(1, 900),
                    DAYS,
                    lengths,
                    st.just("") | WHO,
                ),
                max_size=4,
            )
        ),
        draw(
            st.lists(
                st.tuples(
                    WHO,
                    DAYS,
                    st.sampled_from(["", "price", "moved"]),
                    st.sampled_from(["", "voluntary", "involuntary"]),
                ),
                max_size=6,
            )
        ),
        draw(st.lists(st.tuples(WHO, DAYS, st.integers(-20, 300)), max_size=6)),
        draw(st.lists(st.tuples(WHO, DAYS), max_size=6)),
    )


@contextmanager
def stored(found: Everything) -> Iterator[None]:
    """The facts in the database and the ledger made from them; gone afterwards."""
    with transaction.atomic():
        MetricSettings.objects.create(
            pk=MetricSettings.ONLY,
            pause_days=plain.PAUSE_DAYS,
            first_value="milestone",
            first_value_name="First report",
        )
        facts.store(found.people)
        use_worlds.store(found.world)
        for quote in found.quotes:
            facts.rate(*quote)
        store_feedback(found)
        for one in found.referrals:
            refer(one)
        for spent in found.costs:
            cost(spent)
        store_dated(found)
        ledger.rebuild()
        yield
        transaction.set_rollback(True)


def store_feedback(found: Everything) -> None:
    asked = Campaign.objects.create(name="NPS", question="Would you?")
    people: dict[tuple[str, int], Contact] = {}
    for number, (of, which, score, day) in enumerate(found.answers):
        if (of, which) not in people:
            people[of, which] = facts.contact(facts.customer(of), f"{which}@{of}.example")
        invitation = Invitation.objects.create(
            campaign=asked,
            contact=people[of, which],
            round=number + 1,
            token_seed=f"nps {number}",
            token_hash=f"nps {number}",
        )
        at = datetime.combine(day, time(12), UTC)
        Response.objects.create(invitation=invitation, score=score, origin="page", answered_at=at)


def store_dated(found: Everything) -> None:
    known = {"source": facts.source(), "recorded_at": timezone.now()}
    for number, (of, day, reason, kind) in enumerate(found.renewals):
        Renewal.objects.create(
            external_id=str(number),
            customer=facts.customer(of),
            renews_on=day,
            churn_reason=reason,
            churn_kind=kind,
            **known,
        )
    for number, (of, day, amount) in enumerate(found.invoices):
        Invoice.objects.create(
            external_id=str(number),
            customer=facts.customer(of),
            issued_on=day,
            amount=amount,
            currency="USD",
            **known,
        )
    for of, day in found.milestones:
        milestone(of, day)
    for number, customer in enumerate(Customer.objects.order_by("id")):
        customer.signed_up_on = MONTHS[0] + timedelta(days=13 * number)
        customer.save()


def ways(metric: Metric) -> list[dict[str, str]]:
    """The default options, and each choice of each other than by default."""
    return [
        {},
        *(
            {option.name: choice.value}
            for option in metric.options
            for choice in option.choices[1:]
        ),
    ]


def measured(metric: Metric, options: dict[str, str]) -> Measure:
    return metric.compute(metric.choose(options)).measure


def test_which_do_not_add_up() -> None:
    loose: dict[str, list[str]] = {}
    for metric in metrics():
        for way in ways(metric):
            if not additive(measured(metric, way)):
                words = ", ".join(f"{name}={choice}" for name, choice in way.items())
                loose.setdefault(metric.key, []).append(words or "default")
    assert loose == NOT_ADDITIVE


def added_up(one: Sums, other: Sums, steady: frozenset[str]) -> Sums:
    names = {**one.parts, **other.parts}
    zero = Decimal(0)
    parts = {
        name: max(one.parts.get(name, zero), other.parts.get(name, zero))
        if name in steady
        else one.parts.get(name, zero) + other.parts.get(name, zero)
        for name in names
    }
    return Sums(
        one.n + other.n,
        one.y + other.y,
        one.x + other.x,
        one.yy + other.yy,
        one.xy + other.xy,
        one.xx + other.xx,
        parts,
    )


def without_nothing(sums: Sums) -> Sums:
    """As it is, but for parts of 0, which a cell may also leave out."""
    return replace(sums, parts={name: part for name, part in sums.parts.items() if part})


def assert_adds_up(key: str, measure: Measure, frame: Frame, halves: list[list[int]]) -> None:
    whole = measure.sums(frame)
    one, other = (measure.sums(replace(frame, customers=half)) for half in halves)
    assert {*one, *other} <= set(whole), key
    steady = steady_parts(measure)
    for cell, sums in whole.items():
        both = added_up(one.get(cell, Sums()), other.get(cell, Sums()), steady)
        assert without_nothing(both) == without_nothing(sums), (key, cell)


def all_rows(measure: Measure, frame: Frame, segment: str | None) -> list[Row]:
    rows: list[Row] = []
    cursor: Cursor | None = Cursor()
    while cursor is not None:
        page = measure.rows(frame, segment, cursor, 3)
        rows += page.rows
        cursor = page.next_cursor
    return rows


def assert_of_them_alone(key: str, measure: Measure, frame: Frame) -> None:
    """Only their rows, which are their numbers."""
    (period, *_) = frame.periods
    frame = replace(frame, periods=[period])
    cells: dict[Cell, Sums] = measure.sums(frame)
    for (_, segment), sums in cells.items():
        rows = all_rows(measure, frame, segment)
        assert {row.customer_id for row in rows} <= set(frame.customers or ()), key
        y = sum((row.numerator for row in rows), Decimal(0))
        assert y == pytest.approx(sums.y, abs=Decimal("1e-12")), (key, segment)


@FEW
@given(
    found=everything(),
    split=st.sampled_from(SPLITS),
    grain=st.sampled_from([Grain.MONTH, Grain.QUARTER]),
    data=st.data(),
)
def test_the_sums_of_two_halves_are_those_of_all(
    company: Company, found: Everything, split: Dimension | str, grain: Grain, data: st.DataObject
) -> None:
    cut = periods(*MONTHS, grain, as_of=AS_OF)
    with stored(found), exact():
        ids = list(Customer.objects.order_by("id").values_list("id", flat=True))
        in_one = data.draw(st.sets(st.sampled_from(ids)))
        halves = [[pk for pk in ids if (pk in in_one) is is_in] for is_in in (True, False)]
        rates = figures_currency(company).rates
        for metric in metrics():
            if split == "own" and not metric.splits:
                continue
            own = data.draw(st.sampled_from(metric.splits)) if split == "own" else ""
            dimension = Dimension(Split.OWN, own) if isinstance(split, str) else split
            for way in [{}, data.draw(st.sampled_from(ways(metric)))]:
                measure, name = measured(metric, way), f"{metric.key} {way}"
                known = rates if converting(measure) else None
                frame = Frame(cut, dimension, company.timezone, AS_OF, rates=known)
                if additive(measure):
                    assert_adds_up(name, measure, frame, halves)
                assert_of_them_alone(name, measure, replace(frame, customers=halves[0]))

"""Random facts for the revenue metrics, and how they get into the database."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import Phase, settings
from hypothesis import strategies as st

from customers.models import Invoice, Renewal, Subscription, Term
from customers.models.usage import UsageDay
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension, Frame, Split, crossed
from metrics.contributions.rows import Cursor
from metrics.currency import Currency
from metrics.models import MetricSettings
from metrics.periods import Period
from metrics.registry import metric
from metrics.series import Series
from metrics.values import series, sums_of
from tenants.models import Company
from tests.metrics import facts
from tests.metrics import plain_revenue as plain
from tests.metrics.histories import quotes
from tests.metrics.plain import Quote, worth_in

FIRST = date(2025, 12, 22)
DAYS = st.integers(0, 100).map(lambda number: FIRST + timedelta(days=number))
PLANS = st.sampled_from([("Suite", "Basic"), ("Suite", "Pro"), ("Extra", "One"), ("Addon", "Two")])
QUANTITIES = st.sampled_from([Decimal(1), Decimal(2), Decimal(3)])
PRICES = st.sampled_from([Decimal(10), Decimal(15), Decimal("33.3333333333"), Decimal(0)])
INTERVALS = st.sampled_from(["month", "month", "quarter", "week"])
TIERS = st.sampled_from(["gold", "north", ""])
REGIONS = st.sampled_from(["north", "south", ""])


@st.composite
def subscriptions(
    draw: st.DrawFn, name: str, currencies: Sequence[str] = ("USD",)
) -> list[plain.Term]:
    cuts = sorted(draw(st.lists(DAYS, min_size=1, max_size=4, unique=True)))
    ends: list[date | None] = [*cuts[1:], None]
    if draw(st.booleans()):
        cuts, ends = cuts[:-1], ends[:-1]
    terms = []
    for start, end in zip(cuts, ends, strict=True):
        chosen = draw(st.none() | PLANS)
        if chosen is not None:
            what = (draw(QUANTITIES), draw(PRICES), draw(INTERVALS))
            currency = draw(st.sampled_from(currencies))
            terms.append(plain.Term(name, *chosen, start, end, *what, currency))
    return terms


@st.composite
def invoices(
    draw: st.DrawFn, subscriptions: list[str], currencies: Sequence[str] = ("USD",)
) -> plain.Invoice:
    issued = draw(DAYS)
    starts = draw(st.none() | DAYS)
    length = draw(st.sampled_from([1, 28, 31, 90]))
    return plain.Invoice(
        draw(st.sampled_from([None, *subscriptions])),
        issued,
        Decimal(draw(st.sampled_from([-30, 7, 100, 365]))),
        starts,
        starts + timedelta(days=length) if starts else None,
        draw(st.sampled_from(currencies)),
    )


@st.composite
def in_currencies(draw: st.DrawFn) -> tuple[list[plain.Customer], list[Quote]]:
    """Customers with contracts and invoices in several currencies, and the rates of all."""
    rates = draw(quotes())
    found = draw(customers(("EUR", "EUR", "USD", "GBP", "CHF")))
    worth = worth_in("USD", rates)
    for customer in found:
        customer.worth = worth
    return found, rates


@st.composite
def customers(draw: st.DrawFn, currencies: Sequence[str] = ("USD",)) -> list[plain.Customer]:
    found = []
    for number in range(draw(st.integers(1, 4))):
        customer = plain.Customer(f"c{number}")
        for which in range(draw(st.integers(1, 3))):
            customer.terms += draw(subscriptions(f"s{which}", currencies))
        held = sorted({t.subscription for t in customer.terms})
        changes = sorted({t.starts_on for t in customer.terms})
        due = st.sampled_from(changes) | DAYS if changes else DAYS
        for on in draw(st.lists(due, max_size=4, unique=True)):
            customer.renewals.append(
                plain.Renewal(
                    draw(st.sampled_from([None, *held])),
                    on,
                    draw(st.none() | DAYS),
                    draw(st.sampled_from(["", "price", "moved"])),
                    draw(st.sampled_from(["", "voluntary", "involuntary"])),
                )
            )
        customer.invoices = draw(st.lists(invoices(held, currencies), max_size=4))
        customer.use = draw(
            st.sets(st.tuples(DAYS, st.sampled_from(["ann", "bob", "cyd"])), max_size=5)
        )
        moves = sorted(draw(st.lists(DAYS, max_size=2, unique=True)))
        if draw(st.booleans()):
            customer.region = [(None, draw(REGIONS)), *((day, draw(REGIONS)) for day in moves)]
        if draw(st.booleans()):
            customer.tier = [(None, draw(TIERS)), (draw(DAYS), draw(TIERS))]
        found.append(customer)
    return found


def store(found: Iterable[plain.Customer]) -> None:
    for each in found:
        made = facts.customer(each.name)
        known = {"source": facts.source(), "recorded_at": timezone.now()}
        ids: dict[str | None, int | None] = {None: None}
        for term in each.terms:
            subscription, _ = Subscription.objects.get_or_create(
                external_id=f"{each.name}/{term.subscription}",
                defaults={"customer": made, **known},
            )
            ids[term.subscription] = subscription.pk
            Term.objects.create(
                subscription=subscription,
                plan=facts.plan(term.product, term.plan),
                starts_on=term.starts_on,
                ends_on=term.ends_on,
                quantity=term.quantity,
                interval=term.interval,
                amount=term.price,
                mrr=term.mrr,
                currency=term.currency,
                **known,
            )
        for number, renewal in enumerate(each.renewals):
            Renewal.objects.create(
                customer=made,
                external_id=f"{each.name}/{number}",
                subscription_id=ids[renewal.subscription],
                renews_on=renewal.renews_on,
                cancelled_on=renewal.cancelled_on,
                churn_reason=renewal.reason,
                churn_kind=renewal.kind,
                **known,
            )
        for number, invoice in enumerate(each.invoices):
            Invoice.objects.create(
                customer=made,
                external_id=f"{each.name}/{number}",
                subscription_id=ids[invoice.subscription],
                issued_on=invoice.issued_on,
                amount=invoice.amount,
                currency=invoice.currency,
                period_starts_on=invoice.starts_on,
                period_ends_on=invoice.ends_on,
                **known,
            )
        for day, end_user in each.use:
            UsageDay.objects.create(
                customer=made,
                day=day,
                end_user=end_user,
                events=1,
                kinds=["track"],
                names=["did"],
                counts=[1],
            )
        for valid_from, value in each.region:
            facts.attribute(each.name, "region", value, valid_from)
        for valid_from, value in each.tier:
            facts.attribute(each.name, "tier", value, valid_from)


SPAN = (date(2026, 1, 1), date(2026, 4, 1))
AS_OF = date(2027, 1, 1)
IN_DOLLARS = Currency("USD")
REGION, TIER = Dimension(Split.ATTRIBUTE, "region"), Dimension(Split.ATTRIBUTE, "tier")
PRODUCT, PLAN = Dimension(Split.PRODUCT), Dimension(Split.PLAN)
SPLITS = [
    (WHOLE, plain.Split("")),
    *((one, plain.Split(one.name)) for one in (REGION, PRODUCT, PLAN)),
    *(
        (crossed(*both), plain.Split(crossed(*both).name))
        for both in ((REGION, TIER), (REGION, PRODUCT), (PLAN, TIER))
    ),
]
EXAMPLES = int(os.environ.get("EXAMPLES", "10"))
random_histories = settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
# For tests that ask everything of each history, which takes seconds.
FEW = settings(random_histories, max_examples=max(4, EXAMPLES // 4))


@contextmanager
def stored(found: list[plain.Customer]) -> Iterator[None]:
    with transaction.atomic():
        store(found)
        late_days = found[0].late_days if found else 0
        MetricSettings.objects.create(pk=MetricSettings.ONLY, late_days=late_days)
        ledger.rebuild()
        yield
        transaction.set_rollback(True)


def engine(
    company: Company,
    key: str,
    cut: list[Period],
    dimension: Dimension = WHOLE,
    as_of: date = AS_OF,
    **options: str,
) -> Series:
    return series(
        metric(key), cut, company=company, as_of=as_of, dimension=dimension, options=options
    )


def by_cell(found: Series) -> dict[tuple[Period, str], Any]:
    return {(value.period, value.segment or ""): value for value in found.values}


def rows_add_up(
    company: Company,
    key: str,
    cut: list[Period],
    dimension: Dimension,
    as_of: date = AS_OF,
    currency: Currency = IN_DOLLARS,
    **options: str,
) -> None:
    """In every cell, over pages of two."""
    computation = metric(key).compute(metric(key).choose(options))
    for period in cut:
        cells = sums_of(
            computation,
            [period],
            company=company,
            dimension=dimension,
            currency=currency,
            as_of=as_of,
        )
        for (_, segment), sums in cells.items():
            cursor: Cursor | None = Cursor()
            rows = []
            while cursor is not None:
                frame = Frame([period], dimension, as_of=as_of, rates=currency.rates)
                page = computation.measure.rows(frame, segment, cursor, 2)
                rows += page.rows
                cursor = page.next_cursor
            assert len({row.customer_id for row in rows}) == len(rows)
            assert sum((row.numerator for row in rows), Decimal(0)) == pytest.approx(
                sums.y, abs=Decimal("1e-15")
            )
            if computation.denominator_unit is not None:
                found = sum((row.denominator or Decimal(0) for row in rows), Decimal(0))
                assert found == pytest.approx(sums.x, abs=Decimal("1e-15"))

"""What was sold and why customers left, as the ledger keeps it and as sums are kept of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone
from hypothesis import given
from psycopg.sql import SQL

from customers.models import Change, Customer, Renewal, Term
from metrics.actions import ledger
from metrics.contributions.frame import Dimension, Frame, Split
from metrics.ledger import sales
from metrics.models import Departure, MetricSettings, Sale, StoreState
from metrics.periods import Grain, periods
from metrics.registry import metric
from tenants.models import Company
from tests.metrics import facts, revenue
from tests.metrics import plain_revenue as plain
from tests.metrics.revenue import FEW, engine, random_histories, stored
from tests.metrics.test_revenue_expansion import late
from tests.metrics.test_stored import SPLITS, assert_kept_is_computed, held, keep, undone

COLUMNS = ("customer_id", "day", "plan_id", "part", "amount")
LONG_AGO, DAY = dt.date(2025, 3, 1), dt.date(2026, 1, 10)


def kept() -> tuple[list[Any], list[Any]]:
    return (
        sorted(Sale.objects.values_list(*COLUMNS), key=str),
        sorted(Departure.objects.values_list("customer_id", "day", "reason", "kind")),
    )


@random_histories
@given(found=late())
def test_two_neighbouring_terms_say_what_all_of_them_say(
    company: Company, found: list[plain.Customer]
) -> None:
    """To the last digit: of who pays for one thing at a time, it is made in fewer words."""
    with stored(found):
        query = SQL("WITH {} SELECT customer_id, day, plan_id, part, amount FROM sale").format(
            sales.relation("metrics_movement", SQL(""))
        )
        with connection.cursor() as cursor:
            cursor.execute(query)
            assert kept()[0] == sorted(cursor.fetchall(), key=str)


def test_shares_of_quantity_and_price_add_up(company: Company) -> None:
    """Of who pays for one thing, in thirds: the larger share takes what rounding leaves."""
    made = facts.term("c", LONG_AGO, DAY, 100, subscription="s")
    made.quantity = Decimal(3)
    made.save()
    more = facts.term("c", DAY, None, 200, subscription="s")
    more.quantity = Decimal(4)
    more.save()
    ledger.rebuild()
    found = {sale.part: sale.amount for sale in Sale.objects.all()}
    assert found == {"upsell": Decimal(50), "price": Decimal(50)}
    more.mrr = more.amount = Decimal("200.0000000001")
    more.save()
    ledger.rebuild()
    found = {sale.part: sale.amount for sale in Sale.objects.all()}
    assert sum(found.values()) == Decimal("100.0000000001")


@FEW
@given(found=revenue.customers(), later=revenue.customers())
def test_brought_up_to_date_is_made_again(
    company: Company, found: list[plain.Customer], later: list[plain.Customer]
) -> None:
    """Terms and renewals of some customers in place of those they had."""
    with undone():
        MetricSettings.objects.create(pk=MetricSettings.ONLY, late_days=15)
        revenue.store(found)
        for key, value in (("region", "north"), ("tier", "gold")):
            facts.attribute("somebody", key, value)
        ledger.rebuild()
        keep(*SPLITS)
        names = {customer.name for customer in later}
        Term.objects.filter(subscription__customer__name__in=names).delete()
        Renewal.objects.filter(customer__name__in=names).update(superseded_at=timezone.now())
        for customer in later:
            customer.region, customer.tier, customer.invoices, customer.use = [], [], [], set()
        revenue.store(later)
        Change.objects.all().delete()
        for one in Customer.objects.filter(name__in=names):
            for kind in ("subscriptions", "renewals"):
                Change.objects.create(customer=one, kind=kind, from_day=None)
        before = StoreState.objects.get().remade_at
        ledger.refresh()
        assert StoreState.objects.get().remade_at == before  # not by making all again
        brought_up, rows = held(), kept()
        ledger.rebuild()
        again = held()
        assert kept() == rows
        for what in ("cells", "values"):
            old, new = brought_up[what], again[what]
            assert [key for key in old.keys() | new.keys() if old.get(key) != new.get(key)] == []
        assert_kept_is_computed(company, *SPLITS)


def test_names_of_reasons_are_a_period_s_own(company: Company) -> None:
    """More than twenty: those of one month do not depend on other months shown."""
    for number in range(24):
        owner = facts.term(f"c{number}", LONG_AGO, DAY, 100 - number).subscription.customer
        facts.attribute(owner.name, "region", "north" if number % 2 else "south")
        facts.term(f"d{number}", LONG_AGO, DAY + dt.timedelta(40), 10)
        for name, reason in (("c", f"reason {number:02}"), ("d", "moved")):
            Renewal.objects.create(
                customer=facts.customer(f"{name}{number}"),
                external_id=f"{name}{number}",
                renews_on=DAY if name == "c" else DAY + dt.timedelta(40),
                churn_reason=reason,
                source=facts.source(),
                recorded_at=timezone.now(),
            )
    ledger.rebuild()
    region = Dimension(Split.ATTRIBUTE, "region")
    options = {"count": "mrr", "parts": "reason"}

    def parts(end: dt.date) -> list[dict[str, Decimal]]:
        cut = periods(dt.date(2026, 1, 1), end, Grain.MONTH, as_of=revenue.AS_OF)
        found = engine(company, "churn_reasons", cut, region, **options)
        return [
            dict(one.parts)
            for one in found.values
            if one.period == cut[0] and one.segment != "none"
        ]

    total, north, south = parts(dt.date(2026, 2, 1))
    assert next(iter(total)) == "reason 00"
    assert len(total) == 20
    assert total["other reasons"] == sum(100 - number for number in range(19, 24))
    assert list(north) == list(south) == list(total)
    assert {name: north[name] + south[name] for name in total} == total
    assert parts(dt.date(2026, 4, 1)) == [total, north, south]
    frame = Frame(periods(*revenue.SPAN, Grain.MONTH, as_of=revenue.AS_OF))
    every = metric("churn_reasons").compute(metric("churn_reasons").choose(options)).measure
    assert len(every.sums(frame)[0, None].parts) == 24

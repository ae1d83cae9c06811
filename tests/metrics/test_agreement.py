"""The engine and the plain implementation agree, and the identities hold, on random histories."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from customers.models import Change, Customer, Pause, Term
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension, Frame, Split, crossed
from metrics.contributions.rows import Cursor
from metrics.currency import Currency
from metrics.models import ContractDay, MetricSettings, Movement, MovementPart
from metrics.periods import Grain, Period, periods
from metrics.registry import metric, metrics
from metrics.series import Series
from metrics.values import series, sums_of
from tenants.models import Company
from tests.metrics import facts, plain
from tests.metrics.held import assert_held
from tests.metrics.histories import MONTHS, customers

AS_OF = MONTHS[1] + timedelta(days=300)
REGION, TIER = Dimension(Split.ATTRIBUTE, "region"), Dimension(Split.ATTRIBUTE, "tier")
PRODUCT, PLAN = Dimension(Split.PRODUCT), Dimension(Split.PLAN)
BY_REGION, BY_TIER = plain.ByAttribute(), plain.ByAttribute("tier")
BY_PRODUCT = plain.BySubscription(lambda term: term.product)
BY_PLAN = plain.BySubscription(lambda term: f"{term.product}: {term.plan}")
SPLITS: list[tuple[Dimension, plain.Total]] = [
    (WHOLE, plain.Total()),
    (REGION, BY_REGION),
    (PRODUCT, BY_PRODUCT),
    (PLAN, BY_PLAN),
    (crossed(REGION, TIER), plain.Crossed(BY_REGION, BY_TIER)),
    (crossed(REGION, PRODUCT), plain.Crossed(BY_REGION, BY_PRODUCT)),
    (crossed(PLAN, TIER), plain.Crossed(BY_PLAN, BY_TIER)),
]
GRAINS = st.sampled_from([Grain.MONTH, Grain.QUARTER, Grain.RANGE])
random_histories = settings(
    max_examples=int(os.environ.get("EXAMPLES", "25")),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes here
)


@contextmanager
def stored(found: list[plain.Customer]) -> Iterator[None]:
    """The facts in the database and the ledger made from them; gone afterwards."""
    with transaction.atomic():
        MetricSettings.objects.create(
            pk=MetricSettings.ONLY, pause_days=plain.PAUSE_DAYS, late_days=found[0].late_days
        )
        facts.store(found)
        ledger.refresh()
        yield
        transaction.set_rollback(True)


def engine(
    company: Company, key: str, cut: list[Period], dimension: Dimension, **options: str
) -> Series:
    found = series(
        metric(key), cut, company=company, as_of=AS_OF, dimension=dimension, options=options
    )
    for value in found.values:
        assert_held(key, value)
    return found


def by_cell(found: Series) -> dict[tuple[Period, str], Any]:
    return {(value.period, value.segment or ""): value for value in found.values}


def expected_rates(one: plain.Rates) -> dict[tuple[str, str], tuple[Any, Any]]:
    """(metric, method): numerator and denominator."""
    opening, mrr = one.opening, one.opening_mrr
    lost = one.lost_by_movements
    return {
        ("customer_retention_rate", "cohort"): (one.kept, opening),
        ("customer_retention_rate", "count"): (one.closing - one.new, opening),
        ("customer_retention_rate", "simple"): (one.closing, opening),
        ("customer_retention_rate", "active_share"): (one.closing, one.ever),
        ("customer_churn_rate", "cohort"): (opening - one.kept, opening),
        ("customer_churn_rate", "kept"): (one.lost_but_not_paused, one.opening_or_paused),
        ("customer_churn_rate", "events"): (one.churned, opening),
        ("customer_churn_rate", "stripe"): (one.churned, opening + one.new),
        ("gross_revenue_churn_rate", "cohort"): (mrr - one.kept_mrr, mrr),
        ("gross_revenue_churn_rate", "movements"): (lost, mrr),
        ("net_revenue_churn_rate", "cohort"): (mrr - one.closing_mrr_of_opening, mrr),
        ("net_revenue_churn_rate", "movements"): (lost - one.gained_by_movements, mrr),
        ("gross_revenue_retention", ""): (one.kept_mrr, mrr),
        ("net_revenue_retention", ""): (one.closing_mrr_of_opening, mrr),
    }


@random_histories
@given(found=customers(), grain=GRAINS, which=st.sampled_from(SPLITS))
def test_rates(
    company: Company,
    found: list[plain.Customer],
    grain: Grain,
    which: tuple[Dimension, plain.Total],
) -> None:
    dimension, split = which
    cut = periods(*MONTHS, grain, as_of=AS_OF)
    cells = [(period, name) for period in cut for name in {"", *split.segments(found)}]
    expected = {
        (period, name): expected_rates(plain.rates(found, split, name, period.start, period.end))
        for period, name in cells
    }
    with stored(found):
        for key, method in expected_rates(plain.Rates()):
            options = {"method": method} if method else {}
            if method == "kept":
                options = {"pause": "kept"}
            got = by_cell(engine(company, key, cut, dimension, **options))
            assert set(got) <= set(expected)
            for cell, amounts in expected.items():
                numerator, denominator = amounts[key, method]
                if cell not in got:
                    assert (numerator, denominator) == (0, 0)
                    continue
                value = got[cell]
                assert (value.numerator, value.denominator) == (numerator, denominator), key
                if denominator == 0:
                    assert value.value is None
                    assert value.reason
                else:
                    assert value.value == pytest.approx(float(Decimal(numerator) / denominator))
                if method != "active_share" and key.startswith("customer") and method != "stripe":
                    assert value.n == denominator


@random_histories
@given(found=customers(), grain=GRAINS, which=st.sampled_from(SPLITS))
def test_movements_and_balances(
    company: Company,
    found: list[plain.Customer],
    grain: Grain,
    which: tuple[Dimension, plain.Total],
) -> None:
    dimension, split = which
    cut = periods(*MONTHS, grain, as_of=AS_OF)
    with stored(found):
        mrr = by_cell(engine(company, "mrr_movements", cut, dimension))
        closing = by_cell(engine(company, "mrr", cut, dimension))
        arpa = by_cell(engine(company, "arpa", cut, dimension))
        counts = by_cell(engine(company, "customers", cut, dimension))
    assert set(mrr) == set(closing) == set(arpa) == set(counts)
    for period in cut:
        for name in {"", *split.segments(found)}:
            span = (period.start, period.end)
            money = plain.flows(found, split, name, *span)
            heads = plain.customer_flows(found, split, name, *span)
            if (period, name) not in mrr:
                assert not any(money.values())
                assert not any(heads.values())
                continue
            assert dict(mrr[period, name].parts) == {
                part: money[part] for part in mrr[period, name].parts
            }
            assert dict(counts[period, name].parts) == {
                part: heads[part] for part in counts[period, name].parts
            }
            assert closing[period, name].value == money["closing"]
            assert counts[period, name].value == heads["closing"]
            if heads["closing"]:
                mean = money["closing"] / heads["closing"]
                assert arpa[period, name].value == pytest.approx(mean, abs=Decimal("1e-10"))
            else:
                assert arpa[period, name].value is None


@random_histories
@given(found=customers(), which=st.sampled_from(SPLITS))
def test_daily_churn(
    company: Company, found: list[plain.Customer], which: tuple[Dimension, plain.Total]
) -> None:
    dimension, split = which
    cut = periods(*MONTHS, Grain.MONTH, as_of=AS_OF)[:1]
    with stored(found):
        got = by_cell(engine(company, "customer_churn_rate", cut, dimension, method="daily"))
    for (period, name), value in got.items():
        expected = plain.daily_churn(found, split, name, period.start, period.end)
        if expected is None:
            assert value.value is None
        else:
            assert value.value == pytest.approx(float(expected))


def total(value: Any) -> Decimal:
    parts = value.parts
    gained = sum(
        parts[name] for name in ("new", "reactivation", "resume", "expansion", "transfer", "fx")
    )
    return Decimal(gained - sum(parts[name] for name in ("contraction", "pause", "churn")))


@random_histories
@given(found=customers(), which=st.sampled_from(SPLITS))
def test_identities(
    company: Company, found: list[plain.Customer], which: tuple[Dimension, plain.Total]
) -> None:
    dimension, _ = which
    months = periods(*MONTHS, Grain.MONTH, as_of=AS_OF)
    (quarter,) = periods(*MONTHS, Grain.QUARTER, as_of=AS_OF)
    with stored(found):
        monthly = by_cell(engine(company, "mrr_movements", months, dimension))
        quarterly = by_cell(engine(company, "mrr_movements", [quarter], dimension))
        rates = {
            key: by_cell(engine(company, key, months, dimension))
            for key in (
                "customer_retention_rate",
                "customer_churn_rate",
                "gross_revenue_retention",
                "gross_revenue_churn_rate",
                "net_revenue_retention",
                "net_revenue_churn_rate",
            )
        }
    names = {name for _, name in monthly}
    for value in [*monthly.values(), *quarterly.values()]:
        assert value.parts["opening"] + total(value) == value.parts["closing"]
    for name in names:
        for part in ("new", "expansion", "contraction", "churn", "reactivation", "transfer"):
            by_month = sum(monthly[period, name].parts[part] for period in months)
            assert by_month == quarterly[quarter, name].parts[part]
    if dimension != WHOLE:
        for period in months:
            for part, amount in monthly[period, ""].parts.items():
                split = sum(monthly[period, name].parts[part] for name in names if name)
                assert split == amount, part
    for cell, retention in rates["customer_retention_rate"].items():
        churn = rates["customer_churn_rate"][cell]
        assert retention.numerator + churn.numerator == churn.denominator
        gross, net = rates["gross_revenue_retention"][cell], rates["net_revenue_retention"][cell]
        assert net.numerator >= gross.numerator
        lost = rates["gross_revenue_churn_rate"][cell]
        assert gross.numerator + lost.numerator == gross.denominator
        assert net.numerator + rates["net_revenue_churn_rate"][cell].numerator == net.denominator


def ledger_rows() -> tuple[list[Any], ...]:
    def rows(model: type[Movement | MovementPart | ContractDay], *order: str) -> list[Any]:
        names = [field.attname for field in model._meta.fields if field.name != "id"]
        return list(model.objects.order_by(*order).values_list(*names))  # type: ignore[misc]

    return (
        rows(Movement, "customer_id", "day", "position"),
        rows(MovementPart, "customer_id", "day", "plan_id", "currency", "kind"),
        rows(ContractDay, "customer_id", "subscription_id", "first_on"),
    )


@random_histories
@given(found=customers(), later=customers())
def test_incremental_is_rebuilt(
    company: Company, found: list[plain.Customer], later: list[plain.Customer]
) -> None:
    """Facts in two waves, the second replacing terms of the first, against one rebuild."""
    with stored(found):
        replaced = {customer.name for customer in later}
        Term.objects.filter(subscription__customer__name__in=replaced).delete()
        Pause.objects.filter(customer__name__in=replaced).delete()
        for customer in later:
            customer.attributes, customer.tiers = [], []
        facts.store(later)
        waiting = Change.objects.count()
        assert ledger.refresh() == waiting == len(later)
        assert Change.objects.count() == 0
        incremental = ledger_rows()
        ledger.refresh()
        assert ledger_rows() == incremental
        ledger.rebuild()
        assert ledger_rows() == incremental


@random_histories
@given(found=customers(), which=st.sampled_from(SPLITS), data=st.data())
def test_the_rows_are_the_number(
    company: Company,
    found: list[plain.Customer],
    which: tuple[Dimension, plain.Total],
    data: st.DataObject,
) -> None:
    """Whatever the metric, its options, segment and paging: rows add up to the value's sums."""

    dimension, _ = which
    (period,) = periods(*MONTHS, Grain.QUARTER, as_of=AS_OF)
    limit = data.draw(st.integers(1, 3))
    with stored(found):
        for one in metrics():
            options = {
                option.name: data.draw(st.sampled_from([one.value for one in option.choices]))
                for option in one.options
            }
            computation = one.compute(options)
            cells = sums_of(
                computation,
                [period],
                company=company,
                dimension=dimension,
                currency=Currency("USD"),
            )
            for (_, segment), sums in cells.items():
                cursor: Cursor | None = Cursor()
                rows = []
                while cursor is not None:
                    frame = Frame([period], dimension)
                    page = computation.measure.rows(frame, segment, cursor, limit)
                    assert len(page.rows) <= limit
                    rows += page.rows
                    cursor = page.next_cursor
                numerator = sum((row.numerator for row in rows), Decimal(0))
                # Thirds of a day's or a customer's weight have no exact sum.
                assert abs(numerator - sums.y) < Decimal("1e-15"), one.key
                if computation.denominator_unit is not None:
                    denominator = sum((row.denominator or Decimal(0) for row in rows), Decimal(0))
                    assert abs(denominator - sums.x) < Decimal("1e-15"), one.key
                known = Customer.objects.filter(pk__in=[row.customer_id for row in rows])
                assert known.count() == len({row.customer_id for row in rows})

"""Values that are kept: what is read is what would be computed, and what changes brought up to
date is what making all of it again gives, to the last digit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Change, Customer, CustomerAttribute, Pause, Term
from metrics import dimensions
from metrics.actions import ledger
from metrics.models import (
    Restatement,
    StoredCell,
    StoredSeries,
    StoredSplit,
    StoredValue,
    StoreState,
)
from metrics.periods import Grain, latest
from metrics.registry import metric, metrics
from metrics.shared import Shared
from metrics.values import computed, series
from tenants.models import Company
from tests.metrics import facts, plain, use_worlds
from tests.metrics.histories import customers
from tests.metrics.plain_use import World
from tests.metrics.revenue import FEW

SPLITS = ("region", "product", "region,tier")


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def keep(*splits: str) -> None:
    for by in splits:
        StoredSplit.objects.create(by=by, asked_on=dt.date(2026, 1, 1))
    ledger.refresh(keeps=True)


def held() -> dict[str, Any]:
    """All that is kept but for when it was made."""
    columns = [
        field.name for field in StoredValue._meta.fields if field.name not in ("id", "series")
    ]
    return {
        "values": {
            (metric, by, start, segment): tuple(rest)
            for metric, by, start, segment, *rest in StoredValue.objects.values_list(
                "series__metric", "series__by", "start", "segment", *columns
            )
        },
        "cells": {
            key: tuple(amounts)
            for *key_, amounts in StoredCell.objects.values_list(
                "by", "component", "day", "segment", "amounts"
            )
            for key in [tuple(key_)]
        },
    }


def assert_kept_is_computed(company: Company, *splits: str) -> None:
    """Whatever is read comes out of the rows the same."""
    as_of = company.today()
    months = latest(Grain.MONTH, 24, as_of=as_of)
    for one in metrics():
        for by in ("", *splits):
            try:
                dimension = dimensions.dimension(by, one)
            except dimensions.UnknownSegmentError:
                continue  # another metric's own
            read = series(one, months, company=company, as_of=as_of, dimension=dimension)
            held = StoredSeries.objects.get(metric=one.key, by=by)
            if held.currency or not read.computation.measure.is_money:
                assert read.computed_at == held.computed_at
            live, _ = computed(
                one, months, dimension=dimension, shared=Shared(company, as_of, is_live=True)
            )
            assert [plain_of(value) for value in read.values] == [
                plain_of(value) for value in live.values
            ], (one.key, by)
            assert (read.options, read.currency) == (live.options, live.currency)


def store(found: list[plain.Customer]) -> None:
    """With somebody who has a value of every attribute, so that each can be split by."""
    facts.store(found)
    for key, value in (("region", "north"), ("tier", "gold")):
        facts.attribute("somebody", key, value)


def plain_of(value: Any) -> tuple[Any, ...]:
    return (
        value.period,
        value.segment,
        value.value,
        value.low,
        value.high,
        value.numerator,
        value.denominator,
        value.n,
        dict(value.parts),
        value.reason,
        value.is_small,
    )


@FEW
@given(found=customers())
def test_what_is_kept_is_what_is_computed(company: Company, found: list[plain.Customer]) -> None:
    with undone():
        store(found)
        keep(*SPLITS)
        assert_kept_is_computed(company, *SPLITS)


@FEW
@given(world=use_worlds.worlds())
def test_use_and_support_are_kept_as_computed(company: Company, world: World) -> None:
    splits = ("feature", "campaign", "priority", "region,feature")
    with undone():
        use_worlds.store(world)
        facts.attribute("somebody", "region", "north")
        keep(*splits)
        assert_kept_is_computed(company, *splits)


def test_a_first_contract_in_another_currency(company: Company) -> None:
    """Amounts without a rate cannot be added up, from the same run on."""
    with undone():
        months = latest(Grain.MONTH, 6, as_of=company.today())
        facts.term("acme", months[0].start, None, 100)
        Change.objects.create(customer=facts.customer("acme"), kind="subscriptions")
        keep()
        assert_kept_is_computed(company)
        facts.term("bolt", months[2].start, None, 50, currency="EUR")
        Change.objects.create(
            customer=facts.customer("bolt"), kind="subscriptions", from_day=months[2].start
        )
        ledger.refresh()
        assert_kept_is_computed(company)
        read = series(metric("mrr"), months, company=company, as_of=company.today())
        assert read.currency is None
        assert read.values[0].value is None


@FEW
@given(
    found=customers(),
    later=customers(),
    moves=st.booleans(),
)
def test_brought_up_to_date_is_made_again(
    company: Company,
    found: list[plain.Customer],
    later: list[plain.Customer],
    moves: bool,
) -> None:
    """Late facts: terms and pauses of some customers in place of those they had, and moves."""
    with undone():
        store(found)
        keep(*SPLITS)
        names = {customer.name for customer in later}
        Change.objects.all().delete()
        old = Term.objects.filter(subscription__customer__name__in=names)
        days = list(old.values_list("starts_on", flat=True))
        old.delete()
        Pause.objects.filter(customer__name__in=names).delete()
        if moves:
            held_values = CustomerAttribute.objects.filter(customer__name__in=names)
            held_values.update(superseded_at=timezone.now())
        else:
            for customer in later:
                customer.attributes, customer.tiers = [], []
        facts.store(later)
        days += list(
            Term.objects.filter(subscription__customer__name__in=names).values_list(
                "starts_on", flat=True
            )
        )
        Change.objects.all().delete()
        for customer in Customer.objects.filter(name__in=names):
            if days:
                Change.objects.create(customer=customer, kind="subscriptions", from_day=min(days))
            Change.objects.create(customer=customer, kind="pauses", from_day=None)
            if moves:
                Change.objects.create(customer=customer, kind="customers", from_day=None)
        before = StoreState.objects.get().remade_at
        ledger.refresh()
        assert StoreState.objects.get().remade_at == before  # not by making all again
        brought_up = held()
        ledger.rebuild()
        again = held()
        assert brought_up["cells"] == again["cells"]
        assert brought_up["values"] == again["values"]
        assert_kept_is_computed(company, *SPLITS)


def test_a_split_is_kept_once_somebody_looked(company: Company) -> None:
    as_of = company.today()
    months = latest(Grain.MONTH, 12, as_of=as_of)
    with undone():
        facts.term("acme", months[0].start, None, 100)
        facts.term("bolt", months[3].start, months[8].start, 50)
        for name in ("acme", "bolt"):
            Change.objects.create(customer=facts.customer(name), kind="subscriptions")
        facts.attribute("acme", "region", "north")
        facts.attribute("bolt", "region", "south", months[5].start)
        keep()
        assert not StoredSeries.objects.exclude(by="").exists()
        by_region = dimensions.dimension("region")

        def read() -> Any:
            return series(metric("mrr"), months, company=company, as_of=as_of, dimension=by_region)

        live = read()
        assert StoredSplit.objects.get().by == "region"
        ledger.keep_asked_splits()
        kept = read()
        assert kept.computed_at == StoredSeries.objects.get(metric="mrr", by="region").computed_at
        assert [plain_of(one) for one in kept.values] == [plain_of(one) for one in live.values]
        assert not Restatement.objects.exists()
        remade = StoreState.objects.get().remade_at
        term = facts.term("cave", months[6].start, None, 70)
        Change.objects.create(
            customer=term.subscription.customer, kind="subscriptions", from_day=term.starts_on
        )
        ledger.refresh()
        assert StoreState.objects.get().remade_at == remade
        brought_up = held()
        ledger.rebuild()
        assert held() == brought_up


def test_a_late_fact_restates_months_gone_by(company: Company) -> None:
    months = latest(Grain.MONTH, 6, as_of=company.today())
    with undone():
        term = facts.term("acme", months[0].start, None, 100)
        Change.objects.create(customer=term.subscription.customer, kind="subscriptions")
        keep()
        Term.objects.filter(pk=term.pk).update(ends_on=months[3].start)
        Change.objects.create(
            customer=term.subscription.customer, kind="subscriptions", from_day=months[3].start
        )
        ledger.refresh()
        found = Restatement.objects.filter(metric="mrr", by="")
        assert {(one.start, one.was, one.became) for one in found} == {
            (months[number].start, 100, 0)
            for number in (3, 4)  # the sixth is not over
        }
        churn = Restatement.objects.get(metric="customer_churn_rate", start=months[3].start)
        assert (churn.was, churn.became) == (0, 1)
        (cause,) = churn.recomputation.changes.all()
        assert (cause.customer_id, cause.kind) == (term.subscription.customer_id, "subscriptions")
        assert churn.recomputation.cause == "facts"

"""Time to value is brought up to date by what changed customers add: to the last digit what making
it again gives, whatever the start, and whatever else changed with the contracts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from customers.models import Change, Customer, Term
from metrics.actions import ledger
from metrics.contributions.tallies import PREFIX, added, flat, less, rows
from metrics.models import (
    ChosenOption,
    MetricSettings,
    StoredCell,
    StoredSeries,
    StoredValue,
    StoreState,
)
from metrics.periods import Grain, latest
from metrics.survival import Followed
from tenants.models import Company
from tests.metrics import facts, plain
from tests.metrics.histories import DAYS, FIRST, customers
from tests.metrics.revenue import FEW
from tests.metrics.test_customer_value_times import milestone, signed_up
from tests.metrics.test_stored import SPLITS, assert_kept_is_computed, held, keep, undone

KEY = "time_to_value"
NAMES = [f"c{number}" for number in range(6)]
REACHED = st.lists(st.tuples(st.sampled_from(NAMES), DAYS), max_size=6)


def begin(start: str) -> None:
    """Who has no contract signs up too."""
    MetricSettings.objects.create(
        pk=MetricSettings.ONLY, first_value="milestone", first_value_name="First report"
    )
    ChosenOption.objects.create(metric=KEY, option="origin", value=start)
    for number, name in enumerate(NAMES):
        signed_up(name, FIRST + dt.timedelta(days=17 * number))


def change_contracts(later: list[plain.Customer]) -> None:
    """Other terms in place of those these customers had."""
    names = [customer.name for customer in later]
    Term.objects.filter(subscription__customer__name__in=names).delete()
    for customer in later:
        customer.attributes, customer.tiers, customer.pauses = [], [], []
    facts.store(later)
    Change.objects.all().delete()
    for one in Customer.objects.filter(name__in=names):
        Change.objects.create(customer=one, kind="subscriptions", from_day=None)


def reach(reached: Sequence[tuple[str, dt.date]], *, is_told: bool) -> None:
    for name, day in reached:
        milestone(name, day)
        if is_told:
            Change.objects.create(customer=facts.customer(name), kind="milestones", from_day=day)


@FEW
@given(
    found=customers(),
    later=customers(),
    reached=REACHED,
    reached_later=REACHED,
    start=st.sampled_from(["sign_up", "paid", "onboarding"]),
    moves=st.booleans(),
)
def test_brought_up_to_date_is_made_again(
    company: Company,
    found: list[plain.Customer],
    later: list[plain.Customer],
    reached: list[tuple[str, dt.date]],
    reached_later: list[tuple[str, dt.date]],
    start: str,
    moves: bool,
) -> None:
    with undone():
        begin(start)
        for name, key, value in (("somebody", "region", "north"), ("somebody", "tier", "gold")):
            facts.attribute(name, key, value)
        facts.store(found)
        reach(reached, is_told=False)
        keep(*SPLITS)
        made = StoreState.objects.get().remade_at
        change_contracts(later)
        reach(reached_later, is_told=True)
        if moves:  # also one who never had a contract
            facts.attribute(NAMES[-1], "region", "south", FIRST)
            Change.objects.create(customer=facts.customer(NAMES[-1]), kind="customers")
        ledger.refresh()
        assert StoreState.objects.get().remade_at == made  # not by making all again
        brought_up = held()
        ledger.rebuild()
        assert brought_up == held()
        assert_kept_is_computed(company, *SPLITS)


def test_contracts_alone_leave_the_others_tallies_as_they_are(company: Company) -> None:
    """What is kept of a month that nobody concerned began in is not looked at; with a milestone,
    everything is."""
    with undone():
        months = latest(Grain.MONTH, 6, as_of=company.today())
        begin("sign_up")
        for number, name in enumerate(NAMES):
            signed_up(name, months[number].start)
            term = facts.term(name, months[number].start, None, 100)
            Change.objects.create(customer=term.subscription.customer, kind="subscriptions")
        keep()
        kept = StoredCell.objects.filter(component__startswith=PREFIX, day=months[1].start)
        mark = flat([Followed(7, arrived=1)])
        true = tuple(kept.get().amounts)
        kept.update(amounts=list(mark))
        left = Term.objects.get(subscription__customer__name=NAMES[3])
        Term.objects.filter(pk=left.pk).update(ends_on=months[4].start)
        customer = left.subscription.customer
        Change.objects.create(customer=customer, kind="subscriptions", from_day=months[4].start)
        ledger.refresh()
        assert tuple(kept.get().amounts) == mark
        series = StoredSeries.objects.get(metric=KEY, by="")
        value = StoredValue.objects.get(series=series, start=months[3].start)
        assert dict(value.parts)["left_first"] == "1"
        milestone(NAMES[3], months[3].start)
        Change.objects.create(customer=customer, kind="milestones", from_day=months[3].start)
        ledger.refresh()
        assert tuple(kept.get().amounts) == true
        value.refresh_from_db()
        assert dict(value.parts)["there"] == "1"


COUNTS = st.integers(0, 3)
TALLIES = st.dictionaries(
    st.integers(0, 4), st.tuples(COUNTS, COUNTS, COUNTS).filter(any), max_size=4
).map(lambda found: flat([Followed(time, *found[time]) for time in sorted(found)]))


@given(TALLIES, TALLIES)
def test_what_is_added_can_be_taken_away(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    assert less(added(one, other), other) == one
    assert added(less(one, other), other) == one
    assert less(one, one) == ()
    assert flat(rows(one)) == one

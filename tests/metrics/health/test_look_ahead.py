"""A model's record is of what was known then. What is learned later tells of who left, and would
make any score look good: these tests plant it, and find chance."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from customers.models import Customer, Renewal, Term, Ticket
from metrics.actions import ledger
from metrics.health import signals
from metrics.health.past import LEFT
from metrics.health.proof import Proof, prove
from metrics.health.recipe import Recipe, read
from metrics.health.replaying import replay, snapshots
from metrics.models import CustomSignal, CustomSignalValue, HealthModel
from tenants.models import Company
from tests.metrics import facts, use_facts

DAY = dt.timedelta(days=1)
CUSTOMERS = 120
EACH = 3
"""Every third leaves."""


def at(day: dt.date, hour: int = 12) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), dt.UTC)


@pytest.fixture
def left(company: Company) -> dict[str, dt.date]:
    """Customers who came long ago, brought in as history; who left, when: 45 days after one of the
    snapshots."""
    days = snapshots(company.today())
    found = {}
    for number in range(CUSTOMERS):
        name, ends_on = f"c{number}", None
        if number % EACH == 0:
            ends_on = days[number // EACH % 10] + 45 * DAY
            found[name] = ends_on
        facts.term(name, days[0] - 200 * DAY, ends_on, 100)
    Term.objects.update(is_backfilled=True)
    ledger.rebuild()
    return found


def proved(company: Company, *keys: str, horizon: int = 60) -> Proof:
    known = signals.known()
    recipe = read({"signals": [{"signal": key, "weight": 1} for key in keys]}, known)
    past = replay(
        HealthModel.objects.get(),
        [known[key] for key in keys],
        today=company.today(),
        timezone=company.timezone,
    )
    return prove(past, recipe, horizon)


def custom() -> CustomSignal:
    return CustomSignal.objects.create(key="mood", name="Mood", curve=[[0, 0], [100, 100]])


def chance(found: Proof) -> None:
    assert found.left >= 30
    assert found.area is not None
    assert 0.45 < found.area.value < 0.55


def test_a_number_sent_after_its_day_tells_nothing(
    company: Company, left: dict[str, dt.date]
) -> None:
    """Measured before the snapshots, it says, and 0 for who left; but it came afterwards."""
    signal = custom()
    first = snapshots(company.today())[0]
    for number in range(CUSTOMERS):
        customer = facts.customer(f"c{number}")
        CustomSignalValue.objects.create(
            signal=signal,
            customer=customer,
            value=50,
            measured_at=at(first - 100 * DAY),
            recorded_at=at(first - 100 * DAY),
        )
        CustomSignalValue.objects.create(
            signal=signal,
            customer=customer,
            value=0 if customer.name in left else 100,
            measured_at=at(first - 50 * DAY),
            recorded_at=at(left.get(customer.name, company.today() - 5 * DAY) + DAY),
        )
    chance(proved(company, "custom:mood"))
    # The same, had it come in time, would tell everything: so the test can fail.
    CustomSignalValue.objects.filter(measured_at=at(first - 50 * DAY)).update(
        recorded_at=at(first - 50 * DAY)
    )
    told = proved(company, "custom:mood").area
    assert told is not None
    assert told.value > 0.8


def test_what_is_told_when_they_leave_tells_nothing_before(
    company: Company, left: dict[str, dt.date]
) -> None:
    """Notice given, tickets and terms of who left: brought in later as history, with dates after
    the snapshot, or recorded after it with dates before."""
    for number in range(CUSTOMERS):
        name = f"c{number}"
        use_facts.ticket(
            name,
            at(company.today() - 400 * DAY + number * DAY),
            resolved_at=at(company.today() - 399 * DAY + number * DAY),
            is_backfilled=True,
        )
    for name, day in left.items():
        Renewal.objects.create(
            external_id=f"{name}/renewal",
            customer=facts.customer(name),
            renews_on=day,
            cancelled_on=day - 10 * DAY,
            is_backfilled=True,
            source=facts.source(),
            recorded_at=at(company.today()),
        )
        for _ in range(3):
            use_facts.ticket(name, at(day - 10 * DAY), is_backfilled=True)
            use_facts.ticket(name, at(day - 300 * DAY), resolved_at=at(day + 300 * DAY))
    Ticket.objects.filter(is_backfilled=False).update(recorded_at=at(company.today()))
    for keys in (
        ("notice_given",),
        ("open_tickets",),
        ("old_tickets",),
        ("mrr_change",),
        ("notice_given", "open_tickets", "old_tickets", "mrr_change", "days_to_renewal"),
    ):
        chance(proved(company, *keys))
    soon = proved(company, "notice_given", horizon=30).area
    assert soon is None or soon.value == 0.5  # they leave 45 days after


def test_who_left_before_the_window_is_not_asked(
    company: Company, left: dict[str, dt.date]
) -> None:
    """60 days before, they left within 30 to 60 days; nobody is scored on a day it has left."""
    past = replay(
        HealthModel.objects.get(),
        [signals.built_in()["tenure"]],
        today=company.today(),
        timezone=company.timezone,
    )
    outcomes = past.outcomes(60)
    names = {facts.customer(name).pk: day for name, day in left.items()}
    for row in np.flatnonzero(outcomes == LEFT):
        day = past.days[past.at[row]]
        assert day + 30 * DAY < names[int(past.customers[row])] <= day + 60 * DAY
    for row, customer in enumerate(past.customers):
        assert past.days[past.at[row]] < names.get(int(customer), dt.date.max)
    assert (outcomes == LEFT).sum() >= len(left) - 8
    assert past.share == 1


def test_a_signal_that_was_there_in_time_is_found(
    company: Company, left: dict[str, dt.date]
) -> None:
    """Who leaves stops using it 50 days before: seen 30 days ahead, and not 90 days ahead."""
    first = snapshots(company.today())[0]
    for number in range(CUSTOMERS):
        name = f"c{number}"
        until = left.get(name, company.today() + 50 * DAY) - 60 * DAY
        begins = first - 70 * DAY
        use_facts.use_often(
            name, [begins + ago * DAY for ago in range(0, (until - begins).days, 6)]
        )
    near = proved(company, "days_since_use", horizon=60).area
    far = proved(company, "days_since_use", horizon=90).area
    assert near is not None
    assert near.value > 0.85
    assert far is None or far.value < 0.6


def test_a_model_is_replayed_for_whom_it_is_for(company: Company, left: dict[str, dt.date]) -> None:
    """Of an attribute's value; a model before it takes its customers once it is published."""
    everybody = HealthModel.objects.get()
    for number in range(0, CUSTOMERS, 2):
        facts.attribute(f"c{number}", "tier", "gold")
    gold = HealthModel.objects.create(
        name="Gold", position=1, segment_key="tier", segment_value="gold"
    )
    draft = gold.versions.create(recipe=everybody.versions.get().recipe)
    named = dict(Customer.objects.values_list("pk", "name"))

    def replayed(model: HealthModel) -> set[str]:
        past = replay(
            model,
            [signals.built_in()["tenure"]],
            today=company.today(),
            timezone=company.timezone,
        )
        return {named[customer] for customer in past.customers.tolist()}

    golden = {f"c{number}" for number in range(0, CUSTOMERS, 2)}
    assert replayed(gold) == golden
    assert replayed(everybody) == set(named.values())
    draft.number, draft.published_at = 1, at(company.today())
    draft.save()
    assert replayed(everybody) == set(named.values()) - golden
    gold.retired_at = at(company.today())
    gold.save()
    assert replayed(gold) == golden
    assert replayed(everybody) == set(named.values())


def test_few_rows_are_taken_of_very_many(
    company: Company, left: dict[str, dt.date], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metrics.health.replaying.MOST_ROWS", 500)
    past = replay(
        HealthModel.objects.get(),
        [signals.built_in()["tenure"]],
        today=company.today(),
        timezone=company.timezone,
    )
    assert 0.2 < past.share < 0.6
    assert 250 < len(past.at) < 800
    taken = set(past.customers.tolist())
    last = past.customers[past.at == 0].tolist()
    assert set(last) <= taken


def test_recipes_need_not_be_measured_alike(company: Company, left: dict[str, dt.date]) -> None:
    """A replay of several recipes' signals scores each by its own."""
    known = signals.built_in()
    past = replay(
        HealthModel.objects.get(),
        [known["tenure"], known["mrr_change"]],
        today=company.today(),
        timezone=company.timezone,
    )
    one: Recipe = read({"signals": [{"signal": "mrr_change", "weight": 1}]}, known)
    assert past.of(one).tolist() == pytest.approx(
        known["mrr_change"].curve.at(past.columns(["mrr_change"])[:, 0]).tolist()
    )

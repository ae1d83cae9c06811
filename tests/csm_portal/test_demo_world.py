"""The demo's world: the same every time, and believable on any day."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from csm_portal.demo import fill
from csm_portal.demo.campaigns import current_campaign, past_campaigns
from csm_portal.demo.chance import DAY, months_after
from csm_portal.demo.files import files
from csm_portal.demo.names import LEADING_TITLES, OTHER_TITLES
from csm_portal.demo.relations import milestones, objectives
from csm_portal.demo.satisfaction import past_answers, reached_today, solved_today
from csm_portal.demo.scenario import NORTHWIND
from csm_portal.demo.world import Customer, World, build

AS_OF = dt.date(2026, 3, 17)
# Ends of months, a leap day, a new year.
DAYS = [dt.date(2026, 3, 17), dt.date(2025, 12, 31), dt.date(2028, 2, 29), dt.date(2027, 1, 1)]


@pytest.fixture(scope="module")
def northwind() -> World:
    return build(NORTHWIND, seed=fill.SEED, as_of=AS_OF)


@pytest.fixture(scope="module", params=DAYS, ids=str)
def on_any_day(request: pytest.FixtureRequest) -> World:
    return build(NORTHWIND, seed=fill.SEED, as_of=request.param)


WRITE = """
import datetime, hashlib
from csm_portal.demo.campaigns import current_campaign, past_campaigns
from csm_portal.demo.files import files
from csm_portal.demo.scenario import NORTHWIND
from csm_portal.demo.world import build
world = build(NORTHWIND, seed=3, as_of=datetime.date(2026, 3, 17))
content = b"".join(file.content for file in files(world))
said = repr((past_campaigns(world), current_campaign(world))).encode()
print(hashlib.sha256(content + said).hexdigest())
"""


def test_the_same_seed_and_day_give_the_same_files_in_any_process() -> None:
    def digest(hash_seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        argv = [sys.executable, "-c", WRITE]
        root = Path(__file__).resolve().parents[2]
        done = subprocess.run(argv, env=environment, capture_output=True, check=True, cwd=root)
        return done.stdout.decode()

    assert digest("1") == digest("2")


def test_the_same_seed_and_day_give_the_same_bytes(northwind: World) -> None:
    again = build(NORTHWIND, seed=fill.SEED, as_of=AS_OF)

    assert [file.content for file in files(again)] == [file.content for file in files(northwind)]
    assert past_campaigns(again) == past_campaigns(northwind)


def test_another_seed_gives_other_files(northwind: World) -> None:
    other = build(NORTHWIND, seed=fill.SEED + 1, as_of=AS_OF)

    for one, two in zip(files(other), files(northwind), strict=True):
        assert one.content != two.content


def test_a_few_hundred_customers_over_three_years(on_any_day: World) -> None:
    days = [customer.signed_up_on for customer in on_any_day.customers]

    assert 300 <= len(days) <= 420
    assert days == sorted(days)
    assert days[-1] <= on_any_day.as_of
    assert (on_any_day.as_of - days[0]).days > 3 * 365 - 31


def test_names_and_addresses_are_made_up_and_unique(on_any_day: World) -> None:
    names = Counter(customer.name for customer in on_any_day.customers)
    contacts = [contact for customer in on_any_day.customers for contact in customer.contacts]
    addresses = Counter(contact.email for contact in contacts)

    assert set(names.values()) == set(addresses.values()) == {1}
    assert all(contact.email.isascii() for contact in contacts)
    assert all(contact.email.endswith(".example.com") for contact in contacts)
    assert all(1 <= len(customer.contacts) <= 3 for customer in on_any_day.customers)


def test_contacts_have_job_titles_that_fit_the_size_of_their_customer(on_any_day: World) -> None:
    leading = {
        segment: Counter(
            customer.contacts[0].job_title
            for customer in on_any_day.customers
            if customer.attributes["Segment"] == segment
        )
        for segment in LEADING_TITLES
    }
    others = {
        contact.job_title for customer in on_any_day.customers for contact in customer.contacts[1:]
    }

    assert all(len(held) >= 5 for held in leading.values())
    assert not set(leading["Small"]) & set(leading["Enterprise"])
    assert others == set(OTHER_TITLES)


def test_terms_follow_one_another_and_nothing_begins_after_the_day(on_any_day: World) -> None:
    contracts = [one for customer in on_any_day.customers for one in customer.contracts]

    for contract in contracts:
        starts = [term.starts_on for term in contract.terms]
        assert starts == sorted(set(starts))
        assert starts[-1] <= on_any_day.as_of
        assert contract.ended_on is None or contract.ended_on > starts[-1]
        assert all(term.quantity >= 1 and term.amount > 0 for term in contract.terms)
    assert len({contract.external_id for contract in contracts}) == len(contracts)


def shares_of_year(world: World) -> tuple[float, float, float]:
    """Mean monthly customer churn of the last full 12 months, and NRR and GRR over them."""
    this_month = world.as_of.replace(day=1)
    rates = []
    for back in range(12, 0, -1):
        start, end = months_after(this_month, -back), months_after(this_month, 1 - back)
        opening = world.paying(start - DAY)
        rates.append(sum(not one.is_paying(end - DAY) for one in opening) / len(opening))
    start = months_after(this_month, -12) - DAY
    before = {one.external_id: one.mrr(start) for one in world.customers}
    after = {one.external_id: one.mrr(this_month - DAY) for one in world.customers}
    base = sum(before.values())
    kept = [(after[key], was) for key, was in before.items() if was]
    net = sum(now for now, _ in kept) / base
    gross = sum(min(now, was) for now, was in kept) / base
    return sum(rates) / 12, float(net), float(gross)


def test_the_figures_are_those_of_a_business(on_any_day: World) -> None:
    churn, net, gross = shares_of_year(on_any_day)
    paying = on_any_day.paying(on_any_day.as_of)
    arpa = sum((one.mrr(on_any_day.as_of) for one in paying), Decimal(0)) / len(paying)

    assert 0.01 <= churn <= 0.035
    assert 0.92 <= net <= 1.18
    assert 0.7 <= gross <= 0.95
    assert 300 <= arpa <= 650


def test_every_kind_of_change_happens(northwind: World) -> None:
    plans = {
        term.plan.name for one in northwind.customers for c in one.contracts for term in c.terms
    }
    intervals = {c.interval for one in northwind.customers for c in one.contracts}
    back = [one for one in northwind.customers if len(one.usages) > 1]
    ups, downs = changes(northwind.customers)

    assert plans == {"Starter", "Team", "Business", "Insights", "Premium Support"}
    assert intervals == {"month", "year"}
    assert len(back) >= 3
    assert ups > downs >= 20


def changes(customers: tuple[Customer, ...]) -> tuple[int, int]:
    """How many terms brought more MRR than the one before, and how many less."""
    pairs = [
        (after.amount * after.quantity, before.amount * before.quantity)
        for customer in customers
        for contract in customer.contracts
        for before, after in zip(contract.terms, contract.terms[1:], strict=False)
    ]
    return sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)


def test_those_who_left_had_used_less(on_any_day: World) -> None:
    ends = [
        usage.around(contract.ended_on)
        for customer in on_any_day.customers
        for usage, contract in zip(customer.usages, mains(customer), strict=True)
        if contract.ended_on is not None
    ]
    stayed = [customer.level(on_any_day.as_of) for customer in on_any_day.paying(on_any_day.as_of)]

    assert sum(ends) / len(ends) < sum(stayed) / len(stayed) - 0.12


def mains(customer: Customer) -> list:  # type: ignore[type-arg]
    """The main contract of each time as a customer."""
    return [
        contract
        for contract in customer.contracts
        if contract.terms[0].plan.product == "Northwind Workspace"
    ]


def test_the_badly_onboarded_leave_early(on_any_day: World) -> None:
    def left_in_half_a_year(is_bad: bool) -> float:
        begun = [
            customer
            for customer in on_any_day.customers
            if customer.contracts
            and NORTHWIND.is_bad_cohort(customer.signed_up_on, on_any_day.as_of) is is_bad
            and customer.signed_up_on < on_any_day.as_of - dt.timedelta(days=240)
        ]
        left = [one for one in begun if not one.is_paying(one.signed_up_on + dt.timedelta(220))]
        return len(left) / len(begun)

    assert left_in_half_a_year(True) > left_in_half_a_year(False) + 0.08


def test_the_price_rise_is_felt_in_scores(on_any_day: World) -> None:
    raised_on = NORTHWIND.catalogue(on_any_day.as_of).raised_on
    assert raised_on is not None
    before, after = [], []
    for campaign in past_campaigns(on_any_day):
        scores = [answer.given.score for answer in campaign.answers]
        if campaign.asked_at.date() < raised_on:
            before += scores
        elif campaign.asked_at.date() < months_after(raised_on, 4):
            after += scores

    assert nps(after) < nps(before) - 8


def nps(scores: list[int]) -> float:
    return 100 * (sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)) / len(scores)


def test_campaigns_are_answered_as_people_answer(on_any_day: World) -> None:
    campaigns = past_campaigns(on_any_day)
    answers = [answer for campaign in campaigns for answer in campaign.answers]
    asked = sum(len(campaign.asked) for campaign in campaigns)
    midnight = dt.datetime.combine(on_any_day.as_of, dt.time(), answers[0].answered_at.tzinfo)
    months = {(answer.answered_at.year, answer.answered_at.month) for answer in answers}

    assert len(campaigns) == 16
    assert 0.3 <= len(answers) / asked <= 0.4
    assert len(months) >= 12
    for campaign in campaigns:
        assert all(campaign.asked_at < answer.answered_at < midnight for answer in campaign.answers)
    assert 18 <= nps([answer.given.score for answer in answers]) <= 46


def test_the_newest_wave_is_answered_by_some_and_not_by_those_written_to_last(
    on_any_day: World,
) -> None:
    current = current_campaign(on_any_day)
    scores = [answer.score for answer in current.answers.values()]

    assert 0.12 <= len(scores) / len(current.contacts) <= 0.3
    assert 2 <= sum(score <= 6 for score in scores) <= 9
    assert set(current.answers) <= set(current.contacts[:-1])


def test_support_and_onboarding_were_rated_in_every_month(on_any_day: World) -> None:
    contacts = {one.external_id: one.contacts for one in on_any_day.customers}
    months = {months_after(on_any_day.as_of.replace(day=1), -back) for back in range(1, 13)}
    good = {"csat": 4, "ces": 5}

    for kind, least in good.items():
        rows = [row for row in past_answers(on_any_day) if row[4] == kind]
        scores = [int(row[6]) for row in rows]
        days = [dt.datetime.fromisoformat(row[9]).date() for row in rows]
        assert months <= {day.replace(day=1) for day in days}
        assert max(days) < on_any_day.as_of
        assert all(row[8] < row[9] for row in rows)
        assert all(row[2] in {one.external_id for one in contacts[row[1]]} for row in rows)
        assert 0.7 <= sum(score >= least for score in scores) / len(scores) <= 0.93


def test_who_is_asked_today_was_not_asked_within_30_days(on_any_day: World) -> None:
    after = on_any_day.as_of - dt.timedelta(days=30)
    lately = [
        contact
        for campaign in past_campaigns(on_any_day)
        if campaign.asked_at.date() >= after
        for contact in campaign.asked
    ]
    lately += [
        row[2]
        for row in past_answers(on_any_day)
        if dt.datetime.fromisoformat(row[8]).date() >= after
    ]
    waved = current_campaign(on_any_day).contacts
    solved = [one.ticket.contact for one in solved_today(on_any_day)]
    begun = {one.milestone.split()[0] for one in reached_today(on_any_day)}
    reached = [
        contact.external_id
        for customer in on_any_day.customers
        if customer.external_id in begun
        for contact in customer.contacts
    ]

    assert len(solved) >= 5
    assert len(reached) >= 2
    asked = [*waved, *solved, *reached]
    assert len(asked) == len(set(asked))
    assert not set(asked) & set(lately)


def test_nobody_is_asked_twice_in_90_days_and_everybody_once_a_quarter(on_any_day: World) -> None:
    asked = [(one.asked_at.date(), one.asked) for one in past_campaigns(on_any_day)]
    asked.append((on_any_day.as_of, current_campaign(on_any_day).contacts))
    days = [day for day, _ in asked]
    last: dict[str, dt.date] = {}

    for day, contacts in asked:
        assert len(contacts) >= 15
        for contact in contacts:
            assert contact not in last or (day - last[contact]).days > 90 - 3
            last[contact] = day
    assert days == sorted(days)
    assert all((on_any_day.as_of - day).days > 90 for day in asked_before(asked))


def asked_before(asked: list[tuple[dt.date, tuple[str, ...]]]) -> list[dt.date]:
    """When those of the last wave were asked in earlier ones."""
    *earlier, (_, last_wave) = asked
    return [day for day, contacts in earlier for contact in contacts if contact in last_wave]


@pytest.mark.parametrize("kind", [milestones, objectives])
def test_nothing_is_reached_after_leaving_nor_ahead_of_today(
    on_any_day: World, kind: Callable[[World], Iterator[Sequence[str]]]
) -> None:
    left = {one.external_id: one.left_on for one in on_any_day.customers}
    reached = [(left[row[1]], row[-1]) for row in kind(on_any_day) if row[-1]]

    assert any(day is not None for day, _ in reached)
    assert all(day is None or on < day.isoformat() for day, on in reached)
    assert all(on < on_any_day.as_of.isoformat() for _, on in reached)

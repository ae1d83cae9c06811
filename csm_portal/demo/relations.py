"""What the company noted of its customers and spent on them, as rows of its own tables. Pure."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

from csm_portal.demo.chance import DAY, months_after, stream
from csm_portal.demo.world import Customer, World

Row = list[str]

REASONS = {
    "Not enough use": "voluntary",
    "Price": "voluntary",
    "Went to a competitor": "voluntary",
    "Out of business": "voluntary",
    "Payment failed": "involuntary",
}
STEPS = (("Kick-off", 5, 3), ("Data connected", 21, 14), ("First report shared", 45, 32))
OUTCOMES = (
    "Close the month in three days",
    "Every team on one plan of work",
    "Half the time spent on status meetings",
)
REQUESTS = ("Single sign-on", "A better mobile app", "Exports to a data warehouse", "Dark mode")
NOTES = (
    "Budget is decided in the last quarter.",
    "The sponsor changed; meet the new one soon.",
    "Wants to roll out to a second department.",
    "Asks for a reference call before renewing.",
)


def costs(world: World) -> Iterator[Row]:
    """Kind, category, amount, currency, first day, first day without; month by month."""
    rng = stream(world.seed, "costs")
    first = world.scenario.first_day(world.as_of)
    for month in range(world.scenario.months + 1):
        start, end = months_after(first, month), months_after(first, month + 1)
        won = sum(start <= c.signed_up_on < end for c in world.customers)
        held = len(world.paying(start))
        for kind, category, amount in (
            ("acquisition", "Advertising", 1400 * won + 300 * rng.random()),
            ("acquisition", "Sales salaries", 6000 + 2500 * won),
            ("retention", "Customer success salaries", 1200 + 34 * held),
            ("retention", "Support tools", 150 + 1.5 * held),
        ):
            money = str(Decimal(amount).quantize(Decimal("0.01")))
            name = f"{start:%Y-%m} {category}"
            days = [start.isoformat(), end.isoformat()]
            yield [name, kind, category, money, world.scenario.currency, *days]


def referrals(world: World) -> Iterator[Row]:
    """Who referred, whom, when, and when that one began to pay."""
    rng = stream(world.seed, "referrals")
    for customer in world.customers:
        day = customer.signed_up_on - dt.timedelta(days=rng.randrange(3, 30))
        happy = [c for c in world.paying(day) if c.level(day) > 0.5]
        if customer.attributes["Channel"] != "Referral" or not happy:
            continue
        by = rng.choice(happy).external_id
        began = customer.contracts[0].starts_on.isoformat() if customer.contracts else ""
        name = f"{by} {customer.external_id}"
        yield [name, by, customer.external_id, customer.name, day.isoformat(), began]


def milestones(world: World) -> Iterator[Row]:
    """The steps of onboarding: when due, when reached; the badly begun are late or never there."""
    for customer in world.customers:
        if not customer.usages:
            continue
        rng = stream(world.seed, f"milestones/{customer.external_id}")
        usage = customer.usages[0]
        until = customer.left_on or world.as_of
        pace = 0.45 / max(usage.around(usage.starts_on + 12 * 7 * DAY, weeks=12), 0.15)
        for name, due, reached in STEPS:
            reached_on = usage.starts_on + int(reached * pace * rng.uniform(0.7, 1.5)) * DAY
            is_kept_up = reached_on < world.as_of and (pace < 1.6 or rng.random() < 0.5)
            yield [
                f"{customer.external_id} {name}",
                customer.external_id,
                name,
                (usage.starts_on + due * DAY).isoformat(),
                reached_on.isoformat() if is_kept_up and reached_on < until else "",
            ]


def objectives(world: World) -> Iterator[Row]:
    """What the larger customers want to reach, agreed in their first month."""
    for customer in world.customers:
        if customer.attributes["Segment"] == "Small" or not customer.contracts:
            continue
        rng = stream(world.seed, f"objectives/{customer.external_id}")
        agreed = customer.contracts[0].starts_on + rng.randrange(5, 28) * DAY
        if agreed >= world.as_of:
            continue
        due = agreed + 270 * DAY
        is_reached = rng.random() < customer.level(min(due, world.as_of)) and due < world.as_of
        days = [agreed.isoformat(), due.isoformat()]
        until = customer.left_on or world.as_of
        reached_on = due - rng.randrange(60) * DAY if is_reached else None
        reached = reached_on.isoformat() if reached_on and reached_on < until else ""
        external_id = f"{customer.external_id} objective"
        yield [external_id, customer.external_id, rng.choice(OUTCOMES), *days, reached]


def renewals(world: World) -> Iterator[Row]:
    """The yearly contracts' next renewals, and of every contract that ended the reason."""
    for customer in world.customers:
        rng = stream(world.seed, f"renewals/{customer.external_id}")
        for contract in customer.contracts:
            ended = contract.ended_on
            if ended is not None:
                on = ended
                given = min(ended - rng.randrange(1, 40) * DAY, world.as_of)
                reason = rng.choice(list(REASONS))
                notice = [max(given, contract.starts_on).isoformat(), reason, REASONS[reason]]
            elif contract.interval == "year":
                years = (world.as_of - contract.starts_on).days // 365 + 1
                on = months_after(contract.starts_on, 12 * years)
                notice = ["", "", ""]
            else:
                continue
            yield [
                f"{contract.external_id} {on}",
                customer.external_id,
                contract.external_id,
                on.isoformat(),
                "yes" if contract.interval == "month" else "no",
                (on - 60 * DAY).isoformat() if contract.interval == "year" else "",
                *notice,
            ]


def invoices(world: World) -> Iterator[Row]:
    """What was billed, in advance, month by month or year by year."""
    for customer in world.customers:
        for contract in customer.contracts:
            step = 12 if contract.interval == "year" else 1
            for number in range(500):
                start = months_after(contract.starts_on, step * number)
                until = contract.ended_on or world.as_of + DAY
                if start >= min(until, world.as_of + DAY):
                    break
                term = [one for one in contract.terms if one.starts_on <= start][-1]
                paid = start + 12 * DAY
                yield [
                    f"{contract.external_id}-{number + 1}",
                    customer.external_id,
                    contract.external_id,
                    f"{term.plan.name}, {term.quantity} seats",
                    start.isoformat(),
                    str(term.amount * term.quantity),
                    world.scenario.currency,
                    start.isoformat(),
                    months_after(contract.starts_on, step * (number + 1)).isoformat(),
                    paid.isoformat() if paid <= world.as_of else "",
                ]


def touchpoints(world: World) -> Iterator[Row]:
    """Quarterly business reviews of the larger customers, and calls now and then."""
    for customer, rng, day in _each_month(world, "touchpoints", months=18):
        is_large = customer.attributes["Segment"] != "Small"
        if is_large and (day.month + len(customer.name)) % 3 == 0:
            yield _touchpoint(world, customer, rng, day, "review", "Quarterly business review")
        elif rng.random() < (0.25 if is_large else 0.08):
            yield _touchpoint(world, customer, rng, day, "call", "How is it going?")


def _touchpoint(
    world: World, customer: Customer, rng: random.Random, day: dt.date, kind: str, subject: str
) -> Row:
    at = _moment(world, day, rng)
    contact = rng.choice(customer.contacts).external_id
    external_id = f"{customer.external_id} {kind} {day}"
    owner = customer.attributes["Owner"]
    return [external_id, customer.external_id, contact, kind, at, subject, owner]


def notes(world: World) -> Iterator[Row]:
    for customer, rng, day in _each_month(world, "notes", months=12):
        if rng.random() < 0.04:
            at = _moment(world, day, rng)
            owner = customer.attributes["Owner"]
            external_id = f"{customer.external_id} note {day}"
            yield [external_id, customer.external_id, rng.choice(NOTES), owner, at]


def feature_requests(world: World) -> Iterator[Row]:
    for customer, rng, day in _each_month(world, "requests", months=12):
        if rng.random() < 0.02:
            status = rng.choice(("open", "open", "planned", "declined"))
            contact = rng.choice(customer.contacts).external_id
            wish = rng.choice(REQUESTS)
            external_id = f"{customer.external_id} request {day}"
            yield [external_id, customer.external_id, contact, wish, status, day.isoformat()]


def reviews(world: World) -> Iterator[Row]:
    for customer, rng, day in _each_month(world, "reviews", months=18):
        if rng.random() < 0.006:
            rating = min(max(round(2 * (1.6 + 4 * customer.level(day))) / 2, 1), 5)
            contact = rng.choice(customer.contacts).external_id
            external_id = f"{customer.external_id} review {day}"
            yield [external_id, customer.external_id, contact, "G2", day.isoformat(), str(rating)]


def _each_month(
    world: World, name: str, *, months: int
) -> Iterator[tuple[Customer, random.Random, dt.date]]:
    """A working day before `as_of` of each of the last months for each customer that paid then."""
    for customer in world.customers:
        rng = stream(world.seed, f"{name}/{customer.external_id}")
        for ago in range(months, 0, -1):
            day = months_after(world.as_of.replace(day=1), -ago) + rng.randrange(28) * DAY
            day -= max(day.weekday() - 4, 0) * DAY
            if customer.is_paying(day):
                yield customer, rng, day


def _moment(world: World, day: dt.date, rng: random.Random) -> str:
    zone = ZoneInfo(world.scenario.timezone)
    return dt.datetime.combine(day, dt.time(9 + rng.randrange(8), 15), zone).isoformat()

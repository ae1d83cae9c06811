"""What customers asked the support for: tickets, with the stages they went through. Pure."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from csm_portal.demo.chance import DAY, WEEK, chosen, stream
from csm_portal.demo.world import Customer, World

SUBJECTS = (
    ("Export stops at 10,000 rows", "high"),
    ("Cannot invite a colleague", "normal"),
    ("Invoice shows the old address", "low"),
    ("Report is slower than last week", "normal"),
    ("Single sign-on loops", "urgent"),
    ("How do I share a dashboard?", "low"),
    ("Numbers differ from our own", "high"),
    ("Mobile app signs me out", "normal"),
    ("Webhook arrives twice", "normal"),
    ("Everything is down for us", "urgent"),
)
CHANNELS = {"email": 0.55, "chat": 0.3, "phone": 0.15}
# Median hours from opening to the first answer, and from there to the resolution.
SPEED = {"urgent": (0.4, 5.0), "high": (1.2, 14.0), "normal": (3.0, 26.0), "low": (6.0, 40.0)}
MONTHS = 15
# Half of the tickets of who hardly uses the product any more drag on: nobody there answers.
BARELY_USED = 0.35
SLOW = 25.0


@dataclass(frozen=True)
class Ticket:
    """`stages` in order: (name, from when)."""

    external_id: str
    customer: str
    contact: str
    subject: str
    priority: str
    channel: str
    opened_at: dt.datetime
    responded_at: dt.datetime | None
    first_resolved_at: dt.datetime | None
    resolved_at: dt.datetime | None
    reopens: int
    stages: tuple[tuple[str, dt.datetime], ...]


def tickets(world: World) -> list[Ticket]:
    """Of the last fifteen months, oldest first. Who uses the product badly asks more."""
    found = [
        ticket
        for customer in world.customers
        for ticket in _of(customer, world, stream(world.seed, f"support/{customer.external_id}"))
    ]
    found.sort(key=lambda one: (one.opened_at, one.external_id))
    return found


def _of(customer: Customer, world: World, rng: random.Random) -> Iterator[Ticket]:
    zone = ZoneInfo(world.scenario.timezone)
    now = dt.datetime.combine(world.as_of, dt.time(), zone)
    day = max(world.as_of - MONTHS * 30 * DAY, customer.signed_up_on)
    number = 0
    while day < world.as_of:
        seats = sum(c.current.quantity for c in customer.contracts if c.is_running(day))
        rate = (0.02 + 0.11 * (1 - customer.level(day))) * min(max(seats, 1) / 10, 3) ** 0.5
        if customer.is_paying(day) and rng.random() < rate:
            number += 1
            at = dt.datetime.combine(day, dt.time(8 + rng.randrange(10), rng.randrange(60)), zone)
            patience = SLOW if customer.level(day) < BARELY_USED and rng.random() < 0.5 else 1.0
            yield _ticket(customer, f"{customer.external_id}-T{number}", at, now, rng, patience)
        day += WEEK + rng.randrange(-2, 3) * DAY


def _ticket(
    customer: Customer,
    external_id: str,
    opened_at: dt.datetime,
    now: dt.datetime,
    rng: random.Random,
    patience: float,
) -> Ticket:
    subject, priority = rng.choice(SUBJECTS)
    answer, work = SPEED[priority]
    at = opened_at
    steps: list[tuple[str, dt.datetime]] = [("new", at)]
    for name, hours in (
        ("open", answer),
        ("waiting", work * 0.4),
        ("solved", work * 0.6 * patience),
    ):
        at += dt.timedelta(minutes=2 + int(60 * hours * rng.lognormvariate(0, 0.8)))
        steps.append((name, at))
    reopens = 0
    if rng.random() < 0.12:
        reopens = 1
        for name, hours in (("open", 20.0), ("solved", work)):
            at += dt.timedelta(minutes=10 + int(60 * hours * rng.lognormvariate(0, 0.6)))
            steps.append((name, at))
    known = tuple(step for step in steps if step[1] < now)
    solved = [moment for name, moment in known if name == "solved"]
    is_resolved = known[-1][0] == "solved"
    return Ticket(
        external_id=external_id,
        customer=customer.external_id,
        contact=rng.choice(customer.contacts).external_id,
        subject=subject,
        priority=priority,
        channel=chosen(rng, CHANNELS),
        opened_at=opened_at,
        responded_at=known[1][1] if len(known) > 1 else None,
        first_resolved_at=solved[0] if solved else None,
        resolved_at=solved[-1] if is_resolved else None,
        reopens=reopens if len(known) > 4 else 0,
        stages=known,
    )

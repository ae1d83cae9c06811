"""What end users did in the product: usage events, out of the weekly levels. Pure."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from csm_portal.demo.chance import DAY, chosen, stream
from csm_portal.demo.world import Customer, World

DAYS = 480
DAYS_IN_FULL = 70
"""Every page and click of the last weeks; of the time before, one event per person and day."""
PEOPLE_IN_FULL = 4  # of a customer's end users; the others leave one event a day, too
MOST_PEOPLE = 60
# What somebody for whom it is part of the work does on a day.
ON_A_WORKDAY, ON_A_WEEKEND = 0.22, 0.03
PAGES = ("Home", "Projects", "Reports", "Settings")
FEATURES = {
    "Project created": 0.3,
    "Task completed": 0.4,
    "Report exported": 0.15,
    "Dashboard shared": 0.1,
    "Automation run": 0.05,
}
TIP = "Automations tip"


@dataclass(frozen=True)
class Event:
    """One row of the file, in the order of `activity_header`."""

    external_id: str
    customer: str
    end_user: str
    occurred_at: dt.datetime
    kind: str
    name: str
    action: str = ""
    item: str = ""


def events(world: World) -> Iterator[Event]:
    """Customer by customer, before `as_of`."""
    zone = ZoneInfo(world.scenario.timezone)
    for customer in world.customers:
        rng = stream(world.seed, f"activity/{customer.external_id}")
        number = 0
        for day, person, in_full in _active_days(customer, world, rng):
            of_day = _session if in_full else _glimpse
            for event in of_day(customer, person, day, zone, rng):
                number += 1
                yield Event(f"{customer.external_id}-E{number}", *event)


def _active_days(
    customer: Customer, world: World, rng: random.Random
) -> Iterator[tuple[dt.date, str, bool]]:
    """Day, person, and whether all it did is told. As many people have it in use in a week as the
    share of paid seats says, the same ones as long as that lasts."""
    people = [contact.external_id for contact in customer.contacts]
    people += [f"{customer.external_id}-U{n}" for n in range(MOST_PEOPLE - len(people))]
    users: list[int] = []
    for ago in range(DAYS, 0, -1):
        day = world.as_of - ago * DAY
        if ago % 7 == 0 or ago == DAYS:
            seats = min(customer.seats(day), MOST_PEOPLE)
            share = customer.active_share(day)
            users = [
                number
                for number in range(seats)
                if (number + 0.5) / seats < share + rng.gauss(0, 0.06)
            ]
        if not customer.is_paying(day):
            continue
        chance = ON_A_WEEKEND if day.weekday() >= 5 else ON_A_WORKDAY
        for number in users:
            if rng.random() < chance:
                yield day, people[number], ago <= DAYS_IN_FULL and number < PEOPLE_IN_FULL


_Row = tuple[str, str, dt.datetime, str, str, str, str]


def _glimpse(
    customer: Customer, person: str, day: dt.date, zone: ZoneInfo, rng: random.Random
) -> Iterator[_Row]:
    """One thing that was done that day."""
    at = dt.datetime.combine(day, dt.time(8 + rng.randrange(9), rng.randrange(60)), zone)
    who = (customer.external_id, person, at)
    if rng.random() < 0.5:
        yield (*who, "page", rng.choice(PAGES), "", "")
    else:
        yield (*who, "track", chosen(rng, FEATURES), "", "")


def _session(
    customer: Customer, person: str, day: dt.date, zone: ZoneInfo, rng: random.Random
) -> Iterator[_Row]:
    """Pages, what was done there, and now and then a tip that is shown and perhaps clicked."""
    at = dt.datetime.combine(day, dt.time(8 + rng.randrange(9), rng.randrange(60)), zone)
    who = (customer.external_id, person)
    for page in range(rng.randrange(1, 5)):
        yield (*who, at, "page", PAGES[page % len(PAGES)], "", "")
        at += dt.timedelta(seconds=20 + int(rng.expovariate(1 / 90)))
        if rng.random() < 0.5:
            yield (*who, at, "track", chosen(rng, FEATURES), "", "")
            at += dt.timedelta(seconds=10 + int(rng.expovariate(1 / 60)))
    if rng.random() < 0.08:
        yield (*who, at, "track", "Tip shown", "shown", TIP)
        if rng.random() < 0.2:
            yield (*who, at + dt.timedelta(seconds=8), "track", "Tip clicked", "clicked", TIP)

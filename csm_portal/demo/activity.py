"""What end users did in the product lately: usage events, out of the weekly levels. Pure."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from csm_portal.demo.chance import DAY, chosen, stream
from csm_portal.demo.world import Customer, World

DAYS = 70
PEOPLE = 4  # of a customer's end users, so many are told about
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
    """The last weeks' events, customer by customer, before `as_of`."""
    zone = ZoneInfo(world.scenario.timezone)
    for customer in world.customers:
        rng = stream(world.seed, f"activity/{customer.external_id}")
        number = 0
        for day, person in _active_days(customer, world, rng):
            for event in _session(customer, person, day, zone, rng):
                number += 1
                yield Event(f"{customer.external_id}-E{number}", *event)


def _active_days(
    customer: Customer, world: World, rng: random.Random
) -> Iterator[tuple[dt.date, str]]:
    people = [contact.external_id for contact in customer.contacts]
    people += [f"{customer.external_id}-U{n}" for n in range(PEOPLE - len(people))]
    for ago in range(DAYS, 0, -1):
        day = world.as_of - ago * DAY
        if not customer.is_paying(day):
            continue
        share = customer.level(day) * (0.12 if day.weekday() >= 5 else 0.8)
        for person in people:
            if rng.random() < share:
                yield day, person


_Row = tuple[str, str, dt.datetime, str, str, str, str]


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

"""A company's customers and what became of them: from a seed and a day, data. Pure.

The same scenario, seed and `as_of` always make the same world.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from csm_portal.demo.chance import DAY, chosen, clamped, months_after, stream
from csm_portal.demo.contracts import Contract
from csm_portal.demo.life import Life, Terms
from csm_portal.demo.names import Register, job_title
from csm_portal.demo.scenario import Scenario
from csm_portal.demo.usage import Usage, simulate

# Sign-ups of a month, compared with an ordinary one.
SEASON = dict(
    enumerate((1.12, 1.05, 1.15, 1.0, 0.98, 0.92, 0.76, 0.72, 1.2, 1.18, 1.08, 0.72), start=1)
)
TRIAL = dt.timedelta(days=14)
SHARE_CONVERTED = 0.95
SHARE_COMING_BACK = 0.13
# Of those who leave, most have turned away weeks before; the others leave out of the blue.
SHARE_TURNING_AWAY = 0.75
WEEKS_OF_TURNING_AWAY = (12, 28)
FIT_SPREAD = 0.14


@dataclass(frozen=True)
class Start:
    """How customers begin: where their use is heading, how fast it gets there (1 is ordinary),
    and how ready they are to pay by the year (1 is ordinary)."""

    fit: float
    ramp: float = 1.0
    commitment: float = 1.0


WELL = Start(fit=0.68)
BADLY = Start(fit=0.34, ramp=0.45, commitment=0.4)


@dataclass(frozen=True)
class Contact:
    """`warmth`: points it gives beyond what its customer's use explains."""

    external_id: str
    name: str
    email: str
    job_title: str
    warmth: float


@dataclass(frozen=True)
class Customer:
    """`usages`: one path per time as a customer, in order; who came back has several."""

    external_id: str
    name: str
    signed_up_on: dt.date
    attributes: dict[str, str]
    contacts: tuple[Contact, ...]
    contracts: tuple[Contract, ...]
    usages: tuple[Usage, ...]

    def mrr(self, day: dt.date) -> Decimal:
        return sum((contract.mrr(day) for contract in self.contracts), Decimal(0))

    def is_paying(self, day: dt.date) -> bool:
        return any(contract.is_running(day) for contract in self.contracts)

    @property
    def left_on(self) -> dt.date | None:
        """The day it stopped paying for good; None while it pays."""
        ends = [contract.ended_on for contract in self.contracts]
        return None if None in ends else max((end for end in ends if end), default=None)

    def level(self, day: dt.date) -> float:
        """How much of what it pays for it has been using lately, 0 to 1."""
        begun = [usage for usage in self.usages if usage.starts_on <= day]
        return begun[-1].around(day) if begun else 0.0

    def seats(self, day: dt.date) -> int:
        """Of its main contract on the day; 0 without one."""
        return max((contract.seats(day) for contract in self.contracts), default=0)

    def active_share(self, day: dt.date) -> float:
        """The share of paid seats that are in use in the week of the day, 0 before the first."""
        begun = [usage for usage in self.usages if usage.starts_on <= day]
        if not begun:
            return 0.0
        week = min((day - begun[-1].starts_on).days // 7, len(begun[-1].levels) - 1)
        return begun[-1].active_share(week)


@dataclass(frozen=True)
class World:
    scenario: Scenario
    seed: int
    as_of: dt.date
    customers: tuple[Customer, ...]

    def paying(self, day: dt.date) -> list[Customer]:
        return [customer for customer in self.customers if customer.is_paying(day)]


def build(scenario: Scenario, *, seed: int, as_of: dt.date) -> World:
    """The world of a scenario as it stands on the evening of `as_of`."""
    register = Register(stream(seed, f"{scenario.slug}/names"))
    numbers = _numbered(f"{scenario.prefix}-S")
    people = _numbered(f"{scenario.prefix}-P")
    signed_up = _sign_up_days(stream(seed, f"{scenario.slug}/sign-ups"), scenario, as_of)
    customers = []
    for number, day in enumerate(signed_up, start=1):
        own = f"{scenario.slug}/{number}"
        streams = stream(seed, own), stream(seed, f"{own}/titles")
        maker = _Maker(*streams, scenario, as_of, register)
        external_id = f"{scenario.prefix}-{1000 + number}"
        customers.append(maker.customer(external_id, day, numbers, people))
    return World(scenario, seed, as_of, tuple(customers))


def _numbered(prefix: str) -> Iterator[str]:
    return (f"{prefix}{number:05d}" for number in count(1))


def _sign_up_days(rng: random.Random, scenario: Scenario, as_of: dt.date) -> list[dt.date]:
    """In order. More per month as time goes on, by the season, on working days mostly."""
    first = scenario.first_day(as_of)
    days: list[dt.date] = []
    for month in range(scenario.months + 1):
        start = months_after(first, month)
        growth = month / max(scenario.months, 1)
        expected = scenario.sign_ups_at_first * (1 - growth) + scenario.sign_ups_at_last * growth
        if month == 0:
            expected = scenario.launch_customers
        length = (months_after(start, 1) - start).days
        for _ in range(int(expected * SEASON[start.month] + rng.random())):
            day = start + rng.randrange(length) * DAY
            if day.weekday() >= 5 and rng.random() < 0.8:
                day -= 2 * DAY if day.day > 2 else -2 * DAY
            days.append(day)
    return sorted(day for day in days if day <= as_of)


class _Maker:
    """Makes one customer out of its own random numbers; `titles` are those of its contacts' job
    titles alone."""

    def __init__(
        self,
        rng: random.Random,
        titles: random.Random,
        scenario: Scenario,
        as_of: dt.date,
        register: Register,
    ) -> None:
        self._rng = rng
        self._titles = titles
        self._scenario = scenario
        self._as_of = as_of
        self._register = register

    def customer(
        self, external_id: str, day: dt.date, numbers: Iterator[str], people: Iterator[str]
    ) -> Customer:
        attributes = self._attributes(day)
        name = self._register.customer(attributes["Industry"])
        lives = list(self._lives(day, attributes["Segment"], numbers))
        return Customer(
            external_id=external_id,
            name=name,
            signed_up_on=day,
            attributes=attributes,
            contacts=tuple(self._contacts(name, attributes["Segment"], people)),
            contracts=tuple(contract for life, _ in lives for contract in life.contracts),
            usages=tuple(usage for _, usage in lives),
        )

    def _attributes(self, day: dt.date) -> dict[str, str]:
        scenario, rng = self._scenario, self._rng
        segment = chosen(rng, {name: size.share for name, size in scenario.sizes.items()})
        is_campaign = scenario.is_bad_cohort(day, self._as_of)
        channels = scenario.channels | ({"Partner": 0.9} if is_campaign else {})
        return {
            "Segment": segment,
            "Industry": chosen(rng, scenario.industries),
            "Region": chosen(rng, scenario.regions),
            "Channel": chosen(rng, channels),
            "Owner": rng.choice(scenario.owners[segment]),
        }

    def _contacts(self, customer: str, segment: str, people: Iterator[str]) -> Iterator[Contact]:
        of_customer = self._rng.gauss(0, 0.9)
        for place in range(self._rng.choice(self._scenario.sizes[segment].contacts)):
            name, email = self._register.person(customer)
            title = job_title(self._titles, segment, is_first=place == 0)
            warmth = of_customer + self._rng.gauss(0, 1.2)
            yield Contact(next(people), name, email, title, warmth)

    def _lives(
        self, day: dt.date, segment: str, numbers: Iterator[str]
    ) -> Iterator[tuple[Life, Usage]]:
        """Every time under contract: none for who never bought, several for who came back."""
        if self._rng.random() > SHARE_CONVERTED:
            return
        starts_on = day + TRIAL
        start = BADLY if self._scenario.is_bad_cohort(day, self._as_of) else WELL
        while starts_on <= self._as_of:
            life, usage = self._life(starts_on, segment, start, numbers)
            ended_on = life.main.ended_on
            yield life, self._to_the_end(usage, ended_on) if ended_on else usage
            if ended_on is None or self._rng.random() > SHARE_COMING_BACK:
                return
            starts_on = ended_on + dt.timedelta(days=self._rng.randrange(45, 240))
            start = WELL

    def _to_the_end(self, usage: Usage, ended_on: dt.date) -> Usage:
        if self._rng.random() < SHARE_TURNING_AWAY:
            weeks = self._rng.randrange(*WEEKS_OF_TURNING_AWAY)
            usage = usage.fading(ended_on, weeks=weeks, kept=self._rng.uniform(0.05, 0.35))
        return usage.until(ended_on)

    def _life(
        self, starts_on: dt.date, segment: str, start: Start, numbers: Iterator[str]
    ) -> tuple[Life, Usage]:
        usage = simulate(
            self._rng,
            starts_on=starts_on,
            ends_on=self._as_of,
            fit=clamped(self._rng.gauss(start.fit, FIT_SPREAD), 0.12, 0.93),
            ramp=start.ramp,
        )
        life = Life(
            self._rng,
            catalogue=self._scenario.catalogue(self._as_of),
            usage=usage,
            begins_with=self._terms(segment, start),
            starts_on=starts_on,
            numbers=numbers,
        )
        life.live(self._as_of)
        return life, usage

    def _terms(self, segment: str, start: Start) -> Terms:
        size, rng = self._scenario.sizes[segment], self._rng
        seats = round(rng.triangular(*size.seats))
        is_yearly = rng.random() < size.share_yearly * start.commitment
        return Terms(
            plan=int(chosen(rng, size.plans)),
            seats=seats,
            cap=round(seats * rng.uniform(1.3, 4.5)),
            interval="year" if is_yearly else "month",
            discount=Decimal(rng.choice(size.discounts)) / 100,
            risk=size.risk,
        )

"""Who was asked when, and what came of it: the campaigns of a world. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from csm_portal.demo.chance import DAY, months_after, stream
from csm_portal.demo.feedback import Mood, PastCampaign, Score, answers_to, react
from csm_portal.demo.life import MONTHS_OF_ANGER
from csm_portal.demo.world import Contact, Customer, World

QUESTION = "How likely are you to recommend {company} to a friend or colleague?"
FOLLOW_UP = "What is the main reason for your score?"
TUESDAY = 1
QUARTER = dt.timedelta(weeks=13)
LAST_FULL = dt.timedelta(days=98)  # nobody is asked twice within 90 days
LAST_WAVE = dt.timedelta(days=21)
SETTLED = dt.timedelta(days=30)  # nobody is asked in the first weeks
ASKED_AT = dt.time(9, 30)


@dataclass(frozen=True)
class CurrentCampaign:
    """The campaign that is sent on the as-of day. `contacts` by their ids of the contacts file;
    `answers`: those of them who answer at once."""

    name: str
    question: str
    contacts: tuple[str, ...]
    answers: dict[str, Score]


def past_campaigns(world: World) -> list[PastCampaign]:
    """Oldest first: everybody once a quarter, and this quarter's first wave (who is not in the last
    region)."""
    scenario = world.scenario
    last = _tuesday(world.as_of - LAST_FULL)
    found = []
    for number in reversed(range(scenario.past_campaigns)):
        day = last - number * QUARTER
        found.append(_past(world, f"NPS {day:%B %Y}", day, _settled(world, day)))
    if scenario.last_region:
        day = _tuesday(world.as_of - LAST_WAVE)
        asked = [customer for customer in _settled(world, day) if not _is_last(world, customer)]
        found.append(_past(world, f"NPS {day:%B %Y}, first wave", day, asked))
    return found


def current_campaign(world: World) -> CurrentCampaign:
    """The customers of the last region, or everybody where there are no waves."""
    scenario, day = world.scenario, world.as_of
    customers = [customer for customer in _settled(world, day) if _is_last(world, customer)]
    moods = _moods(world, customers, day)
    rng = stream(world.seed, f"{scenario.slug}/answers today")
    answers = {}
    if scenario.answers_today:
        answers = {
            mood.contact: react(rng, mood)
            for mood in moods
            if rng.random() < scenario.answers_today
        }
    return CurrentCampaign(
        name=f"NPS {day:%B %Y}" + (f", {scenario.last_region}" if scenario.last_region else ""),
        question=QUESTION,
        contacts=tuple(mood.contact for mood in moods),
        answers=answers,
    )


def _past(world: World, name: str, day: dt.date, customers: Sequence[Customer]) -> PastCampaign:
    zone = ZoneInfo(world.scenario.timezone)
    moods = _moods(world, customers, day)
    asked_at = dt.datetime.combine(day, ASKED_AT, zone)
    answers = answers_to(
        stream(world.seed, f"{world.scenario.slug}/{name}"),
        moods,
        asked_at=asked_at,
        until=dt.datetime.combine(world.as_of, dt.time(), zone),
    )
    asked = tuple(mood.contact for mood in moods)
    return PastCampaign(name, QUESTION, asked_at, asked, tuple(answers))


def _tuesday(day: dt.date) -> dt.date:
    """The last one up to `day`."""
    return day - ((day.weekday() - TUESDAY) % 7) * DAY


def _settled(world: World, day: dt.date) -> list[Customer]:
    """Who pays and has paid for a while."""
    return [customer for customer in world.paying(day) if customer.is_paying(day - SETTLED)]


def _is_last(world: World, customer: Customer) -> bool:
    region = world.scenario.last_region
    return not region or customer.attributes["Region"] == region


def _moods(world: World, customers: Sequence[Customer], day: dt.date) -> list[Mood]:
    return [
        Mood(
            contact=contact.external_id,
            level=customer.level(day),
            warmth=contact.warmth,
            is_angry=_is_angry(world, customer, day),
        )
        for customer, contact in _people(customers)
    ]


def _people(customers: Sequence[Customer]) -> list[tuple[Customer, Contact]]:
    return [(customer, contact) for customer in customers for contact in customer.contacts]


def _is_angry(world: World, customer: Customer, day: dt.date) -> bool:
    raised_on = world.scenario.catalogue(world.as_of).raised_on
    if raised_on is None or customer.signed_up_on >= raised_on:
        return False
    return raised_on <= day < months_after(raised_on, MONTHS_OF_ANGER)

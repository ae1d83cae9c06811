"""Who was asked when, and what came of it: the campaigns of a world. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from csm_portal.demo.chance import DAY, months_after, stream
from csm_portal.demo.feedback import Mood, PastCampaign, Score, answers_to, react
from csm_portal.demo.life import MONTHS_OF_ANGER
from csm_portal.demo.scenario import Wave
from csm_portal.demo.world import Contact, Customer, World

QUESTION = "How likely are you to recommend {company} to a friend or colleague?"
FOLLOW_UP = "What is the main reason for your score?"
QUARTER = dt.timedelta(weeks=13)  # nobody is asked twice within 90 days
SATURDAY = 5
SETTLED = dt.timedelta(days=30)  # nobody is asked in the first weeks
ASKED_AT = dt.time(9, 30)
# So many of those who were written to last have not read it yet: the newest mails can be answered.
UNREAD = 5


@dataclass(frozen=True)
class CurrentCampaign:
    """The campaign that is sent on the as-of day. `contacts` by their ids of the contacts file;
    `answers`: those of them who answer at once."""

    name: str
    question: str
    contacts: tuple[str, ...]
    answers: dict[str, Score]


def past_campaigns(world: World) -> list[PastCampaign]:
    """Oldest first: the waves of the past quarters."""
    scenario = world.scenario
    waves = [
        (world.as_of - wave.days_ago * DAY - number * QUARTER, wave)
        for wave in scenario.waves
        for number in range(scenario.past_quarters + (wave.days_ago == 0))
        if wave.days_ago or number
    ]
    waves.sort(key=lambda found: found[0])
    return [_past(world, wave, _working_day(day)) for day, wave in waves]


def current_campaign(world: World) -> CurrentCampaign:
    """The wave of the as-of day."""
    scenario, day = world.scenario, world.as_of
    (wave,) = [wave for wave in scenario.waves if wave.days_ago == 0]
    customers = _asked(world, wave, day)
    moods = _moods(world, customers, day)
    rng = stream(world.seed, f"{scenario.slug}/answers today")
    answers = {}
    if scenario.answers_today:
        answers = {
            mood.contact: react(rng, mood)
            for mood in moods[:-UNREAD]
            if rng.random() < scenario.answers_today
        }
    return CurrentCampaign(
        name=_name(wave, day),
        question=QUESTION,
        contacts=tuple(mood.contact for mood in moods),
        answers=answers,
    )


def _name(wave: Wave, day: dt.date) -> str:
    return f"NPS {day:%B %Y}" + (f", {wave.label}" if wave.label else "")


def _past(world: World, wave: Wave, day: dt.date) -> PastCampaign:
    name = _name(wave, day)
    zone = ZoneInfo(world.scenario.timezone)
    moods = _moods(world, _asked(world, wave, day), day)
    asked_at = dt.datetime.combine(day, ASKED_AT, zone)
    answers = answers_to(
        stream(world.seed, f"{world.scenario.slug}/{name}"),
        moods,
        asked_at=asked_at,
        until=dt.datetime.combine(world.as_of, dt.time(), zone),
    )
    asked = tuple(mood.contact for mood in moods)
    return PastCampaign(name, QUESTION, asked_at, asked, tuple(answers))


def _working_day(day: dt.date) -> dt.date:
    """The day, or the Friday before it."""
    return day - max(day.weekday() - SATURDAY + 1, 0) * DAY


def _asked(world: World, wave: Wave, day: dt.date) -> list[Customer]:
    """Who of a wave pays and has paid for a while."""
    return [
        customer
        for customer in world.paying(day)
        if wave.asks(customer.attributes) and customer.is_paying(day - SETTLED)
    ]


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
